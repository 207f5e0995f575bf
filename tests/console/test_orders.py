"""A person contains by hand: plan, contain, approve, decline, show."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.follow_up import resume
from chalicelib.model import Mode
from tests import signals
from tests.after.scene import LOCK, leak
from tests.console.stack import at_the_console, deployed, one_document, typed
from tests.world import ACCOUNT, key_id, works

if TYPE_CHECKING:
    from tests.world import World

WHY = ("--reason", "found on GitHub")


@pytest.fixture
def console(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    world.with_settings(mode=Mode.OBSERVE)
    deployed(world, monkeypatch)
    return world


def victim(world: World) -> Any:
    return world.state()["users"]["victim"]


def test_what_was_planned_is_shown_and_done_by_its_hash(console: World) -> None:
    holder = console.holder("victim")
    key, before = key_id(holder), victim(console)
    shown = typed("plan", "--access-key", key)
    plan = one_document(typed("plan", "--access-key", key, "--json"))
    assert (shown.exit_code, victim(console)) == (0, before)
    for said in (plan["plan"], "WHAT AWS SAYS NOW", "WHAT MAY BREAK", f"contain --access-key {key} --plan"):
        assert said in shown.output
    done = one_document(typed("contain", "--access-key", key, *WHY, "--plan", plan["plan"], "--json"))
    assert (done["answer"], done["unfinished"], done["plan"]) == ("contained", [], plan["plan"])
    assert not works(holder)
    again = typed("contain", "--access-key", key, *WHY, "--yes")
    assert (again.exit_code, "contained already" in again.stdout) == (0, True)


def test_another_plan_by_now_is_refused_and_nothing_done(console: World) -> None:
    plan = one_document(typed("plan", "--user", "victim", "--json"))["plan"]
    console.new_key("victim")
    before = console.state()
    refused = typed("contain", "--user", "victim", *WHY, "--plan", plan)
    assert (refused.exit_code, "what is withheld differs" in refused.stderr) == (2, True)
    assert console.state() == before


def test_it_acts_after_a_yes_and_not_without(console: World) -> None:
    before = console.state()
    assert "nothing was done" in typed("contain", "--user", "victim", *WHY, said="n\n").stderr
    assert one_document(typed("contain", "--user", "victim", *WHY, "--json"))["acted"] is False
    assert console.state() == before
    unanswered = typed("contain", "--user", "victim", *WHY)
    assert (unanswered.exit_code, "type the same again with --yes" in unanswered.stderr) == (2, True)
    assert console.state() == before
    assert typed("contain", "--user", "victim", *WHY, said="y\n").exit_code == 0
    assert victim(console)["attached"] == ["leak-responder-quarantine"]


def test_a_plan_that_changed_at_the_prompt_is_refused_with_both(
    console: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def agreed(*_: object, **__: object) -> bool:
        console.new_key("victim")
        return True

    monkeypatch.setattr("typer.confirm", agreed)
    refused = typed("contain", "--user", "victim", *WHY)
    assert refused.exit_code == 2
    assert "no more: withheld: deactivate-key" in refused.stderr
    assert "now: withheld: deactivate-key" in refused.stderr
    assert victim(console)["attached"] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--user", "root"), "IAM cannot constrain the root user"),
        (("--access-key", "AKIAIOSFODNN7EXAMPLE"), "IAM does not say whose"),
        (("--user", "nobody"), "has no user nobody"),
        ((), "one thing only"),
    ],
)
def test_what_cannot_be_ordered_ends_with_two(console: World, words: tuple[str, ...], why: str) -> None:
    refused = typed("contain", *words, *WHY, "--yes")
    assert refused.exit_code == 2
    assert why in " ".join(refused.output.split())
    assert typed("contain", "--user", "victim", "--reason", " ", "--yes").exit_code == 2


def test_who_is_contained_orders_nothing(console: World, monkeypatch: pytest.MonkeyPatch) -> None:
    intruder = console.holder("victim").get_credentials()
    assert intruder is not None
    assert typed("contain", "--user", "victim", *WHY, "--yes").exit_code == 0
    assert typed("plan", "--user", "bystander").exit_code == 0
    iam = console.admin("iam")
    iam.detach_user_policy(UserName="victim", PolicyArn=console.settings.quarantine_policy)
    at_the_console(console, monkeypatch, str(intruder.access_key), str(intruder.secret_key))
    refused = typed("contain", "--user", "bystander", *WHY, "--yes")
    assert (refused.exit_code, "has an open incident itself" in refused.stderr) == (2, True)


def test_a_plan_that_waits_is_approved_by_its_hash_or_declined(console: World) -> None:
    console.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    plan = one_document(typed("show", incident.id, "--json"))["plan"]
    refused = typed("approve", incident.id, "--plan", "000000-000000")
    assert (refused.exit_code, "never had that one" in refused.stderr) == (2, True)
    assert victim(console)["attached"] == []
    assert typed("approve", incident.id, "--plan", plan).exit_code == 0
    assert victim(console)["attached"] == ["leak-responder-quarantine"]
    assert typed("decline", incident.id, "--reason", "why").exit_code == 2


def test_approve_shows_the_plan_and_asks(console: World) -> None:
    console.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    plan = one_document(typed("show", incident.id, "--json"))["plan"]
    nobody, no = typed("approve", incident.id), typed("approve", incident.id, said="n\n")
    assert [(nobody.exit_code, "--yes" in nobody.stderr), (no.exit_code, "nothing was approved" in no.stderr)] == [
        (2, True),
        (0, True),
    ]
    assert ("WHAT WE WOULD DO" in no.stdout, f"plan {plan}" in no.stdout) == (True, True)
    assert one_document(typed("approve", incident.id, "--json"))["approved"] is False
    assert victim(console)["attached"] == []
    yes = typed("approve", incident.id, said="y\n")
    assert (yes.exit_code, f"incident {incident.id}: contained" in yes.stdout) == (0, True)
    assert victim(console)["attached"] == ["leak-responder-quarantine"]


@pytest.mark.parametrize("mode", [Mode.APPROVAL_REQUIRED, Mode.CONTAIN_CONFIRMED])
def test_what_does_not_wait_is_not_approved_and_nobody_is_told(console: World, mode: Mode) -> None:
    console.with_settings(mode=mode)
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    if mode is Mode.APPROVAL_REQUIRED:
        assert typed("approve", incident.id, "--yes").exit_code == 0
    before = console.state()
    for words in ((), ("--yes",), ("--json",)):
        refused = typed("approve", incident.id, *words)
        assert (refused.exit_code, "does not wait: it acts" in refused.stderr) == (2, True)
    assert console.state() == before


def test_declined_it_is_closed_and_nothing_was_done(console: World) -> None:
    console.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    before = console.state()
    assert one_document(typed("decline", incident.id, "--reason", "scanner", "--json"))["result"] == "declined"
    assert console.state() == before
    assert "closed, declined" in typed("show", incident.id).stdout


def test_show_gives_the_earlier_trust_policy_as_iam_takes_it(console: World) -> None:
    done = one_document(typed("contain", "--role", "worker", "--reason", "a test", "--yes", "--json"))
    assert typed("show", done["incident"], "--trust").exit_code == 2  # nobody has looked yet
    console.later(60)
    resume(f"{ACCOUNT}/role/worker", console.ports())
    shown = typed("show", done["incident"], "--trust")
    iam = console.admin("iam")
    assert json.loads(shown.stdout) == iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]


def test_a_replacement_is_shown_first_then_made_and_its_secret_printed_nowhere(console: World) -> None:
    key = console.new_key("victim")
    done = one_document(typed("contain", "--access-key", key, *WHY, "--yes", "--json"))["incident"]
    console.later(60)
    assert typed("release", done, *WHY).exit_code == 0
    order = ("replace-key", done, "--reader", "worker", *WHY)
    shown = one_document(typed(*order, "--json"))
    assert (shown["acted"], shown["beside"]) == (False, [key])
    unanswered = typed(*order)
    assert (unanswered.exit_code, "type the same again with --yes" in unanswered.stderr) == (2, True)
    made = typed(*order, "--yes")
    assert made.exit_code == 0
    worker = console.assumed(console.holder("bystander"), "orders").client(
        "secretsmanager", endpoint_url=console.account.cloud.endpoint, region_name="us-east-1"
    )
    value = json.loads(worker.get_secret_value(SecretId=f"replaced/{done}")["SecretString"])
    assert value["accessKeyId"] in made.stdout
    assert value["secretAccessKey"] not in made.output
    assert value["accessKeyId"] in typed("show", done).stdout
    restored = typed("restore", done, "--false-positive", *WHY)
    assert (restored.exit_code, f"replacement key {value['accessKeyId']} too" in restored.stderr) == (0, True)


def test_show_says_every_step_in_eighty_columns(console: World) -> None:
    done = one_document(typed("contain", "--access-key", console.new_key("victim"), *WHY, "--yes", "--json"))
    shown = typed("show", done["incident"])
    for said in ("found on GitHub", "Planned ", "Done: set access key", "WHAT TO RUN", "leak-responder release"):
        assert said in shown.output
    assert [line for line in shown.output.splitlines() if len(line) > 80] == []
    document = one_document(typed("show", done["incident"], "--json"))
    assert document["entries"][0]["kind"] == "Opened"
    assert typed("show", "nope").exit_code == 2


def test_a_person_says_since_when_it_leaks(console: World) -> None:
    key = console.new_key("victim")
    ever = typed("contain", "--access-key", key, *WHY, "--since", "2999-01-01")
    assert (ever.exit_code, "still to come" in ever.stderr) == (2, True)
    assert typed("contain", "--access-key", key, *WHY, "--since", "yesterday", "--yes").exit_code == 2
    assert typed("contain", "--access-key", key, *WHY, "--since", "2026-01-02T03:04Z", "--yes").exit_code == 0
    incident = console.incident(LOCK)
    assert incident is not None
    assert incident.since == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("command", ["plan", "contain"])
@pytest.mark.parametrize("words", [(), ("--user", "a", "--role", "b"), ("--session", "s")])
def test_unclear_words_are_refused_before_aws_is_asked(command: str, words: tuple[str, ...]) -> None:
    refused = typed(command, *words, *(WHY if command == "contain" else ()))
    assert (refused.exit_code, "asking stack" in refused.stderr) == (2, False)
    assert "say what leaked" in refused.stderr or "give its role too" in refused.stderr
