"""An intruder neutralises our own policy before they are found: given a version that denies nothing, or deleted.

What contains is AWS's own policy then, which nobody in an account can change. Nobody else plays meanwhile: all of them
would be denied by it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.actions import deny_all
from drill import acts, cast, feeds, story, ways_out

if TYPE_CHECKING:
    from collections.abc import Generator

    from drill.acts import Act, Until
    from drill.cloud.lifecycle import Cloud  # noqa: TC004 - only a checker reads the annotation
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Case, Say

NAME = "our policy neutralised"
_AWSS_OWN = "arn:aws:iam::aws:policy/AWSDenyAll"
_HARMLESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Three users, one after the other: of each no session works when the message says CONTAINED."""
    fenced, full, plain = (
        story.leak(cloud, scene, "nora"),
        story.leak(cloud, scene, "petra"),
        story.leak(cloud, scene, "quentin"),
    )
    cast.bound(cloud, "nora", kind="user")
    cast.fill_managed(cloud, "petra", kind="user")
    stage: Stage = yield None
    ours = _Ours(stage.cloud)

    ours.neutralise()
    case, incident = yield from _ended(stage, scene, "nora", *fenced)
    acts.promise("our policy counts by its version of before", holds=ours.version == "v1")
    yield from _restored(stage, scene, case, incident)
    say("nora's intruder had made our policy harmless: AWS's own denied them, and ours was set back")

    ours.neutralise()
    case, incident = yield from _ended(stage, scene, "petra", *full)
    yield from _restored(stage, scene, case, incident)
    say("petra had ten policies attached: AWS's own went on as the boundary")

    ours.delete()
    case, incident = yield from _ended(stage, scene, "quentin", *plain)
    yield from ways_out.release(stage, scene, case, incident)
    acts.promise("AWS's own policy was taken off for the owner", holds=_AWSS_OWN not in _put_on(stage.cloud, "quentin"))
    yield from _restored(stage, scene, case, incident)
    ours.make_again()
    say("quentin's intruder had deleted our policy: AWS's own took its place")


def _ended(
    stage: Stage, scene: Scene, name: str, user_id: str, leaked: cast.Key
) -> Generator[Until, Any, tuple[Case, str]]:
    """The leak told, and watched to its end."""
    session = cast.minted(stage.cloud, leaked.session, "get_session_token")
    case = story.begun(stage, name, leaked.session, session)
    stage.send(feeds.guardduty(feeds.about_user(name, user_id, leaked.id)))
    said = stage.message("contained", name)
    acts.at_once(said.promise, said.holds)
    acts.promise(f"nothing of {name}'s works when it is called contained", holds=cast.powerless(*case.intruders))
    acts.promise(f"AWS's own policy denies {name}", holds=_AWSS_OWN in _put_on(stage.cloud, name))
    scene.seconds_to_contained = round(time.monotonic() - case.since, 2)
    incident = yield from story.watch(stage, scene, case)
    return case, incident


def _restored(stage: Stage, scene: Scene, case: Case, incident: str) -> Act:
    yield from ways_out.restore(stage, scene, case, incident)
    acts.promise(f"{case.name} stands as before", holds=scene.restore_exact is True)


@dataclass(frozen=True)
class _Ours:
    """The policy that was deployed, in the hands of whoever may change IAM."""

    cloud: Cloud

    @property
    def arn(self) -> str:
        """As the stack has it."""
        return str(self.cloud.outputs["QuarantinePolicyArn"])

    @property
    def version(self) -> str:
        """The one that counts."""
        return str(self.cloud.client("iam").get_policy(PolicyArn=self.arn)["Policy"]["DefaultVersionId"])

    def neutralise(self) -> None:
        """Give it a version that denies nothing."""
        harmless = json.dumps(_HARMLESS)
        self.cloud.client("iam").create_policy_version(PolicyArn=self.arn, PolicyDocument=harmless, SetAsDefault=True)

    def delete(self) -> None:
        """Delete it with all its versions: nobody has it attached by now."""
        iam = self.cloud.client("iam")
        for version in iam.list_policy_versions(PolicyArn=self.arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=self.arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=self.arn)

    def make_again(self) -> None:
        """What its owner does once doctor says so."""
        path, _, name = self.arn.partition(":policy")[2].rpartition("/")
        text = json.dumps(deny_all.TEXT)
        self.cloud.client("iam").create_policy(Path=f"{path}/", PolicyName=name, PolicyDocument=text)


def _put_on(cloud: Cloud, name: str) -> list[str]:
    """The policies that are attached to a user, and the boundary."""
    iam = cloud.client("iam")
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    boundary = iam.get_user(UserName=name)["User"].get("PermissionsBoundary", {})
    return [*(one["PolicyArn"] for one in attached), str(boundary.get("PermissionsBoundaryArn", ""))]
