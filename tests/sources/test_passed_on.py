"""What services say through others: Security Hub's two formats and its click, Macie, Access Analyzer, rotations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.model import Finding, Malformed, Sign
from chalicelib.playbook import is_confirmed
from chalicelib.report import asff_form
from tests.report.cases import CASES
from tests.sources import events
from tests.sources.events import ACCOUNT, AIDA, AKIA, AROA, ASIA, Json
from tests.sources.patterns import reached
from tests.sources.reads import credential, ignored, owner, parsed, shown, signal, signals

CUSTOM = f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/{ACCOUNT}/default"
MACIE = events.PRODUCT.replace("guardduty", "macie")
STORED = "Sensitive Data Identifications/Passwords/SensitiveData:S3Object-Credentials"
USER = {"Type": "AwsIamUser", "Id": f"arn:aws:iam::{ACCOUNT}:user/team/deploy"}
ROLE = {"Type": "AwsIamRole", "Id": f"arn:aws:iam::{ACCOUNT}:role/team/worker"}


@pytest.mark.parametrize("event", [events.passed_on(events.asff()), events.asff(), events.ocsf()])
def test_it_is_the_finding_that_guardduty_sent_directly(event: Json) -> None:
    direct, found = signal(events.guardduty()), signal(event)
    assert replace(found, evidence=()) == replace(direct, evidence=())
    assert direct.finding == Finding(events.asff()["Id"], "arn:aws:securityhub:eu-west-1::product/aws/guardduty")


@pytest.mark.parametrize("status", ["NOTIFIED", "RESOLVED"])
def test_what_we_write_on_a_finding_comes_back_as_what_is_known(status: str) -> None:
    note = {"Text": "Incident 1", "UpdatedBy": "leak-responder"}
    signed = events.passed_on(events.asff(Workflow={"Status": status}, Note=note))
    assert signal(signed) == signal(events.passed_on(events.asff()))


def test_our_own_finding_reaches_no_rule_and_is_none_of_our_business() -> None:
    message = CASES["contained-user-key"]()
    ours = asff_form.finding(message, asff_form.ours(message, CUSTOM), "us-east-1")
    assert reached(events.passed_on(ours)) == []
    assert "our own finding" in ignored(events.passed_on(ours))


@pytest.mark.parametrize("members", [{}, {"Workflow": {"Status": "RESOLVED"}}])
def test_a_click_on_our_own_finding_orders_nothing_and_says_so(members: Json) -> None:
    message = CASES["contained-user-key"]()
    ours = asff_form.finding(message, asff_form.ours(message, CUSTOM), "us-east-1")
    assert "leak-responder contain" in ignored(events.picked_out({**ours, **members}))


NAMED: dict[str, tuple[Json, str, str | None]] = {
    "a session of a role": (
        events.asff_key(ASIA, "AssumedRole", "worker", f"{AROA}:i-0abc"),
        f"role-session {ASIA} i-0abc",
        f"role worker {AROA}",
    ),
    "a sign-in, which has no key": (
        events.asff_key("null"),
        "unnamed-credential",
        f"user deploy {AIDA}",
    ),
    "the older layout, which names the user alone": (
        {"Type": "AwsIamAccessKey", "Id": f"AWS::IAM::AccessKey:{AKIA}",
         "Details": {"AwsIamAccessKey": {"UserName": "deploy"}}},
        f"access-key {AKIA}",
        None,
    ),
    "a user": (USER, "unnamed-credential", "user deploy"),
    "a role": (ROLE, "role-session", "role worker"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_whose_the_credential_is(case: str) -> None:
    resource, named, whose = NAMED[case]
    found = signal(events.asff(resource))
    assert (credential(found), owner(found.principal)) == (named, whose)


TYPES = {
    "TTPs/Credential Access/CredentialAccess:IAMUser-CompromisedCredentials": events.COMPROMISED,
    "TTPs/AttackSequence:IAM/CompromisedCredentials": "AttackSequence:IAM/CompromisedCredentials",
    "TTPs/Policy:IAMUser-RootCredentialUsage": "Policy:IAMUser/RootCredentialUsage",
    "TTPs/UnauthorizedAccess:EC2-MetadataDNSRebind": "UnauthorizedAccess:EC2/MetadataDNSRebind",
    "TTPs/Credential Access/IAMUser-AnomalousBehavior": "CredentialAccess:IAMUser/AnomalousBehavior",
    "Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS": events.OUTSIDE,
    events.COMPROMISED: events.COMPROMISED,
}


@pytest.mark.parametrize("written", TYPES)
def test_its_type_is_the_one_that_guardduty_gave_it(written: str) -> None:
    assert signal(events.asff(Types=[written])).what == TYPES[written]


ASFF_LOUDER = st.fixed_dictionaries(
    {},
    optional={
        "Types": st.lists(st.sampled_from([*TYPES, "Effects", ""])),
        "Severity": st.fixed_dictionaries({"Label": st.sampled_from(["INFORMATIONAL", "CRITICAL"])}),
        "VerificationState": st.sampled_from(["UNKNOWN", "TRUE_POSITIVE", "FALSE_POSITIVE", "BENIGN_POSITIVE"]),
        "Confidence": st.integers(0, 100),
        "Criticality": st.integers(0, 100),
        "UserDefinedFields": st.dictionaries(st.sampled_from(["Types", "additionalInfo/sample"]), st.text()),
        "RelatedFindings": st.just([{"ProductArn": events.PRODUCT, "Id": "x"}]),
        "Note": st.fixed_dictionaries({"Text": st.text(), "UpdatedBy": st.sampled_from(["ana", "leak-responder"])}),
        "Workflow": st.fixed_dictionaries({"Status": st.sampled_from(["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"])}),
    },
)
"""All that BatchUpdateFindings writes (its API reference)."""
OCSF_LOUDER = st.fixed_dictionaries(
    {},
    optional={
        "severity_id": st.integers(0, 6),
        "severity": st.sampled_from(["Informational", "Critical"]),
        "comment": st.text(),
        "status": st.sampled_from(["New", "In Progress", "Suppressed", "Resolved"]),
    },
)
"""All that BatchUpdateFindingsV2 writes."""


@given(ASFF_LOUDER, st.sampled_from(list(TYPES)))
def test_nobody_but_the_product_makes_more_of_a_finding(written: Json, kind: str) -> None:
    found, untouched = events.asff(Types=[kind]), signals(events.asff(Types=[kind]))
    assert parsed({**found, **written}) == untouched or "resolved or suppressed" in ignored({**found, **written})


@given(OCSF_LOUDER)
def test_nor_of_one_in_the_newer_format(written: Json) -> None:
    changed = {**events.ocsf(), **written}
    assert parsed(changed) == signals(events.ocsf()) or "resolved or suppressed" in ignored(changed)


@pytest.mark.parametrize("written", TYPES)
def test_types_that_anybody_may_have_written_are_suspected_at_most(written: str) -> None:
    bare = {name: value for name, value in events.asff(Types=[written]).items() if name != "FindingProviderFields"}
    sure, doubted = signal(events.asff(Types=[written])), signal(bare)
    surely = sure.sign in {Sign.COMPROMISED, Sign.EXFILTRATED, Sign.ATTACK_SEQUENCE}
    assert doubted == replace(sure, sign=Sign.SUSPICIOUS if surely else sure.sign)
    assert not is_confirmed(doubted)


def test_an_instance_that_acts_for_an_intruder_is_told_with_its_profile() -> None:
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/worker"
    details = {"AwsEc2Instance": {"IamInstanceProfileArn": profile}}
    instance = {"Type": "AwsEc2Instance", "Id": "arn:aws:ec2:x:1:instance/i-0abc", "Details": details}
    found = signal(events.asff(instance, Types=["TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS"]))
    assert (found.sign, found.principal) == (Sign.WORKLOAD_TAKEN, None)
    assert {("instance", "i-0abc"), ("instance profile", profile)} <= shown(found)


def test_a_function_that_acts_for_an_intruder_is_named_by_its_role() -> None:
    arn, told = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resize", {"Role": f"arn:aws:iam::{ACCOUNT}:role/worker"}
    function = {"Type": "AwsLambdaFunction", "Id": arn, "Details": {"AwsLambdaFunction": told}}
    found = signal(events.asff(function, Types=["TTPs/Command and Control/Backdoor:Lambda-C&CActivity.B"]))
    assert (found.sign, credential(found), owner(found.principal)) == (
        Sign.WORKLOAD_TAKEN,
        "role-session resize",
        "role worker",
    )
    assert ("function", arn) in shown(found)


def test_whether_an_account_is_affiliated_is_kept_among_the_product_s_own_members() -> None:
    other = "aws/guardduty/service/action/awsApiCallAction/remoteAccountDetails"
    found = signal(
        events.asff(
            events.asff_key(ASIA, "AssumedRole", "worker", f"{AROA}:i-0abc"),
            Types=["Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.InsideAWS"],
            ProductFields={f"{other}/accountId": ACCOUNT, f"{other}/affiliated": "true"},
        )
    )
    assert found.sign is Sign.SUSPICIOUS


def test_a_click_means_every_credential_of_the_finding() -> None:
    other = {"Type": "AwsIamUser", "Id": f"arn:aws:iam::{ACCOUNT}:user/second"}
    found = signals(events.picked_out(events.asff(USER, other, ProductArn=CUSTOM)))
    assert [owner(one.principal) for one in found] == ["user deploy", "user second"]


def test_an_attack_sequence_names_its_actors_and_its_keys() -> None:
    actor = {"User": {"Type": "IAMUser", "Name": "deploy", "Uid": AIDA, "CredentialUid": AKIA}}
    kind = "TTPs/AttackSequence:IAM/CompromisedCredentials"
    found = signals(
        events.asff(
            events.asff_key(ASIA, "AssumedRole", "worker", f"{AROA}:i-0abc"),
            Types=[kind],
            Detection={"Sequence": {"Actors": [actor]}},
        )
    )
    assert [credential(one) for one in found] == [f"access-key {AKIA}", f"role-session {ASIA} i-0abc"]
    assert {one.sign for one in found} == {Sign.ATTACK_SEQUENCE}


@pytest.mark.parametrize(
    "members",
    [
        {"Sample": True},
        {"ProductFields": {"aws/guardduty/service/additionalInfo/sample": "true"}},
        {"ProductFields": {"additionalInfo": '{"sample": true}'}},
        {"Title": "[SAMPLE] A credential is compromised."},
    ],
)
def test_a_sample_stays_one(members: dict[str, Any]) -> None:
    assert signal(events.asff(**members)).sample


SAYS_NOTHING: dict[str, tuple[Json, str]] = {
    "a product of the account's own": (events.asff(ProductArn=CUSTOM), "anybody may write"),
    "a product that has the name alone": (
        events.asff(ProductArn=f"arn:aws:securityhub:us-east-1:{ACCOUNT}:product/aws/guardduty"),
        "anybody may write",
    ),
    "a check of posture": (events.asff(ProductArn=events.PRODUCT.replace("guardduty", "securityhub")), "no leaks"),
    "archived": (events.asff(RecordState="ARCHIVED"), "archived"),
    "dealt with": (events.asff(Workflow={"Status": "RESOLVED"}), "resolved"),
    "suppressed after we signed it": (
        events.asff(Workflow={"Status": "SUPPRESSED"}, Note={"Text": "x", "UpdatedBy": "leak-responder"}),
        "suppressed",
    ),
    "suppressed": (events.ocsf(status="Suppressed"), "suppressed"),
    "about an instance": (
        events.asff({"Type": "AwsEc2Instance", "Id": "i-0"}, Types=["TTPs/Discovery/Recon:EC2-Portscan"]),
        "names no credential",
    ),
    "a click on another action": (events.picked_out(events.asff(ProductArn=CUSTOM), "Suppress"), "anybody may write"),
    "other data in a bucket": (events.macie("SensitiveData:S3Object/Multiple", "FINANCIAL_INFORMATION"), "credentials"),
    "personal data": (events.macie("SensitiveData:S3Object/Personal"), "not about credentials"),
    "a bucket's finding, dealt with": (events.macie(archived=True), "archived"),
    "a finding resolved": (events.opened(status="RESOLVED"), "resolved"),
    "a bucket opened": (events.opened("AWS::S3::Bucket"), "no credential"),
}


@pytest.mark.parametrize("case", SAYS_NOTHING)
def test_it_says_nothing_and_says_why(case: str) -> None:
    event, reason = SAYS_NOTHING[case]
    assert reason in ignored(event)


@pytest.mark.parametrize("members", [{"Id": None}, {"ProductArn": 7}])
def test_a_finding_without_product_or_id_is_malformed(members: dict[str, Any]) -> None:
    assert isinstance(parsed(events.asff(**members)), Malformed)


def test_a_click_is_a_person_s_order_whatever_the_product() -> None:
    found = signal(events.picked_out(events.asff(USER, ProductArn=CUSTOM)))
    assert (found.sign, owner(found.principal)) == (Sign.REPORTED, "user deploy")
    assert found.finding == Finding(events.asff()["Id"], CUSTOM)


SHOWS: dict[str, tuple[Json, Sign, dict[str, str]]] = {
    "credentials in a bucket": (
        events.macie(),
        Sign.CREDENTIALS_STORED,
        {"bucket": "dumps", "object": "dumps/.env", "credentials": "AWS_CREDENTIALS"},
    ),
    "the same, passed on": (
        events.asff(
            {"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::dumps"},
            {"Type": "AwsS3Object", "Id": "arn:aws:s3:::dumps/.env"},
            ProductArn=MACIE,
            Types=[STORED],
        ),
        Sign.CREDENTIALS_STORED,
        {"bucket": "dumps", "object": "dumps/.env"},
    ),
    "several kinds of data in an object, passed on": (
        events.asff(
            {"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::dumps"},
            {
                "Type": "AwsS3Object",
                "Id": "arn:aws:s3:::dumps/.env",
                "DataClassification": {
                    "Result": {
                        "SensitiveData": [
                            {"Category": "PERSONAL_INFORMATION", "Detections": [{"Type": "NAME"}]},
                            {"Category": "CREDENTIALS", "Detections": [{"Type": "AWS_CREDENTIALS"}]},
                        ]
                    }
                },
            },
            ProductArn=MACIE,
            Types=["Sensitive Data Identifications/Multiple/SensitiveData:S3Object-Multiple"],
        ),
        Sign.CREDENTIALS_STORED,
        {"object": "dumps/.env", "credentials": "AWS_CREDENTIALS"},
    ),
    "a secret opened": (events.opened(), Sign.SHARED_OUTSIDE, {"by": '{"AWS": "444455556666"}'}),
    "a key opened to everybody": (
        events.opened("AWS::KMS::Key", isPublic=True),
        Sign.SHARED_OUTSIDE,
        {"by": "everybody"},
    ),
    "a role opened": (events.opened("AWS::IAM::Role"), Sign.TRUST_OPENED, {}),
    "a rotation failed": (
        events.rotation_failed(),
        Sign.ROTATION_FAILED,
        {"secret": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/db-a1b2c3"},
    ),
}


@pytest.mark.parametrize("case", SHOWS)
def test_what_nobody_did_is_told_with_what_a_person_looks_at(case: str) -> None:
    event, sign, evidence = SHOWS[case]
    found = signal(event)
    shown = {one.label: one.value for one in found.evidence}
    assert (found.sign, found.principal, found.account) == (sign, None, ACCOUNT)
    assert evidence.items() <= shown.items()
