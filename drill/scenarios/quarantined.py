"""AWS attaches its quarantine policy: a trigger, not a containment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from drill import acts, cast, story

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "AWS attaches a quarantine policy"
_QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The call that attaches it is what CloudTrail reports. No feed says which key leaked, so none is deactivated."""
    _, leaked = story.leak(cloud, scene, "erin")
    stage: Stage = yield None
    scene.subject = "a credential of user erin, AWS does not say which"
    iam, sent = stage.cloud.client("iam"), time.monotonic()
    iam.attach_user_policy(UserName="erin", PolicyArn=_QUARANTINE)
    scene.intruder_allowed_before = cast.allowed(leaked.session)
    story.clock(scene, sent, leaked.session)
    yield from story.watch(stage, scene, "erin", sent, leaked.session)
    keys = iam.list_access_keys(UserName="erin")["AccessKeyMetadata"]
    acts.promise("no key of erin is deactivated unasked", holds=all(one["Status"] == "Active" for one in keys))
    attached = [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName="erin")["AttachedPolicies"]]
    acts.promise("AWS's own quarantine stays attached", holds=_QUARANTINE in attached)
    say("AWS quarantined erin, which left the intruder most calls: really contained, no key deactivated unasked")
