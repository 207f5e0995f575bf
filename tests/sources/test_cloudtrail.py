"""CloudTrail: what a record shows about which credential of whom, and which records show nothing."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.model import Context, Decision, Malformed, Mode, PrincipalKind, Sign
from chalicelib.playbook import strike
from tests.playbook.table import settings
from tests.sources import events
from tests.sources.events import ACCOUNT, AIDA, AKIA, AROA, ASIA, DENY, OURS, QUARANTINE, SECRET, SIBLING, TOKEN, Json
from tests.sources.reads import OUR_ROLE, credential, ignored, owner, parsed, shown, signal

VICTIM = events.user_identity("deploy", AKIA)
ROOT = events.root_identity()


def key_of_root(asked: Json | None, user: str | None = None) -> Json:
    named = {"userName": user} if user else {}
    return events.record("CreateAccessKey", asked, {"accessKey": {**named, "accessKeyId": AKIA}}, userIdentity=ROOT)


SHOWN: dict[str, tuple[Json, Sign, str, str]] = {
    "key for another user": (events.key_created(), Sign.CREATED, f"access-key {AKIA}", "user deploy"),
    "key for oneself": (
        events.record("CreateAccessKey", None, {"accessKey": {"accessKeyId": SIBLING}}, userIdentity=VICTIM),
        Sign.CREATED,
        f"access-key {SIBLING}",
        f"user deploy {AIDA}",
    ),
    "the name as IAM writes it, not as it was asked for": (
        events.key_created() | {"requestParameters": {"userName": "DEPLOY"}},
        Sign.CREATED,
        f"access-key {AKIA}",
        "user deploy",
    ),
    "key for a user, by root": (
        events.key_created(userIdentity=ROOT),
        Sign.CREATED,
        f"access-key {AKIA}",
        "user deploy",
    ),
    "key for root": (key_of_root(None), Sign.ROOT_KEY_CREATED, f"root-key {AKIA}", f"root root {ACCOUNT}"),
    "key for root, called root": (
        key_of_root({}, "root"),
        Sign.ROOT_KEY_CREATED,
        f"root-key {AKIA}",
        f"root root {ACCOUNT}",
    ),
    "key for root, called AWS ROOT USER": (
        key_of_root({"userName": "AWS ROOT USER"}),
        Sign.ROOT_KEY_CREATED,
        f"root-key {AKIA}",
        f"root root {ACCOUNT}",
    ),
    "key revived": (events.key_set("Active"), Sign.REVIVED, f"access-key {AKIA}", "user deploy"),
    "own key revived": (
        events.key_set("Active", None, userIdentity=VICTIM),
        Sign.REVIVED,
        f"access-key {AKIA}",
        f"user deploy {AIDA}",
    ),
    "root key revived": (
        events.key_set("Active", None, userIdentity=ROOT),
        Sign.ROOT_KEY_CREATED,
        f"root-key {AKIA}",
        f"root root {ACCOUNT}",
    ),
    "password created": (events.password_set(), Sign.PASSWORD_SET, "console-password", "user deploy"),
    "password changed": (
        events.password_set("UpdateLoginProfile"),
        Sign.PASSWORD_SET,
        "console-password",
        "user deploy",
    ),
    "service-specific credential": (
        events.service_credential(),
        Sign.CREATED,
        "service-specific-credential ACCAEXAMPLE123EXAMPLE",
        "user deploy",
    ),
    "our policy detached": (
        events.policy_moved("DetachUserPolicy", OURS),
        Sign.CONTAINMENT_UNDONE,
        "unnamed-credential",
        "user deploy",
    ),
    "our deny deleted": (events.role_policy_deleted(), Sign.CONTAINMENT_UNDONE, "unnamed-credential", "role worker"),
    "AWS's quarantine detached": (
        events.policy_moved("DetachUserPolicy", f"{QUARANTINE}V3"),
        Sign.QUARANTINE_LIFTED,
        "unnamed-credential",
        "user deploy",
    ),
    "boundary set": (events.boundary_set(), Sign.BOUNDARY_CHANGED, "unnamed-credential", "user deploy"),
    "boundary deleted": (events.boundary_deleted(), Sign.BOUNDARY_CHANGED, "unnamed-credential", "user deploy"),
    "user renamed": (events.renamed(), Sign.USER_RENAMED, "unnamed-credential", "user deploy"),
    "user renamed and moved": (
        events.renamed(newUserName="deployer", newPath="/team/"),
        Sign.USER_RENAMED,
        "unnamed-credential",
        "user deploy",
    ),
    "federated session": (
        events.federated(),
        Sign.SESSION_MINTED,
        f"federated-session {ASIA} visitor",
        f"user deploy {AIDA}",
    ),
    "federated session of root": (
        events.federated(userIdentity=ROOT),
        Sign.SESSION_MINTED,
        f"federated-session {ASIA} visitor",
        f"root root {ACCOUNT}",
    ),
    "root signed in": (events.signed_in(), Sign.ROOT_SIGN_IN, "root-password", f"root root {ACCOUNT}"),
    "root signed in without MFA": (
        events.signed_in("No"),
        Sign.ROOT_WITHOUT_MFA,
        "root-password",
        f"root root {ACCOUNT}",
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_a_record_shows_one_thing_about_one_credential(case: str) -> None:
    event, sign, subject, principal = SHOWN[case]
    found = signal(event)
    assert (found.sign, credential(found), owner(found.principal)) == (sign, subject, principal)


@pytest.mark.parametrize("case", SHOWN)
def test_an_envelope_says_what_its_record_says(case: str) -> None:
    event = SHOWN[case][0]
    assert parsed(events.called(event)) == parsed(event)


def quarantined(version: str = "V2", **members: Any) -> Json:
    """As AWS's records show it: in the victim's own name, unless somebody else is named."""
    return events.policy_moved("AttachUserPolicy", f"{QUARANTINE}{version}", **members)


LINKED = events.role_identity("AWSServiceRoleForX", path="aws-service-role/x.amazonaws.com/")
LIKE_LINKED = events.role_identity("AWSServiceRoleForX", path="x/")

ATTACHED: dict[str, Json] = {
    "first": quarantined(""),
    "V2": quarantined(),
    "V3": quarantined("V3"),
    "V4": quarantined("V4"),
    "one of tomorrow": quarantined("V17-beta"),
    "China": events.policy_moved(
        "AttachUserPolicy", f"{QUARANTINE}V2".replace("arn:aws:", "arn:aws-cn:"), userIdentity=VICTIM
    ),
    "the victim, in another case": quarantined(userIdentity=events.user_identity("DEPLOY", AKIA)),
    "by an AWS service": quarantined("V4", userIdentity=events.SERVICE_IDENTITY),
    "by a service-linked role": quarantined(userIdentity=LINKED),
    "by root": quarantined(userIdentity=ROOT),
    "inline, as it was once": events.inline_quarantine(),
    "inline, as it was called first": events.inline_quarantine(name=events.EXPOSED_POLICY),
}


@pytest.mark.parametrize("case", ATTACHED)
def test_aws_quarantine_is_known_by_its_prefix(case: str) -> None:
    found = signal(ATTACHED[case])
    assert found.sign is Sign.QUARANTINED_BY_AWS
    assert owner(found.principal) in {"user deploy", f"user deploy {AIDA}"}


BY_HAND: dict[str, tuple[Json, str]] = {
    "another user": (events.user_identity("admin"), f"user admin {AIDA}"),
    "a session of another user": (events.user_identity("admin", ASIA), f"user admin {AIDA}"),
    "a role": (events.role_identity(), f"role worker {AROA}"),
    "a role that is called like the victim": (events.role_identity("deploy"), f"role deploy {AROA}"),
    "a role that is called like a service-linked one": (LIKE_LINKED, f"role AWSServiceRoleForX {AROA}"),
    "a role of Identity Center": (
        events.role_identity("AWSReservedSSO_Admin_0", path="aws-reserved/sso.amazonaws.com/"),
        f"identity-center-role AWSReservedSSO_Admin_0 {AROA}",
    ),
    "another user through a service": (
        events.user_identity("admin", invokedBy="cloudformation.amazonaws.com"),
        f"user admin {AIDA}",
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_a_quarantine_that_somebody_of_the_account_attached_is_about_them(case: str) -> None:
    identity, whose = BY_HAND[case]
    found = signal(quarantined("V3", userIdentity=identity))
    assert (found.sign, owner(found.principal), owner(found.actor)) == (Sign.QUARANTINED_BY_HAND, whose, whose)
    assert ("on", "user deploy") in shown(found)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("case", BY_HAND)
def test_nobody_aims_it_at_an_innocent(case: str, mode: Mode) -> None:
    found = signal(quarantined("V3", userIdentity=BY_HAND[case][0]))
    for context in (Context(), Context(owner_is_contained=True, actor_is_contained=True)):
        judgement = strike(found, settings(mode), context)
        assert all(
            step.principal.name != "deploy" or step.principal.kind is PrincipalKind.ROLE for step in judgement.strike
        )
    assert strike(found, settings(mode)).decision is Decision.TELL


def test_who_attaches_it_to_themselves_is_contained() -> None:
    own = signal(quarantined("V3", userIdentity=events.user_identity("admin"), user="admin"))
    assert (own.sign, owner(own.principal)) == (Sign.QUARANTINED_BY_AWS, f"user admin {AIDA}")


NOT_QUARANTINE: dict[str, Json] = {
    "a customer's policy of that name": events.policy_moved(
        "AttachUserPolicy", f"arn:aws:iam::{ACCOUNT}:policy/AWSCompromisedKeyQuarantineV2"
    ),
    "another policy of AWS": events.policy_moved("AttachUserPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    "that name further on": events.policy_moved(
        "AttachUserPolicy", "arn:aws:iam::aws:policy/x/AWSCompromisedKeyQuarantineV2"
    ),
    "attaching failed": events.policy_moved("AttachUserPolicy", f"{QUARANTINE}V2", errorCode="AccessDenied"),
    "no parameters": events.record("PutUserPolicy", None, userIdentity=VICTIM, userAgent="aws-internal/3"),
}


@pytest.mark.parametrize("case", NOT_QUARANTINE)
def test_what_anybody_could_name_so_is_no_quarantine(case: str) -> None:
    assert "not AWS's quarantine" in ignored(NOT_QUARANTINE[case])


NAMED_SO: dict[str, tuple[Json, Sign]] = {
    "by somebody else": (events.inline_quarantine(by="intruder"), Sign.RIGHTS_CHANGED),
    "by somebody else, as it was called first": (
        events.inline_quarantine(by="intruder", name=events.EXPOSED_POLICY),
        Sign.RIGHTS_CHANGED,
    ),
    "from outside AWS": (events.inline_quarantine(agent="aws-cli/2"), Sign.RIGHTS_TAKEN),
}


@pytest.mark.parametrize("case", NAMED_SO)
def test_what_is_put_inline_under_that_name_is_judged_as_any_policy(case: str) -> None:
    event, sign = NAMED_SO[case]
    assert signal(event).sign is sign


CALLERS: dict[str, tuple[Json, str | None]] = {
    "user": (events.user_identity(), f"user admin {AIDA}"),
    "user by ARN alone": (events.user_identity(userName=None), f"user admin {AIDA}"),
    "user with a session key": (events.user_identity(key=ASIA), f"user admin {AIDA}"),
    "user whose name is hidden": (events.user_identity("HIDDEN_DUE_TO_SECURITY_REASONS"), None),
    "role": (events.role_identity(), f"role worker {AROA}"),
    "role without an issuer": (events.role_identity(sessionContext={"sessionIssuer": {}}), f"role worker {AROA}"),
    "role that only looks linked to a service": (
        events.role_identity("AWSServiceRoleForEvil", path="team/"),
        f"role AWSServiceRoleForEvil {AROA}",
    ),
    "Identity Center role": (
        events.role_identity("AWSReservedSSO_Admin_0a", path="aws-reserved/sso.amazonaws.com/"),
        f"identity-center-role AWSReservedSSO_Admin_0a {AROA}",
    ),
    "root": (events.root_identity(), f"root root {ACCOUNT}"),
    "federated": (events.federated_identity(), f"user deploy {AIDA}"),
    "another account": ({"type": "AWSAccount", "principalId": "AIDAX", "accountId": "444455556666"}, None),
    "SAML": ({"type": "SAMLUser", "principalId": "x", "userName": "y"}, None),
    "Identity Center user": ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u"}}, None),
    "nobody": ({}, None),
}


@pytest.mark.parametrize("case", CALLERS)
def test_the_caller_is_named_as_far_as_the_record_names_it(case: str) -> None:
    identity, name = CALLERS[case]
    assert owner(signal(events.key_created(userIdentity=identity)).actor) == name


NOTHING: dict[str, tuple[Json, str]] = {
    "our own call": (
        events.policy_moved(
            "DetachUserPolicy", OURS, userIdentity={"type": "AssumedRole", "principalId": f"{OUR_ROLE}:f"}
        ),
        "our own call",
    ),
    "an AWS service": (events.key_created(userIdentity=events.SERVICE_IDENTITY), "AWS service"),
    "a service-linked role": (
        events.key_created(userIdentity=events.role_identity("AWSServiceRoleForX", path="aws-service-role/x/")),
        "service-linked role",
    ),
    "a key made inactive": (events.key_set("Inactive"), "no credential was made active"),
    "a key of nobody": (
        events.record("CreateAccessKey", None, userIdentity=events.role_identity()),
        "does not say whose",
    ),
    "a name that IAM does not give": (events.key_created("<b>\x1b[31m"), "does not say whose"),
    "a deny of no role": (events.record("DeleteRolePolicy", {"policyName": DENY}), "does not say whose"),
    "a session of nobody": (events.federated(userIdentity={"type": "SAMLUser"}), "does not say who"),
    "another call": (events.record("CreateGroup", {"groupName": "x"}), "not among the credential events"),
    "the name of another service's call": (events.key_created(eventSource="example.amazonaws.com"), "not among"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_shows_nothing_is_ignored_with_its_reason(case: str) -> None:
    event, reason = NOTHING[case]
    assert reason in ignored(event)


@pytest.mark.parametrize("missing", ["eventName", "eventSource"])
def test_a_record_without_its_name_is_malformed(missing: str) -> None:
    event = events.key_created()
    del event[missing]
    assert isinstance(parsed(event), Malformed)


@pytest.mark.parametrize("invoked_by", ["cloudformation.amazonaws.com", "AWS Internal"])
def test_a_call_through_a_service_says_so(invoked_by: str) -> None:
    assert signal(events.key_created(userIdentity=events.user_identity(invokedBy=invoked_by))).by_service


@pytest.mark.parametrize("invoked_by", [None, "signin.amazonaws.com", "", "...", "redacted"])
def test_a_call_from_the_console_is_a_persons(invoked_by: str | None) -> None:
    assert not signal(events.key_created(userIdentity=events.user_identity(invokedBy=invoked_by))).by_service


def test_a_call_that_was_refused_says_so() -> None:
    refused = events.denied("CreateAccessKey", userIdentity=VICTIM)
    assert signal(refused).failed


@pytest.mark.parametrize("name", ["ConsoleLogin", "PasswordUpdated"])
def test_the_sign_in_page_may_say_that_it_failed_without_a_message(name: str) -> None:
    assert signal(events.signed_in("No", eventName=name, responseElements={name: "Failure"})).failed
    assert not signal(events.signed_in("No", eventName=name, responseElements={name: "Success"})).failed
    assert signal(events.signed_in(errorMessage="Failed authentication")).failed


def test_the_account_is_the_buss_where_the_record_names_none() -> None:
    written = events.key_created(recipientAccountId=None, userIdentity={"type": "SAMLUser"})
    bare = {name: value for name, value in written.items() if name != "recipientAccountId"}
    assert signal(events.called(bare)).account == ACCOUNT


@pytest.mark.parametrize("event", [events.key_created(), events.federated(), events.service_credential()])
def test_no_secret_of_a_record_reaches_the_signal(event: Json) -> None:
    shown = repr(signal(event))
    assert SECRET not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("case", SHOWN)
def test_no_call_of_ours_is_ever_a_signal(case: str) -> None:
    ours = events.role_identity("leak-responder", "follow_up", principalId=f"{OUR_ROLE}:follow_up")
    assert ignored(SHOWN[case][0] | {"userIdentity": ours}) == "our own call"
