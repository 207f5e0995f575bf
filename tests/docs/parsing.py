"""The command line as the command itself reads it, without running anything."""

from __future__ import annotations

from typing import Any

import typer
from typer.main import get_command

from console.main import command_line


def parse(words: list[str], *, whole: bool) -> None:
    """Read the words; typer's own error for one that it does not know. Not `whole`: what is missing may be missing."""
    command: Any = get_command(command_line())
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name, *words = words
        assert name in command.commands or name == "COMMAND", f"there is no command {name}"
        command = command.commands.get(name, command)
    if not words and not whole:
        return
    try:
        command.make_context(command.name, words)
    except typer.Exit:
        return  # --help and --version are answered at once
    except typer.BadParameter as error:
        if whole or "Missing" not in str(type(error)):
            raise
