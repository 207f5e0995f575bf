"""A principal that is contained mints a key for somebody else in the seconds that IAM takes to apply the deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, cast, feeds, story, ways_out
from drill.cloud import levers

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "CreateAccessKey by a contained principal"
_SLOW = 2 * acts.PATIENCE  # until we say otherwise: in AWS it is three or four seconds


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The child of an open incident is contained like its parent."""
    cast.user(cloud, "grace")
    user_id, parent = story.leak(cloud, scene, "frank")
    stage: Stage = yield None
    levers.delay_iam(stage.cloud, _SLOW)
    stage.send(feeds.guardduty(feeds.about_user("frank", user_id, parent.id)))
    acts.at_once("the deny on frank is asked for", lambda: _denied(stage, "frank"))
    made = parent.session.client("iam").create_access_key(UserName="grace")["AccessKey"]
    child = stage.cloud.session(made["AccessKeyId"], made["SecretAccessKey"])
    case = story.begun(stage, "grace", child, parent.session)
    levers.delay_iam(stage.cloud, 0)
    scene.subject = f"access key {made['AccessKeyId']} of user grace, minted by contained user frank"
    story.clock(scene, case)
    incident = yield from story.watch(stage, scene, case)
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    say("IAM took its time to apply the deny on frank; the key that he minted meanwhile for grace is dead, too")


def _denied(stage: Stage, name: str) -> bool:
    attached = stage.cloud.client("iam").list_attached_user_policies(UserName=name)["AttachedPolicies"]
    return bool(attached)
