"""Slack hangs and the topic is gone: containment neither waits nor fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill.scene import Scene
from drill.theatre import Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """The bus still tells."""
    user_id = theatre.user("leo")
    leaked, key = theatre.key("leo")
    scene = Scene("Slack hanging, topic gone", f"access key {leaked} of user leo")
    scene.intruder_allowed_before = theatre.allowed(key)
    theatre.admin("sns").delete_topic(TopicArn=theatre.physical("Topic"))
    theatre.slack.hanging.set()
    theatre.send(compromised("leo", user_id, leaked))
    scene.seconds_to_contained = theatre.contained(key)
    theatre.incident("leo")
    theatre.slack.hanging.clear()
    yield
    theatre.incident("leo", "held")
    scene.intruder_allowed_after = theatre.allowed(key)
    scene.told, scene.status = theatre.told("leo"), "held"
    say(f"Slack hung and the topic was gone: contained after {scene.seconds_to_contained} s, told by what was left")
    return scene
