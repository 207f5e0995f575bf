"""The handler is killed half-way at every attempt; its event waits in the dead-letter queue and is redriven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import acts, feeds, story, ways_out
from drill.acts import Until
from drill.cloud import levers

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.stage import Stage
    from drill.story import Say

NAME = "handler killed half-way, redriven"
_ATTEMPTS = 3  # Lambda's own, of an asynchronous invocation


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Killed as it deactivates the key, when the deny is on already, or as it leaves that to a later run."""
    _, leaked = story.leak(cloud, scene, "kim")
    stage: Stage = yield None
    handler = stage.cloud.outputs["HealthExposureName"]  # which nobody else needs any more
    for service, operation in (("iam", "UpdateAccessKey"), ("sqs", "SendMessage")):
        levers.fail(stage.cloud, "kill", service=service, operation=operation, principal=handler, calls=_ATTEMPTS)
    case = story.begun(stage, "kim", leaked.session)
    stage.send(feeds.exposed(leaked.id))
    story.clock(scene, case)
    yield Until("the event waits in the dead-letter queue", lambda: _waiting(stage))
    spared = sum(fault["calls"] for fault in levers.faults_to_come(stage.cloud))
    acts.promise("the handler was killed at every attempt", holds=spared == _ATTEMPTS)
    levers.no_more_faults(stage.cloud)
    acts.promise("the key is still active", holds=not _inactive(stage))
    yield stage.types("dead-letters", "redrive")
    yield Until("the key is inactive after the redrive", lambda: _inactive(stage))
    incident = yield from story.watch(stage, scene, case)
    acts.promise("the dead-letter queue is empty again", holds=not _waiting(stage))
    yield from ways_out.too(stage, scene, ways_out.both(stage, scene, case, incident))
    say("A handler was killed at each of three attempts: its event was dead-lettered, redriven and completed")


def _waiting(stage: Stage) -> bool:
    url = stage.cloud.outputs["FailedInvocationsUrl"]
    held = stage.cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(held["Attributes"]["ApproximateNumberOfMessages"]) > 0


def _inactive(stage: Stage) -> bool:
    keys = stage.cloud.client("iam").list_access_keys(UserName="kim")["AccessKeyMetadata"]
    return all(one["Status"] == "Inactive" for one in keys)
