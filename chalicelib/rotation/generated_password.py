"""A password that we generate and tell the service that it opens.

The value is JSON with `username`, `password` and `service`, the service's base URL. The service answers
`GET {service}/session` with 200 to whoever may come in, and `POST {service}/password` takes {"password": the new one};
both under HTTP basic authentication. Members beyond the three are kept as they are.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3

from chalicelib.rotation.kind import Kind, RotationError

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMBERS = ("username", "password", "service")
_LENGTH = 40  # characters of [A-Za-z0-9]: 238 bits, and nothing that a service might want escaped
_TIMEOUT = urllib3.Timeout(connect=2, read=5)
_OK, _UNAUTHORISED = 200, 401


@dataclass(frozen=True)
class _Login:
    username: str
    service: str
    password: str = field(repr=False)


def fits(text: str) -> bool:
    """Whether a value is of this kind."""
    value = _json(text)
    return all(isinstance(value.get(member), str) and value[member] for member in _MEMBERS)


def kind(services: tuple[str, ...], draw: Callable[[int], str]) -> Kind:
    """The kind: `draw` gives a password of so many letters and digits, and nobody but `services` is talked to."""
    return Kind(
        "generated-password",
        fits,
        lambda current, _before: json.dumps({**_json(current), "password": draw(_LENGTH)}),
        lambda current, pending: change(current, pending, services),
        lambda current, pending: check(current, pending, services),
        lambda current: check(current, current, services),
    )


def change(current: str, pending: str, services: tuple[str, ...]) -> None:
    """Set the pending password with the current one. An earlier attempt may have: then the pending one opens already.

    The previous password is not tried: it may be the one that leaked.
    """
    old, new = _pair(current, pending, services)
    if old.password == new.password:
        raise RotationError("the pending version holds the current password once more: rotate again")
    status = _ask("POST", "/password", old, {"password": new.password})
    if status == _UNAUTHORISED and _ask("GET", "/session", new) == _OK:
        return
    if status == _UNAUTHORISED:
        raise RotationError(
            f"{old.service} accepts neither the current nor the pending password of this secret: "
            "set the user's password there by hand to that of AWSCURRENT, then rotate again"
        )
    if status != _OK:
        raise RotationError(f"{old.service} answered the change of the password with status {status}")


def check(current: str, pending: str, services: tuple[str, ...]) -> None:
    """Sign in with the pending password, changing nothing."""
    _, new = _pair(current, pending, services)
    status = _ask("GET", "/session", new)
    if status != _OK:
        raise RotationError(f"{new.service} answered the pending password with status {status}")


def _pair(current: str, pending: str, services: tuple[str, ...]) -> tuple[_Login, _Login]:
    """Both logins, which may differ in the password alone: whoever can write a pending version chooses no target."""
    old, new = _login(current), _login(pending)
    if (old.username, old.service) != (new.username, new.service):
        raise RotationError("the pending version names another user or service than the current one")
    if ":" in old.username:
        raise RotationError("the username holds a colon, which basic authentication cannot say (RFC 7617)")
    if old.service not in {service.rstrip("/") for service in services}:
        raise RotationError("the service of this secret is not among the configured ones (RotationServices)")
    if not _private(old.service):
        raise RotationError(f"{old.service} is neither https nor on loopback: a password would be seen on the way")
    return old, new


def _login(text: str) -> _Login:
    if not fits(text):
        raise RotationError("the value must be JSON with username, password and service, each a text")
    value = _json(text)
    return _Login(value["username"], value["service"].rstrip("/"), value["password"])


def _json(text: str) -> dict[str, Any]:
    # json's error carries the whole text, so it is not let out of here, not even as the context of another.
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _private(service: str) -> bool:
    parts = urlsplit(service)
    return parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ask(method: str, path: str, login: _Login, body: dict[str, str] | None = None) -> int:
    """The status. No redirect is followed, which would carry the password elsewhere; the steps come again anyway."""
    # urllib3 writes basic authentication in latin-1, and its error would quote the password (RFC 7617 allows UTF-8).
    credentials = b64encode(f"{login.username}:{login.password}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    try:
        with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
            url = login.service + path
            return pool.request(method, url, json=body, headers=headers, redirect=False).status
    except urllib3.exceptions.HTTPError as error:
        raise RotationError(f"{login.service} did not answer: {type(error).__name__}") from None
