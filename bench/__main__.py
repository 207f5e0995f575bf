"""`python -m bench`: tables on stderr, one JSON document on stdout."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from bench import account, calls, cold, feeds, sheets, size, strike
from bench.progress import console, part
from console.package import build

COMMAND = "make bench ARGS=--write"
LOGS = "make bench ARGS='--logs --write'"


def main(
    *,
    repeats: Annotated[int, typer.Option(min=2, help="Rounds of the warm response.")] = 40,
    starts: Annotated[int, typer.Option(min=2, help="Cold starts of each kind.")] = 15,
    logs: Annotated[bool, typer.Option("--logs", help="Only how fast recorded logs are read.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Put the tables into docs/performance.md.")] = False,
) -> None:
    """Measure the response against its floor, on an embedded AWS started for the purpose, and the reader of logs."""
    result = {"machine": sheets.machine()}
    made: dict[str, tuple[str, tuple[sheets.Sheet, ...]]] = {}
    if not logs:
        result |= _response(repeats, starts)
        made["bench"] = COMMAND, sheets.sheets(result)
    result |= _reader()
    made["logs"] = LOGS, (sheets.backtest(result["backtest"]), sheets.inquiry(result["inquiry"]))
    for section, (command, tables) in made.items():
        sheets.show(tables, console)
        if write:
            sheets.write(section, command, result["machine"], tables)
    typer.echo(json.dumps(result))


def _response(repeats: int, starts: int) -> dict[str, Any]:
    calls.install()
    package = build("dev", report=console.print)
    with account.opened(package) as opened:
        with part("the response", strike.rounds(repeats)) as step:
            struck = strike.measure(opened, repeats, step)
        with part("the feeds", feeds.rounds(repeats // 4 + 1)) as step:
            fed = feeds.measure(opened, repeats // 4 + 1, step)
        with part("cold starts", starts + 1) as step:
            started = cold.measure(opened, package, starts, step)
    console.print("the zip, and what was left out of it")
    return {"strike": struck, "feeds": fed, "cold": started, "size": size.measure(package)}


def _reader() -> dict[str, Any]:
    from bench import backtest, inquiry  # only now: they read the environment that the account's functions have

    with part("the backtest", backtest.STEPS) as step:
        tested = backtest.measure(step)
    with part("the inquiry", inquiry.ROUNDS) as step:
        asked = inquiry.measure(step)
    return {"backtest": tested, "inquiry": asked}


if __name__ == "__main__":
    typer.run(main)
