"""What others do every day is worth telling of root, through whichever rule it comes."""

from __future__ import annotations

import pytest

from chalicelib.model import Sign
from chalicelib.playbook import RULES
from chalicelib.sources.cloudtrail import DAILY
from tests.sources import events, trail
from tests.sources.reads import signal

OF_ONE_KIND = {Sign.SESSION_OBTAINED, Sign.ACTED_AS_PERSON}
"""Signs of daily work that root cannot show: it assumes no role, and is no machine."""

ABOUT_OTHERS = {Sign.USER_RENAMED}
"""Signs of daily work that say nothing of the caller."""

CASES = [case for case, (_, sign) in trail.SAYS.items() if sign in DAILY]


def test_no_other_sign_is_daily_work() -> None:
    assert {rule.sign for rule in RULES if rule.quiet} == DAILY | OF_ONE_KIND | ABOUT_OTHERS


@pytest.mark.parametrize("case", CASES)
def test_daily_work_by_root_is_a_use_of_root(case: str) -> None:
    record, _ = trail.SAYS[case]
    by_root = events.called({**record, "userIdentity": events.root_identity()})
    assert signal(by_root).sign is Sign.ROOT_USED
