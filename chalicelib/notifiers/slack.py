"""Slack, through an incoming webhook whose URL is a secret: whoever has it can post."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from chalicelib.model import DONE, Outcome, Permission, Status
from chalicelib.notifiers.channel import Notifier, refused
from chalicelib.report.slack import blocks

if TYPE_CHECKING:
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.form import Message
    from chalicelib.settings import Settings

logging.getLogger("urllib3").setLevel(logging.INFO)  # at DEBUG it writes the path of each request, which is the secret

_OK, _TOO_MANY, _SERVER = 200, 429, 500
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_urls: dict[str, str] = {}
"""By secret, for as long as the container lives and Slack takes the URL."""


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """POST the blocks once. The URL stands in no outcome, log or exception."""
    url = _urls.get(settings.slack_secret) or url_of(wires, settings)
    if isinstance(url, Outcome):
        return url
    try:
        status = wires.post(url, json.dumps(blocks(message)).encode())
    except HTTPError as error:
        return Outcome(Status.FAILED, f"Slack did not answer ({type(error).__name__})", retryable=True)
    if status == _OK:
        _urls[settings.slack_secret] = url
        return DONE
    _urls.pop(settings.slack_secret, None)  # a new URL may stand in the secret by now
    return _unsent(status, settings.slack_secret)


def _unsent(status: int, secret: str) -> Outcome:
    if status == _TOO_MANY or status >= _SERVER:
        return Outcome(Status.FAILED, f"Slack answered with status {status}", retryable=True)
    return Outcome(
        Status.FAILED, f"Slack answered with status {status}: put the URL of a webhook that works into secret {secret}"
    )


def url_of(wires: Wires, settings: Settings) -> str | Outcome:
    """The URL in the secret, or why it is none. It is as good as a password: never show it."""
    secret = settings.slack_secret
    region = secret.split(":")[3] if secret.startswith("arn:") and secret.count(":") > 3 else settings.region  # noqa: PLR2004 - arn:partition:service:region
    secrets = wires.secretsmanager(region)
    try:
        held = secrets.get_secret_value(SecretId=secret).get("SecretString", "")
    except secrets.exceptions.ClientError as error:
        return refused(error.response, f"secret {secret}", _ABSENT)
    return _url(held) or Outcome(Status.FAILED, f'secret {secret} holds no https URL, bare or as {{"url": …}}')


_ABSENT = {"ResourceNotFoundException": "make it, with the URL of a Slack incoming webhook as its value"}


def _url(held: str) -> str | None:
    """Plain http only to this machine, for rehearsals."""
    try:
        read = json.loads(held)
    except ValueError:
        read = held.strip()
    url = read.get("url") if isinstance(read, dict) else read
    return url if isinstance(url, str) and _is_safe(url) else None


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


NOTIFIER = Notifier(
    name="slack",
    permissions=(Permission(("secretsmanager:GetSecretValue",), ("${SlackSecretArn}",)),),
    configured=lambda settings: bool(settings.slack_secret),
    send=send,
)
