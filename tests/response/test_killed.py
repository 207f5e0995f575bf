"""Cut every run of a leak's life off at its n-th AWS call and begin it again: it ends as an undisturbed life does.

Between two writes nothing changes, so whatever is killed before one of the reads there leaves the same behind: of those
calls one stands for all.
Calls are serial here and nothing outlives a run. So a process that ends after a call took effect, before it saw the
answer, has ended before the next call; what is left is the answer that is lost while the process lives on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.follow_up import follow_up, patrol
from chalicelib.respond import respond
from tests.response import life
from tests.response.lives import LIVES, lived
from tests.world import KilledError, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud
    from tests.world import World


@LIVES
def test_killed_before_any_call_of_any_run_it_ends_as_undisturbed(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]], stretches: tuple[str, ...]
) -> None:
    calm, expected = lived(running_cloud, leak, stretches)
    assert calm.longest > 10
    for number in sorted(one for one in calm.turns if one < calm.longest):
        one, found = lived(running_cloud, leak, stretches, kill=number)
        assert one.killed, f"no run has a call {number}"
        assert found == expected, f"each run killed before its call {number}"


@pytest.mark.parametrize("leak", [*life.LEAKS, life.neutralised_user])
def test_killed_after_its_claim_it_is_finished_by_patrol_though_the_event_never_comes_again(
    running_cloud: Cloud, leak: Callable[[World], dict[str, Any]]
) -> None:
    calm = life.begin(build(running_cloud), leak)
    expected = life.seen(calm.world, calm.responded())["aws"]
    calls = calm.world.wire.calls
    for number in range(calls.index("dynamodb:TransactWriteItems") + 1, len(calls)):
        one = life.begin(build(running_cloud), leak)
        one.world.wire.kill_at = number
        with pytest.raises(KilledError):
            respond(one.signal, one.world.ports())
        one.world.wire.clear()
        one.world.later(3600)
        assert patrol(one.world.ports()) == 1
        found = follow_up(one.world.queued(), one.world.ports())
        assert found.what in {"contained", "advanced"}
        contained = one.incident()
        assert contained.contained_at, f"killed before call {number}"
        assert (1, "sns") in contained.told
        if found.what == "contained":
            assert life.seen(one.world, contained)["aws"] == expected, f"killed before call {number}"
