"""EventBridge: the incident as an event that other systems can have rules for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import DONE, Permission
from chalicelib.notifiers.channel import Notifier, refused
from chalicelib.report import json_form

if TYPE_CHECKING:
    from chalicelib.model import Outcome
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.form import Message
    from chalicelib.settings import Settings

SOURCE, DETAIL_TYPE = "leak-responder", "Leak Responder Incident"


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """Put one event."""
    events, bus = wires.events(), f"bus {settings.bus}"
    try:
        answer = events.put_events(
            Entries=[
                {
                    "Time": message.at,
                    "Source": SOURCE,
                    "DetailType": DETAIL_TYPE,
                    "Detail": json_form.render(message),
                    "EventBusName": settings.bus,
                }
            ]
        )
    except events.exceptions.ClientError as error:
        return refused(error.response, bus, _ABSENT)
    if answer["FailedEntryCount"]:  # PutEvents answers 200 also when it refuses the entry
        return refused({"Error": {"Code": answer["Entries"][0].get("ErrorCode", "unknown")}}, bus, _ABSENT)
    return DONE


_ABSENT = {"ResourceNotFoundException": "make it, or deploy with the parameter BusName of one that exists"}

NOTIFIER = Notifier(
    name="event-bus",
    permissions=(
        Permission(
            ("events:PutEvents",),
            ("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${BusName}",),
        ),
    ),
    configured=lambda settings: bool(settings.bus),
    send=send,
    machines=True,
)
