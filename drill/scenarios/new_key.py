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
    user_id, leaked = story.leak(cloud, scene, "nina")
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user("nina", user_id, leaked.id))
    case = story.contain(stage, scene, event, "nina", leaked.session)
    told = yield stage.message("follow-up", "nina")
    yield stage.types("release", str(told["incident"]), "--reason", "nina gets another key")
    new, iam = cast.key(cloud, "nina"), cloud.client("iam")
    yield stage.message("notice", "nina")
    for status in ("Inactive", "Active"):
        iam.update_access_key(UserName="nina", AccessKeyId=new.id, Status=status)
    incident = yield from story.watch(stage, scene, case)
    scene.owner_works_after_release = cast.allowed(new.session) == cast.CALLS
    acts.promise("the new key is active", holds=_states(iam)[new.id] == "Active")
    acts.promise("the leaked key is inactive", holds=_states(iam)[leaked.id] == "Inactive")
    iam.delete_access_key(UserName="nina", AccessKeyId=new.id)
    yield from ways_out.too(stage, scene, ways_out.restore(stage, scene, case, incident))
    say("nina was released and got a new key while the watch went on: it works, and the leaked one does not")


def _states(iam: object) -> dict[str, str]:
    listed = iam.list_access_keys(UserName="nina")["AccessKeyMetadata"]  # type: ignore[attr-defined]
    return {one["AccessKeyId"]: one["Status"] for one in listed}
