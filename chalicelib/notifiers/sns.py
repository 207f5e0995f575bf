"""SNS: plain text for people, the same as JSON for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.model import DONE, Outcome, Permission, Status
from chalicelib.notifiers.channel import Notifier
from chalicelib.report import json_form, text

if TYPE_CHECKING:
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.message import Message
    from chalicelib.settings import Settings


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """Publish to the stack's topic; subscriptions choose the form by their protocol."""
    sns = wires.sns()
    plain, machine = text.render(message), json_form.render(message)
    forms = {"default": plain, "email": plain, "sqs": machine, "lambda": machine, "http": machine, "https": machine}
    try:
        sns.publish(
            TopicArn=settings.topic,
            Subject=text.subject(message),
            Message=json.dumps(forms),
            MessageStructure="json",
            MessageAttributes={
                "incident": {"DataType": "String", "StringValue": message.incident},
                "number": {"DataType": "Number", "StringValue": str(message.number)},
                "kind": {"DataType": "String", "StringValue": message.kind},
            },
        )
    except sns.exceptions.NotFoundException:
        return Outcome(Status.FAILED, f"topic {settings.topic} does not exist: deploy the stack again")
    return DONE


NOTIFIER = Notifier(
    name="sns",
    permissions=(Permission(("sns:Publish",), ("${Topic}",)),),
    configured=lambda settings: bool(settings.topic),
    send=send,
)
