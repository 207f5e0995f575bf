"""Somebody aims the responder at an innocent administrator: people are asked and told, and the administrator works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, story
from drill.acts import Until
from drill.inbox import BUS

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "an innocent administrator is aimed at"
_LISTED = ("UnauthorizedAccess:IAMUser/TorIPCaller", "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom")
_QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
_MADE = tuple(f"made-by-walt-{number}" for number in range(4))


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Two findings on a threat list of walt's; then walt gives vera AWS's quarantine, and makes users in one second."""
    user_id, named = story.leak(cloud, scene, "vera")
    scene.intruder_allowed_before = None
    cast.user(cloud, "walt")
    walt = cast.key(cloud, "walt").session.client("iam")
    stage: Stage = yield None
    for number, kind in enumerate(_LISTED, start=1):
        stage.send(feeds.guardduty(feeds.about_user("vera", user_id, named.id, kind)))
        yield Until(f"people are asked about finding {number}", partial(_is_asked, stage, number))
    walt.attach_user_policy(UserName="vera", PolicyArn=_QUARANTINE)
    for name in _MADE:
        walt.create_user(UserName=name)
    yield Until("each act of walt's is told", lambda: len(_told(stage)) == len(_MADE) + 1)
    walt.detach_user_policy(UserName="vera", PolicyArn=_QUARANTINE)
    told = " ".join(_told(stage))
    acts.promise("whom walt quarantined is told", holds="user vera" in told)
    acts.promise("each user that walt made is told", holds=all(f"user {name}," in told for name in _MADE))
    acts.promise("nobody is contained", holds=not stage.inbox.of_kind("contained", "vera"))
    scene.bystanders_denied = cast.denied(named.session, *stage.bystanders)
    scene.told = stage.inbox.told("vera")
    scene.status, scene.unasked = "asked", "nothing was done that could be undone"
    say(f"walt aimed at vera three times: people were asked and told, and {len(_MADE)} users of one second are named")


def _is_asked(stage: Stage, times: int) -> bool:
    asked = [one for one in stage.inbox.messages(BUS, "vera") if one["kind"] == "approval-wanted"]
    return len(asked) == times


def _told(stage: Stage) -> list[str]:
    return [str(one["headline"]) for one in stage.inbox.messages(BUS, "walt") if one["kind"] == "notice"]
