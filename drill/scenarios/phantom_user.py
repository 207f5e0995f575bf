"""The console makes a user for each long-term API key of Bedrock, who outlives it: an intruder gives them more keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "user behind a Bedrock API key"
_PHANTOM = "BedrockAPIKey-ab12"
_SEEN = timedelta(hours=1)  # between the first sign of the leak and the finding


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The feed names the access key alone; the API key was made since the leak began, and ends with it."""
    cast.user(cloud, "ben")
    bens = cast.api_key(cloud, "ben")
    user_id, leaked = story.leak(cloud, scene, _PHANTOM)
    held = cast.api_key(cloud, _PHANTOM)
    stolen = (leaked.session, held, cast.short_term(cloud, leaked.session))
    scene.intruder_allowed_before = cast.allowed(*stolen)
    stage: Stage = yield None
    found = feeds.about_user(_PHANTOM, user_id, leaked.id)
    found["service"]["eventFirstSeen"] = f"{datetime.now(UTC) - _SEEN:%Y-%m-%dT%H:%M:%S.000Z}"
    case = story.contain(stage, scene, feeds.guardduty(found), _PHANTOM, *stolen)
    incident = yield from story.watch(stage, scene, case)
    yield from ways_out.release(stage, scene, case, incident)
    credentials = cloud.client("iam").list_service_specific_credentials(UserName=_PHANTOM)["ServiceSpecificCredentials"]
    acts.promise("the API key is inactive", holds=[one["Status"] for one in credentials] == ["Inactive"])
    scene.bystanders_denied += cast.denied(bens)
    yield from ways_out.restore(stage, scene, case, incident)
    say("All keys of a user behind an API key of Bedrock are dead, that one among them; another's API key works")
