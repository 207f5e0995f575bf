"""Incidents of one principal, one after the other: restored through the chain all is as before the first, to the byte;
one of them restored alone undoes what no other one holds.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings, strategies as st

from chalicelib.entries import Result
from chalicelib.follow_up import resume
from chalicelib.model import Sign, Subject, SubjectKind
from chalicelib.orders.restoring import Newer, restore, restore_chain
from chalicelib.orders.undo import RefusedError, release
from tests import signals
from tests.response import life
from tests.response.life import PERSON, Life
from tests.world import KilledError, build, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from chalicelib.model import Signal
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

WHY = "a load test"
HELD, RELEASED, NARROWED, CONTAINED = "held", "released", "narrowed", "contained"


@dataclass(frozen=True)
class Past:
    """How a principal stood before the first incident, and how each incident had ended when the next one began.

    `full` says that there is no room for one more policy, `bounded` that there is a boundary of its own.
    """

    endings: tuple[str, ...]
    full: bool
    bounded: bool
    retired: bool


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    endings = draw(st.lists(st.sampled_from((HELD, RELEASED, NARROWED, CONTAINED)), min_size=2, max_size=3))
    return Past(tuple(endings), draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))


def ended(leak: Life, how: str) -> None:
    """Bring the incident that far, if it goes that far."""
    world = leak.world
    if how in {HELD, RELEASED}:
        leak.closed()
    world.later(life.MINUTE)
    if how == RELEASED:
        with suppress(RefusedError):  # a boundary of their own, or a key that may have leaked
            release(leak.incident().id, PERSON, WHY, world.ports())
    if how == NARROWED:
        resume(leak.incident().principal.lock, world.ports())
    world.later(life.MINUTE)


def again(world: World, signal: Signal, subject: Subject, number: int) -> Signal:
    """The same feed about another credential of the principal, used now."""
    now = {"at": world.at, "since": world.at, "native_id": f"leak-{number}", "sign": Sign.COMPROMISED}
    return replace(signal, **now, subject=subject)  # type: ignore[arg-type]


def user_leaks(world: World, past: Past) -> tuple[list[Signal], list[boto3.Session]]:
    """One key after the other, then the first again; and whoever has them."""
    iam = world.admin("iam")
    if past.full:
        life.fill(world, "victim")
    if past.bounded:
        arn = iam.create_policy(PolicyName="fence", PolicyDocument=life.FENCE)["Policy"]["Arn"]
        iam.put_user_permissions_boundary(UserName="victim", PermissionsBoundary=arn)
    holders = [world.holder("victim"), world.holder("victim")]
    if past.retired:
        iam.update_access_key(UserName="victim", AccessKeyId=key_id(holders[1]), Status="Inactive")
    first = life.read(signals.guardduty(key_id(holders[0])), world)
    keys = [key_id(holders[number % 2]) for number in range(len(past.endings))]
    told = [replace(first, subject=Subject(SubjectKind.ACCESS_KEY, key)) for key in keys]
    return told, holders[:1] if past.retired else holders


def role_leaks(world: World, past: Past) -> tuple[list[Signal], list[boto3.Session]]:
    """One session after the other; and whoever has them."""
    if past.full:
        life.fill_inline(world)
        life.fill(world, "worker", kind="role")
    if past.bounded:
        life.bound_worker(world)
    names = ("i-0abc", "i-0def", "i-0fed")[: len(past.endings)]
    opener, role_id = world.holder("bystander"), world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    told = [life.read(signals.exfiltration("worker", role_id, name), world) for name in names]
    apart = [replace(one, subject=replace(one.subject, id=f"{one.subject.id}{n}")) for n, one in enumerate(told)]
    return apart, [world.assumed(opener, name) for name in names]


def played(world: World, leaks: list[Signal], endings: tuple[str, ...]) -> list[Incident]:
    """The leaks one after the other, each at its time; the incidents that there are then, the oldest first."""
    found: list[str] = []
    for number, (signal, how) in enumerate(zip(leaks, endings, strict=True)):
        leak = Life(world, again(world, signal, signal.subject, number) if number else signal)
        leak.responded()
        found.append(leak.incident().id)
        ended(leak, how)
    ledger = world.ports().ledger
    return [one for one in map(ledger.load, dict.fromkeys(found)) if one]


def ordered(world: World, order: Callable[[], object], cut: int | None = None) -> None:
    """Give an order. Cut off before a call it is given again, once the lease is over."""
    world.wire.kill_at = None if cut is None else len(world.wire.calls) + cut
    try:
        order()
    except KilledError:
        world.wire.kill_at = None
        world.later(life.MINUTE)
        order()
    world.wire.kill_at = None


LEAKS = {"user": user_leaks, "role": role_leaks}
TWICE = Past((HELD, HELD), full=False, bounded=False, retired=False)
EXAMPLES = (
    TWICE,
    replace(TWICE, endings=(NARROWED, HELD, RELEASED)),
    replace(TWICE, endings=(HELD, CONTAINED, HELD), full=True, bounded=True, retired=True),
    replace(TWICE, full=True),
)


@pytest.mark.parametrize("kind", LEAKS)
@settings(max_examples=4)
@example(past=EXAMPLES[0], cut=None)
@example(past=EXAMPLES[1], cut=3)
@example(past=EXAMPLES[2], cut=9)
@given(past=pasts(), cut=st.one_of(st.none(), st.integers(0, 40)))
def test_restored_through_the_chain_all_is_as_before_the_first(
    running_cloud: Cloud, kind: str, past: Past, cut: int | None
) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    leaks, people = LEAKS[kind](world, past)
    before = world.state()
    chain = played(world, leaks, past.endings)
    newer = tuple(one.id for one in chain[1:])
    if newer:
        contained = world.state()
        with pytest.raises(RefusedError, match="was followed by"):
            restore(chain[0].id, PERSON, WHY, world.ports())
        assert world.state() == contained
    ordered(world, lambda: restore_chain(chain[0].id, PERSON, WHY, world.ports(), Newer(false_too=newer)), cut)
    assert world.state() == before
    assert all(map(works, people))
    ends = [
        one.closed and one.closed.result for one in map(world.ports().ledger.load, (one.id for one in chain)) if one
    ]
    assert ends == [Result.RESTORED] * len(chain)


@pytest.mark.parametrize("kind", LEAKS)
@settings(max_examples=3)
@example(past=EXAMPLES[0])
@example(past=EXAMPLES[2])
@given(past=pasts())
def test_the_newest_restored_alone_leaves_what_the_older_ones_did(running_cloud: Cloud, kind: str, past: Past) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    leaks, people = LEAKS[kind](world, past)
    last = len(past.endings) - 1
    older = played(world, leaks[:last], past.endings[:last])
    before, worked = world.state(), [works(one) for one in people]
    leak = Life(world, again(world, leaks[last], leaks[last].subject, last))
    leak.responded()
    if leak.incident().id == older[-1].id:  # it goes on
        return
    ended(leak, past.endings[last])
    restore(leak.incident().id, PERSON, WHY, world.ports())
    assert denies(world.state()) == denies(before)
    assert [works(one) for one in people] == worked


def denies(state: dict[str, Any]) -> Any:
    """What stands, but for the text of a policy of ours, which the watch of an older incident may write again."""
    return {**state, "policies": sorted(state["policies"])}


@pytest.mark.parametrize("kind", LEAKS)
@settings(max_examples=3)
@example(past=EXAMPLES[0])
@example(past=EXAMPLES[1])
@example(past=EXAMPLES[2])
@example(past=EXAMPLES[3])
@given(past=pasts())
def test_the_first_restored_alone_weakens_no_newer_one_and_all_of_them_then_give_back_all(
    running_cloud: Cloud, kind: str, past: Past
) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    leaks, people = LEAKS[kind](world, past)
    before = world.state()
    chain = played(world, leaks, past.endings)
    first, newer = chain[0], chain[1:]
    named = {signal.subject.id for one in newer for signal in one.signals}
    alive = [works(one) for one in people]
    restore_chain(first.id, PERSON, WHY, world.ports(), Newer(are_kept=True))
    now = dict(zip((leak.subject.id for leak in leaks), map(works, people), strict=False))
    assert not any(works_now for known, works_now in now.items() if known in named)
    assert all(map(works, people)) or newer
    assert [one for one, was in zip(people, alive, strict=True) if was and not works(one)] == []
    for one in reversed(newer):
        restore(one.id, PERSON, WHY, world.ports())
    restore(first.id, PERSON, WHY, world.ports())
    assert world.state() == before
    assert all(map(works, people))
