"""On a terminal no word and no command is cut, whatever its width; a pipe gets each line whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, strategies as st
from rich.text import Text

from console import verdicts
from console.terminal import Page, break_line
from drill.scene import Scene

WIDTHS = (60, 80, 120)
_COMMAND = "leak-responder restore 20261124-1a2b3c4d --false-positive --reason 'a test' --stack leak-responder-prod"
LINES = (
    "  57.3 s  AWS Health named only a key id: its owner dave was found and contained, and his other key works",
    "20261124-1a2b3c4d  111122223333/user/deploy  contained at 2026-11-24 03:12:09 UTC, released; nothing is left",
    "wrong    trail: no trail logs the management events of IAM here, so EventBridge sees no key made or revived",
    f"next: `{_COMMAND}` undoes all of it, and the people are told",
)
_WORD = st.text("abcd:-/.", min_size=1, max_size=90)


def page(width: int, *, terminal: bool) -> tuple[Page, io.StringIO]:
    shown = io.StringIO()
    return Page(file=shown, width=width, force_terminal=terminal, soft_wrap=True, color_system=None), shown


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("line", LINES)
def test_a_line_breaks_between_words_and_stands_below_its_text(line: str, width: int) -> None:
    terminal, shown = page(width, terminal=True)
    terminal.print(Text(line))
    first, *others = shown.getvalue().rstrip("\n").split("\n")
    assert " ".join(" ".join((first, *others)).split()) == " ".join(line.split())
    assert [one for one in (first, *others) if len(one) > width and _COMMAND not in one] == []
    begin = line.rindex("  ") + 2 if "  " in line else 0
    assert all(one.startswith(" " * min(begin, width // 3)) for one in others)


@pytest.mark.parametrize("line", [f"    {_COMMAND}", f"    $ {_COMMAND}", f"         mend: {_COMMAND}"])
def test_a_command_alone_stays_on_its_line(line: str) -> None:
    assert break_line(line, 60) == line


@pytest.mark.parametrize("line", LINES)
def test_a_pipe_gets_each_line_whole(line: str) -> None:
    pipe, shown = page(60, terminal=False)
    pipe.print(Text(line))
    assert shown.getvalue() == f"{line}\n"


@given(st.lists(_WORD, min_size=1).map(" ".join), st.integers(20, 130))
def test_no_word_is_cut_or_lost(line: str, width: int) -> None:
    broken = break_line(line, width)
    assert broken.split() == line.split()
    assert all(len(one) <= width or len(one.split()) == 1 for one in broken.split("\n"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_drill_s_table_cuts_no_word(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "the same finding a hundred times from two Regions"
    terminal, shown = page(width, terminal=True)
    monkeypatch.setattr(verdicts, "prose", terminal)
    verdicts.show([Scene(name, unasked="only --all asks it")], as_json=True)
    lines = shown.getvalue().split("\n")
    assert set(name.split()) <= {word for line in lines for word in line.split()}
    assert [line for line in lines if len(line) > width] == []
