"""Throttle each call of a leak's life by its name: what is left over is finished, and nothing stays half done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.response.lives import CALLS, lived

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud
    from tests.world import World


@CALLS
def test_with_any_call_throttled_in_any_run_it_is_finished_and_never_left_half(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]], stretches: tuple[str, ...]
) -> None:
    calm, expected = lived(running_cloud, leak, stretches)
    for call in sorted(set(calm.world.wire.calls)):
        _, found = lived(running_cloud, leak, stretches, throttle=call)
        ends = [(found[stretch]["aws"], found[stretch]["incident"]["closed"]) for stretch in stretches]
        wanted = [(expected[stretch]["aws"], expected[stretch]["incident"]["closed"]) for stretch in stretches]
        assert ends == wanted, f"{call} throttled"
