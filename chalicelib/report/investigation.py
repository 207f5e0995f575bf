"""What the investigation of an incident found, as far as the messages about the incident say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.report.form import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE = "What the investigation found"

_MOST = 5


@dataclass(frozen=True)
class Investigation:
    """Each thing in words. `seen` says what was read; `loose` is what the credential made and no deny stops.

    `valid` are credentials of other services that the containment does not end. `more` counts what the credential made
    beyond those, and `gaps` the places that could not be read.
    """

    seen: str
    calls: int
    contained: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    rotated: tuple[str, ...] = ()
    unrotated: tuple[str, ...] = ()
    valid: tuple[str, ...] = ()
    more: int = 0
    gaps: int = 0


def section(found: Investigation | None) -> tuple[Section, ...]:
    """What it made, what it read, and what of that is still to be ended; nothing where nobody has looked."""
    if found is None:
        return ()
    pairs = (
        *_named("not contained", found.loose),
        *_named("not rotated", found.unrotated),
        *_named("still valid", found.valid),
        *_named("contained", found.contained),
    )
    return (Section(TITLE, _summary(found), pairs),)


def _summary(found: Investigation) -> tuple[str, ...]:
    made, read = len(found.contained) + len(found.loose) + found.more, len(found.rotated) + len(found.unrotated)
    more = f", and {found.more:,} that the report names" if found.more else ""
    gaps = f" {_many(found.gaps, 'place')} could not be read: the report names them." if found.gaps else ""
    return (
        f"We looked for what the credential did: {_many(found.calls, 'call')} ({found.seen}).{gaps}",
        f"It made {_many(made, 'credential, principal or workload', 'credentials, principals or workloads')}: "
        f"{len(found.contained):,} contained, {len(found.loose):,} not contained{more}."
        if made
        else "We saw nothing that it made.",
        f"It read {_many(read, 'secret, parameter or data key', 'secrets, parameters or data keys')}: "
        f"{len(found.rotated):,} rotated, {len(found.unrotated):,} not rotated."
        if read
        else "We saw no secret that it read.",
    )


def _named(label: str, these: Sequence[str]) -> tuple[tuple[str, str], ...]:
    more = ((label, f"and {len(these) - _MOST:,} more; the report names them"),) if len(these) > _MOST else ()
    return (*((label, one) for one in these[:_MOST]), *more)


def is_left(found: Investigation | None) -> bool:
    """Whether something of what was found is still to be ended by a person."""
    return found is not None and bool(found.loose or found.unrotated or found.valid or found.more)


def still_to_do(found: Investigation | None) -> str:
    """The sentence for a headline; "" where nothing is left."""
    if found is None or not is_left(found):
        return ""
    left = (
        (len(found.loose), "of what it made is not contained", "of what it made are not contained"),
        (found.more, "more that it made is in the report", "more that it made are in the report"),
        (len(found.unrotated), "secret that it read is not rotated", "secrets that it read are not rotated"),
        (len(found.valid), "credential of another service is valid", "credentials of other services are valid"),
    )
    return f" Still to be done: {', '.join(_many(count, one, several) for count, one, several in left if count)}."


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def stays(found: Investigation | None) -> tuple[Section, ...]:
    """What a restore does not undo: what the credential made has incidents of its own."""
    if found is None or not found.contained:
        return ()
    lines = (
        "What the credential made is contained by incidents of its own, and this undoes none of them.",
        "For each that is the owner's: `leak-responder restore INCIDENT --false-positive --reason …`.",
    )
    return (Section("What stays contained", lines, _named("contained", found.contained)),)
