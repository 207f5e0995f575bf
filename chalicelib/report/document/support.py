"""The reply to the support case that AWS opens when it quarantines a key: its four questions, answered by facts alone.

AWS asks that the key is replaced and deactivated, that CloudTrail and the account are looked through for what was not
yours, and that you answer the case (AWS re:Post, "What do I do if I notice unauthorized activity in my AWS account?").
What nobody has done or seen stands as NOT DONE YET. What the person who sends it should still do or add is no part of
the letter: see `list_reminders`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report.document import lines as words
from chalicelib.report.text import wrapped
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.report.document.form import Child, Deed, Report, Rotation

_MOST = 20


def render(report: Report) -> str:
    """Return plain text, ready to be pasted: every word of it is for AWS."""
    left = tuple(_open_points(report))
    parts = (
        "Hello,",
        _about(report),
        _titled("1. The exposed credential", _credential(report)),
        _titled("2. CloudTrail", _trail(report)),
        _titled("3. The account", _account(report)),
        _titled("4. What we still have to do", left) if left else "",
        "All times are UTC. We can send the records of CloudTrail.",
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def _about(report: Report) -> str:
    reference = f" Our own reference is incident {report.incident}."
    return _filled(f"this is about {report.what} of {report.owner} in account {report.account}.{reference}", "")


def _credential(report: Report) -> Iterator[str]:
    clocks = {one.name: one for one in report.clocks}
    contained, verified = clocks["contained"], clocks["verified"]
    yield f"Contained at {moment(contained.at)}." if contained.at else f"NOT DONE YET: contained ({contained.note})."
    yield f"Read again in IAM at {moment(verified.at)}." if verified.at else "NOT DONE YET: read again in IAM."
    ended = {one.what: one for one in report.deeds}
    yield from (_ended(one) for one in [*ended.values()][:_MOST])


def _ended(last: Deed) -> str:
    if not last.worked:
        return f"NOT DONE YET: {last.what}."
    return f"Done at {moment(last.at)}, {last.since} since: {last.what}." if last.since else f"Done: {last.what}."


def _trail(report: Report) -> Iterator[str]:
    found = report.found
    if found is None:
        yield "NOT DONE YET: nobody has looked into CloudTrail yet."
        return
    read = found.seen.partition(" (chosen: ")[0]  # why we read that is for us
    yield f"We read {read}: {found.calls:,} calls with it and with what it made."
    yield from (f"{label}: {value}." for label, value in found.leak.pairs[:3])
    yield from (f"{words.when(one.first, one.last)} {words.act(one)[0]}" for one in found.acts[:_MOST])
    if len(found.acts) > _MOST:
        yield f"And {len(found.acts) - _MOST:,} more kinds of calls, in the report that we can send."
    yield from (f"Not seen: {one.what} ({one.why})." for one in found.gaps[:_MOST])


def _account(report: Report) -> Iterator[str]:
    if report.found is None:
        yield "NOT DONE YET: what the credential may have made was not looked for."
        return
    children = report.found.children
    yield from (_made(one) for one in children[:_MOST])
    if len(children) > _MOST:
        yield f"And {len(children) - _MOST:,} more, in the report that we can send."
    if not children:
        yield "In what we read it made no credential, user, role, function or instance."
    yield from map(_rotated, report.rotations[:_MOST])
    yield from (": ".join(words.gift(one)[:2]) + "." for one in report.given[:_MOST])


def _rotated(one: Rotation) -> str:
    what, state, _ = words.rotation(one)
    return f"{what}: {state if one.at else 'NOT DONE YET: it has the value that could be read'}."


def _made(one: Child) -> str:
    return f"It made {words.child(one)[0]}: {'contained' if one.is_contained else 'NOT DONE YET: it is not stopped'}."


def _open_points(report: Report) -> Iterator[str]:
    """Yield what must not be claimed, in the words of a letter: nothing here was done, or nobody knows of it."""
    loose = sum(not one.is_contained for one in report.found.children) if report.found else 0
    yield from _task(loose, "stop", "thing that it made", "things that it made")
    kept = sum(one.at is None for one in report.rotations)
    yield from _task(kept, "change", "secret that it could read", "secrets that it could read")
    alive = sum(one.outlives for one in report.given)
    yield from _task(alive, "end", "credential of another service", "credentials of other services")
    yield from (
        f"NOT DONE YET: {one.what} ({one.since})." for one in report.deeds if one.worked and one.since in _REVIVING
    )


def _task(count: int, task: str, one: str, several: str) -> Iterator[str]:
    if count:
        yield f"NOT DONE YET: {task} {count:,} {one if count == 1 else several}."


def list_reminders(report: Report) -> tuple[str, ...]:
    """Return what the person who sends the letter should still do or add. None of it is for AWS."""
    look = "look into CloudTrail first: the same command without --no-inquiry"
    return (
        *((look,) if report.found is None else ()),
        "do what is NOT DONE YET, or say when you will",
        "add who replaced the key and when, whether charges were caused, and whether unused keys were deleted",
    )


_REVIVING = frozenset({"put back", "undone by somebody"})


def _titled(title: str, these: Iterator[str] | tuple[str, ...]) -> str:
    return "\n".join((title, *(_filled(one, "  - ") for one in these)))


def _filled(text: str, first: str) -> str:
    return wrapped(text, first, " " * len(first))
