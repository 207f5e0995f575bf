"""What IAM may answer to an action, and what becomes of it. The codes are those of the API reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib import facts
from chalicelib.actions import ACTIONS, BY_NAME
from chalicelib.aws import Aws
from chalicelib.model import (
    ALREADY,
    DONE,
    Credential,
    Facts,
    Key,
    Moved,
    Outcome,
    Principal,
    PrincipalKind,
    Status,
    Step,
    SubjectKind,
    Undo,
)
from chalicelib.playbook import OPTIONS
from chalicelib.steps import attempt
from tests.world import ACCOUNT, START, Serial

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARANTINE = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder-quarantine"
NARROW = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/narrow/leak-responder-x"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/db-AbCdEf"
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0"
AWSS_OWN = "arn:aws:iam::aws:policy/AWSDenyAll"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
DETECTOR = f"arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{'0' * 32}"
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
KMS_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PERMISSION_SET = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
ANCHOR = f"arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:trust-anchor/49e25ec3-bdfe-4150-8683-b4ea4ee85cfd"
USER = Principal(PrincipalKind.USER, ACCOUNT, "victim")
ROLE = Principal(PrincipalKind.ROLE, ACCOUNT, "worker")
POOL_USER = Principal(PrincipalKind.COGNITO_USER, ACCOUNT, "us-east-1_Ab1Cd2Ef3/ana/of-sales", "sub-of-ana")
CENTER_USER = Principal(PrincipalKind.IDENTITY_CENTER_USER, ACCOUNT, "us-east-1/d-9067642ac7/ana", "id-of-ana")
OF_ROLE = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/p"
CUT_OFF = "2026-01-01T00:00:00Z"
KEY = "AKIAIOSFODNN7EXAMPLE"
STEPS = {
    "quarantine-user": Step("quarantine-user", USER, "", {"policy_arn": QUARANTINE}),
    "attach-deny-all": Step("attach-deny-all", USER, "", {"policy_arn": AWSS_OWN, "instead_of": QUARANTINE}),
    "bound-user": Step("bound-user", USER, "", {"policy_arn": QUARANTINE}),
    "deactivate-key": Step("deactivate-key", USER, "", {"key_id": KEY}),
    "revoke-role-sessions": Step("revoke-role-sessions", ROLE, "", {"policy_name": "p", "cut_off": CUT_OFF}),
    "attach-role-deny": Step(
        "attach-role-deny", ROLE, "", {"policy_name": "p", "policy_arn": OF_ROLE, "cut_off": CUT_OFF}
    ),
    "bound-role": Step(
        "bound-role",
        ROLE,
        "",
        {"policy_name": "p", "policy_arn": OF_ROLE, "cut_off": CUT_OFF, "boundary": NARROW, "turn": "1"},
    ),
    "narrow-user": Step(
        "narrow-user",
        USER,
        "",
        {"policy_name": "n", "policy_arn": QUARANTINE, "narrow_arn": NARROW, "cut_off": CUT_OFF},
    ),
    "isolate-instance": Step("isolate-instance", ROLE, "", {"instance": INSTANCE, "incident": "inc-1"}),
    "snapshot-instance": Step("snapshot-instance", ROLE, "", {"instance": INSTANCE, "incident": "inc-1"}),
    "start-logging": Step("start-logging", USER, "", {"trail": TRAIL}),
    "record-management-events": Step("record-management-events", USER, "", {"trail": TRAIL}),
    "enable-detector": Step("enable-detector", USER, "", {"detector": DETECTOR}),
    "enable-kms-key": Step("enable-kms-key", USER, "", {"kms_key": KMS_KEY}),
    "revoke-kms-grant": Step("revoke-kms-grant", USER, "", {"grant": f"{KMS_KEY}/{'0f' * 32}"}),
    "disable-trust-anchor": Step("disable-trust-anchor", USER, "", {"anchor": ANCHOR}),
    "disable-cognito-user": Step("disable-cognito-user", POOL_USER, ""),
    "deny-in-permission-set": Step("deny-in-permission-set", CENTER_USER, "", {"permission_set": PERMISSION_SET}),
    "revoke-center-access": Step("revoke-center-access", CENTER_USER, ""),
    "deactivate-mfa": Step("deactivate-mfa", USER, "", {"device": DEVICE}),
    "deactivate-service-specific": Step(
        "deactivate-service-specific", USER, "", {"credential_id": "ACCAEXAMPLE123EXAMPLE"}
    ),
    "deactivate-ssh-key": Step("deactivate-ssh-key", USER, "", {"credential_id": "APKAEXAMPLE123EXAMPLE"}),
    "deactivate-certificate": Step(
        "deactivate-certificate", USER, "", {"credential_id": "TA7SMP42TDN5Z26OBPJE7EXAMPLE"}
    ),
    "rotate-secret": Step("rotate-secret", USER, "", {"secret": SECRET, "token": "0" * 32}),
}

READS = (
    "get_user",
    "list_access_keys",
    "get_login_profile",
    "list_attached_user_policies",
    "list_service_specific_credentials",
    "list_ssh_public_keys",
    "list_signing_certificates",
    "list_mfa_devices",
)
CALLS = {
    "quarantine-user": "attach_user_policy",
    "attach-deny-all": "attach_user_policy",
    "bound-user": "put_user_permissions_boundary",
    "deactivate-key": "update_access_key",
    "deactivate-service-specific": "update_service_specific_credential",
    "deactivate-ssh-key": "update_ssh_public_key",
    "deactivate-certificate": "update_signing_certificate",
    "deactivate-mfa": "deactivate_mfa_device",
    "revoke-role-sessions": "put_role_policy",
}


@pytest.fixture
def aws() -> Aws:
    return Aws(boto3.Session(region_name="us-east-1"), "us-east-1")


@pytest.fixture
def iam(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.iam()) as stubber:
        yield stubber


@pytest.mark.parametrize(
    ("action", "code", "status", "said"),
    [
        ("quarantine-user", "NoSuchEntity", Status.FAILED, "does not exist"),
        ("quarantine-user", "LimitExceeded", Status.FAILED, "as many policies as IAM allows"),
        ("attach-deny-all", "NoSuchEntity", Status.FAILED, "does not exist"),
        ("attach-deny-all", "LimitExceeded", Status.FAILED, "as many policies as IAM allows"),
        ("bound-user", "NoSuchEntity", Status.FAILED, "does not exist"),
        ("deactivate-key", "NoSuchEntity", Status.ALREADY, "deleted, or is somebody else's"),
        *(
            (action, "NoSuchEntity", Status.ALREADY, "deleted, or is somebody else's")
            for action in ("deactivate-service-specific", "deactivate-ssh-key", "deactivate-certificate")
        ),
        ("deactivate-mfa", "NoSuchEntity", Status.ALREADY, "has no such device"),
        ("revoke-role-sessions", "NoSuchEntity", Status.FAILED, "does not exist"),
        ("revoke-role-sessions", "LimitExceeded", Status.FAILED, "are full"),
        ("revoke-role-sessions", "UnmodifiableEntity", Status.FAILED, "belongs to an AWS service"),
    ],
)
def test_an_answer_that_a_person_must_deal_with_is_final_and_says_why(
    aws: Aws, iam: Stubber, action: str, code: str, status: Status, said: str
) -> None:
    iam.add_client_error(CALLS[action], code)
    outcome = BY_NAME[action].apply(aws, STEPS[action])
    assert (outcome.status, outcome.retryable) == (status, False)
    assert said in outcome.detail


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("AccessDenied", False),
        ("NoSuchEntity", False),
        ("Throttling", True),
        ("ServiceFailure", True),
        ("EntityTemporarilyUnmodifiable", True),
        ("ConcurrentModification", True),
    ],
)
def test_what_may_pass_is_tried_again_and_what_may_not_is_told(
    aws: Aws, iam: Stubber, code: str, retryable: bool
) -> None:
    iam.add_client_error("put_user_permissions_boundary", code)
    outcome = attempt(STEPS["bound-user"], Ports(aws))  # type: ignore[arg-type]
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)


@pytest.mark.parametrize(
    ("state", "said", "retryable"),
    [("PendingImport", "is PendingImport", False), ("", "there is no key", False), ("Disabled", "Throttling", True)],
)
def test_a_key_that_cannot_be_enabled_says_why(aws: Aws, state: str, said: str, *, retryable: bool) -> None:
    with Stubber(aws.kms("us-east-1")) as kms:
        if state:
            kms.add_response("describe_key", {"KeyMetadata": {"KeyId": KMS_KEY, "KeyState": state}})
        else:
            kms.add_client_error("describe_key", "NotFoundException")
        kms.add_client_error("enable_key", "ThrottlingException")
        outcome = attempt(STEPS["enable-kms-key"], Ports(aws))  # type: ignore[arg-type]
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)
    assert said in outcome.detail


def test_a_grant_that_is_gone_is_not_missed(aws: Aws) -> None:
    one, step = BY_NAME["revoke-kms-grant"], STEPS["revoke-kms-grant"]
    with Stubber(aws.kms("us-east-1")) as kms:
        kms.add_client_error("list_grants", "InvalidGrantIdException")
        assert one.capture(aws, step, Facts()) == {"grant": ""}
        kms.add_client_error("revoke_grant", "NotFoundException")
        assert one.apply(aws, step).good
    assert one.restore(aws, step, {"grant": ""}) == ALREADY


def test_a_trust_anchor_is_disabled_and_enabled_again_only_where_it_was(aws: Aws) -> None:
    one, step = BY_NAME["disable-trust-anchor"], STEPS["disable-trust-anchor"]
    asked = {"trustAnchorId": ANCHOR.rpartition("/")[2]}

    def shown(*, enabled: bool) -> dict[str, Any]:
        return {"trustAnchor": {**asked, "enabled": enabled}}

    with Stubber(aws.rolesanywhere("us-east-1")) as stub:
        stub.add_response("get_trust_anchor", shown(enabled=True), asked)
        image = one.capture(aws, step, Facts())
        assert image == {"anchor": "enabled"}
        stub.add_response("get_trust_anchor", shown(enabled=True), asked)
        assert one.verify(aws, step).retryable
        stub.add_response("disable_trust_anchor", shown(enabled=False), asked)
        assert one.apply(aws, step).status is Status.DONE
        stub.add_response("get_trust_anchor", shown(enabled=False), asked)
        stub.add_response("enable_trust_anchor", shown(enabled=True), asked)
        assert one.restore(aws, step, image) == DONE
        stub.add_response("get_trust_anchor", shown(enabled=True), asked)
        assert one.restore(aws, step, image) == ALREADY
        assert one.restore(aws, step, {"anchor": "disabled"}) == ALREADY
        for operation in ("get_trust_anchor", "disable_trust_anchor", "get_trust_anchor"):
            stub.add_client_error(operation, "ResourceNotFoundException")
        assert one.capture(aws, step, Facts()) == {"anchor": ""}
        assert one.apply(aws, step).good
        assert one.verify(aws, step).good
        stub.assert_no_pending_responses()


@pytest.fixture
def pool(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.cognito("us-east-1")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


ANA = {"UserPoolId": "us-east-1_Ab1Cd2Ef3", "Username": "ana/of-sales"}


def _shown(pool: Stubber, *, enabled: bool, sub: str = "sub-of-ana") -> None:
    about = [{"Name": "email", "Value": "ana@example.com"}, {"Name": "sub", "Value": sub}]
    pool.add_response("admin_get_user", {"Username": "ana", "UserAttributes": about, "Enabled": enabled}, ANA)


def test_who_was_disabled_and_not_signed_out_yet_is_disabled_again_first(aws: Aws, pool: Stubber) -> None:
    step = STEPS["disable-cognito-user"]
    _shown(pool, enabled=True)
    pool.add_response("admin_disable_user", {}, ANA)
    pool.add_client_error("admin_user_global_sign_out", "TooManyRequestsException")
    assert attempt(step, Ports(aws)).retryable  # type: ignore[arg-type]
    _shown(pool, enabled=False)
    pool.add_response("admin_disable_user", {}, ANA)
    pool.add_response("admin_user_global_sign_out", {}, ANA)
    assert attempt(step, Ports(aws)) == DONE  # type: ignore[arg-type]


@pytest.mark.parametrize("gone", ["UserNotFoundException", "ResourceNotFoundException", "another of that name"])
def test_a_user_of_a_pool_who_is_gone_is_not_missed_and_one_of_that_name_is_left_alone(
    aws: Aws, pool: Stubber, gone: str
) -> None:
    one, step = BY_NAME["disable-cognito-user"], STEPS["disable-cognito-user"]
    for _ in range(4):
        if gone.endswith("Exception"):
            pool.add_client_error("admin_get_user", gone)
        else:
            _shown(pool, enabled=True, sub="sub-of-somebody")
    assert one.capture(aws, step, Facts()) == {"user": ""}
    assert (one.apply(aws, step).status, one.verify(aws, step)) == (Status.ALREADY, ALREADY)
    assert one.restore(aws, step, {"user": "enabled"}) == ALREADY
    assert one.restore(aws, step, {"user": ""}) == ALREADY


def test_who_was_disabled_before_us_stays_so(aws: Aws) -> None:
    one, step = BY_NAME["disable-cognito-user"], STEPS["disable-cognito-user"]
    assert one.restore(aws, step, {"user": "disabled"}) == ALREADY


class Ports:
    """Of all that a run needs, what an attempt uses."""

    def __init__(self, aws: Aws) -> None:
        """Keep the clients."""
        self.aws = aws


def test_the_status_of_a_key_is_taken_from_the_facts_and_read_where_they_do_not_know(aws: Aws, iam: Stubber) -> None:
    capture = BY_NAME["deactivate-key"].capture
    known = Facts(keys=(Key(KEY, active=False, created=START),))
    assert capture(aws, STEPS["deactivate-key"], known) == {"status": "Inactive"}
    assert capture(aws, STEPS["deactivate-key"], Facts(keys=())) == {"status": ""}
    listed = [{"UserName": "victim", "AccessKeyId": KEY, "Status": "Active", "CreateDate": START}]
    iam.add_response("list_access_keys", {"AccessKeyMetadata": listed, "IsTruncated": False})
    assert capture(aws, STEPS["deactivate-key"], Facts()) == {"status": "Active"}


SWITCHES: dict[str, tuple[SubjectKind, str, str, dict[str, Any]]] = {
    # by action: the kind, how IAM lists them, where the list is, and the rest of one as IAM shows it
    "deactivate-service-specific": (
        SubjectKind.SERVICE_SPECIFIC_CREDENTIAL,
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        {"ServiceSpecificCredentialId": "", "CreateDate": START, "ServiceName": "bedrock.amazonaws.com"},
    ),
    "deactivate-ssh-key": (
        SubjectKind.SSH_PUBLIC_KEY,
        "list_ssh_public_keys",
        "SSHPublicKeys",
        {"SSHPublicKeyId": "", "UploadDate": START},
    ),
    "deactivate-certificate": (
        SubjectKind.SIGNING_CERTIFICATE,
        "list_signing_certificates",
        "Certificates",
        {"CertificateId": "", "CertificateBody": "PEM", "UploadDate": START},
    ),
}


def _listed(iam: Stubber, action: str, status: str) -> None:
    _, call, where, one = SWITCHES[action]
    known = STEPS[action].arguments["credential_id"]
    shown = {name: known if text == "" else text for name, text in one.items()}
    iam.add_response(call, {where: [{"UserName": "victim", "Status": status, **shown}], "IsTruncated": False})


@pytest.mark.parametrize("action", SWITCHES)
def test_a_status_is_taken_from_the_facts_and_read_where_they_do_not_know(aws: Aws, iam: Stubber, action: str) -> None:
    capture, step, kind = BY_NAME[action].capture, STEPS[action], SWITCHES[action][0]
    dead = Credential(kind, step.arguments["credential_id"], active=False, created=START)
    assert capture(aws, step, Facts(held={kind: (dead,)})) == {"status": "Inactive"}
    assert capture(aws, step, Facts(held={kind: ()})) == {"status": ""}
    _listed(iam, action, "Active")
    assert capture(aws, step, Facts()) == {"status": "Active"}


@pytest.mark.parametrize("action", SWITCHES)
def test_the_status_of_before_is_put_back_and_nothing_over_what_somebody_did_since(
    aws: Aws, iam: Stubber, action: str
) -> None:
    restore, step = BY_NAME[action].restore, STEPS[action]
    _listed(iam, action, "Expired")
    assert restore(aws, step, {"status": "Inactive"}) == ALREADY
    _listed(iam, action, "Inactive")
    iam.add_response(CALLS[action], {})
    assert restore(aws, step, {"status": "Active"}) == DONE
    _listed(iam, action, "Active")
    assert restore(aws, step, {"status": "Inactive"}) == Moved("inactive", "active", "inactive")


@pytest.mark.parametrize("action", SWITCHES)
def test_what_was_deleted_since_is_left_behind_once_a_person_has_seen_it(aws: Aws, iam: Stubber, action: str) -> None:
    one, step = BY_NAME[action], STEPS[action]
    iam.add_response(SWITCHES[action][1], {SWITCHES[action][2]: [], "IsTruncated": False})
    moved = one.restore(aws, step, {"status": "Active"})
    assert isinstance(moved, Moved)
    assert moved.now == "deleted"
    iam.add_client_error(CALLS[action], "NoSuchEntity")
    assert one.overwrite
    gone = one.overwrite(aws, step, {"status": "Active"})
    assert gone.status is Status.ALREADY
    assert "AWS gives none back" in gone.detail


@pytest.mark.parametrize("action", SWITCHES)
def test_one_that_is_active_again_is_seen_and_one_that_is_gone_is_not_missed(
    aws: Aws, iam: Stubber, action: str
) -> None:
    verify, step = BY_NAME[action].verify, STEPS[action]
    _listed(iam, action, "Active")
    assert verify(aws, step).retryable
    _listed(iam, action, "Expired")
    assert verify(aws, step).good
    iam.add_client_error(SWITCHES[action][1], "NoSuchEntity")
    assert verify(aws, step).good


@pytest.mark.parametrize("action", ["bound-user", "deactivate-key", *SWITCHES])
def test_what_was_never_written_down_was_never_done_and_is_not_undone(aws: Aws, iam: Stubber, action: str) -> None:
    outcome = BY_NAME[action].restore(aws, STEPS[action], {})
    assert isinstance(outcome, Outcome)
    assert outcome.status is Status.ALREADY


_CONFIGURED_OR_ORDERED = {"rotate-secret", "disable-cognito-user"}
"""The owner of the stack links a secret to somebody, and no feed names a user of a pool."""


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_only_what_can_be_put_back_runs_unasked_and_every_action_says_what_to_do_without_it(action: Any) -> None:
    assert action.name in STEPS
    unasked = action.name not in {option.action for option in OPTIONS}
    assert action.undo is Undo.REVERSIBLE or action.name in _CONFIGURED_OR_ORDERED or not unasked
    assert all((action.summary, action.undone_by, action.judged_by, action.still_works, action.by_hand))
    for permission in (*action.permissions, *action.restore_permissions):
        assert permission.resources != ("*",) or all(":Describe" in one or ":List" in one for one in permission.actions)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_a_key_whose_owner_iam_does_not_say_has_none(aws: Aws, iam: Stubber, code: str) -> None:
    iam.add_client_error("get_access_key_last_used", code)
    assert facts.owner_of(aws.iam(), KEY) is None


def test_a_key_whose_owner_may_be_said_later_is_asked_about_again(aws: Aws, iam: Stubber) -> None:
    iam.add_client_error("get_access_key_last_used", "Throttling")
    with pytest.raises(aws.iam().exceptions.ClientError):
        facts.owner_of(aws.iam(), KEY)


def test_what_cannot_be_read_is_unknown_and_never_a_guess(aws: Aws, iam: Stubber) -> None:
    for operation in READS:
        iam.add_client_error(operation, "AccessDenied")
    assert facts.look_up(aws, USER, Serial()) == Facts()


def test_a_user_who_is_gone_is_known_to_be(aws: Aws, iam: Stubber) -> None:
    for operation in READS:
        iam.add_client_error(operation, "NoSuchEntity")
    assert facts.look_up(aws, USER, Serial()) == Facts(exists=False)
