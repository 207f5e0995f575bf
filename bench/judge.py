"""`python -m bench.judge FOLDER`: how well we judge a folder of labelled events. JSON on stdout, prose on stderr.

A file holds an object with `event`, and `label`: a text that begins with `malign`, `ambiguous` or `benign`. The
judgement is that of `leak-responder explain`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from bench.progress import console
from chalicelib.model import Decision
from chalicelib.report.escape import plain
from console.explain import document_of, line_of, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_RECALL, MOST_FALSE_ALARMS = 0.98, 0.01

_HELD, _BROKEN, _NOT_UNDERSTOOD = 0, 1, 2

_LABEL = re.compile(r"(malign if live|malign|ambiguous|benign)\b", re.IGNORECASE)

_SILENT = {Decision.IGNORE}
_CONTAINING = {Decision.ACT, Decision.ASK}


@dataclass(frozen=True)
class Judged:
    """One file: its label in a word or three, what is decided about its event, and why."""

    file: str
    label: str
    decision: str
    reason: str
    is_sample: bool = False

    @property
    def is_miss(self) -> bool:
        """Say whether it is worth telling, and nobody is told."""
        return self.label == "malign" and self.decision in _SILENT

    @property
    def is_false_alarm(self) -> bool:
        """Say whether somebody is told for nothing. A notice of a sample says that it is one, and is counted apart."""
        return self.label == "benign" and self.decision not in _SILENT and not self.is_sample

    @property
    def contains_innocent(self) -> bool:
        """Say whether a plan would run, unasked or once approved, though nothing is known to be wrong."""
        return self.label != "malign" and self.decision in _CONTAINING


@dataclass(frozen=True)
class Score:
    """What was judged, and the files that could not be: with the reason in place of the decision."""

    judged: tuple[Judged, ...]
    not_understood: tuple[Judged, ...]

    def labelled(self, label: str) -> int:
        """Return how many events have this label."""
        return sum(one.label == label for one in self.judged)

    @property
    def misses(self) -> list[Judged]:
        """Return what is worth telling and was not told."""
        return [one for one in self.judged if one.is_miss]

    @property
    def false_alarms(self) -> list[Judged]:
        """Return what was told for nothing."""
        return [one for one in self.judged if one.is_false_alarm]

    @property
    def samples(self) -> list[Judged]:
        """Return what is benign and was told as a sample."""
        return [one for one in self.judged if one.label == "benign" and one.is_sample]

    @property
    def contained(self) -> list[Judged]:
        """Return those that would be contained though nothing is known to be wrong."""
        return [one for one in self.judged if one.contains_innocent]

    @property
    def recall(self) -> float | None:
        """Return the part of what is worth telling that is told; None where nothing is."""
        worth = self.labelled("malign")
        return (worth - len(self.misses)) / worth if worth else None

    @property
    def alarm_rate(self) -> float | None:
        """Return the part of what is benign that is told; None where nothing is benign."""
        benign = self.labelled("benign")
        return len(self.false_alarms) / benign if benign else None

    @property
    def holds(self) -> bool:
        """Say whether all bounds hold. One about nothing holds."""
        told = self.recall is None or self.recall >= LEAST_RECALL
        quiet = self.alarm_rate is None or self.alarm_rate <= MOST_FALSE_ALARMS
        return told and quiet and not self.contained

    @property
    def code(self) -> int:
        """Return the exit code: what was not understood counts before what was judged."""
        if not self.judged or self.not_understood:
            return _NOT_UNDERSTOOD
        return _HELD if self.holds else _BROKEN


def main(
    folder: Annotated[Path, typer.Argument(help="A folder of files with `event` and `label` each.", metavar="FOLDER")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Print recall and false alarms on labelled events.

    Exit code 1 if a bound is broken, 2 if nothing was looked at or a file was not understood.
    """
    score = judge(sorted(folder.glob("*.json")))
    for line in _prose(score, folder):
        console.print(Text(line))
    if as_json:
        typer.echo(json.dumps(as_document(score)))
    raise typer.Exit(score.code)


def judge(files: Sequence[Path]) -> Score:
    """Judge each file by itself, as `explain` does."""
    found = [_judged(file) for file in files]
    understood = tuple(one for one in found if one.label and one.decision != "malformed")
    return Score(understood, tuple(one for one in found if one not in understood))


def _judged(file: Path) -> Judged:
    content = document_of(file)
    label = _label_of(content)
    row = line_of(file, verdicts_of(content["event"] if label else content))
    one = Judged(file.name, label, row["decision"], row["reason"], is_sample="dry" in row)
    if "unread" in row:
        return replace(one, decision="malformed", reason="; ".join(row["unread"]))
    return one if label or row["decision"] == "malformed" else replace(one, reason=_NO_LABEL)


_NO_LABEL = "no `event` with a `label` that begins with malign, ambiguous or benign"


def _label_of(content: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the first words of the label in lower case; "" where there is none that we know."""
    if not isinstance(content, dict) or "event" not in content or not isinstance(content.get("label"), str):
        return ""
    found = _LABEL.match(content["label"])
    return found[1].lower() if found else ""


def _prose(score: Score, folder: Path) -> list[str]:
    """Return the lines for a person: the counts, the bounds, and each file that breaks one."""
    if not score.judged and not score.not_understood:
        return [f"Nothing was looked at: there is no .json file in {plain(str(folder))}"]
    kinds = ("malign", "malign if live", "ambiguous", "benign")
    worth, benign = score.labelled("malign"), score.labelled("benign")
    told, alarms = _part(worth - len(score.misses), worth), _part(len(score.false_alarms), benign)
    lines = [
        f"{len(score.judged)} events: {', '.join(f'{score.labelled(kind)} {kind}' for kind in kinds)}",
        f"recall: {told}; at least {LEAST_RECALL:.0%} wanted",
        f"false alarms: {alarms}; at most {MOST_FALSE_ALARMS:.0%} wanted",
        f"benign, and told as the samples they are: {len(score.samples)}",
        f"contained though nothing is known to be wrong: {len(score.contained)}; none wanted",
    ]
    for title, found in _lists(score):
        lines += [f"{title}:"] if found else []
        lines += [f"  {plain(one.file)}: {one.decision}, {plain(one.reason, 400)}" for one in found]
    return [*lines, _VERDICT[score.code]]


def _part(count: int, of: int) -> str:
    return f"{count / of:.1%} ({count} of {of})" if of else "nothing to measure"


def _lists(score: Score) -> tuple[tuple[str, Sequence[Judged]], ...]:
    return (
        ("missed", score.misses),
        ("false alarms", score.false_alarms),
        ("contained", score.contained),
        ("not understood", score.not_understood),
    )


_VERDICT = {
    _HELD: "The bounds hold.",
    _BROKEN: "A bound is broken.",
    _NOT_UNDERSTOOD: "Not all was understood, or nothing was there: the numbers say nothing yet.",
}


def as_document(score: Score) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "events": len(score.judged),
        "recall": score.recall,
        "false_alarm_rate": score.alarm_rate,
        "samples_told": len(score.samples),
        "holds": score.code == _HELD,
        **{
            title.replace(" ", "_"): [
                {"file": one.file, "label": one.label, "decision": one.decision, "reason": one.reason} for one in found
            ]
            for title, found in _lists(score)
        },
    }


if __name__ == "__main__":
    typer.run(main)
