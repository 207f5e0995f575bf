"""What is said of a credential that the leaked one made: contained while a deny on it stands, and not longer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Closed, Did, Lifted, Opened, Released, Restored, Result, Undone
from chalicelib.inquiry import tree
from chalicelib.model import DONE, Outcome, Status
from chalicelib.report.document import support
from tests.report import reports
from tests.report.runs import ASKING, ID, KEY, ROLE, ROLE_SIGNAL, USER, USER_SIGNAL, Run, narrowed, opened

if TYPE_CHECKING:
    from tests.world import World

_ANA, _REFUSED = "arn:ana", Outcome(Status.FAILED, "IAM said no")
_LEFT = "NOT DONE YET: "


def key_of(action: str) -> str:
    """The key of the first step of that action."""
    step = opened().incident.step(action)
    assert step is not None
    return step.key


def undone(action: str = "quarantine-user") -> Run:
    """Contained, and a deny taken off for good."""
    return opened().ended().then(Undone(key_of(action), "it is gone", reapplied=False, by="user bob"))


def undone_once() -> Run:
    """Contained, and the deny taken off for the first time."""
    return opened().ended().then(Undone(key_of("quarantine-user"), "it is gone", reapplied=True))


def put_back(*outcomes: tuple[str, Outcome]) -> Run:
    """Contained, and these steps restored."""
    return opened().ended().then(*(Restored(key_of(action), _ANA, "a test", outcome) for action, outcome in outcomes))


STATES = {
    "contained": (opened().ended(), True, "contained"),
    "held": (opened().ended().then(Closed(Result.HELD)), True, "held"),
    "narrowed": (narrowed(opened().ended()), True, "contained"),
    "released": (narrowed(opened().ended()).then(Released(_ANA, "a new key")), True, "contained"),
    "undone, and to be done again": (undone_once(), False, "contained once, and no deny stands any more"),
    "undone, and done again": (undone_once().then(Did(key_of("quarantine-user"), DONE)), True, "contained"),
    "a deny given up": (undone(), False, "contained once, and no deny stands any more"),
    "a deny given up, and closed": (
        undone().then(Closed(Result.FAILED)),
        False,
        "contained once, and no deny stands any more",
    ),
    "only a key given up": (undone("deactivate-key").then(Closed(Result.FAILED)), True, "contained"),
    "a restore that failed": (put_back(("quarantine-user", _REFUSED)), True, "contained"),
    "the key alone restored": (put_back(("deactivate-key", DONE)), True, "contained"),
    "the deny alone restored": (
        put_back(("quarantine-user", DONE)),
        False,
        "contained once, and no deny stands any more",
    ),
    "restored": (
        put_back(("deactivate-key", DONE), ("quarantine-user", DONE)).then(Closed(Result.RESTORED, "a test")),
        False,
        "restored",
    ),
    "a deny that failed": (opened().ended(quarantine_user=_REFUSED), False, "being contained"),
    "only the key failed": (opened().ended(deactivate_key=_REFUSED), True, "contained"),
    "waiting": (opened(settings=ASKING), False, "waits for an answer"),
    "declined": (opened(settings=ASKING).then(Closed(Result.DECLINED, "a test")), False, "declined"),
}


def write(run: Run, world: World) -> None:
    """Put the run into the ledger, entry by entry."""
    ledger, (first, *rest) = world.ports().ledger, run.entries
    assert isinstance(first.body, Opened)
    ledger.claim(ID, first.body, first.at)
    incident = ledger.load(ID)
    for entry in rest:
        assert incident is not None
        incident = ledger.append(incident, entry.at, entry.body)


def child(**changed: Any) -> dict[str, Any]:
    """An access key of the user, as an inquiry keeps it."""
    made = next(one for one in reports.found()["children"] if one["kind"] == "access key")
    who = {"kind": str(USER.kind), "account": USER.account, "name": USER.name, "unique_id": None}
    return {**made, "name": KEY, "principal": who, **changed}


@pytest.mark.parametrize(("run", "contained", "word"), STATES.values(), ids=STATES)
def test_a_child_is_contained_while_a_deny_stands(run: Run, word: str, world: World, *, contained: bool) -> None:
    write(run, world)
    found = tree.with_states({**reports.found(), "children": [child()]}, world.ports().ledger)
    (one,) = found["children"]
    assert (one["contained"], one["state"]) == (contained, f"{word}: incident {ID}")


@pytest.mark.parametrize(("run", "contained", "word"), STATES.values(), ids=STATES)
def test_the_letter_to_aws_claims_no_child_that_nobody_holds(
    run: Run, word: str, world: World, *, contained: bool
) -> None:
    write(run, world)
    found = tree.with_states({**reports.found(), "children": [child()]}, world.ports().ledger)
    other = replace(USER_SIGNAL, principal=replace(USER, name="somebody-else"))
    text = " ".join(support.render(reports.written(opened(other).ended(), found)).split())
    assert (
        f"It made access key {KEY} of user deploy: {'contained' if contained else f'{_LEFT}it is not stopped'}." in text
    )
    assert (f"{_LEFT}stop 1 thing that it made." in text) is not contained
    assert word == "contained" or word not in text  # our own states are none of AWS's concern


def test_what_no_deny_stops_is_never_contained(world: World) -> None:
    write(opened(ROLE_SIGNAL).ended(), world)
    who = {"kind": str(ROLE.kind), "account": ROLE.account, "name": ROLE.name, "unique_id": None}
    kinds = ("role session", "trust of role", "Lambda function", "instance")
    children = [child(kind=kind, principal=who) for kind in kinds]
    found = tree.with_states({**reports.found(), "children": children}, world.ports().ledger)
    assert [one["contained"] for one in found["children"]] == [True, False, False, False]


def test_a_deny_whose_time_is_over_has_done_its_work(world: World) -> None:
    run = opened(ROLE_SIGNAL).ended().then(Closed(Result.HELD))
    step = run.incident.steps[0]
    write(run.then(Lifted(step.key, DONE)), world)
    who = {"kind": str(ROLE.kind), "account": ROLE.account, "name": ROLE.name, "unique_id": None}
    found = tree.with_states({**reports.found(), "children": [child(principal=who)]}, world.ports().ledger)
    assert (found["children"][0]["contained"], found["children"][0]["state"]) == (True, f"held: incident {ID}")


def test_a_child_of_nobody_we_know_says_so(world: World) -> None:
    found = tree.with_states({**reports.found(), "children": [child(), child(principal=None)]}, world.ports().ledger)
    assert {(one["contained"], one["state"]) for one in found["children"]} == {(False, "no incident is about it")}
