"""The circuit breaker asks first, and never about what AWS itself confirmed or an open incident explains."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.model import Context, Decision, Mode, Sign
from chalicelib.playbook import stands_alone, strike
from tests.playbook.table import settings, signal

SUSPECTED = settings(Mode.CONTAIN_SUSPECTED, most_an_hour=3)
BY_AWS = {Sign.EXPOSED, Sign.QUARANTINED_BY_AWS, Sign.COMPROMISED, Sign.EXFILTRATED, Sign.ATTACK_SEQUENCE}
TRIPPED = Context(contained_lately=3)


@pytest.mark.parametrize("sign", Sign)
def test_it_holds_back_what_it_counts_and_nothing_else(sign: Sign) -> None:
    quiet, tripped = (strike(signal(sign), SUSPECTED, context) for context in (Context(contained_lately=2), TRIPPED))
    if not quiet.counted:
        assert tripped == quiet
        return
    assert (quiet.decision, tripped.decision) == (Decision.ACT, Decision.ASK)
    assert tripped.strike == quiet.strike  # what waits for a person is the same plan
    assert "circuit breaker asks first: 3 contained within an hour" in tripped.reason
    assert sign not in {*BY_AWS, Sign.REPORTED}


@pytest.mark.parametrize("sign", Sign)
@pytest.mark.parametrize("context", [Context(owner_is_contained=True), Context(actor_is_contained=True)])
def test_children_and_more_of_an_open_incident_are_never_held_back(sign: Sign, context: Context) -> None:
    quiet = strike(signal(sign), SUSPECTED, context)
    assert strike(signal(sign), SUSPECTED, replace(context, contained_lately=99)) == quiet
    assert not quiet.counted


@pytest.mark.parametrize("sign", Sign)
def test_what_needs_no_look_into_the_ledger_is_decided_the_same_whatever_stands_there(sign: Sign) -> None:
    if stands_alone(signal(sign)):
        assert strike(signal(sign), SUSPECTED, TRIPPED) == strike(signal(sign), SUSPECTED)
    assert stands_alone(signal(sign)) == (sign in {*BY_AWS, Sign.REPORTED, Sign.MINTED})
