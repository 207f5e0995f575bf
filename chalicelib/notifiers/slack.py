"""Slack, through an incoming webhook whose URL is a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from chalicelib.model import DONE, Outcome, Permission, Status
from chalicelib.notifiers.channel import Notifier
from chalicelib.report.slack import blocks

if TYPE_CHECKING:
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.message import Message
    from chalicelib.settings import Settings

_OK, _TOO_MANY, _SERVER = 200, 429, 500


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """POST the blocks. The URL lets anyone post, so it stands in no outcome, log or exception."""
    held = wires.secretsmanager(settings.region).get_secret_value(SecretId=settings.slack_secret)
    url = _url(held.get("SecretString", ""))
    if url is None:
        return Outcome(Status.FAILED, f"secret {settings.slack_secret} holds no https URL of a webhook")
    try:
        status = wires.post(url, json.dumps(blocks(message)).encode())
    except HTTPError as error:
        return Outcome(Status.FAILED, f"Slack did not answer in time ({type(error).__name__})", retryable=True)
    if status == _OK:
        return DONE
    return Outcome(
        Status.FAILED, f"Slack answered with status {status}", retryable=status == _TOO_MANY or status >= _SERVER
    )


def _url(held: str) -> str | None:
    """The secret is the bare URL, or JSON with a member `url`; plain http only to this machine, for rehearsals."""
    try:
        read = json.loads(held)
    except ValueError:
        read = held
    url = read.get("url") if isinstance(read, dict) else read
    parts = urlsplit(url) if isinstance(url, str) else None
    safe = parts and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1"))
    return url if safe and isinstance(url, str) else None


NOTIFIER = Notifier(
    name="slack",
    permissions=(Permission(("secretsmanager:GetSecretValue",), ("${SlackSecretArn}",)),),
    configured=lambda settings: bool(settings.slack_secret),
    send=send,
)
