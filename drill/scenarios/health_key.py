"""AWS Health names nothing but a key id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill.scene import Scene
from drill.theatre import Theatre, event

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """IAM is asked whose key it is."""
    theatre.user("dave")
    leaked, key = theatre.key("dave")
    scene = Scene("AWS Health, key id only", f"access key {leaked} of user dave")
    scene.intruder_allowed_before = theatre.allowed(key)
    detail = {
        "eventArn": "arn:aws:health:us-east-1::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/drill",
        "service": "RISK",
        "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED",
        "eventTypeCategory": "issue",
        "affectedEntities": [{"entityValue": leaked}],
    }
    theatre.send(event("aws.health", "AWS Health Event", detail))
    scene.seconds_to_contained = theatre.contained(key)
    scene.intruder_allowed_after = theatre.allowed(key)
    yield
    theatre.incident("dave", "held")
    scene.told, scene.status = theatre.told("dave"), "held"
    say(f"AWS Health named only a key id: its owner dave was found and contained in {scene.seconds_to_contained} s")
    return scene
