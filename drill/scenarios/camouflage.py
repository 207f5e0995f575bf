"""Roles whose names and paths look like others': the right ones are contained, and what they do is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out
from drill.acts import Until
from drill.inbox import SNS

if TYPE_CHECKING:
    from collections.abc import Callable  # noqa: TC004 - only a checker reads the annotation

    import boto3  # noqa: TC004

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.inbox import Message
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "roles in camouflage"
_LEAKED, _OTHER = "i-0c44dd55ee66ff77a", "i-0b33cc44dd55ee66f"
_LIKE_AWSS, _LIKE_A_SESSION = "/x:role/aws-service-role/", "/:assumed-role/"
_NAMED = "AWSServiceRoleForX"
_OUTSIDER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True)
class _Role:
    """A role, and a way into a session of it."""

    unique_id: str
    enter: Callable[[str], boto3.Session]


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """One path looks like AWS's own, one like a session's, and one name like that of a service-linked role."""
    cast.user(cloud, "opener")
    opener = cast.key(cloud, "opener").session
    linked, masked, named = (
        _role(cloud, opener, name, path)
        for name, path in (("linked", _LIKE_AWSS), ("masked", _LIKE_A_SESSION), (_NAMED, "/"))
    )
    stolen, masked_one, other = linked.enter(_LEAKED), masked.enter(_LEAKED), linked.enter(_OTHER)
    stage: Stage = yield None
    scene.subject = f"sessions of roles at {_LIKE_AWSS} and {_LIKE_A_SESSION}"
    scene.intruder_allowed_before = cast.allowed(stolen, masked_one)
    event = feeds.guardduty(feeds.about_session("masked", masked.unique_id, _LEAKED))
    of_masked = story.contain(stage, scene, event, "masked", masked_one, kind="role")
    event = feeds.guardduty(feeds.about_session("linked", linked.unique_id, _LEAKED))
    of_linked = story.contain(stage, scene, event, "linked", stolen, kind="role")
    yield from _told(stage, named)
    yield from story.watch(stage, scene, of_masked)
    incident = yield from story.watch(stage, scene, of_linked)
    scene.intruder_allowed_after = cast.allowed(stolen, masked_one)
    scene.bystanders_denied += cast.denied(other)
    new = ways_out.with_session(lambda: linked.enter(_OTHER))
    yield from ways_out.both(stage, scene, of_linked, incident, new)
    say("Roles with paths and names like AWS's own hid nothing: two are contained, and the third is told")


def _role(cloud: Cloud, opener: boto3.Session, name: str, path: str) -> _Role:
    arn, unique_id = cast.role(cloud, name, path)

    def enter(called: str) -> boto3.Session:
        return cast.minted(cloud, opener, "assume_role", RoleArn=arn, RoleSessionName=called)

    return _Role(unique_id, enter)


def _told(stage: Stage, named: _Role) -> Act:
    """The role opens itself to another account, by a signed call that CloudTrail records."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": [_OUTSIDER]})
    named.enter("mine").client("iam").update_assume_role_policy(RoleName=_NAMED, PolicyDocument=trust)

    def told() -> list[Message]:
        return stage.inbox.messages(SNS, _NAMED)

    yield Until(f"people are told what {_NAMED} did", told)
