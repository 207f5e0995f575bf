"""Lose the answer to every n-th write of every run of a leak's life: it ends as an undisturbed life does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.response.lives import LIVES, lived

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud
    from tests.world import World


@LIVES
def test_with_the_answer_to_any_write_of_any_run_lost_it_ends_as_undisturbed(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]], stretches: tuple[str, ...]
) -> None:
    calm, expected = lived(running_cloud, leak, stretches)
    for number in range(calm.most_writes):
        _, found = lived(running_cloud, leak, stretches, lose=number)
        assert found == expected, f"each run lost the answer to its write {number}"
