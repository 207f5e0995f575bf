"""Total readers: whatever an intruder put there, the answer is the wanted type or None."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from chalicelib.model import Evidence

Node = dict[str, Any]

_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
_LONGEST = 1024  # characters; the ARN of a policy, the longest thing that a signal is built from, has 700 at most
_LONGEST_DOCUMENT = 100_000  # characters; no policy of AWS is as long
_EVIDENCE = 300  # characters that a person reads
_WHOLE = 10**15  # no feed writes larger numbers, and Python refuses to print very large ones


def node(tree: object, *path: str) -> Node:
    """The object at the end of the path; an empty one where anything on the way is missing or something else."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree if isinstance(tree, dict) else {}


def text(tree: object, *path: str) -> str | None:
    """The text at the end of the path, cut, without blanks around it; None where there is none."""
    for name in path:  # not by way of `node`: an inquiry asks this fifty times of each call
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree[:_LONGEST].strip() or None if isinstance(tree, str) else None


def prose(tree: object, *path: str) -> str:
    """Return the text at the end of the path as long as a document may be; "" where there is none."""
    found = node(tree, *path[:-1]).get(path[-1])
    return found[:_LONGEST_DOCUMENT] if isinstance(found, str) else ""


def nodes(tree: object, *path: str) -> list[Node]:
    """The objects of the list at the end of the path."""
    found = node(tree, *path[:-1]).get(path[-1])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def words(tree: object, *path: str) -> tuple[str, ...]:
    """The texts at the end of the path, where there is one or a list of them."""
    found = node(tree, *path[:-1]).get(path[-1])
    listed = found if isinstance(found, list) else [found]
    return tuple(one[:_LONGEST] for one in listed if isinstance(one, str))


def document(tree: object, *path: str) -> Node:
    """The JSON object that stands as text at the end of the path, or as itself; an empty one where there is none.

    IAM shows policies with their marks escaped as in an address, and some records keep them so.
    """
    found = node(tree, *path[:-1]).get(path[-1])
    if not isinstance(found, str) or len(found) > _LONGEST_DOCUMENT:
        return found if isinstance(found, dict) else {}
    try:
        return node(json.loads(unquote(found) if found.startswith("%") else found))
    except (ValueError, RecursionError):
        return {}


def moment(written: str | None) -> datetime | None:
    """A time as ISO 8601, as AWS Health writes it (RFC 1123), or None."""
    if written is None:
        return None
    for reader in (_iso, parsedate_to_datetime):
        try:
            found = reader(written)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def seen(received: datetime, *written: str | None) -> datetime:
    """The first of these times that can be read, and never later than the event itself came.

    A time to come would make all that is seen until then look old, and what looks old folds in silently.
    """
    found = next(filter(None, map(moment, written)), received)
    return min(found, received)


def _iso(written: str) -> datetime:
    # GuardDuty exports write nanoseconds; Python reads six digits at most
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", written) if "." in written else written)


def key_id(written: str | None) -> str | None:
    """A credential id, if it looks like one; placeholders and other texts do not."""
    return written if written and _KEY_ID.fullmatch(written) else None


def is_region(written: str) -> bool:
    """Say whether a text has the form of a Region. Health events that concern every Region say "global"."""
    return _REGION.fullmatch(written) is not None


def evidence(*pairs: tuple[str, object]) -> tuple[Evidence, ...]:
    """The pairs that have a value, cut to a length that a person reads."""
    shown = ((label, _shown(value)) for label, value in pairs)
    return tuple(Evidence(label, value) for label, value in shown if value)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value[:_EVIDENCE]
    return str(value) if isinstance(value, int | float) and abs(value) < _WHOLE else ""
