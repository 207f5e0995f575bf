"""Security Hub: the finding that began an incident says what became of it, and where none did there is one of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from botocore.validate import ParamValidator

from chalicelib.aws import Aws
from chalicelib.entries import Closed, Joined, Released, Result, Told
from chalicelib.model import DONE, Finding, Outcome, Status, Subject, SubjectKind
from chalicelib.notifiers.security_hub import NOTIFIER
from chalicelib.report import asff_form
from chalicelib.report.form import NOT_ROTATED
from chalicelib.report.message import Number, compose
from tests.notifiers.test_channels import Stubbed
from tests.report.cases import CASES
from tests.report.runs import ACCOUNT, ID, KEY, SETTINGS, USER_SIGNAL, denied, opened

if TYPE_CHECKING:
    from chalicelib.report.form import Message
    from tests.report.runs import Run

PRODUCT = f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default"
HUB = replace(SETTINGS, hub_product=PRODUCT)
OURS = {"Id": f"leak-responder/{ID}", "ProductArn": PRODUCT}
FINDING = Finding(
    f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/0ab1/finding/16af",
    "arn:aws:securityhub:us-east-1::product/aws/guardduty",
)
THEIRS = {"Id": FINDING.id, "ProductArn": FINDING.product}


def passed_on() -> Run:
    """Begun by a finding that Security Hub collects."""
    return opened(replace(USER_SIGNAL, finding=FINDING))


def told(run: Run, number: int = 1) -> Message:
    return compose(run.incident, number, run.incident.opened_at + timedelta(minutes=1), HUB)


def answer(*findings: tuple[dict[str, str], str]) -> dict[str, Any]:
    """What BatchUpdateFindings says of each; "" where it took it."""
    missed = [{"FindingIdentifier": one, "ErrorCode": code, "ErrorMessage": "no"} for one, code in findings if code]
    return {"ProcessedFindings": [one for one, code in findings if not code], "UnprocessedFindings": missed}


MISSING = "FindingNotFound"


@cache
def client() -> Any:
    return boto3.client("securityhub", region_name="us-east-1")


def sent(message: Message, *said: tuple[str, dict[str, Any], dict[str, Any] | None]) -> Outcome:
    """The outcome where Security Hub answers so, in this order; no call more and none less."""
    with Stubber(client()) as stub:
        for call, response, asked in said:
            stub.add_response(call, response, asked)
        outcome = NOTIFIER.send(Stubbed(client()), HUB, message)
        stub.assert_no_pending_responses()
    return outcome


def test_the_finding_that_began_it_is_signed_with_what_was_done() -> None:
    message = told(passed_on())
    asked = {
        "FindingIdentifiers": [THEIRS, OURS],
        "Note": {"Text": ANY, "UpdatedBy": "leak-responder"},
        "Workflow": {"Status": "NOTIFIED"},
    }
    found = answer((THEIRS, ""), (OURS, MISSING))
    assert sent(message, ("batch_update_findings", found, asked)) == DONE
    text = asff_form.note(message)["Text"]
    assert all(word in text for word in (ID, KEY, "leak-responder show"))


def test_where_no_finding_began_it_one_of_ours_is_imported() -> None:
    message = told(opened())
    asked = {"Findings": [asff_form.finding(message, OURS, "us-east-1")]}
    assert sent(
        message,
        ("batch_update_findings", answer((OURS, MISSING)), None),
        ("batch_import_findings", {"FailedCount": 0, "SuccessCount": 1}, asked),
    ) == DONE  # fmt: skip


def test_a_later_message_updates_our_finding_and_imports_no_second_one() -> None:
    message = told(opened().ended().then(Closed(Result.HELD)), Number.END)
    asked = {"FindingIdentifiers": [OURS], "Note": ANY, "Workflow": {"Status": "RESOLVED"}}
    assert sent(message, ("batch_update_findings", answer((OURS, "")), asked)) == DONE


def test_two_imports_of_one_incident_are_one_finding() -> None:
    run = opened()
    for message in (told(run), told(run.then(Closed(Result.HELD)), Number.END)):
        boto3.client("securityhub").batch_import_findings(Findings=[asff_form.finding(message, OURS, "us-east-1")])
    assert [one["Id"] for one in boto3.client("securityhub").get_findings()["Findings"]] == [OURS["Id"]]


def test_a_finding_that_is_on_its_way_is_waited_for_until_the_end() -> None:
    found = answer((THEIRS, MISSING), (OURS, MISSING))
    waiting = sent(told(passed_on()), ("batch_update_findings", found, None))
    assert (waiting.status, waiting.retryable) == (Status.FAILED, True)
    imported = ("batch_import_findings", {"FailedCount": 0, "SuccessCount": 1}, None)
    end = told(passed_on().then(Closed(Result.HELD)), Number.END)
    assert sent(end, ("batch_update_findings", found, None), imported) == DONE


def test_a_finding_that_joins_later_is_signed_beside_ours() -> None:
    run = opened()
    joined = Joined(replace(USER_SIGNAL, finding=FINDING), run.incident.judgement)
    found = answer((THEIRS, MISSING), (OURS, ""))
    assert sent(told(run.then(joined)), ("batch_update_findings", found, None)) == DONE


def test_our_own_finding_is_named_once_and_of_many_the_newest_are_signed() -> None:
    run = opened(replace(USER_SIGNAL, finding=Finding(OURS["Id"], PRODUCT)))
    for n in range(101):
        newer = replace(USER_SIGNAL, at=USER_SIGNAL.at + timedelta(seconds=n + 1), finding=replace(FINDING, id=f"{n}"))
        run = run.then(Joined(newer, run.incident.judgement), after=0)
    named = [{**THEIRS, "Id": f"{n}"} for n in range(100, 1, -1)]
    asked = {"FindingIdentifiers": [*named, OURS], "Note": ANY, "Workflow": ANY}
    assert sent(told(run), ("batch_update_findings", answer((OURS, "")), asked)) == DONE
    alone = told(opened(replace(USER_SIGNAL, finding=Finding(OURS["Id"], PRODUCT))))
    asked = {"FindingIdentifiers": [OURS], "Note": ANY, "Workflow": ANY}
    assert sent(alone, ("batch_update_findings", answer((OURS, "")), asked)) == DONE


def test_a_finding_of_ours_is_about_the_key_and_about_its_owner_only_where_none_is_known() -> None:
    unnamed = replace(USER_SIGNAL, subject=Subject(SubjectKind.UNNAMED))
    kinds = [
        [one["Type"] for one in asff_form.finding(told(run), OURS, "us-east-1")["Resources"]]
        for run in (opened(), opened(unnamed))
    ]
    assert kinds == [["AwsIamAccessKey"], ["AwsIamUser"]]


HELD = Closed(Result.HELD)


def test_what_an_earlier_message_wrote_is_waited_for_and_not_imported_again() -> None:
    earlier = opened().ended().then(Told(1, NOTIFIER.name, DONE))
    asked = ("batch_update_findings", answer((OURS, MISSING)), None)
    for message in (told(earlier, Number.FOLLOW_UP), told(earlier.then(HELD), Number.END)):
        assert sent(message, asked).retryable
    failed = earlier.then(Told(1, NOTIFIER.name, Outcome(Status.FAILED)))
    imported = ("batch_import_findings", {"FailedCount": 0, "SuccessCount": 1}, None)
    assert sent(told(failed, Number.FOLLOW_UP), asked, imported) == DONE


def test_it_keeps_the_others_waiting_for_seconds_at_most() -> None:
    config = Aws(boto3.Session(), "us-east-1").security_hub().meta.config
    assert config.connect_timeout + config.read_timeout <= 5
    assert config.retries["total_max_attempts"] == 1


RELEASED = Released("arn:aws:iam::111122223333:user/ana", "the key is out of the image")


@pytest.mark.parametrize(
    ("run", "number", "status"),
    [
        (opened(), 1, "NOTIFIED"),
        (opened().ended().then(RELEASED), Number.RELEASED, "NOTIFIED"),
        *((opened().ended().then(Closed(one)), Number.END, "NOTIFIED") for one in (Result.CONTESTED, Result.FAILED)),
        *(
            (opened().ended().then(Closed(one)), Number.END, "RESOLVED")
            for one in (Result.HELD, Result.RESTORED, Result.DECLINED, Result.FOLLOWED)
        ),
        (opened().ended().then(Closed(Result.CONTESTED), RELEASED), Number.RELEASED, "RESOLVED"),
        (opened().ended(deactivate_key=denied("iam:UpdateAccessKey")).then(HELD), Number.END, "NOTIFIED"),
        (opened().ended().then(HELD), NOT_ROTATED + 1, "NOTIFIED"),
    ],
)
def test_it_is_resolved_once_nothing_is_left_to_be_done(run: Run, number: int, status: str) -> None:
    assert asff_form.workflow(told(run, number)) == {"Status": status}


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("ConcurrentUpdateError", True),
        ("InternalFailure", True),
        ("InvalidInput", False),
        ("FindingSizeExceeded", False),
    ],
)
def test_a_finding_that_takes_no_note_is_a_failure(code: str, retryable: bool) -> None:
    found = answer((THEIRS, code), (OURS, MISSING))
    assert sent(told(passed_on()), ("batch_update_findings", found, None)) == Outcome(
        Status.FAILED, f"Security Hub: AWS answered {code}", retryable
    )


def test_an_import_that_is_dropped_within_a_good_answer_is_a_failure() -> None:
    failed = [{"Id": OURS["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]
    outcome = sent(
        told(opened()),
        ("batch_update_findings", answer((OURS, MISSING)), None),
        ("batch_import_findings", {"FailedCount": 1, "SuccessCount": 0, "FailedFindings": failed}, None),
    )
    assert outcome == Outcome(Status.FAILED, "Security Hub: AWS answered InvalidInput")


@pytest.mark.parametrize(
    ("code", "status", "retryable", "said"),
    [
        ("InvalidAccessException", 401, False, "SecurityHub=false"),
        ("AccessDeniedException", 403, True, "deploy the stack again"),
        ("InvalidInputException", 400, False, "InvalidInputException"),
        ("LimitExceededException", 429, True, "LimitExceededException"),
        ("InternalException", 500, True, "InternalException"),
    ],
)
def test_what_is_refused_is_tried_again_only_where_that_can_help(
    code: str, status: int, retryable: bool, said: str
) -> None:
    with Stubber(client()) as stub:
        stub.add_client_error("batch_update_findings", code, "as AWS says it", status)
        outcome = NOTIFIER.send(Stubbed(client()), HUB, told(opened()))
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)
    assert said in outcome.detail


LONGEST = {"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512}
HOSTILE = replace(USER_SIGNAL, principal=replace(USER_SIGNAL.principal, name="\u202e<b>\0" * 900))  # type: ignore[type-var]


def test_every_message_of_an_incident_fits_security_hubs_format() -> None:
    shape = client().meta.service_model.operation_model("BatchImportFindings").input_shape
    messages = [message for make in CASES.values() if "opened_at" in (message := make()).facts]
    for message in (*messages, told(opened(HOSTILE))):
        found = asff_form.finding(message, asff_form.ours(message, PRODUCT), "us-east-1")
        assert not ParamValidator().validate({"Findings": [found]}, shape).has_errors()
        assert all(0 < len(found[name]) <= most for name, most in LONGEST.items())
        assert 0 < len(found["Note"]["Text"]) <= 512
        assert 0 < len(found["Remediation"]["Recommendation"]["Text"]) <= 512
        assert all(len(one["Id"]) <= 512 for one in found["Resources"])
        assert found["Title"].isprintable()


def test_only_incidents_have_room_in_it() -> None:
    assert (NOTIFIER.notices, NOTIFIER.machines) == (False, True)
    assert (NOTIFIER.configured(SETTINGS), NOTIFIER.configured(HUB)) == (False, True)
