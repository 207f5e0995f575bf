"""`python -m bench.peers`: the same leak handled by us and by Cloud Custodian, and the same questions about logs."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench import account as accounts, handler, log_peers, sheets
from bench.account import BenchError, Victim
from bench.calls import Call, first
from bench.contenders import CONTENDERS, ENVIRONMENT, Contender, environment, set_up
from bench.figures import Figures, ratio, spread
from bench.handler import DEACTIVATING, DENYING
from bench.progress import console, part
from console.package import ZIP, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.account import Account

COMMAND = "make bench-peers ARGS=--write"
_LONGEST = 120  # seconds that a contender may take
_SETTINGS = {"PROPAGATION_SECONDS": "0", "VERIFY_EVERY_SECONDS": "0", "WATCH_SECONDS": "0"}


@dataclass(frozen=True)
class People:
    """Who is there for one process: a victim for its cold event, one for a warm event, and somebody else."""

    victims: tuple[Victim, Victim]
    bystander: Victim


@dataclass(frozen=True)
class Works:
    """Which real signed calls the embedded AWS still allows."""

    leaked_key: bool
    minted_session: bool
    other_key: bool
    other_user: bool


@dataclass(frozen=True)
class Answer:
    """One process of a contender. Milliseconds until the first deny or deactivation, None where there was none."""

    cold: float | None
    warm: float | None
    calls: tuple[str, ...]
    error: str
    at_once: Works
    afterwards: Works


def main(
    *,
    repeats: Annotated[int, typer.Option(min=2, help="Processes of each contender.")] = 8,
    write: Annotated[bool, typer.Option("--write", help="Put the table into docs/performance.md.")] = False,
) -> None:
    """Give the same leak to every contender on one embedded AWS, and the same logs to every reader."""
    set_up(ENVIRONMENT, console.print)
    set_up(log_peers.ENVIRONMENT, console.print)
    package = build("dev", report=console.print)
    with accounts.opened(package, **_SETTINGS) as account, tempfile.TemporaryDirectory() as folder:
        unzipped = Path(folder) / "package"
        with zipfile.ZipFile(package / ZIP) as archive:
            archive.extractall(unzipped)
        with part("the contenders", (repeats + 1) * len(CONTENDERS)) as step:
            answers = _compete(account, unzipped, repeats, step)
    with part("the readers of logs", log_peers.ROUNDS) as step:
        read = log_peers.measure(step)
    result: dict[str, Any] = {"machine": sheets.machine(), "contenders": _figures(answers), "readers": read}
    made = {"peers": _sheets(result["contenders"], repeats), "log-peers": log_peers.sheets(read)}
    for section, tables in made.items():
        sheets.show(tables, console)
        if write:
            sheets.write(section, COMMAND, result["machine"], tables)
    typer.echo(json.dumps(result))


def _compete(account: Account, package: Path, repeats: int, step: Callable[[], None]) -> dict[str, list[Answer]]:
    """The contenders take turns; the first round warms the page cache and is thrown away."""
    answers: dict[str, list[Answer]] = {contender.name: [] for contender in CONTENDERS}
    for number in range(repeats + 1):
        peopled = [_people(account) for _ in CONTENDERS]
        # A key that was made in the second of the leak could be the intruder's, and ours would not give it back.
        time.sleep(1.1)
        for contender, people in zip(CONTENDERS, peopled, strict=True):
            answer = _answer(account, package, contender, people)
            if number:
                answers[contender.name].append(answer)
            step()
    return answers


def _people(account: Account) -> People:
    two = (account.victim(sessions=True, sibling=True), account.victim(sessions=True, sibling=True))
    return People(two, account.victim())


def _answer(account: Account, package: Path, contender: Contender, people: People) -> Answer:
    spawned, runs = _process(account, package, contender, people.victims)
    calls = [[Call(name, began, ended) for name, began, ended in run["calls"]] for run in runs]
    effects = [first(made, *DENYING, *DEACTIVATING) for made in calls]
    at_once = _works(account, people)
    if contender.program == "ours":
        handler.follow_up(account)
    return Answer(
        cold=(effects[0].ended - spawned) * 1e3 if effects[0] else None,
        warm=(effects[1].ended - runs[1]["began"]) * 1e3 if effects[1] else None,
        calls=tuple(call.name for call in calls[1]),
        error=runs[0]["error"],
        at_once=at_once,
        afterwards=_works(account, people),
    )


def _process(
    account: Account, package: Path, contender: Contender, victims: tuple[Victim, ...]
) -> tuple[float, list[dict[str, Any]]]:
    """When the process was started, and what it made of one event for each victim."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contender.configure(account, folder)
        job = {"contender": contender.program, "events": [contender.event(account, victim) for victim in victims]}
        spawned = time.monotonic()
        done = subprocess.run(
            [contender.python, "-m", "bench.peer_worker"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(contender, account, package, folder),
            timeout=_LONGEST,
            check=False,
        )
    if done.returncode:
        raise BenchError(f"{contender.name} did not run:\n{done.stderr[-2000:]}")
    return spawned, json.loads(done.stdout)["runs"]


def _works(account: Account, people: People) -> Works:
    victim = people.victims[0]
    key, session = victim.stolen
    other = victim.sibling is not None and account.may_act(victim.sibling)
    return Works(account.may_act(key), account.may_act(session), other, account.may_act(people.bystander.stolen[0]))


def _figures(answers: dict[str, list[Answer]]) -> list[Figures]:
    ours = answers[CONTENDERS[0].name]
    return [_row(name, made, ours) for name, made in answers.items()]


def _row(name: str, made: list[Answer], ours: list[Answer]) -> Figures:
    return {
        "contender": name,
        "cold": _timed([one.cold for one in made], [one.cold for one in ours]),
        "warm": _timed([one.warm for one in made], [one.warm for one in ours]),
        "calls": list(made[-1].calls),
        "error": made[-1].error,
        "allowed_at_once": _share(made, lambda one: one.at_once),
        "allowed_afterwards": _share(made, lambda one: one.afterwards),
    }


def _timed(values: list[float | None], ours: list[float | None]) -> Figures | None:
    known, floor = [one for one in values if one is not None], [one for one in ours if one is not None]
    return {**spread(known), "ratio_to_ours": ratio(known, floor)} if known else None


def _share(made: list[Answer], which: Callable[[Answer], Works]) -> dict[str, float]:
    """In how many of the runs each still worked: 0 is never, 1 is always."""
    return {name: sum(vars(which(one))[name] for one in made) / len(made) for name in Works.__annotations__}


def _sheets(rows: list[Figures], repeats: int) -> tuple[sheets.Sheet, ...]:
    return (
        sheets.Sheet(
            "What still works after the same leak",
            ("", "leaked key", "its session", "owner’s other key", "other users", "ended with"),
            tuple((row["contender"], *_worked(row), row["error"].partition(":")[0] or "–") for row in rows),
            "What follows a “then” is after our `follow_up`, which the queue calls within seconds.",
        ),
        sheets.Sheet(
            "How long it takes",
            ("", "cold ms", "× ours", "warm ms", "× ours", "calls"),
            tuple((row["contender"], *_time(row["cold"]), *_time(row["warm"]), str(len(row["calls"]))) for row in rows),
            f"{repeats} processes of each, in turn. Cold: from the start of the process until the first deny or "
            "deactivation. Warm: from the call of the handler. Our calls include record, messages and queue.",
        ),
    )


def _worked(row: Figures) -> tuple[str, ...]:
    now, later = row["allowed_at_once"], row["allowed_afterwards"]
    return tuple(_word(now[name], later[name]) for name in Works.__annotations__)


def _word(now: float, later: float) -> str:
    words = {0.0: "denied", 1.0: "works"}
    first_word, last_word = words.get(now, f"{now:.0%} work"), words.get(later, f"{later:.0%} work")
    return first_word if first_word == last_word else f"{first_word}, then {last_word}"


def _time(figures: Figures | None) -> tuple[str, str]:
    return (f"{figures['median_ms']:.0f}", f"{figures['ratio_to_ours']:.2f}") if figures else ("never", "–")


if __name__ == "__main__":
    typer.run(main)
