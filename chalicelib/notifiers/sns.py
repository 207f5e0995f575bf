"""SNS: plain text for people, the same as JSON for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.model import DONE, Permission
from chalicelib.notifiers.channel import Notifier, refused
from chalicelib.report import json_form, text

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from chalicelib.model import Outcome
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.form import Message
    from chalicelib.settings import Settings

_MACHINES = ("sqs", "lambda", "http", "https", "firehose")


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """Publish to the stack's topic; subscriptions get the form of their protocol, and may filter by the attributes."""
    sns = wires.sns()
    try:
        sns.publish(
            TopicArn=settings.topic,
            Subject=message.subject,
            Message=forms(message),
            MessageStructure="json",
            MessageAttributes=attributes(message),
        )
    except sns.exceptions.ClientError as error:
        return refused(error.response, f"topic {settings.topic}", _ABSENT)
    return DONE


def forms(message: Message) -> str:
    """For each protocol its text; what is not named gets `default`."""
    plain, machine = text.render(message), json_form.render(message)
    return json.dumps({"default": plain, "email": plain, **dict.fromkeys(_MACHINES, machine)}, ensure_ascii=False)


_ABSENT = {"NotFound": "deploy the stack again, then subscribe people to the new topic"}


def attributes(message: Message) -> dict[str, MessageAttributeValueTypeDef]:
    """Return what a subscription may filter by."""
    return {
        "incident": {"DataType": "String", "StringValue": message.incident},
        "number": {"DataType": "Number", "StringValue": str(message.number)},
        "kind": {"DataType": "String", "StringValue": message.kind},
        "severity": {"DataType": "String", "StringValue": message.severity},
    }


NOTIFIER = Notifier(
    name="sns",
    permissions=(Permission(("sns:Publish",), ("${Topic}",)),),
    configured=lambda settings: bool(settings.topic),
    send=send,
)
