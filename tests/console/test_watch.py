"""An open incident followed live: on a terminal, in a pipe, as JSON."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from chalicelib.entries import Closed, Result
from chalicelib.follow_up import resume
from console.watch import followed, told
from tests import signals
from tests.after.scene import LOCK, leak
from tests.console.stack import deployed, one_document, typed
from tests.world import key_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World


def onwards(world: World) -> Callable[[], None]:
    """Between two looks the watch goes on; after a few of them somebody else closes it."""

    def wait() -> None:
        world.later(world.settings.watch / 4)
        resume(LOCK, world.ports())

    return wait


@pytest.mark.parametrize("terminal", [True, False])
def test_it_is_followed_to_its_end(world: World, terminal: bool) -> None:
    key = key_id(world.holder("victim"))
    incident = leak(world, signals.guardduty(key))
    page = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    news = followed(world.ports().ledger, incident.id, onwards(world))
    last = told(news, page, as_json=False)
    said: Any = page.file
    assert last is not None
    assert last.closed is not None
    assert "Closed, held" in said.getvalue()
    assert f"set access key {key} inactive" in said.getvalue().replace("\n", " ")
    assert ("\x1b[" in said.getvalue()) is terminal


def test_every_entry_is_one_line_of_json_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    told(followed(world.ports().ledger, incident.id, onwards(world)), Console(), as_json=True)
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["number"] for one in read] == list(range(1, len(read) + 1))
    assert {one["incident"] for one in read} == {incident.id}
    assert (read[0]["kind"], "Closed" in {one["kind"] for one in read}) == ("Opened", True)


def test_the_commands_of_the_group(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(world, monkeypatch)
    assert typed("incidents", "watch").stderr.endswith("no incident is open\n")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    assert one_document(typed("incidents", "--json")) == one_document(typed("incidents", "list", "--json"))
    assert one_document(typed("incidents", "show", incident.id, "--json")) == one_document(
        typed("show", incident.id, "--json")
    )
    wrong = typed("incidents", "--json", "list")
    assert (wrong.exit_code, "write --json after list" in wrong.stderr) == (2, True)
    ledger = world.ports().ledger
    failed = ledger.append(incident, world.at, Closed(Result.FAILED, "a test"))
    ledger.hand_on(failed, world.at, None)
    watched = typed("incidents", "watch", incident.id)
    assert (watched.exit_code, "Closed, failed" in watched.stdout) == (1, True)
