"""What GitHub and GitLab send, in the shapes that their documentation gives."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

Json = dict[str, Any]

SECRET = "planted/what-the-host-proves-itself-with"
LEAKED = "wJalrXUtnFEMI/planted/next-to-the-key"
KEY = "AKIAQAAAAAAAAAAAAAAA"
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


def alert(action: str = "created", where: str = "acme/shop", **changes: Any) -> Json:
    """The payload of a `secret_scanning_alert` webhook, with what is none of our business too."""
    return {
        "action": action,
        "alert": {
            "number": 42,
            "created_at": "2026-11-24T02:00:00Z",
            "updated_at": "2026-11-24T02:05:00Z",
            "url": f"https://api.github.com/repos/{where}/secret-scanning/alerts/42",
            "html_url": f"https://github.com/{where}/security/secret-scanning/42",
            "secret_type": "aws_access_key_id",
            "validity": "unknown",
            "publicly_leaked": False,
            "resolution": None,
            "push_protection_bypassed_by": {"login": "a-person", "email": "person@example.com"},
            **changes,
        },
        "repository": {"id": 1, "full_name": where, "owner": {"login": "acme"}, "private": True},
        "organization": {"login": "acme", "id": 2},
        "sender": {"login": "a-person", "id": 3},
    }


def token(found: str = KEY, kind: str = "gitleaks_rule_id_aws", line: int = 3) -> Json:
    """One of the tokens of a request of GitLab."""
    return {"type": kind, "token": found, "location": f"https://gitlab.example.com/acme/shop/-/blob/main/env#L{line}"}


def written(body: Any) -> bytes:
    """The bytes that go over the wire."""
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = SECRET, event: str = "secret_scanning_alert", delivery: str = DELIVERY) -> Any:
    """The headers of a webhook, as GitHub signs it."""
    return {
        "x-hub-signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "content-type": "application/json",
    }


def bearer(secret: str = SECRET) -> Any:
    """The headers of GitLab."""
    return {"authorization": secret, "content-type": "application/json"}
