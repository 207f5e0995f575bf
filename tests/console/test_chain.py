"""A false alarm that a newer incident followed: what would be undone is shown, and a person says what of the newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.respond import respond
from tests import signals
from tests.after.scene import closed, later_signal, leak, reloaded
from tests.console.stack import deployed, one_document, typed
from tests.world import key_id, works

if TYPE_CHECKING:
    import boto3

    from chalicelib.incident import Incident
    from tests.world import World

FALSE = ("--false-positive", "--reason", "a test")


@pytest.fixture
def console(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    deployed(world, monkeypatch)
    return world


@pytest.fixture
def holders(console: World) -> list[boto3.Session]:
    return [console.holder("victim"), console.holder("victim")]


@pytest.fixture
def before(console: World, holders: list[boto3.Session]) -> dict[str, Any]:
    assert all(map(works, holders))
    return console.state()


@pytest.fixture
def two(console: World, holders: list[boto3.Session], before: dict[str, Any]) -> tuple[Incident, Incident]:
    """Both keys leaked, the second when the first incident had held."""
    assert before
    first = leak(console, signals.guardduty(key_id(holders[0])))
    closed(console)
    console.later(3600)
    second = respond(later_signal(console, key_id(holders[1])), console.ports()).incident
    assert second
    closed(console)
    console.later(60)
    return first, second


def test_it_shows_both_and_restores_both_after_a_yes(
    console: World, before: dict[str, Any], two: tuple[Incident, Incident]
) -> None:
    first, second = two
    contained = console.state()
    turned_down = typed("restore", first.id, *FALSE, said="n\n")
    assert turned_down.exit_code == 2
    shown = turned_down.stdout
    assert shown.index(f"incident {second.id}, opened at") < shown.index(f"incident {first.id}, opened at")
    assert shown.count("deactivate-key  the key gets the status it had") == 2
    assert ("--yes" in turned_down.stderr, "--keep-newer" in turned_down.stderr) == (True, True)
    refused = one_document(typed("restore", first.id, *FALSE, "--json"))
    assert [one["incident"] for one in refused["chain"]] == [second.id, first.id]
    assert console.state() == contained

    done = typed("restore", first.id, *FALSE, said="y\n")
    assert (done.exit_code, f"restored exactly, after {second.id}" in done.stdout) == (0, True)
    assert console.state() == before


def test_with_yes_nobody_is_asked(console: World, before: dict[str, Any], two: tuple[Incident, Incident]) -> None:
    first, second = two
    done = one_document(typed("restore", first.id, *FALSE, "--yes", "--json"))
    assert (done["result"], done["restored_before"]) == ("restored", [second.id])
    assert console.state() == before


def test_the_newer_one_is_kept_where_it_was_no_false_alarm(
    console: World, before: dict[str, Any], holders: list[boto3.Session], two: tuple[Incident, Incident]
) -> None:
    first, second = two
    done = typed("restore", first.id, *FALSE, "--keep-newer")
    assert (done.exit_code, "but for what newer incidents hold" in done.stdout) == (0, True)
    assert [works(one) for one in holders] == [True, False]
    assert reloaded(console, second).is_denied
    found = reloaded(console, first).closed
    assert found
    assert found.beneath == second.id
    assert typed("restore", second.id, *FALSE).exit_code == 0
    assert console.state() == before


def test_what_stops_in_the_chain_says_what_is_restored_and_what_is_not_begun(
    console: World, holders: list[boto3.Session], two: tuple[Incident, Incident]
) -> None:
    first, second = two
    console.admin("iam").delete_access_key(UserName="victim", AccessKeyId=key_id(holders[0]))
    stopped = typed("restore", first.id, *FALSE, "--yes", "--json")
    assert stopped.exit_code == 2
    said = one_document(stopped)
    assert (said["stopped_at"]["item"], f"Restored before that: {second.id}. Not begun: none" in said["error"]) == (
        "deactivate-key",
        True,
    )
    assert works(holders[1])
    assert typed("restore", first.id, *FALSE, "--force", "deactivate-key").exit_code == 0


def test_one_action_of_an_older_one_is_refused(console: World, two: tuple[Incident, Incident]) -> None:
    contained = console.state()
    refused = typed("restore", two[0].id, *FALSE, "--action", "deactivate-key")
    assert (refused.exit_code, "was followed by" in refused.stderr) == (2, True)
    assert console.state() == contained
