"""The command, run as a person runs it, with what it wrote and how it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer
from typer.testing import CliRunner, Result

from console.explain import explain

if TYPE_CHECKING:
    from pathlib import Path

_app = typer.Typer()
_app.command()(explain)


def run(*words: object, **environment: str) -> Result:
    """`leak-responder explain …`."""
    return CliRunner().invoke(_app, [str(word) for word in words], env=environment)


def rows(*files: Path) -> list[dict[str, Any]]:
    """The lines of `--json`, one a file."""
    return [json.loads(line) for line in run("--json", *files).stdout.splitlines()]


def row(file: Path) -> dict[str, Any]:
    """The line of one file."""
    (one,) = rows(file)
    return one
