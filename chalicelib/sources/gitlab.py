"""GitLab secret detection, through the token revocation API that a self-managed GitLab calls (GitLab docs).

GitLab sends what its rule caught: for AWS the access key id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import key_ids
from chalicelib.model import Ignored, Malformed, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.places import shorten_secrets
from chalicelib.sources.reading import Node, evidence, nodes, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

TYPES = ("gitleaks_rule_id_aws",)
"""What GitLab calls its rule for access keys of AWS: type and value of the finding's identifier, joined."""

MOST = 500
"""Tokens of one request that are taken."""


def reduced(tokens: list[Node]) -> Node:
    """Of each token its type and place, and of the token itself the key ids in it: a secret would go no further."""
    return {
        "tokens": [
            {
                "type": text(one, "type"),
                "token": " ".join(key_ids.found(text(one, "token") or "")),
                "location": shorten_secrets(text(one, "location") or "") or None,
            }
            for one in tokens
        ]
    }


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """A signal for each key id of a request, `{"tokens": [{"type", "token", "location"}]}`."""
    del own_role_ids
    tokens = nodes(event, "tokens")
    if not tokens:
        return Malformed("a GitLab request without tokens")
    ours = [one for one in tokens if text(one, "type") in TYPES]
    found = {key: one for one in ours for key in key_ids.found(text(one, "token") or "")}
    if not found:
        return Ignored("GitLab tokens, none of which is an access key id of AWS")
    return tuple(_signal(key, one, received) for key, one in found.items())


def _signal(key: str, token: Node, received: datetime) -> Signal:
    where = shorten_secrets(text(token, "location") or "")
    return Signal(
        source="gitlab",
        native_id=f"{key} {where}".strip(),
        sign=Sign.FOUND,
        what="secret detection finding",
        at=received,
        since=received,
        account=key_ids.account_of(key) or "",
        region="",
        subject=Subject(SubjectKind.USER_SESSION if key.startswith("ASIA") else SubjectKind.ACCESS_KEY, key),
        principal=None,
        evidence=evidence(("found at", where), ("rule", text(token, "type"))),
    )
