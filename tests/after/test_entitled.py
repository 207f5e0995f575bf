"""Who decides is what STS says, and never who may be the intruder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.orders.entitled import RefusedError, principal_of, refuse_contained
from chalicelib.orders.pause import turn
from tests import signals
from tests.after.scene import ANA, inbox, leak, received, role_leak
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from tests.world import World


@pytest.mark.parametrize(
    ("arn", "lock"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/victim", f"{ACCOUNT}/user/victim"),
        (f"arn:aws:iam::{ACCOUNT}:user/team/red/victim", f"{ACCOUNT}/user/victim"),
        (f"arn:aws-us-gov:iam::{ACCOUNT}:user/victim", f"{ACCOUNT}/user/victim"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/i-0abc", f"{ACCOUNT}/role/worker"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/a/b", f"{ACCOUNT}/role/worker"),
        (f"arn:aws:iam::{ACCOUNT}:root", None),
        ("somebody", None),
        ("", None),
    ],
)
def test_the_principal_behind_an_arn(arn: str, lock: str | None) -> None:
    found = principal_of(arn)
    assert (found.lock if found else None) == lock


def test_every_caller_with_an_open_incident_is_refused_and_nobody_else(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    role_leak(world)
    for arn in (f"arn:aws:iam::{ACCOUNT}:user/x/victim", f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/fresh"):
        with pytest.raises(RefusedError, match="may be the intruder who asks"):
            refuse_contained(arn, world.ports())
    refuse_contained(f"arn:aws:iam::{ACCOUNT}:user/bystander", world.ports())
    refuse_contained(ANA, world.ports())


def test_a_federated_session_is_nobody_that_could_be_looked_up(world: World) -> None:
    with pytest.raises(RefusedError, match="does not say whose federated session"):
        refuse_contained(f"arn:aws:sts::{ACCOUNT}:federated-user/shadow", world.ports())


def test_turning_the_switch_is_told_once_each_way(world: World) -> None:
    url = inbox(world)
    assert turn(on=True, by=ANA, reason="why", ports=world.ports())
    assert turn(on=True, by=ANA, reason="why", ports=world.ports()) is None
    assert received(world, url) == [("event-bus", "paused"), ("sns", "paused")]
    assert turn(on=False, by=ANA, reason="why", ports=world.ports())
    assert turn(on=False, by=ANA, reason="why", ports=world.ports()) is None
    assert received(world, url) == [("event-bus", "resumed"), ("sns", "resumed")]
