"""Kill the run before any of its AWS calls, run again: the end is that of an undisturbed run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st

from chalicelib import sources
from chalicelib.respond import respond
from tests import signals
from tests.world import KilledError, World, build

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Signal
    from drill.cloud.lifecycle import Cloud


def _one_run(cloud: Cloud, kills: tuple[int, ...]) -> tuple[dict[str, Any], Incident, int]:
    """The AWS state and the incident after a run that was killed at those calls, and the calls of its last attempt."""
    world = build(cloud)
    key = world.new_key("victim")
    (signal,) = sources.read(signals.guardduty(key), world.at)  # type: ignore[misc]
    for kill in kills:
        _attempt(world, signal, kill)
    world.wire.clear()
    answer = respond(signal, world.ports())
    assert answer.incident is not None
    return _normal(world.state(), key), answer.incident, len(world.wire.calls)


def _attempt(world: World, signal: Signal, kill: int) -> None:
    ports = world.ports()
    world.wire.calls.clear()
    world.wire.kill_at = kill
    with suppress(KilledError):
        respond(signal, ports)
    world.later(60)


def _normal(found: dict[str, Any], key: str) -> dict[str, Any]:
    keys = found["users"]["victim"]["keys"]
    return {**found, "users": {**found["users"], "victim": {**found["users"]["victim"], "keys": keys[key]}}}


def _ended(incident: Incident) -> tuple[object, ...]:
    outcomes = {step.action: incident.outcome(step).good for step in incident.steps}
    return outcomes, incident.principal, incident.judgement.decision, incident.contained_at is not None


def test_killed_before_every_call_the_second_run_ends_as_an_undisturbed_one(running_cloud: Cloud) -> None:
    calm_state, calm, calls = _one_run(running_cloud, ())
    assert calls > 8
    for kill in range(calls):
        found, incident, _ = _one_run(running_cloud, (kill,))
        assert found == calm_state, f"killed before call {kill}"
        assert _ended(incident) == _ended(calm), f"killed before call {kill}"
        assert set(incident.told) >= {(1, "sns"), (1, "event-bus")}


@settings(max_examples=15)
@given(st.lists(st.integers(0, 14), min_size=2, max_size=4))
def test_killed_again_and_again_it_still_ends_there(running_cloud: Cloud, kills: list[int]) -> None:
    calm_state, calm, _ = _one_run(running_cloud, ())
    found, incident, _ = _one_run(running_cloud, tuple(kills))
    assert found == calm_state
    assert _ended(incident) == _ended(calm)
