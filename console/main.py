"""The command and its parts."""

from __future__ import annotations

import sys
from importlib.metadata import version
from io import TextIOWrapper
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

from console.arguments import Root
from console.teaching import teach
from console.terminal import REFUSED, say

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS: dict[str, str] = {
    "drill": "console.drill:drill",
    "explain": "console.explain:explain",
    "test": "console.expected:command",
    "backtest": "console.backtest.command:backtest",
    "timeline": "console.timeline.command:timeline",
    "where-used": "console.where_used:where_used",
    "deploy": "console.deploy:command",
    "doctor": "console.doctor.command:doctor",
    "guard": "console.guard:guard",
    "package": "console.package:command",
    "incidents": "console.incidents:incidents",
    "replay": "console.replay:replay",
    "show": "console.show:show",
    "plan": "console.contain:plan",
    "contain": "console.contain:contain",
    "scan": "console.scans.command:scan",
    "report": "console.reporting.command:report",
    "approve": "console.incidents:approve",
    "decline": "console.incidents:decline",
    "release": "console.incidents:release",
    "restore": "console.incidents:restore",
    "replace-key": "console.replace_key:replace_key",
    "pause": "console.incidents:pause",
    "resume": "console.incidents:resume",
    "dead-letters": "console.dead_letters:app",
    "cloud": "console.cloud:app",
    "generate": "console.generate:command",
}
"""Where each command, or group of commands, is: in the order of the help."""


def app() -> None:
    """Run what was typed. A locale may know ASCII alone; what it cannot write is written as an escape."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    words = sys.argv[1:]
    if words[:1] == ["--show-completion"] and len(words) > 1:
        show_completion(words[1])
        return
    command_line(words)(prog_name="leak-responder")


def show_completion(shell: str) -> None:
    """Print the completion of a shell that is named. Typer itself prints that of the shell it runs in alone."""
    completion_init()
    if shell not in SHELLS:
        say(f"there is no completion for {shell}: name one of {', '.join(SHELLS)}, or none for the one you use", "red")
        sys.exit(REFUSED)
    typer.echo(get_completion_script(prog_name="leak-responder", complete_var="_LEAK_RESPONDER_COMPLETE", shell=shell))


SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def command_line(words: Sequence[str] = ()) -> typer.Typer:
    """The command line with the part that the first of these words names, or with all: importing all takes a second."""
    app = typer.Typer(
        name="leak-responder",
        cls=Root,
        help=_about.__doc__,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode=None,  # plain text: the same on a terminal, in a pipe and in a page of documentation
    )
    app.callback()(_about)
    for name in words[:1] if words and words[0] in PARTS else PARTS:
        part = resolve_name(PARTS[name])
        if isinstance(part, typer.Typer):
            app.add_typer(part, name=name)
        else:
            app.command(name)(part)
    return teach(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"leak-responder {version('leak-responder')}")
        raise typer.Exit


def _about(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Contain leaked AWS credentials: rehearse it, try it on an event file, deploy it, answer its messages."""
