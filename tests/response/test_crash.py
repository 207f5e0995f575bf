"""Cut every run of a leak's life off at its n-th AWS call and begin it again: it ends as an undisturbed life does.

Calls are serial here and nothing outlives a run. So a process that ends after a call took effect, before it saw the
answer, has ended before the next call; what is left is the answer that is lost while the process lives on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.response import life
from tests.world import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud
    from tests.response.life import Life
    from tests.world import World

STRETCHES = ("responded", "closed", "released", "restored")


def lived(cloud: Cloud, leak: Callable[[World], dict[str, Any]], **disturbed: object) -> tuple[Life, dict[str, Any]]:
    """A life, and what is seen at the end of each stretch of it."""
    one = life.begin(build(cloud), leak)
    for name, number in disturbed.items():
        setattr(one, name, number)
    return one, {stretch: life.seen(one.world, getattr(one, stretch)()) for stretch in STRETCHES}


@pytest.mark.parametrize("leak", life.LEAKS)
def test_killed_before_any_call_of_any_run_it_ends_as_undisturbed(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]]
) -> None:
    calm, expected = lived(running_cloud, leak)
    assert calm.longest > 10
    for number in range(calm.longest):
        one, found = lived(running_cloud, leak, kill=number)
        assert one.killed, f"no run has a call {number}"
        assert found == expected, f"each run killed before its call {number}"


@pytest.mark.parametrize("leak", life.LEAKS)
def test_with_the_answer_to_any_write_of_any_run_lost_it_ends_as_undisturbed(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]]
) -> None:
    calm, expected = lived(running_cloud, leak)
    for number in range(calm.most_writes):
        _, found = lived(running_cloud, leak, lose=number)
        assert found == expected, f"each run lost the answer to its write {number}"


@pytest.mark.parametrize("leak", life.LEAKS)
def test_with_any_call_throttled_in_any_run_it_is_finished_and_never_left_half(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]]
) -> None:
    calm, expected = lived(running_cloud, leak)
    for call in sorted(set(calm.world.wire.calls)):
        _, found = lived(running_cloud, leak, throttle=call)
        ends = [found[stretch]["aws"] for stretch in STRETCHES]
        assert ends == [expected[stretch]["aws"] for stretch in STRETCHES], f"{call} throttled"
        assert found["closed"]["incident"]["closed"] == expected["closed"]["incident"]["closed"], f"{call} throttled"
