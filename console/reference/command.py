"""The command, as its own help describes it."""

from __future__ import annotations

from console.reference.markdown import code, table
from console.teaching import TAUGHT


def commands() -> str:
    """Each command, and what exit code 1 means where it can occur."""
    rows = ((code(f"leak-responder {path}"), one.brief, one.ends.get(1, "")) for path, one in TAUGHT.items())
    return (
        "## Commands\n\n"
        "`leak-responder COMMAND --help` says more, with examples. Exit code 0: done. 1: see the table. 2: refused, or "
        "the command line is wrong; the reason is given. `backtest` alone also has 3: done, and somebody would have "
        "been contained.\n\n"
        f"{table(('command', 'what it does', 'exit code 1'), rows)}"
    )
