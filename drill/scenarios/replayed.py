"""A finding that nobody delivered, replayed by its id: by command and by Lambda, the second doing nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drill import acts, cast, feeds, story, ways_out
from drill.cloud import levers
from drill.cloud.lifecycle import REGION

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "replay by finding id"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """The plan first, touching nothing; then the command acts; then the Lambda finds it done."""
    user_id, leaked = story.leak(cloud, scene, "judy")
    stage: Stage = yield None
    found = feeds.about_user("judy", user_id, leaked.id)
    levers.publish_findings(stage.cloud, [found])
    plan = json.loads((yield stage.types("replay", found["id"], "--region", REGION, "--json")))
    acts.promise("the plan alone touches nothing", holds=cast.allowed(leaked.session) == cast.CALLS)
    acts.promise("the plan names the key's deactivation", holds="deactivate-key" in str(plan))
    case = story.begun(stage, "judy", leaked.session)
    yield stage.types("replay", found["id"], "--region", REGION, "--yes", "--json")
    story.clock(scene, case)
    incident = yield from story.watch(stage, scene, case)
    writes = _iam_writes(stage)
    again = _by_lambda(stage, {"finding": found["id"], "region": REGION, "yes": True})
    acts.promise(
        f"the second run does nothing, not {again}", holds=again == ["folded"] and _iam_writes(stage) == writes
    )
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    say("A finding was replayed by its id: the plan first, then contained; the Lambda's second run did nothing")


def _by_lambda(stage: Stage, request: dict[str, Any]) -> Any:
    name = stage.cloud.outputs["ReplayName"]
    answer = stage.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(request))
    return json.loads(answer["Payload"].read()).get("answers")


def _iam_writes(stage: Stage) -> int:
    """By the replay function, since the embedded AWS was started."""
    mine = (one for one in levers.calls(stage.cloud) if stage.cloud.outputs["ReplayName"] in str(one["principal"]))
    return sum(one["service"] == "iam" and not one["operation"].startswith(("Get", "List")) for one in mine)
