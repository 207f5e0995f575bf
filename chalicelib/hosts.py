"""What a Git host reported: once each, an alert of GitHub's with the key id that it leaves out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from chalicelib.ledger import notices
from chalicelib.model import Evidence, Permission, hash_parts
from chalicelib.respond import Answer, UnfinishedError, sift
from chalicelib.sources import ROUTED, github
from chalicelib.sources.reading import text
from chalicelib.steps import failed

if TYPE_CHECKING:
    from chalicelib.model import Signal
    from chalicelib.ports import Ports
    from chalicelib.sources.reading import Node

PERMISSIONS = (Permission(("secretsmanager:GetSecretValue",), ("${GitHubTokenArn}",)),)


def delivery(event: Node) -> str | None:
    """The id that the host gave it, "" for none; None where the event is no report of a host."""
    return (text(event, "id") or "") if text(event, "source") in ROUTED else None


def answer(delivery: str, signal: Signal, ports: Ports) -> Answer:
    """Answer one signal, once. UnfinishedError where GitHub may say more later: people are told by then."""
    mark = _mark(delivery, signal)
    if not notices.first(ports.ledger, mark, ports.now()):
        return Answer("repeated", f"{signal.source} reported it before")
    found = _answered(signal, ports)
    notices.told(ports.ledger, mark)
    return found


def _mark(delivery: str, signal: Signal) -> str:
    """What GitHub sends again has the same delivery id; GitLab has none, and reports a key wherever it scans it."""
    return hash_parts(signal.source, delivery, signal.native_id)


def _answered(signal: Signal, ports: Ports) -> Answer:
    if signal.source != "github" or not ports.settings.github_token:
        return sift(signal, ports)
    found, trouble = _looked_up(signal, ports)
    answered = sift(found, ports)
    if trouble:
        message = f"GitHub alert {signal.native_id} was told without its key id: {trouble}"
        raise UnfinishedError(message)
    return answered


_ALERT = re.compile(r"(?P<owner>\w[\w-]{0,99})/(?P<name>(?!\.\.?#)[\w.-]{1,100})#(?P<number>\d{1,12})", re.ASCII)
_OK, _TOO_MANY, _SERVER = 200, 429, 500


def _looked_up(signal: Signal, ports: Ports) -> tuple[Signal, str]:
    """The signal with its key id, or with why it has none; and what may be mended by asking again."""
    alert = _ALERT.fullmatch(signal.native_id)
    if alert is None:
        return _unnamed(signal, "the repository's name is none of GitHub's"), ""
    path = f"repos/{alert['owner']}/{alert['name']}/secret-scanning/alerts/{alert['number']}"
    try:
        status, body = ports.aws.get(f"{ports.settings.github_api}/{path}", _headers(ports))
    except (ClientError, BotoCoreError) as error:
        return _troubled(signal, f"the GitHub token could not be read: {failed(error).detail}")
    except (HTTPError, ValueError) as error:  # a token that no header can hold is the latter
        return _troubled(signal, f"GitHub did not answer ({type(error).__name__})")
    if status == _TOO_MANY or status >= _SERVER:
        return _troubled(signal, f"GitHub answered with status {status}")
    if status != _OK:
        return _unnamed(signal, f"GitHub answered with status {status}: may the token read secret scanning alerts?"), ""
    key = github.key_of(_document(body))
    return (github.named(signal, key) if key else _unnamed(signal, "the alert is about a secret without one")), ""


def _headers(ports: Ports) -> dict[str, str]:
    """The token goes to the configured API alone, never to an address that an event names."""
    token = ports.aws.secret(ports.settings.github_token)
    return {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "leak-responder",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def _document(body: bytes) -> Node:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _troubled(signal: Signal, trouble: str) -> tuple[Signal, str]:
    return _unnamed(signal, trouble), trouble


def _unnamed(signal: Signal, why: str) -> Signal:
    return replace(signal, evidence=(*signal.evidence, Evidence("key id", f"unknown: {why}")))
