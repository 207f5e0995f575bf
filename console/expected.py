"""`leak-responder test`: a user's own event files, each with the decision that it expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.model import Confidence, Decision, Malformed, Sign
from chalicelib.report.escape import plain
from console.chosen import AS_EXPLAINED, ChosenError, chosen
from console.explain import document_of, line_of, verdicts_of
from console.terminal import document, print_result, refuse

if TYPE_CHECKING:
    from chalicelib.settings import Settings

_OTHERWISE = 1
_DECISIONS = (*Decision, "malformed")
_KNOWN: dict[str, tuple[str, ...]] = {
    "decision": _DECISIONS,
    "confidence": tuple(Confidence),
    "rule": tuple(Sign),
    "actions": (),
}


@dataclass(frozen=True)
class Case:
    """One file: what it expects, what was found, and where they differ."""

    file: str
    expected: dict[str, Any]
    found: dict[str, Any]
    faults: tuple[str, ...]


def command(
    rules: Annotated[Path, typer.Argument(help="Folder of event files with what they expect.", metavar="RULES_DIR")],
    *,
    settings: Annotated[
        Path | None,
        typer.Option(help="JSON object of the stack's parameters to decide with.", dir_okay=False, metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Decide about your own event files, offline, and compare with what each expects.

    A file is a JSON object: `event` in any shape that `explain` reads, and `expect`, the decision as a word (act, ask,
    tell, ignore, malformed) or an object of decision, confidence, rule and actions, as `explain --json` writes them;
    `note` is yours. Folders below are read too.

    Decides as in mode contain-confirmed where --settings says nothing else: {"Mode": "contain-suspected"}, or any
    other parameter of the stack.
    """
    cases = list(_cases(rules, _settings(settings)))
    if not cases:
        refuse(f"{rules} holds no .json file: see leak-responder test --help")
    failed = [case for case in cases if case.faults]
    if as_json:
        document(_document(cases))
    else:
        _show(cases)
    colour = "red" if failed else "green"
    print_result(f"{len(cases) - len(failed)} of {len(cases)} are decided as they expect.", colour, as_json=as_json)
    if failed:
        raise typer.Exit(_OTHERWISE)


def _settings(file: Path | None) -> Settings:
    try:
        return chosen(file) if file else AS_EXPLAINED
    except ChosenError as error:
        refuse(str(error))


def _cases(folder: Path, settings: Settings) -> Iterator[Case]:
    files = sorted(folder.rglob("*.json")) if folder.is_dir() else [folder]
    return (_case(file, settings) for file in files)


def _case(file: Path, settings: Settings) -> Case:
    content = document_of(file)
    wrong = _wrong(content)
    if wrong:
        return Case(str(file), {}, {}, (wrong,))
    expected = content["expect"] if isinstance(content["expect"], dict) else {"decision": content["expect"]}
    found = line_of(file, verdicts_of(content["event"], settings))
    faults = [
        f"{name} is {_said(found[name])}, expected {_said(wanted)}"
        for name, wanted in expected.items()
        if found[name] != wanted
    ]
    return Case(str(file), expected, found, (*faults, *((f"because {found['reason']}",) if faults else ())))


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value or "none")


def _wrong(content: Any) -> str:  # noqa: ANN401 - any JSON
    """Why a file cannot be compared; a misspelt word must not pass as an expectation that holds."""
    match content:
        case Malformed(reason=reason):
            return reason
        case {"expect": expect, "event": _} if set(content) <= {"expect", "event", "note"}:
            return _expects(expect if isinstance(expect, dict) else {"decision": expect})
        case _:
            return "no JSON object of `expect`, `event` and, if you like, `note`"


def _expects(expected: dict[str, Any]) -> str:
    if not expected:
        return "`expect` expects nothing"
    for name, wanted in expected.items():
        if name not in _KNOWN:
            return f"`expect` has {plain(name)!r}; it may have {', '.join(_KNOWN)}"
        if _KNOWN[name] and wanted is not None and wanted not in _KNOWN[name]:
            return f"{plain(str(wanted))!r} is no {name}: there are {', '.join(_KNOWN[name])}"
    return ""


def _document(cases: list[Case]) -> dict[str, Any]:
    return {
        "cases": [
            {
                "file": case.file,
                "passed": not case.faults,
                "expected": case.expected,
                "found": {name: case.found.get(name) for name in _KNOWN} if case.found else None,
                "faults": case.faults,
            }
            for case in cases
        ],
        "failed": sum(bool(case.faults) for case in cases),
    }


def _show(cases: list[Case]) -> None:
    for case in cases:
        word, style = ("MISMATCH", "bold red") if case.faults else ("as expected", "")
        print_result(f"{word:<12} {case.file}", style)
        for fault in case.faults:
            print_result(f"{'':<12} {plain(fault, 1000)}")
