"""A function's credentials are used from elsewhere: they die in its environments too, until it gets new ones."""

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

NAME = "function role stolen"
_RENEWED = {"Variables": {"RENEWED": "after the leak"}}
_FUNCTION, _OTHER = "resize", "archive"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Lambda names the session of an environment after its function, so two functions of one role are told apart."""
    arn, role_id = cast.role(cloud, "images")
    stolen, other = (cast.function(cloud, name, arn) for name in (_FUNCTION, _OTHER))
    stage: Stage = yield None
    scene.subject = f"session {_FUNCTION} of role images"
    scene.intruder_allowed_before = cast.allowed(stolen)
    event = feeds.guardduty(feeds.about_session("images", role_id, _FUNCTION))
    case = story.contain(stage, scene, event, "images", stolen, kind="role")
    incident = yield from story.watch(stage, scene, case)
    cloud.client("lambda").update_function_configuration(FunctionName=_FUNCTION, Environment=_RENEWED)
    fresh = yield Until("the function works in new environments", lambda: _works(cast.environment_of(cloud, _FUNCTION)))
    scene.bystanders_denied += cast.denied(other, fresh)
    yield from ways_out.both(stage, scene, case, incident, ways_out.with_session(lambda: fresh))
    say("A function's stolen session is dead; with new environments it works, and so does the other function")


def _works(session: boto3.Session) -> boto3.Session | None:
    return session if cast.allowed(session) == cast.CALLS else None
