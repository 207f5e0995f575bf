"""Every command that a message names exists, with each of its options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.parsing import parse
from tests.report.cases import CASES

if TYPE_CHECKING:
    from chalicelib.report.form import Message

_INLINE = re.compile(r"`leak-responder ([^`]+)`")


def inline(message: Message) -> list[str]:
    """The commands that stand in the middle of a sentence."""
    lines = [line for section in message.sections for line in section.lines]
    values = [value for section in message.sections for _, value in section.pairs]
    return [words for text in (message.headline, *lines, *values) for words in _INLINE.findall(text)]


@pytest.mark.parametrize("name", CASES)
def test_a_message_names_only_commands_that_exist(name: str) -> None:
    message = CASES[name]()
    for command in message.commands:
        if command.words[0] == "leak-responder":
            parse(list(command.words[1:]), whole=True)
    for words in inline(message):
        parse(words.split(), whole=False)


def test_some_sentences_name_commands() -> None:
    assert any(inline(case()) for case in CASES.values())
