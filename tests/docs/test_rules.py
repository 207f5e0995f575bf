"""The catalogue of rules: each has examples that are decided as they say, one for every feed that shows its sign."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from chalicelib import sources
from chalicelib.model import Sign
from chalicelib.sources import guardduty
from console.main import command_line
from console.reference.catalogue import BESIDE, EXAMPLES, examples
from tests.backtest import logs
from tests.explain.command import row as explained
from tests.sources import events, trail
from tests.sources.events import RECEIVED
from tests.sources.patterns import reached

if TYPE_CHECKING:
    from pathlib import Path

    from chalicelib.model import Signal
    from console.reference.catalogue import Example
    from tests.sources.events import Json

KNOWN = [(sign, one) for sign, known in examples().items() for one in known]


def test_every_rule_has_an_example_or_comes_without_an_event() -> None:
    assert set(examples()) | set(BESIDE) == set(Sign)


def test_every_example_is_decided_as_it_says() -> None:
    result = CliRunner().invoke(command_line(), ["test", str(EXAMPLES)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", [one.name for _, one in KNOWN])
def test_explain_and_backtest_read_an_example_as_the_event_in_it(name: str, tmp_path: Path) -> None:
    content = json.loads((EXAMPLES / name).read_text())
    bare = tmp_path / name
    bare.write_text(json.dumps(content["event"]))
    assert {**explained(EXAMPLES / name), "file": ""} == {**explained(bare), "file": ""}
    wanted = content["expect"] if isinstance(content["expect"], str) else content["expect"]["decision"]
    assert explained(bare)["decision"] == wanted
    assert logs.result(EXAMPLES / name) == logs.result(bare)
    assert logs.result(bare)["events"] == {"read": 1, "copies": 0, "odd": 0}


@pytest.mark.parametrize(("sign", "example"), KNOWN, ids=[one.name for _, one in KNOWN])
def test_an_example_is_named_by_what_it_shows_and_through_whom(sign: Sign, example: Example) -> None:
    feed = example.feed.__name__.rsplit(".", 1)[-1].replace("_", "-")
    assert example.name in {f"{sign}.json", f"{sign}.{feed}.json"}
    event = json.loads((EXAMPLES / example.name).read_text())["event"]
    assert reached(event) == [example.feed]


def test_every_feed_of_a_sign_has_its_example() -> None:
    """As far as the events of the other tests show them; what Security Hub passes on is what came directly."""
    shown = {(sign, example.feed) for sign, example in KNOWN}
    written = [*events.of_every_kind().values(), *(events.called(record) for record, _ in trail.SAYS.values())]
    found = {(one.sign, feed) for event in written for feed in reached(event) for one in said(event)}
    listed = {(sign, guardduty) for _, sign in guardduty.SIGNS}
    assert found | listed <= shown


def said(event: Json) -> tuple[Signal, ...]:
    """The signals of an event."""
    parsed = sources.read(event, RECEIVED)
    assert isinstance(parsed, tuple)
    return parsed
