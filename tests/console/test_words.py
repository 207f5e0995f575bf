"""What the code tells people to type exists, and what it counts is explained."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import chalicelib
from chalicelib.model import Decision
from console.counters import COUNTERS
from console.replay import CAME
from tests.docs.parsing import parse

ROOT = Path(chalicelib.__file__).parent
FILES = [*sorted(ROOT.rglob("*.py")), *sorted((ROOT.parent / "console").rglob("*.py"))]
_NAMED = re.compile(r"`leak-responder ([^`{}]+)`")


def texts(node: ast.AST) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def named() -> list[str]:
    trees = [ast.parse(path.read_text()) for path in FILES]
    return sorted({words for tree in trees for text in texts(tree) for words in _NAMED.findall(text)})


@pytest.mark.parametrize("words", named())
def test_a_command_that_a_person_is_told_to_run_exists(words: str) -> None:
    parse(words.split(), whole=False)


def counted() -> set[str]:
    """The first words of every `count` and `Answer`, and what `_word` may return for one."""
    nodes = [node for path in sorted(ROOT.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text()))]
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args]
    told = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"count", "Answer"}]
    words = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "_word"]
    assert told
    assert words
    return {text for node in (*told, *_of_respond(words)) for text in texts(node)}


def _of_respond(functions: list[ast.FunctionDef]) -> list[ast.AST]:
    mine = [
        one for one in functions if "incident" in {argument.arg for argument in one.args.args} and not one.args.args[1:]
    ]
    return [node for one in mine for node in ast.walk(one) if isinstance(node, ast.Return)]


def test_every_counter_is_explained_and_every_explanation_is_counted() -> None:
    assert counted() | {Decision.ASK} == set(COUNTERS)


def test_every_answer_that_a_replay_can_get_has_words() -> None:
    of_handlers = {
        "replayed",
        "malformed",
        "unfinished",
        "stalled",
        "untold",
        "accepted",
        "refused",
        "misconfigured",
        "inquired",
    }
    of_closed_incidents = {"lifted", "unlifted"}
    assert set(COUNTERS) - of_handlers - of_closed_incidents == set(CAME)
