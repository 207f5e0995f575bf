"""A false alarm: everything goes back exactly as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "false alarm, restored"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Contain, restore, compare. A key that was inactive before must be so again."""
    user_id, leaked = story.leak(cloud, scene, "carol")
    retired = cast.key(cloud, "carol")
    cloud.client("iam").update_access_key(UserName="carol", AccessKeyId=retired.id, Status="Inactive")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("carol", user_id, leaked.id))
    case = story.contain(stage, scene, event, "carol", leaked.session)
    incident = yield from story.watch(stage, scene, case)
    owner = ways_out.again(cloud, "carol", retired)
    yield from ways_out.too(stage, scene, ways_out.release(stage, scene, case, incident, owner))
    yield from ways_out.restore(stage, scene, case, incident)
    scene.status = "restored"
    say("A false alarm about carol was restored: keys, policies and boundary as before, to the byte")
