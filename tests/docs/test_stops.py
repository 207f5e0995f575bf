"""The page on what is stopped has a row for every kind of credential and owner, and names every action."""

from __future__ import annotations

from chalicelib.actions import ACTIONS
from chalicelib.model import PrincipalKind, SubjectKind
from console.reference import stops


def test_every_kind_of_credential_has_a_row() -> None:
    assert {row.subject.kind for row in stops.ROWS} == set(SubjectKind)


def test_every_kind_of_owner_has_a_row() -> None:
    assert {row.owner for row in stops.ROWS} == set(PrincipalKind)


def test_every_action_stands_in_it_with_who_judged_and_how_it_is_undone() -> None:
    page = stops.text()
    for action in ACTIONS:
        assert f"`{action.name}`" in page
        assert action.undone_by in page


def test_a_row_says_what_is_stopped_or_what_a_person_must_do() -> None:
    for row in stops.ROWS:
        plan = stops.plan_for(row)
        assert plan.steps or any(one.instead for one in plan.withheld), row.what
