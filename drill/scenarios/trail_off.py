"""Somebody under no suspicion stops a trail: people are told, and one has the user contained and the trail started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, feeds, story, ways_out
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "trail switched off"
_TRAIL = "audit"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Only a person can know that nobody was to stop it: the order holds the deny, and the trail behind it."""
    user_id, leaked = story.leak(cloud, scene, "trudy")
    trail = cloud.client("cloudtrail")
    trail.create_trail(Name=_TRAIL, S3BucketName="logs")
    trail.start_logging(Name=_TRAIL)
    stage: Stage = yield None
    leaked.session.client("cloudtrail").stop_logging(Name=_TRAIL)
    stage.send(feeds.called("cloudtrail", "StopLogging", {"name": _TRAIL}, "trudy", user_id, leaked.id))
    yield stage.message("notice", "trudy")
    case = story.begun(stage, "trudy", leaked.session)
    order = ("--access-key", leaked.id, "--also", f"start-logging={_TRAIL}", "--reason", "nobody was to stop it")
    yield stage.types("contain", *order, "--yes")
    story.clock(scene, case)
    yield Until("the trail logs again", lambda: trail.get_trail_status(Name=_TRAIL)["IsLogging"])
    incident = yield from story.watch(stage, scene, case)
    yield from ways_out.release(stage, scene, case, incident)
    acts.promise("the trail goes on logging", holds=trail.get_trail_status(Name=_TRAIL)["IsLogging"])
    yield from ways_out.restore(stage, scene, case, incident)
    acts.promise("the trail is as it was", holds=not trail.get_trail_status(Name=_TRAIL)["IsLogging"])
    say("Trudy's key stopped a trail: it is dead, and the trail logs again")
