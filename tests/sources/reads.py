"""What is read of an event, in the few words that a table can hold."""

from __future__ import annotations

from chalicelib import sources
from chalicelib.model import Ignored, Malformed, Principal, Signal
from tests.sources.events import RECEIVED, Json

OUR_ROLE = "AROAOURSOURSOURSOURS1"


def parsed(event: Json) -> tuple[Signal, ...] | Ignored | Malformed:
    """Of an envelope, or of what stands in one, by a responder with a role of its own."""
    return sources.read_any(event, RECEIVED, (OUR_ROLE,))


def signals(event: Json) -> tuple[Signal, ...]:
    """Where the event says something."""
    found = parsed(event)
    assert isinstance(found, tuple), found
    return found


def signal(event: Json) -> Signal:
    """Where the event says one thing."""
    (one,) = signals(event)
    return one


def ignored(event: Json) -> str:
    """Why the event says nothing."""
    found = parsed(event)
    assert isinstance(found, Ignored), found
    return found.reason


def shown(one: Signal) -> set[tuple[str, str]]:
    """The evidence, label by label."""
    return {(each.label, each.value) for each in one.evidence}


def owner(principal: Principal | None) -> str | None:
    """`user deploy AIDA…`, without the id where there is none."""
    if principal is None:
        return None
    return " ".join(filter(None, (principal.kind, principal.name, principal.unique_id)))


def credential(one: Signal) -> str:
    """`access-key AKIA…`, `role-session ASIA… i-0abc`."""
    return " ".join(filter(None, (one.subject.kind, one.subject.id, one.subject.session)))
