"""Messages that AWS itself puts into a queue: dead letters of rules, and what functions failed at."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from ministack.services import sqs

if TYPE_CHECKING:
    from drill.cloud.shim.patching import Patch


def post(queue_arn: str, body: str, attributes: dict[str, str]) -> bool:
    """Whether there is such a queue. Who may send is the caller's question."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return False
    now = time.time()
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    message: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "body": body,
        "message_attributes": typed,
        "md5_attrs": sqs._md5_msg_attrs(typed),
        "sent_at": now,
        "visible_at": now + sqs.queue_delay(queue),
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    sqs.esm_wake.set()  # wakes the functions that read from queues
    return True


PATCHES: tuple[Patch, ...] = ()
USES: tuple[tuple[Any, str], ...] = (
    (sqs, "_ensure_msg_fields"),
    (sqs, "_md5_msg_attrs"),
    (sqs, "_queue_by_arn"),
    (sqs, "esm_wake"),
    (sqs, "queue_delay"),
)
