"""EventBridge: the incident as an event that other systems can have rules for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import DONE, Outcome, Permission, Status
from chalicelib.notifiers.channel import Notifier
from chalicelib.report import json_form

if TYPE_CHECKING:
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.message import Message
    from chalicelib.settings import Settings

SOURCE, DETAIL_TYPE = "leak-responder", "Leak Responder Incident"


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """Put one event. PutEvents answers 200 also when it refuses an entry."""
    entry = {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json_form.render(message),
        "EventBusName": settings.bus,
    }
    answer = wires.events().put_events(Entries=[entry])  # type: ignore[list-item]
    if answer["FailedEntryCount"]:
        code = answer["Entries"][0].get("ErrorCode", "unknown")
        return Outcome(Status.FAILED, f"bus {settings.bus} refused the event: {code}", retryable=True)
    return DONE


NOTIFIER = Notifier(
    name="event-bus",
    permissions=(
        Permission(
            ("events:PutEvents",), ("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/*",)
        ),
    ),
    configured=lambda settings: bool(settings.bus),
    send=send,
)
