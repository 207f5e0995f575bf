"""A sample finding: told to the end, touching nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill.scene import EVERYONE, Scene
from drill.theatre import Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """The principal exists, so that a mistake would show."""
    user_id = theatre.user("ivan")
    leaked, key = theatre.key("ivan")
    scene = Scene("sample finding", f"access key {leaked} of user ivan")
    scene.intruder_allowed_before = theatre.allowed(key)
    service = {"additionalInfo": {"value": '{"sample": true}', "type": "default"}, "archived": False}
    theatre.send(compromised("ivan", user_id, leaked, service=service))
    yield
    scene.told = theatre.until(
        "the sample is told", lambda: theatre.told("ivan") if theatre.told("ivan") == EVERYONE else None
    )
    scene.intruder_allowed_after = 0
    scene.bystanders_denied = 3 - theatre.allowed(key)
    scene.status = "dry"
    say("a sample finding was told as one, and ivan works as before")
    return scene
