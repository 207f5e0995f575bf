"""A handler of app.py called as Lambda calls it, in this process, and what came of it."""

from __future__ import annotations

import io
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.account import BenchError
from bench.calls import Call, chain_to, first, longest_chain, recorded

if TYPE_CHECKING:
    from bench.account import Account
    from bench.events import Event

DENYING = ("iam.AttachUserPolicy", "iam.PutRolePolicy", "iam.PutUserPermissionsBoundary")
DEACTIVATING = ("iam.UpdateAccessKey",)


@dataclass(frozen=True)
class Run:
    """One call of a handler, in milliseconds from its begin; None where there was nothing to deny or deactivate."""

    powerless: float | None
    key_inactive: float | None
    returned: float
    serial_to_powerless: int | None
    serial_to_key_inactive: int | None
    serial: int
    calls: tuple[str, ...]


def run(handler: str, event: Event) -> Run:
    """Call the handler. Its logs and metrics, which Lambda would take from stdout, are dropped."""
    with redirect_stdout(io.StringIO()), recorded() as made:
        import app

        began = time.monotonic()
        getattr(app, handler)(event, None)
        ended = time.monotonic()
    if not made:
        raise BenchError(f"{handler} made no AWS call: the event is not answered")
    return measured(made, began, ended)


def follow_up(account: Account) -> None:
    """Give everything that waits in the queue to the handler that SQS would call."""
    queue, url = account.admin("sqs"), account.environment["FOLLOW_UP_QUEUE_URL"]
    while found := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            with redirect_stdout(io.StringIO()):
                import app

                app.follow_up({"Records": [{"body": message["Body"], "receiptHandle": message["ReceiptHandle"]}]}, None)
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def measured(made: list[Call], began: float, ended: float) -> Run:
    """The figures of the calls that a run made."""
    denied, inactive = first(made, *DENYING), first(made, *DEACTIVATING)
    return Run(
        powerless=(denied.ended - began) * 1e3 if denied else None,
        key_inactive=(inactive.ended - began) * 1e3 if inactive else None,
        returned=(ended - began) * 1e3,
        serial_to_powerless=chain_to(made, denied) if denied else None,
        serial_to_key_inactive=chain_to(made, inactive) if inactive else None,
        serial=longest_chain(made),
        calls=tuple(call.name for call in made),
    )
