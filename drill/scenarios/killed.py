"""The handler is killed half-way, at every attempt; its event waits in the dead-letter queue and is redriven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.dead_letters import redriven
from drill.scene import Scene
from drill.theatre import STACK, Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """Killed when it deactivates the key: the deny is on by then, the rest is done after the redrive."""
    user_id = theatre.user("kim")
    leaked, key = theatre.key("kim")
    scene = Scene("handler killed half-way, redriven", f"access key {leaked} of user kim")
    scene.intruder_allowed_before = theatre.allowed(key)
    order = Path(theatre.cloud.folder, "kill")
    order.write_text("UpdateAccessKey GuarddutyFinding")
    theatre.send(compromised("kim", user_id, leaked))
    queue = theatre.physical("FailedInvocations")
    theatre.until("the event waits in the dead-letter queue", lambda: _waiting(theatre, queue))
    order.unlink()
    redriven(STACK)
    scene.seconds_to_contained = theatre.contained(key)
    theatre.until("the key is inactive", lambda: _inactive(theatre))
    yield
    theatre.incident("kim", "held")
    scene.intruder_allowed_after = theatre.allowed(key)
    scene.told, scene.status = theatre.told("kim"), "held"
    say("a handler killed at every attempt: its event was found in the dead-letter queue, redriven, completed")
    return scene


def _waiting(theatre: Theatre, queue: str) -> bool:
    held = theatre.admin("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(held["Attributes"]["ApproximateNumberOfMessages"]) > 0


def _inactive(theatre: Theatre) -> bool:
    keys = theatre.admin("iam").list_access_keys(UserName="kim")["AccessKeyMetadata"]
    return all(one["Status"] == "Inactive" for one in keys)
