"""What the role of a machine did on earlier days of the same logs is a habit there, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.model import Decision, Principal, PrincipalKind, Sign
from console.backtest.judging import judged
from console.chosen import AS_EXPLAINED
from tests.playbook.table import ACCOUNT, signal

MACHINE = Principal(PrincipalKind.ROLE, ACCOUNT, "worker", "AROAMACHINE")
FIRST = replace(signal(Sign.RIGHTS_GRANTED, principal=MACHINE, actor=MACHINE), by_machine=True)


@pytest.mark.parametrize(("days", "asked"), [((0,), 0), ((0, 29), 0), ((0, 31), 1), ((0, 20, 45), 0), ((0, 20, 52), 1)])
def test_it_is_asked_about_where_the_logs_show_no_day_of_the_month_before(days: tuple[int, ...], asked: int) -> None:
    acts = [replace(FIRST, at=FIRST.at + timedelta(days=day), native_id=str(day)) for day in days]
    assert judged(acts, AS_EXPLAINED).decisions[Decision.ASK] == asked
