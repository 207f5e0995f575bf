"""Arguments as people write them, `FILE` where typer shows `{FILE}`; and a failure as JSON where --json was typed."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.exceptions import TyperException

from console.ctrl_c import INTERRUPTED
from console.terminal import Failure, print_failure


class Argument(TyperArgument):
    """One whose name says what it is: its Python type says nothing to whoever types it."""

    def display_type_rich(self, ctx: Any) -> None:  # noqa: ANN401 - typer's own signature
        """Show no type."""

    def _usage_display_name(self) -> str:
        name = self.display_name_raw
        return f"{name if self.required else f'[{name}]'}{'...' if self.nargs != 1 else ''}"


class Command(TyperCommand):
    """One that shows its arguments so."""

    def __init__(self, *args: Any, **given: Any) -> None:  # noqa: ANN401 - typer's own signature
        super().__init__(*args, **given)
        for one in self.params:
            if type(one) is TyperArgument:
                one.__class__ = Argument  # typer makes the arguments itself, and takes no class for them


class Root(TyperGroup):
    """The whole command line. With --json a failure is one JSON document on stdout, whatever failed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own signature
        """Keep the words: those of a command that cannot be read are gone when that is known."""
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own signature
        """Run the command. A result that ends with an exit code of its own has printed its document already."""
        words: tuple[str, ...] = ctx.meta[_WORDS]
        if "--json" not in words[: words.index("--") if "--" in words else None]:
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except Failure as failed:
            print_failure(failed.reason, failed.exit_code, (_help_of(ctx, words),), failed.known)
            raise
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            print_failure("stopped by Ctrl-C", INTERRUPTED, (_help_of(ctx, words),))
            raise
        except TyperException as wrong:
            print_failure(wrong.format_message(), wrong.exit_code, (_help_of(ctx, words),))
            raise
        except Exception as unexpected:
            reason = f"this is a fault of leak-responder: {type(unexpected).__name__}; stderr has its place"
            print_failure(reason, 1, (_help_of(ctx, words),))
            raise


_WORDS = "leak-responder.words"


def _help_of(ctx: Any, words: tuple[str, ...]) -> str:  # noqa: ANN401 - typer's own context
    """Return the help of the command that was typed, as far as there is one."""
    path, command = [ctx.info_name], ctx.command
    for word in words:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        path.append(word)
    return f"{' '.join(path)} --help"
