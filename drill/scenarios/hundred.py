"""The same finding a hundred times, from two Regions: one incident, and no message twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, inbox, story, ways_out
from drill.cloud.lifecycle import ACCOUNT, REGION

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "the same finding a hundred times from two Regions"
_AWAY = "eu-west-1"
_ROUNDS = 24  # of four deliveries; one came before them, three come after


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """GuardDuty repeats a finding, and finds it again in every Region; the other Region forwards to ours."""
    user_id, leaked = story.leak(cloud, scene, "heidi")
    stage: Stage = yield None
    _forwarding(stage)
    here = feeds.about_user("heidi", user_id, leaked.id)
    there = {**here, "id": "f" * 32, "region": _AWAY}
    case = story.contain(stage, scene, feeds.guardduty(here), "heidi", leaked.session)
    for _ in range(_ROUNDS):
        stage.send(*[feeds.guardduty(here)] * 2)
        stage.send(*[feeds.guardduty(there)] * 2, region=_AWAY)
        yield None
    stage.send(*[feeds.guardduty(there)] * 3, region=_AWAY)
    incident = yield from story.watch(stage, scene, case)
    _promised_once(stage.inbox.messages(inbox.BUS, "heidi"))
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    say("A hundred deliveries from two Regions made one incident, and nobody got a message twice")


def _promised_once(told: list[dict[str, Any]]) -> None:
    incidents = {one["incident"] for one in told}
    acts.promise(f"one incident, not {len(incidents)}", holds=len(incidents) == 1)
    acts.promise("no message comes twice", holds=len({one["number"] for one in told}) == len(told))


def _forwarding(stage: Stage) -> None:
    """What an owner of several Regions sets up: a rule in the other one, whose target is our bus."""
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    arn, _ = cast.role(stage.cloud, "forwarder")
    events = stage.cloud.client("events", region=_AWAY)
    events.put_rule(Name="forward", EventPattern=json.dumps({"source": ["aws.guardduty"]}))
    events.put_targets(Rule="forward", Targets=[{"Id": "home", "Arn": bus, "RoleArn": arn}])
