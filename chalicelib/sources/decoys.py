"""CloudTrail: a decoy was used, something that exists only to be stolen and that nobody has a reason to touch.

The owner of the stack names them, so the pattern is made from a parameter: ids of access keys, ARNs of users and roles,
names or ARNs of secrets and parameters, as the calls name them. Reading calls count, and failed ones: that somebody
tried is all that there is to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import by_aws, by_caller
from chalicelib.sources.reading import Node, node, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.model import Signal

READS = True

NOTHING = "leak-responder-has-no-decoy"
"""What a stack without decoys names, for EventBridge takes no empty list."""

_HOLDERS = (("accessKeyId",), ("arn",), ("sessionContext", "sessionIssuer", "arn"))
_ASKED = ("secretId", "secretIdList", "name", "names", "roleArn")
_OPENING = (
    "GetSecretValue",
    "BatchGetSecretValue",
    "PutSecretValue",
    "GetParameter",
    "GetParameters",
    "GetParameterHistory",
    "AssumeRole",
)
"""To list or describe a decoy opens nothing: consoles and inventories do it all day."""


def patterns(decoys: list[str] | dict[str, str]) -> dict[str, dict[str, Any]]:
    """A pattern for each member of a record that may name one of these decoys, or of the parameter that names them.

    One rule for all would hold each name eight times, and EventBridge takes 2,048 characters a pattern.
    """
    held = {path[-2] if len(path) > 1 else path[0]: {"userIdentity": _nested(path, decoys)} for path in _HOLDERS}
    asked = {one: {"eventName": list(_OPENING), "requestParameters": {one: decoys}} for one in _ASKED}
    return {f"{name[0].upper()}{name[1:]}": _pattern(detail) for name, detail in (held | asked).items()}


def _pattern(detail: Node) -> dict[str, Any]:
    return {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
        "detail": detail,
    }


def _nested(path: tuple[str, ...], value: object) -> Node:
    nested: Any = value
    for name in reversed(path):
        nested = {name: nested}
    return dict(nested)


def read(
    record: Node, received: datetime, own_role_ids: tuple[str, ...], decoys: tuple[str, ...]
) -> tuple[Signal, ...] | None:
    """The signal about whoever made the call; None where it touched no decoy, or was our own or a service's."""
    if not decoys:
        return None
    unique = (words(record, "userIdentity", "principalId") or ("",))[0].partition(":")[0]
    if decoys_in(record).isdisjoint(decoys) or unique in own_role_ids or by_aws(record):
        return None
    return by_caller(record, Sign.DECOY_USED, received)


def decoys_in(record: Node) -> frozenset[str]:
    """All that would be a decoy's name, were it one."""
    return frozenset(_named(record))


def _named(record: Node) -> Iterator[str]:
    for path in _HOLDERS:
        yield from words(record, "userIdentity", *path)
    if not _OPENED.isdisjoint(words(record, "eventName")):
        for member in _ASKED:
            yield from words(node(record, "requestParameters"), member)


_OPENED = frozenset(_OPENING)
