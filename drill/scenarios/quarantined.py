"""AWS attaches its quarantine policy: a trigger, not a containment."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from drill.embedded import ACCOUNT, REGION
from drill.scene import Scene
from drill.theatre import Theatre, event

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """No feed says which key leaked: the deny stops both, neither is deactivated."""
    theatre.user("erin")
    _, key = theatre.key("erin")
    scene = Scene("AWS attaches a quarantine policy", "a credential of user erin")
    scene.intruder_allowed_before = theatre.allowed(key)
    asked = {"userName": "erin", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
    theatre.send(event("aws.iam", "AWS API Call via CloudTrail", recorded("AttachUserPolicy", asked)))
    scene.seconds_to_contained = theatre.contained(key)
    scene.intruder_allowed_after = theatre.allowed(key)
    keys = theatre.admin("iam").list_access_keys(UserName="erin")["AccessKeyMetadata"]
    scene.bystanders_denied = sum(one["Status"] != "Active" for one in keys)
    yield
    theatre.incident("erin", "held")
    scene.told, scene.status = theatre.told("erin"), "held"
    say(f"AWS quarantined erin: really contained {scene.seconds_to_contained} s later, no key deactivated unasked")
    return scene


def recorded(name: str, asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A CloudTrail record of a call by AWS itself, or by whoever `more` says."""
    return {
        "eventVersion": "1.11",
        "eventID": str(uuid.uuid4()),
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "userIdentity": {"type": "AWSService", "invokedBy": "support.amazonaws.com"},
        "requestParameters": asked,
        "recipientAccountId": ACCOUNT,
        **more,
    }
