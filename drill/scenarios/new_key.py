"""The owner is released and given a new key while the watch goes on: nobody ends it, and people hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, cast, feeds, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "a new key for the owner during the watch"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Released at once; the key that an administrator then makes works to the end, set inactive and active once."""
    user_id, leaked = story.leak(cloud, scene, "sonia")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("sonia", user_id, leaked.id))
    case = story.contain(stage, scene, event, "sonia", leaked.session)
    told = yield stage.message("follow-up", "sonia")
    yield stage.types("release", str(told["incident"]), "--reason", "sonia gets another key")
    new, iam = cast.key(cloud, "sonia"), cloud.client("iam")
    yield stage.message("notice", "sonia")
    for status in ("Inactive", "Active"):
        iam.update_access_key(UserName="sonia", AccessKeyId=new.id, Status=status)
    incident = yield from story.watch(stage, scene, case)
    scene.owner_works_after_release = cast.allowed(new.session) == cast.CALLS
    acts.promise("the new key is active", holds=_states(iam)[new.id] == "Active")
    acts.promise("the leaked key is inactive", holds=_states(iam)[leaked.id] == "Inactive")
    iam.delete_access_key(UserName="sonia", AccessKeyId=new.id)
    yield from ways_out.too(stage, scene, ways_out.restore(stage, scene, case, incident))
    say("sonia was released and got a new key while the watch went on: it works, and the leaked one does not")


def _states(iam: object) -> dict[str, str]:
    listed = iam.list_access_keys(UserName="sonia")["AccessKeyMetadata"]  # type: ignore[attr-defined]
    return {one["AccessKeyId"]: one["Status"] for one in listed}
