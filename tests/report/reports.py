"""Reports about one leak: as it usually is, and with every name chosen by an intruder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.entries import Stage, Told
from chalicelib.inquiry import call as calls
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.trail import Gap
from chalicelib.model import DONE, Evidence
from chalicelib.report.document import compose
from chalicelib.sources.reading import moment
from tests.inquiry import story
from tests.report.runs import ID, KEY, SETTINGS, USER, USER_SIGNAL, Run, narrowed, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.inquiry.call import Call
    from chalicelib.report.document.form import Report

MARKUP = "<script>window.ran = 1</script><img src=//evil.example/x onerror=alert(1)>"
NASTY = (
    f"{MARKUP}\x1b[31m\u202e`rm -rf /` [click](https://evil.example) <!channel> | *bold* www.evil.example {'x' * 600}"
)
Json = dict[str, Any]


@dataclass
class Recorded:
    """Records as a trail of their own."""

    records: Sequence[Json]

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """Those that bear a mark."""
        read = (calls.of(one) for one in self.records)
        yield from (one for one in read if one and {*one.marks, *one.enters} & {*marks})

    def gaps(self) -> tuple[Gap, ...]:
        """One."""
        return (Gap("data events", "the trail has none", "switch them on"),)

    def seen(self) -> str:
        """A line."""
        return "a story"

    def unread(self) -> None:
        """See `Trail`."""
        return


@cache
def found() -> Json:
    """What an inquiry answers about the story."""
    bounds = Bounds(since=moment(story.SINCE))
    return document(inquire(Recorded(story.everything()), [leaked_key(KEY)], bounds))


def followed(run: Run | None = None) -> Run:
    """Contained, told, verified, narrowed, rotated."""
    run = (run or opened().ended()).then(Told(1, "sns", DONE))
    return narrowed(run).later("rotate-secret", DONE).reached(Stage.ROTATE, Stage.REPORT)


def usual() -> Report:
    """After a good night."""
    return written(followed(), found())


def written(run: Run, answer: Json | None) -> Report:
    """Three minutes later."""
    return compose.report(ID, run.entries, answer, run.at + timedelta(minutes=3), SETTINGS)


def hostile() -> Report:
    """Owner, evidence, and every text of the inquiry that is not a time or an enumeration of ours."""
    who = replace(USER, name=NASTY)
    signal = replace(USER_SIGNAL, principal=who, what=NASTY, evidence=(Evidence(NASTY, NASTY),))
    run = opened(signal).ended()
    return written(run, spoilt(found()))


_OURS = ("first", "last", "at", "since", "until", "end", "kind")


def spoilt(tree: Any, name: str = "") -> Any:
    """The same document with an intruder's names."""
    match tree:
        case dict():
            return {key: spoilt(value, key) for key, value in tree.items()}
        case list():
            return [spoilt(one, name) for one in tree]
        case str() if name not in _OURS:
            return NASTY
        case _:
            return tree
