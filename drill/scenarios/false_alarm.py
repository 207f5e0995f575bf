"""A false alarm: everything goes back exactly as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.undo import restore
from console.incidents import ports_of
from drill.scene import Scene
from drill.theatre import CALLS, STACK, Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """Contain, restore, compare."""
    user_id = theatre.user("carol")
    first, key = theatre.key("carol")
    second, _ = theatre.key("carol")
    theatre.admin("iam").update_access_key(UserName="carol", AccessKeyId=second, Status="Inactive")
    before = _state(theatre)
    scene = Scene("false alarm", f"access key {first} of user carol", intruder_allowed_before=theatre.allowed(key))
    theatre.send(compromised("carol", user_id, first))
    scene.seconds_to_contained = theatre.contained(key)
    incident = theatre.incident("carol")
    yield
    theatre.incident("carol", "held")
    restore(incident, "carol's lead", "it was a test", ports_of(STACK))
    scene.restore_exact = _state(theatre) == before
    scene.owner_works_after_release = theatre.allowed(key) == CALLS
    scene.told, scene.status = theatre.told("carol"), "restored"
    say("a false alarm about carol: restored, her policies, boundary and keys are as before to the byte")
    return scene


def _state(theatre: Theatre) -> dict[str, Any]:
    iam = theatre.admin("iam")
    user = iam.get_user(UserName="carol")["User"]
    return {
        "keys": sorted(
            (key["AccessKeyId"], key["Status"]) for key in iam.list_access_keys(UserName="carol")["AccessKeyMetadata"]
        ),
        "attached": iam.list_attached_user_policies(UserName="carol")["AttachedPolicies"],
        "inline": iam.get_user_policy(UserName="carol", PolicyName="may")["PolicyDocument"],
        "boundary": user.get("PermissionsBoundary"),
    }
