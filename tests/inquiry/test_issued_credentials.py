"""Each call by which a service gives a credential of its own: listed with how long it lasts, and what ends it."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationNotFoundError
from hypothesis import given, strategies as st

from chalicelib.inquiry.call import Call, of
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.issued_credentials import IssuedCredentials
from chalicelib.inquiry.issuing_calls import ISSUING
from chalicelib.inquiry.minting import MADE
from chalicelib.inquiry.touched import READ
from chalicelib.sources.cloudtrail import HIDDEN
from chalicelib.sources.reading import moment
from tests.inquiry import story
from tests.inquiry.story import ADA, USER, call
from tests.report.reports import Recorded
from tests.sources.events import ACCOUNT, AKIA, Json

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

    from chalicelib.inquiry.issued_credentials import Issued
    from chalicelib.inquiry.issuing_calls import Issuing

MODELS = {"sso": "sso", "geo": "location", "airflow": "mwaa"}
"""The model of a service where CloudTrail calls it otherwise."""

NEWER = {
    ("signin", "AuthorizeOAuth2Access"),  # no API, but what the browser of `aws login` does
    ("signin", "CreateOAuth2TokenWithTokenExchange"),
    ("signin", "CreateBearerToken"),
}
"""Calls that the botocore which we pin does not know; the last two were read in 1.44.8."""

IDS = [f"{one.service} {one.call}" for one in ISSUING]
EVERY = pytest.mark.parametrize("issuing", ISSUING, ids=IDS)
_PLACE = re.compile(r"(asked|answered)\.([A-Za-z.]+)")

ONLY: dict[tuple[str, str], tuple[Json, tuple[Json, ...]]] = {
    # what a call must ask for beside, and what does not do
    ("iot", "UpdateCertificate"): ({"newStatus": "ACTIVE"}, ({"newStatus": "REVOKED"}, {})),
    ("transfer", "CreateUser"): ({"sshPublicKeyBody": "ssh-ed25519 AAAA"}, ({}, {"sshPublicKeyBody": ""})),
    ("apigateway", "GetApiKey"): ({"includeValue": True}, ({}, {"includeValue": False}, {"includeValue": "false"})),
    ("apigateway", "GetApiKeys"): ({"includeValues": "true"}, ({}, {"includeValues": False}, {"includeValue": True})),
    ("redshift", "ModifyCluster"): ({"masterUserPassword": "****"}, ({}, {"nodeType": "ra3.large"})),
    ("rds", "ModifyDBInstance"): ({"masterUserPassword": "****"}, ({}, {"engineVersion": "16"})),
    ("rds", "ModifyDBCluster"): ({"masterUserPassword": "****"}, ({}, {"engineVersion": "16"})),
}


def model(service: str, name: str) -> OperationModel:
    """The call as botocore knows it."""
    found: OperationModel = (
        botocore.session.get_session().get_service_model(MODELS.get(service, service)).operation_model(name)
    )
    return found


def places(issuing: Issuing) -> set[tuple[str, str]]:
    """Every member of the record that the row reads."""
    return set(_PLACE.findall(f"{issuing.name} {issuing.command}"))


def example(issuing: Issuing, value: str = "x-1", *, capital: bool = False, **more: Any) -> Json:
    """A record of the call with that value wherever the row looks."""
    sides: dict[str, Json] = {"asked": {}, "answered": {}}
    for side, path in places(issuing):
        tree = sides[side]
        *above, last = [f"{one[:1].upper()}{one[1:]}" if capital else one for one in path.split(".")]
        for member in above:
            tree = tree.setdefault(member, {})
        tree[last] = value
    asked = sides["asked"] | ONLY.get((issuing.service, issuing.call), ({}, ()))[0] | more.pop("asked", {})
    return call(issuing.service, issuing.call, "24T03:00:00", USER, asked, sides["answered"], **more)


def read(record: Json) -> Call:
    found = of(record)
    assert found
    return found


def listed(*records: Json) -> list[Issued]:
    """What is listed of these."""
    issued = IssuedCredentials()
    for record in records:
        issued.add(read(record))
    return issued.ordered()


@EVERY
def test_a_call_that_worked_is_listed_once_with_its_command_and_one_that_failed_is_not(issuing: Issuing) -> None:
    (one,) = listed(example(issuing), example(issuing), example(issuing, errorCode="AccessDenied"))
    assert (one.issuing, one.count, one.account, one.region) == (issuing, 2, ACCOUNT, "us-east-1")
    assert one.name == ("x-1" if issuing.name else "")
    assert not re.search(r"[{}]", one.command)
    assert one.command.count("x-1") == len(re.findall(r"\{", issuing.command))
    assert one.command.endswith(" --region us-east-1") is bool(issuing.command)


@EVERY
def test_a_record_whose_members_begin_with_capitals_says_the_same(issuing: Issuing) -> None:
    (one,) = listed(example(issuing, capital=True))
    assert one.command == listed(example(issuing))[0].command


@EVERY
def test_it_ends_by_itself_or_somebody_must_end_it_and_what_that_takes_is_said(issuing: Issuing) -> None:
    (one,) = listed(example(issuing, eventTime="2026-11-24T02:00:00Z"), example(issuing))
    assert one.until == (one.last + issuing.most if issuing.most else None)
    assert issuing.command or issuing.beside
    assert issuing.command or issuing.most, "nothing that lasts is without a command"


@pytest.mark.parametrize("case", ONLY)
def test_a_call_that_hands_nothing_out_is_not_listed(case: tuple[str, str]) -> None:
    (issuing,) = [one for one in ISSUING if (one.service, one.call) == case]
    given, others = ONLY[case]
    for other in others:
        record = example(issuing)
        record["requestParameters"] = {
            name: value for name, value in record["requestParameters"].items() if name not in given
        }
        record["requestParameters"] |= other
        assert listed(record) == []


def test_every_condition_is_tested_and_no_call_stands_in_two_lists() -> None:
    calls = [(one.service, one.call) for one in ISSUING]
    assert {case for case, one in zip(calls, ISSUING, strict=True) if one.only} == set(ONLY)
    assert len(set(calls)) == len(calls)
    assert set(calls).isdisjoint(set(MADE) | set(READ))


def member(shape: Shape | None, path: str) -> Shape | None:
    """The member of a shape, whose first letter may be written either way."""
    for name in path.split("."):
        known = {f"{one[:1].lower()}{one[1:]}": inner for one, inner in getattr(shape, "members", {}).items()}
        shape = known.get(name)
    return shape


@EVERY
def test_the_call_and_each_member_that_is_read_are_ones_that_aws_has(issuing: Issuing) -> None:
    if (issuing.service, issuing.call) in NEWER:
        with pytest.raises(OperationNotFoundError):
            model(issuing.service, issuing.call)
        return
    operation = model(issuing.service, issuing.call)
    for side, path in places(issuing):
        shape = operation.input_shape if side == "asked" else operation.output_shape
        assert member(shape, path), f"{side}.{path}"


@EVERY
def test_the_command_is_one_that_the_aws_cli_takes(issuing: Issuing) -> None:
    (one,) = listed(example(issuing))
    if not one.command:
        return
    program, service, name, *rest = shlex.split(one.command.removesuffix(" --region us-east-1"))
    assert program == "aws"
    known = botocore.session.get_session().get_service_model(service)
    operation = known.operation_model({xform_name(each, "-"): each for each in known.operation_names}[name])
    members = {xform_name(each, "-"): each for each in operation.input_shape.members}  # type: ignore[union-attr]
    options = {each.removeprefix("--").removeprefix("no-") for each in rest if each.startswith("--")}
    assert options <= set(members)
    assert set(operation.input_shape.required_members) <= {members[each] for each in options}  # type: ignore[union-attr]


COMMANDS: dict[str, tuple[Json, str]] = {
    "an SSH key": (
        call("ec2", "CreateKeyPair", "24T03:00:00", USER, {"keyName": "spare key"}, {}, awsRegion="eu-west-1"),
        "aws ec2 delete-key-pair --key-name 'spare key' --region eu-west-1",
    ),
    "what stands deeper in the answer": (
        call("ivs", "CreateStreamKey", "24T03:00:00", USER, {}, {"streamKey": {"arn": "arn:aws:ivs:k/1"}}),
        "aws ivs delete-stream-key --arn arn:aws:ivs:k/1 --region us-east-1",
    ),
    "an answer that the record lacks": (
        call("iot", "CreateKeysAndCertificate", "24T03:00:00", USER, {"setAsActive": True}, None),
        "aws iot update-certificate --certificate-id CERTIFICATE-ID --new-status REVOKED --region us-east-1",
    ),
    "what CloudTrail hides": (
        call("cognito-idp", "AdminSetUserPassword", "24T03:00:00", USER, {"userPoolId": "p_1", "username": HIDDEN}),
        "aws cognito-idp admin-reset-user-password --user-pool-id p_1 --username USERNAME --region us-east-1",
    ),
    "no Region that is one": (
        call("ec2", "CreateKeyPair", "24T03:00:00", USER, {"keyName": "k"}, {}, awsRegion="x; rm -rf /"),
        "aws ec2 delete-key-pair --key-name k",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_a_command_is_ready_to_be_typed(case: str) -> None:
    record, command = COMMANDS[case]
    assert [one.command for one in listed(record)] == [command]


HOSTILE = ("--profile=other", "$(id)", "`id`", "a'b", 'a"b', "a\nb", "a\x1b[2Jb", "a;b", "a|b", "a  b", "file:///etc/passwd",
           "fileb://x", "http://evil.example/x", "a\u202eb", "ä", "", " ", "x" * 600, "{asked.keyName}")  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_what_an_intruder_chose_is_never_typed_unless_it_is_plain(value: str) -> None:
    (one,) = listed(call("ec2", "CreateKeyPair", "24T03:00:00", USER, {"keyName": value}, {}))
    assert one.command == "aws ec2 delete-key-pair --key-name KEY-NAME --region us-east-1"


@given(st.text())
def test_a_shell_reads_one_argument_whatever_the_name(value: str) -> None:
    (one,) = listed(call("ec2", "CreateKeyPair", "24T03:00:00", USER, {"keyName": value}, {}))
    words = shlex.split(one.command)
    assert [words[0], words[1], words[2], words[3], words[5]] == [
        "aws",
        "ec2",
        "delete-key-pair",
        "--key-name",
        "--region",
    ]
    assert words[4] in {value.strip(), "KEY-NAME"}
    assert one.command.isprintable()


@pytest.mark.parametrize("asked", [None, [], "x", {"keyName": {"a": 1}}, {"keyName": ["a"]}, {"keyName": 7}])
def test_whatever_stands_in_the_record_it_is_read(asked: Any) -> None:
    (one,) = listed(call("ec2", "CreateKeyPair", "24T03:00:00", USER, asked, asked))
    assert one.command.startswith("aws ec2 delete-key-pair --key-name KEY-NAME")


def answered(*records: Json) -> Json:
    """What an inquiry into the leaked key answers about these."""
    bounds = Bounds(since=moment(story.SINCE))
    return document(inquire(Recorded(records), [leaked_key(AKIA)], bounds))


def test_what_lasts_stands_before_what_ends_by_itself() -> None:
    found = answered(
        call("ecr", "GetAuthorizationToken", "24T01:00:00", USER, {}, None),
        call("ec2", "CreateKeyPair", "24T02:00:00", USER, {"keyName": "k"}, {}),
        call("ecr", "GetAuthorizationToken", "24T03:00:00", USER, {}, None),
    )
    assert [(one["call"], one["count"], one["until"]) for one in found["issued"]] == [
        ("CreateKeyPair", 1, None),
        ("GetAuthorizationToken", 2, "2026-11-24T15:00:00Z"),
    ]
    assert {one["by"] for one in found["issued"]} == {f"access key {AKIA}"}


def test_what_the_owner_was_given_before_and_what_others_were_given_is_not_listed() -> None:
    asked = {"keyName": "k"}
    found = answered(
        call("ec2", "CreateKeyPair", "20T02:00:00", USER, asked, {}),
        call("ec2", "CreateKeyPair", "24T02:00:00", ADA, asked, {}),
        call("ec2", "CreateKeyPair", "24T02:00:00", USER, asked, None, errorCode="Client.DryRunOperation"),
    )
    assert found["issued"] == []


def test_what_a_child_was_given_is_listed_by_the_child() -> None:
    made = story.night()
    key = story.user("backup", story.BACKUP_KEY)
    found = answered(
        made["new user"], made["new key"], call("ec2", "CreateKeyPair", "24T04:00:00", key, {"keyName": "k"}, {})
    )
    assert [one["by"] for one in found["issued"]] == [f"access key {story.BACKUP_KEY}"]


def test_the_value_of_a_key_is_in_no_answer() -> None:
    """The id of a key of AppSync is the key, and records may hold what they should not."""
    secret = "da2-planted"
    found = answered(
        call("appsync", "CreateApiKey", "24T03:00:00", USER, {"apiId": "a"}, {"apiKey": {"id": secret}}),
        call("appsync", "ListApiKeys", "24T03:00:00", USER, {"apiId": "a"}, {"apiKeys": [{"id": secret}]}),
        call("apigateway", "CreateApiKey", "24T03:00:00", USER, {"value": secret}, {"id": "k", "value": secret}),
        call(
            "rds", "ModifyDBInstance", "24T03:00:00", USER, {"dBInstanceIdentifier": "d", "masterUserPassword": secret}
        ),
    )
    assert len(found["issued"]) == 4
    assert secret not in str(found["issued"])


def test_no_intruder_fills_the_memory() -> None:
    issued = IssuedCredentials()
    for number in range(10_050):
        issued.add(read(call("ec2", "CreateKeyPair", "24T03:00:00", USER, {"keyName": f"k{number}"}, {})))
    assert (len(issued.known), issued.beyond) == (10_000, 50)


def test_an_hour_is_an_hour() -> None:
    (one,) = listed(call("redshift", "GetClusterCredentials", "24T03:00:00", USER, {"clusterIdentifier": "c"}, {}))
    assert one.until == moment("2026-11-24T04:00:00Z")
    assert one.issuing.most == timedelta(hours=1)
