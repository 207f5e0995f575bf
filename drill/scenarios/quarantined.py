"""AWS attaches its quarantine policy: a trigger, not a containment."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from drill import acts, cast, standing, story, ways_out

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Case, Say

NAME = "AWS attaches a quarantine policy"
_QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The call that attaches it is what CloudTrail reports, in the victim's own name as AWS makes it.

    No feed says which key leaked, so none is deactivated.
    """
    _, leaked = story.leak(cloud, scene, "erin")
    iam, quarantined = cloud.client("iam"), {"UserName": "erin", "PolicyArn": _QUARANTINE}
    iam.attach_user_policy(**quarantined)
    stands = standing.of(cloud, "user", "erin")
    iam.detach_user_policy(**quarantined)
    stage: Stage = yield None
    scene.subject = "a credential of user erin, AWS does not say which"
    case = replace(story.begun(stage, "erin", leaked.session), stood=stands)
    leaked.session.client("iam").attach_user_policy(**quarantined)
    scene.intruder_allowed_before = cast.allowed(leaked.session)
    story.clock(scene, case)
    incident = yield from story.watch(stage, scene, case)
    keys = iam.list_access_keys(UserName="erin")["AccessKeyMetadata"]
    acts.promise("no key of erin is deactivated unasked", holds=all(one["Status"] == "Active" for one in keys))
    attached = [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName="erin")["AttachedPolicies"]]
    acts.promise("AWS's own quarantine stays attached", holds=_QUARANTINE in attached)
    yield from ways_out.too(stage, scene, _undone(stage, scene, case, incident, leaked))
    say("AWS quarantined erin, which left the intruder most calls: really contained, no key deactivated unasked")


def _undone(stage: Stage, scene: Scene, case: Case, incident: str, leaked: cast.Key) -> Act:
    """A release asks that whatever may have leaked be inactive. Whoever finds later that nothing did takes it back."""
    iam, key = stage.cloud.client("iam"), {"UserName": "erin", "AccessKeyId": leaked.id}
    iam.update_access_key(**key, Status="Inactive")
    yield from ways_out.release(stage, scene, case, incident)
    back = partial(iam.update_access_key, **key, Status="Active")
    yield from ways_out.restore(stage, scene, case, incident, own=back)
