"""A session of a role leaks whose inline policies are full: it dies by a managed policy, and fresh ones work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "role without room inline"
_LEAKED, _OTHER = "i-0a11aa22bb33cc44d", "i-0e55ee66ff77aa88b"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The ten thousand characters that a role has for inline policies are used up."""
    yield from of_a_role(cloud, scene, "packed")
    say("A role had no room for one more inline policy: its stolen session is dead by a managed one")


def of_a_role(cloud: Cloud, scene: Scene, name: str, *fill: Callable[[Cloud, str], object]) -> Act:
    """A session of a role of that name leaks, whose inline policies are full, and whatever else is filled."""
    arn, role_id = cast.role(cloud, name)
    for fill_up in (cast.fill_inline, *fill):
        fill_up(cloud, name)
    cast.user(cloud, f"{name}-opener")
    opener = cast.key(cloud, f"{name}-opener").session

    def session(called: str) -> boto3.Session:
        """One more session of the role."""
        return cast.minted(cloud, opener, "assume_role", RoleArn=arn, RoleSessionName=called)

    stolen, other = session(_LEAKED), session(_OTHER)
    stage: Stage = yield None
    scene.subject = f"session {_LEAKED} of role {name}"
    scene.intruder_allowed_before = cast.allowed(stolen)
    event = feeds.guardduty(feeds.about_session(name, role_id, _LEAKED))
    case = story.contain(stage, scene, event, name, stolen, kind="role")
    incident = yield from story.watch(stage, scene, case)
    scene.bystanders_denied += cast.denied(other, session(_OTHER))
    yield from ways_out.both(stage, scene, case, incident, ways_out.with_session(lambda: session(_OTHER)))
