"""The page of published events says of each a decision that there is, a rule that there is, and why."""

from __future__ import annotations

import pytest

from chalicelib.actions import ACTIONS
from chalicelib.model import Decision, Sign
from tests.explain.published import PAGE, TABLE


@pytest.mark.parametrize("file", TABLE)
def test_a_row_names_what_there_is_and_why(file: str) -> None:
    decision, rule, actions, reason = TABLE[file]
    assert decision.removesuffix(", dry") in set(Decision)
    assert not rule or rule.strip("`") in set(Sign)
    assert set(filter(None, actions.split(", "))) <= {one.name for one in ACTIONS}
    assert reason


def test_the_page_says_how_many_there_are() -> None:
    assert f"about {len(TABLE)} events" in PAGE.read_text()
