"""What the two HTTPS routes answer: each request is verified, reduced and handed on, and nothing more.

This runs in the one function that strangers can call. It may read the secrets that senders prove themselves with, and
send to one queue, whose reader touches nobody either; what is done about a report is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.model import Permission
from chalicelib.sources import github, gitlab

PERMISSIONS = (
    Permission(("sqs:SendMessage",), ("${WideEvents.Arn}",)),
    Permission(("secretsmanager:GetSecretValue",), ("${GitHubSecretArn}",)),
    Permission(("secretsmanager:GetSecretValue",), ("${GitLabSecretArn}",)),
)

_LARGEST = 256_000  # bytes; an alert of GitHub has some 15 KB, and three times as much fits into a message of SQS
_ID = 100  # characters of a delivery id, which is a UUID

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """Header names are in lower case; the body is the bytes that were signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """A status and a document; None for an empty body."""

    status: int
    document: Json | None = None

    @property
    def good(self) -> bool:
        """Whether the request was taken."""
        return self.status < 400  # noqa: PLR2004 - where HTTP's errors begin


@dataclass(frozen=True)
class Door:
    """One host's way in: its secret, None where this host is not configured, and where what it reports goes."""

    secret: Callable[[], str | None]
    send: Callable[[Json], object]


def github_alert(request: Request, door: Door) -> Reply:
    """A webhook of GitHub: signed with HMAC-SHA256 over the raw body (GitHub docs, "Validating webhook deliveries")."""
    signature = request.headers.get("x-hub-signature-256", "")
    if refused := _refused(request, door, lambda secret: _is_signed(request.body, secret, signature)):
        return refused
    if request.headers.get("x-github-event") != "secret_scanning_alert":
        return Reply(204)  # a ping, or an event that nobody asked for
    payload = _parsed(request.body)
    if not isinstance(payload, dict):
        return _error(400, "the body is no JSON object")
    delivery = request.headers.get("x-github-delivery", "")[:_ID]
    door.send(_enveloped("github", "secret_scanning_alert", delivery, github.reduced(payload)))
    return Reply(202, {"accepted": True})


def gitlab_types(request: Request, door: Door) -> Reply:
    """The types of tokens that GitLab should send."""
    return _refused(request, door, lambda secret: _is_bearer(request, secret)) or Reply(
        200, {"types": list(gitlab.TYPES)}
    )


def gitlab_tokens(request: Request, door: Door) -> Reply:
    """Tokens that GitLab found; 204 says that all were accepted, however often they come."""
    if refused := _refused(request, door, lambda secret: _is_bearer(request, secret)):
        return refused
    tokens = _parsed(request.body)
    if not isinstance(tokens, list) or not tokens or not all(map(_is_token, tokens)):
        return _error(400, "the body is no list of tokens, each with type, token and location")
    if len(tokens) > gitlab.MOST:
        return _error(413, f"more than {gitlab.MOST} tokens")
    if any(one["type"] not in gitlab.TYPES for one in tokens):
        return _error(400, "a type that is not revocable here")
    door.send(_enveloped("gitlab", "revoke_tokens", "", gitlab.reduced(tokens)))
    return Reply(204)


ROUTES = {"github_alert": github_alert, "gitlab_types": gitlab_types, "gitlab_tokens": gitlab_tokens}


def _enveloped(host: str, kind: str, delivery: str, report: Json) -> Json:
    """As EventBridge envelopes what else is in that queue."""
    return {"source": host, "detail-type": kind, "id": delivery, "detail": report}


def _refused(request: Request, door: Door, proves: Callable[[str], bool]) -> Reply | None:
    """Why a request is not looked at any further. Nothing of it has been parsed by then."""
    if len(request.body) > _LARGEST:
        return _error(413, f"more than {_LARGEST} bytes")
    secret = door.secret()
    if not secret:  # an empty one proves nothing
        return _error(404, "not configured")
    return None if proves(secret) else _error(401, "not authorized")


def _is_signed(body: bytes, secret: str, signature: str) -> bool:
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _are_same(wanted, signature)


def _is_bearer(request: Request, secret: str) -> bool:
    """GitLab sends the token alone."""
    return _are_same(secret, request.headers.get("authorization", ""))


def _are_same(wanted: str, given: str) -> bool:
    """In constant time. As bytes: of text, only ASCII can be compared so."""
    return hmac.compare_digest(wanted.encode(), given.encode(errors="surrogatepass"))


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_token(one: object) -> bool:
    return isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("type", "token", "location"))


def _error(status: int, reason: str) -> Reply:
    return Reply(status, {"error": reason})
