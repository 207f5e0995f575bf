"""An accomplice renames a contained user, takes the deny off, sets the key active, and gives the old name away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drill import acts, cast, feeds, standing, story, ways_out
from drill.inbox import SNS

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.inbox import Message
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "a renamed user"
_OLD, _NEW = "rona", "runa"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Contested under the new name, with the key dead and the new user of the old name untouched."""
    cast.user(cloud, "bert")
    accomplice = cast.key(cloud, "bert").session.client("iam")
    user_id, leaked = story.leak(cloud, scene, _OLD)
    stage: Stage = yield None
    event = feeds.guardduty(feeds.about_user(_OLD, user_id, leaked.id))
    case = story.contain(stage, scene, event, _OLD, leaked.session)
    _fight(accomplice, leaked.id)
    cast.user(cloud, _OLD)
    namesake = cast.key(cloud, _OLD)
    stood = standing.of(cloud, "user", _OLD)
    ended: Message = yield stage.message("contested", _NEW)
    scene.told = yield stage.told(_OLD)
    story.judge(stage, scene, case)
    scene.bystanders_denied += cast.denied(namesake.session)
    acts.promise("the new user of the old name is untouched", holds=standing.of(cloud, "user", _OLD) == stood)
    headlines = " ".join(one["headline"] for one in stage.inbox.messages(SNS, _NEW))
    acts.promise("people are told both names", holds=f"user {_NEW} (was {_OLD})" in headlines)
    acts.promise("and who renamed the user", holds="user bert" in {one["by"] for one in ended["facts"]["undone"]})
    scene.status = "contested"
    incident = ended["incident"]
    yield from ways_out.release(stage, scene, replace(case, name=_NEW), incident)
    yield from ways_out.restore(stage, scene, case, incident, own=lambda: _put_back(cloud, namesake.id))
    say(f"bert renamed {_OLD}, took the deny off and set the key active: it is dead, and the new {_OLD} works")


def _fight(iam: IAMClient, key: str) -> None:
    """Rename the user first, so that whoever goes by the old name finds nobody."""
    iam.update_user(UserName=_OLD, NewUserName=_NEW)
    for policy in iam.list_attached_user_policies(UserName=_NEW)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=_NEW, PolicyArn=policy["PolicyArn"])
    if "PermissionsBoundary" in iam.get_user(UserName=_NEW)["User"]:
        iam.delete_user_permissions_boundary(UserName=_NEW)
    iam.update_access_key(UserName=_NEW, AccessKeyId=key, Status="Active")


def _put_back(cloud: Cloud, key: str) -> None:
    """Give the user the old name again, once the other one is gone."""
    iam = cloud.client("iam")
    iam.delete_access_key(UserName=_OLD, AccessKeyId=key)
    iam.delete_user_policy(UserName=_OLD, PolicyName="may")
    iam.delete_user(UserName=_OLD)
    iam.update_user(UserName=_NEW, NewUserName=_OLD)
