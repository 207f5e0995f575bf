"""A false alarm: everything goes back exactly as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast, feeds, story

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
    before = _state(stage)
    event = feeds.guardduty(feeds.about_user("carol", user_id, leaked.id))
    sent = story.contain(stage, scene, event, "carol", leaked.session)
    incident = yield from story.watch(stage, scene, "carol", sent, leaked.session)
    yield stage.types("restore", incident, "--false-positive", "--reason", "it was our scanner")
    scene.restore_exact = _state(stage, incident) == before and cast.allowed(leaked.session) == cast.CALLS
    scene.status = "restored"
    say("A false alarm about carol was restored: keys, policies and boundary as before, to the byte")


def _state(stage: Stage, incident: str = "") -> str:
    """All that IAM says about the user and her keys, and every policy that the incident has left behind."""
    iam = stage.cloud.client("iam")
    found = iam.get_account_authorization_details(Filter=["User", "LocalManagedPolicy"])
    user = next(one for one in found["UserDetailList"] if one["UserName"] == "carol")
    keys = iam.list_access_keys(UserName="carol")["AccessKeyMetadata"]
    ours = [one["Arn"] for one in found["Policies"] if incident and one["Arn"].endswith(incident)]
    return cast.text({"user": user, "keys": sorted(keys, key=lambda one: one["AccessKeyId"]), "ours": ours})
