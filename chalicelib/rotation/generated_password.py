"""A password that we generate and tell the service that it opens: POST /password, GET /session, basic authentication."""

from __future__ import annotations

import json

import urllib3

_OK, _UNAUTHORISED = 200, 401


class ServiceError(Exception):
    """The service did not do as asked; the text holds no password."""


def change(current: dict[str, str], pending: dict[str, str]) -> None:
    """Set the pending password, unless an earlier attempt did. ServiceError where the service refuses."""
    if _status("GET", "/session", pending) == _OK:
        return
    body = json.dumps({"password": pending["password"]}).encode()
    status = _status("POST", "/password", current, body)
    if status != _OK:
        message = f"{current['service']} answered the change of the password with status {status}"
        raise ServiceError(message)


def check(pending: dict[str, str]) -> None:
    """Sign in with the pending password. ServiceError where that fails."""
    status = _status("GET", "/session", pending)
    if status != _OK:
        message = f"{pending['service']} answered the new password with status {status}"
        raise ServiceError(message)


def _status(method: str, path: str, value: dict[str, str], body: bytes | None = None) -> int:
    headers = urllib3.make_headers(basic_auth=f"{value['username']}:{value['password']}")
    with urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=5), retries=False) as pool:
        answer = pool.request(method, value["service"] + path, body=body, headers=headers, redirect=False)
        return answer.status
