"""Arguments as people write them: `FILE` and `[FILE]...`, where typer shows `{FILE}` and `FILE <list[Path]>`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperCommand


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
