"""A sample finding: told to the end, touching nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, cast, feeds, inbox, story
from drill.cloud import levers

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "sample finding"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The principal exists, so that a mistake would show; there is no intruder, so its calls count as a bystander's."""
    user_id, named = story.leak(cloud, scene, "ivan")
    scene.intruder_allowed_before = None
    stage: Stage = yield None
    stage.send(feeds.guardduty(feeds.sample(feeds.about_user("ivan", user_id, named.id))))
    wait = stage.told("ivan")
    scene.told = acts.at_once(wait.promise, wait.holds)
    scene.bystanders_denied = cast.denied(named.session, *stage.bystanders)
    told = stage.inbox.messages(inbox.BUS, "ivan")
    acts.promise("the sample is told as one, once", holds=[one["kind"] for one in told] == ["sample"])
    touched = [one["operation"] for one in levers.calls(stage.cloud) if _of_ours(one) and _writes(one)]
    acts.promise("no function of ours wrote to IAM about ivan", holds="ivan" not in str(touched))
    scene.status, scene.unasked = "dry", "nothing was done that could be undone"
    say("A sample finding about ivan was told as one, and he works as before")


def _of_ours(call: dict[str, object]) -> bool:
    return "leak-responder" in str(call["principal"])


def _writes(call: dict[str, object]) -> bool:
    return call["service"] == "iam" and not str(call["operation"]).startswith(("Get", "List"))
