"""A user's key leaks; the intruder has minted sessions already. Contained, rotated, watched, released."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.undo import release
from console.incidents import ports_of
from drill import neighbours
from drill.neighbours import basic
from drill.scene import EVERYONE, Scene
from drill.theatre import ALLOW, CALLS, STACK, Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """The whole story, from the leak to the owner's new key."""
    ada = theatre.user("ada")
    theatre.user("bob")
    _, bystander = theatre.key("bob")
    leaked, key = theatre.key("ada")
    old_password = theatre.toy.password
    sessions = (
        key,
        theatre.minted(key, "get_session_token"),
        theatre.minted(key, "get_federation_token", Name="shadow", Policy=json.dumps(ALLOW)),
    )
    scene = Scene("user key with minted sessions", f"access key {leaked} of user ada")
    scene.intruder_allowed_before = sum(map(theatre.allowed, sessions))
    say(f"the intruder holds ada's key and two sessions: {scene.intruder_allowed_before} of 9 calls succeed")
    theatre.send(compromised("ada", ada, leaked))
    scene.seconds_to_contained = theatre.contained(*sessions)
    say(f"GuardDuty's finding arrived; {scene.seconds_to_contained} s later every call is denied")
    incident = theatre.incident("ada")
    scene.told = theatre.until("ada's leak is told on every channel", lambda: _all(theatre.told("ada")))
    say(f"told over {', '.join(scene.told)}, as they received it")
    yield
    header = {"authorization": basic("toy", old_password)}
    theatre.until("the old password is refused", lambda: _refused(theatre, header))
    theatre.until("the secret holds the new password", lambda: _current(theatre) == theatre.toy.password)
    scene.secrets_rotated = int(theatre.toy.password != old_password)
    say("the linked secret rotated: its service refuses the old password and takes the new one")
    theatre.incident("ada", "held")
    scene.status = "held"
    say("the watch is over: held")
    release(incident, "ada's lead", "keys were changed", ports_of(STACK))
    scene.owner_works_after_release = theatre.allowed(theatre.key("ada")[1]) == CALLS
    scene.intruder_allowed_after = sum(map(theatre.allowed, sessions))
    scene.bystanders_denied = CALLS - theatre.allowed(bystander)
    say("released: ada works with a new key, the intruder is still out")
    return scene


def _refused(theatre: Theatre, header: dict[str, str]) -> bool:
    return theatre.toy.answer("GET", "/session", header, b"") == neighbours.REFUSED


def _all(channels: list[str]) -> list[str] | None:
    return channels if channels == EVERYONE else None


def _current(theatre: Theatre) -> str:
    found = theatre.admin("secretsmanager").get_secret_value(SecretId=theatre.secret)
    return str(json.loads(found["SecretString"])["password"])
