"""Both keys of one user leak, the second when the first is long contained and its incident narrowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, standing, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "two keys of one user, one after the other"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """What the first incident lets work again is what leaks next: the deny comes back, with a later cut-off."""
    user_id, first = story.leak(cloud, scene, "mia")
    second = cast.key(cloud, "mia")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("mia", user_id, first.id))
    held = story.contain(stage, scene, event, "mia", first.session)
    yield Until("mia's other key works again", lambda: cast.allowed(second.session) == cast.CALLS)
    minted = cast.minted(cloud, second.session, "get_session_token")
    case = story.begun(stage, "mia", second.session, first.session, minted)
    stage.send(feeds.guardduty(feeds.about_user("mia", user_id, second.id)))
    yield Until("the second key can do nothing", lambda: cast.powerless(*case.intruders))
    yield from story.watch(stage, scene, held)
    incident = yield Until("the second leak is held, whether or not the first was by then", lambda: _second(stage))
    told = {one["incident"] for one in stage.inbox.messages("event-bus", "mia")}
    acts.promise("each leak has an incident of its own", holds=len(told) == len((first, second)))
    stage.cloud.client("iam").delete_access_key(UserName="mia", AccessKeyId=first.id)  # a user has two at most
    case = replace(case, stood=standing.without(case.stood, first.id))
    yield from ways_out.both(stage, scene, case, incident)
    say("Both keys of mia leaked, one after the other: both are dead, and so is what the second had minted")


def _second(stage: Stage) -> str | None:
    """Its incident, once it is held."""
    told = stage.inbox.messages("event-bus", "mia")
    second = [one["incident"] for one in told if one["kind"] == "contained"][1:]
    return next((one["incident"] for one in told if one["kind"] == "held" and one["incident"] in second), None)
