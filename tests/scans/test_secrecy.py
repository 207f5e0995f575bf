"""No secret of a scanner's result appears in any output, whichever format holds it and wherever it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from console.scans.reader import parse_json
from tests.console.stack import typed
from tests.scans.shapes import KEY, SECRET
from tests.sources.test_places import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.scans.findings import Fault

INPUTS = Path(__file__).parent / "inputs"
RESULTS = {
    **{
        path.name: path.read_text(errors="replace").replace("\0", "")
        for path in sorted(INPUTS.iterdir())
        if SECRET in path.read_text(errors="replace")
    },
    "unknown": f"2026-11-30T23:59:25Z {KEY} {SECRET}\n",
}
"""Every kind of result that holds the secret, as its scanner wrote it."""

JSON_RESULTS = [name for name in RESULTS if name.endswith((".json", ".jsonl", ".sarif"))]


@settings(max_examples=6)
@given(secret=SECRETS, at=st.floats(0, 1), separator=st.sampled_from(["", " ", "/", "=", ":"]))
@pytest.mark.parametrize("name", RESULTS)
def test_a_secret_at_any_position_of_a_result_is_not_shown(
    tmp_path_factory: pytest.TempPathFactory, name: str, secret: str, at: float, separator: str
) -> None:
    written = RESULTS[name].replace(SECRET, secret)
    position = int(at * len(written))
    _check(f"{written[:position]}{separator}{secret}{separator}{written[position:]}", secret, tmp_path_factory)


@settings(max_examples=6)
@given(secret=SECRETS, data=st.data())
@pytest.mark.parametrize("name", JSON_RESULTS)
def test_a_secret_as_any_value_or_name_of_a_result_is_not_shown(
    tmp_path_factory: pytest.TempPathFactory, name: str, secret: str, data: st.DataObject
) -> None:
    documents = _documents(RESULTS[name].replace(SECRET, secret))
    number = data.draw(st.sampled_from(range(len(documents))))
    path = data.draw(st.sampled_from(list(_paths(documents[number]))))
    placed = data.draw(st.sampled_from(["{}", "src/{}/a.py", "{}.txt", "a b:{}"])).format(secret)
    documents[number] = _with_value(documents[number], path, placed, rename=data.draw(st.booleans()))
    _check("\n".join(map(json.dumps, documents)), secret, tmp_path_factory)


def _check(written: str, secret: str, folders: pytest.TempPathFactory) -> None:
    file = folders.getbasetemp() / "result"
    file.write_text(written)
    for words in (("scan", "--offline"), ("scan", "--offline", "--json"), ("explain",), ("explain", "--json")):
        result = typed(*words, str(file))
        assert secret not in result.output
        assert secret not in repr(result.exception)


def _documents(written: str) -> list[Any]:
    faults: list[Fault] = []
    return list(parse_json(written, faults))


Position = tuple[str | int, ...]


def _paths(value: Any, above: Position = ()) -> Iterator[Position]:
    """Yield the path of each value inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield (*above, name)
        yield from _paths(inner, (*above, name))


def _with_value(value: Any, path: Position, placed: str, *, rename: bool) -> Any:
    """Return a copy in which the value at the path, or its name if it has one, is replaced."""
    first, *rest = path
    if rest:
        copied = value.copy()
        copied[first] = _with_value(value[first], tuple(rest), placed, rename=rename)
        return copied
    if isinstance(value, list):
        return [placed if number == first else inner for number, inner in enumerate(value)]
    if rename:
        return {placed if name == first else name: inner for name, inner in value.items()}
    return {**value, first: placed}
