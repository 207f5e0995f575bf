"""Credentials of an instance are used from elsewhere: that session dies, the instance's fresh ones work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "instance role exfiltration"
_INSTANCE, _OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """One session of a role is revoked, by its name and issue time."""
    arn, role_id = cast.role(cloud, "web")
    cast.user(cloud, "metadata")
    metadata = cast.key(cloud, "metadata").session

    def session(name: str) -> boto3.Session:
        """As the instance metadata service hands them out: the instance's id is the name of its session."""
        return cast.minted(cloud, metadata, "assume_role", RoleArn=arn, RoleSessionName=name)

    stolen, other = session(_INSTANCE), session(_OTHER)
    stage: Stage = yield None
    scene.subject = f"session {_INSTANCE} of role web"
    scene.intruder_allowed_before = cast.allowed(stolen)
    event = feeds.guardduty(feeds.about_session("web", role_id, _INSTANCE))
    case = story.contain(stage, scene, event, "web", stolen, kind="role")
    fresh = yield Until("the instance's fresh credentials work", lambda: _works(session(_INSTANCE)))
    incident = yield from story.watch(stage, scene, case)
    scene.bystanders_denied += cast.denied(other, fresh)
    owner = ways_out.with_session(lambda: session(_INSTANCE))
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident, owner))
    say("An instance's stolen session is dead; its fresh credentials work, and so does the other instance")


def _works(session: boto3.Session) -> boto3.Session | None:
    return session if cast.allowed(session) == cast.CALLS else None
