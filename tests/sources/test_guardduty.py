"""GuardDuty: which credential of whom each finding names, whatever its layout."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.model import Malformed, Sign
from tests.sources import events
from tests.sources.events import ACCOUNT, AIDA, AKIA, AROA, ASIA, OTHER_ACCOUNT, SIBLING
from tests.sources.reads import credential, ignored, owner, parsed, shown, signal, signals

ISSUER = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
SERVICE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"

NAMED: dict[str, tuple[dict[str, Any], str, str | None]] = {
    # what the details of the access key say: the credential, and its owner
    "user's key": (events.user_details(), f"access-key {AKIA}", f"user deploy {AIDA}"),
    "user's session": (events.user_details(ASIA), f"user-session {ASIA}", f"user deploy {AIDA}"),
    "user without unique id": (events.user_details(principalId=""), f"access-key {AKIA}", "user deploy"),
    "user without key": (events.user_details(None), "unnamed-credential", f"user deploy {AIDA}"),
    "key without user": (events.user_details(userName=None), f"access-key {AKIA}", None),
    "placeholder for a key": (
        events.user_details("PLACE_HOLDER"),
        "unnamed-credential PLACE_HOLDER",
        f"user deploy {AIDA}",
    ),
    "role session": (events.role_details(), f"role-session {ASIA} i-0abc", f"role worker {AROA}"),
    "role, short": (events.role_details(userType="Role"), f"role-session {ASIA} i-0abc", f"role worker {AROA}"),
    "session name unknown": (events.role_details(principalId=AROA), f"role-session {ASIA}", f"role worker {AROA}"),
    "role without unique id": (events.role_details(principalId=""), f"role-session {ASIA}", "role worker"),
    "role without name": (events.role_details(userName=""), f"role-session {ASIA} i-0abc", None),
    "role named like a service-linked one": (
        events.role_details(userName="AWSServiceRoleForX"),
        f"role-session {ASIA} i-0abc",
        f"role AWSServiceRoleForX {AROA}",
    ),
    "role named like one of Identity Center": (
        events.role_details(userName="AWSReservedSSO_Admin_0a1b"),
        f"role-session {ASIA} i-0abc",
        f"role AWSReservedSSO_Admin_0a1b {AROA}",
    ),
    "root key": (events.user_details(userType="Root", userName="Root"), f"root-key {AKIA}", f"root root {ACCOUNT}"),
    "root session": (
        events.user_details(ASIA, userType="Root", userName="Root"),
        "root-password",
        f"root root {ACCOUNT}",
    ),
    "root sign-in": (events.user_details("", userType="Root"), "root-password", f"root root {ACCOUNT}"),
    "federated: whose is not said": (
        events.user_details(ASIA, userType="FederatedUser", userName="visitor", principalId=f"{ACCOUNT}:visitor"),
        f"federated-session {ASIA} visitor",
        None,
    ),
    "no type, unique id of a user": (events.user_details(userType=None), f"access-key {AKIA}", f"user deploy {AIDA}"),
    "no type, unique id of a role": (
        events.role_details(userType=None),
        f"role-session {ASIA} i-0abc",
        f"role worker {AROA}",
    ),
    "unknown type, long-term key: IAM is asked": (
        events.user_details(userType="X", principalId="Y"),
        f"access-key {AKIA}",
        None,
    ),
    "unknown type, session": (
        events.user_details(ASIA, userType="SAMLUser", principalId="Y"),
        f"user-session {ASIA}",
        "other deploy Y",
    ),
    "generated placeholder": (
        events.user_details("GeneratedKey", userType="GeneratedType", principalId=""),
        "unnamed-credential GeneratedKey",
        "other deploy",
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_the_details_name_a_credential_and_its_owner(case: str) -> None:
    details, subject, principal = NAMED[case]
    found = signal(events.guardduty(details=details))
    assert (credential(found), owner(found.principal)) == (subject, principal)


SIGNS = {
    "CredentialAccess:IAMUser/CompromisedCredentials": Sign.COMPROMISED,
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS": Sign.EXFILTRATED,
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS": Sign.EXFILTRATED,
    "UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS": Sign.EXFILTRATED,  # Lambda, ECS
    "UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.InsideAWS": Sign.EXFILTRATED,
    "AttackSequence:S3/CompromisedData": Sign.ATTACK_SEQUENCE,
    "AttackSequence:ECS/CompromisedCluster": Sign.ATTACK_SEQUENCE,
    "CredentialAccess:IAMUser/AnomalousBehavior": Sign.SUSPICIOUS,
    "UnauthorizedAccess:IAMUser/TorIPCaller": Sign.SUSPICIOUS,
    "PenTest:IAMUser/KaliLinux": Sign.SUSPICIOUS,
    "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B": Sign.SUSPICIOUS,
    "Impact:IAMUser/CostHarvesting": Sign.SUSPICIOUS,
    "Persistence:IAM/AccountManipulation": Sign.SUSPICIOUS,  # a custom detection rule
    "Exfiltration:S3/AnomalousBehavior": Sign.SUSPICIOUS,
    "Discovery:Kubernetes/MaliciousIPCaller": Sign.SUSPICIOUS,
    "UnauthorizedAccess:Lambda/TorRelay": Sign.WORKLOAD_TAKEN,
    "Trojan:Lambda/DropPoint": Sign.WORKLOAD_TAKEN,
    "UnauthorizedAccess:EC2/MetadataDNSRebind": Sign.WORKLOAD_TAKEN,
    "Persistence:Lambda/CloudServiceModification": Sign.SUSPICIOUS,  # a custom detection rule about who changed it
    "CredentialAccess:RDS/ModifyAuthenticationProcess": Sign.SUSPICIOUS,
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration": Sign.EXFILTRATED,  # as it was called once
    "Stealth:IAMUser/CloudTrailLoggingDisabled": Sign.LOGGING_CHANGED,
    "Stealth:S3/ServerAccessLoggingDisabled": Sign.LOGGING_CHANGED,
    "Stealth:IAMUser/PasswordPolicyChange": Sign.PASSWORD_RULES_CHANGED,
    "DefenseEvasion:IAMUser/BedrockLoggingDisabled": Sign.LOGGING_CHANGED,
    "DefenseEvasion:IAMUser/AnomalousBehavior": Sign.SUSPICIOUS,
    "Policy:S3/BucketAnonymousAccessGranted": Sign.NOTICED,
    "Policy:Kubernetes/AdminAccessToDefaultServiceAccount": Sign.NOTICED,
    "Impact:IAMUser/PromptInjection.Direct": Sign.NOTICED,
    "Impact:IAMUser/AnomalousModelInvocation": Sign.SUSPICIOUS,
    "A:Type/OfTomorrow": Sign.SUSPICIOUS,
    "Policy:IAMUser/RootCredentialUsage": Sign.ROOT_USED,
    "Policy:IAMUser/ShortTermRootCredentialUsage": Sign.ROOT_USED,
}


@pytest.mark.parametrize("kind", SIGNS)
@pytest.mark.parametrize("severity", [1, 9.5])
def test_the_type_and_never_the_severity_says_what_it_shows(kind: str, severity: float) -> None:
    assert signal(events.guardduty(kind, severity=severity)).sign is SIGNS[kind]


@pytest.mark.parametrize("resource", ["S3Bucket", "EKSCluster", "Lambda", "Instance", "ECSCluster"])
def test_a_resource_of_any_type_may_name_the_key_that_was_used(resource: str) -> None:
    beside = {"resourceType": resource, "accessKeyDetails": events.user_details()}
    assert credential(signal(events.guardduty("Impact:S3/MaliciousIPCaller", resource=beside))) == f"access-key {AKIA}"


INSIDE = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS"


@pytest.mark.parametrize(("affiliated", "sign"), [(True, Sign.SUSPICIOUS), (False, Sign.EXFILTRATED)])
def test_what_an_affiliated_account_uses_may_have_gone_through_a_shared_network(affiliated: bool, sign: Sign) -> None:
    other = {"accountId": OTHER_ACCOUNT, "affiliated": affiliated}
    action = {"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "ListBuckets", "remoteAccountDetails": other}}
    found = signal(events.guardduty(INSIDE, events.role_details(), service=events.served(action=action)))
    assert (found.sign, ("from account", OTHER_ACCOUNT) in shown(found)) == (sign, True)


def test_the_role_of_a_function_that_acts_for_an_intruder_is_named_with_its_session() -> None:
    found = signal(events.guardduty("Backdoor:Lambda/C&CActivity.B", resource=events.function_details()))
    assert (credential(found), owner(found.principal)) == ("role-session resize", "role worker")
    assert ("function", "arn:aws:lambda:eu-west-1:111122223333:function:resize") in shown(found)


def test_whoever_changed_a_function_is_named_and_not_the_function() -> None:
    resource = {**events.function_details(), "accessKeyDetails": events.user_details()}
    found = signal(events.guardduty("Persistence:Lambda/CloudServiceModification", resource=resource))
    assert owner(found.principal) == f"user deploy {AIDA}"


@pytest.mark.parametrize(
    "kind", ["UnauthorizedAccess:EC2/MetadataDNSRebind", "UnauthorizedAccess:Runtime/MetadataDNSRebind"]
)
def test_an_instance_whose_credentials_may_have_been_read_is_told_with_its_profile(kind: str) -> None:
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/worker"  # no role: IAM knows which one stands in it
    details = {"instanceId": "i-0abc", "iamInstanceProfile": {"arn": profile, "id": "AIPAEXAMPLE"}}
    found = signal(events.guardduty(kind, resource={"resourceType": "Instance", "instanceDetails": details}))
    assert (credential(found), found.principal) == ("unnamed-credential", None)
    assert {("instance", "i-0abc"), ("instance profile", profile)} <= shown(found)


@pytest.mark.parametrize("kind", ["CryptoCurrency:EC2/BitcoinTool.B!DNS", "Backdoor:Runtime/C&CActivity.B!DNS"])
def test_an_instance_that_acts_for_an_intruder_is_told_where_it_has_credentials(kind: str) -> None:
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/worker"
    armed = {"resourceType": "Instance", "instanceDetails": {"iamInstanceProfile": {"arn": profile}}}
    found = signal(events.guardduty(kind, resource=armed))
    assert (found.sign, found.principal) == (Sign.WORKLOAD_TAKEN, None)
    assert ("instance profile", profile) in shown(found)
    bare = {"resourceType": "Instance", "instanceDetails": {"iamInstanceProfile": None}}
    assert "names no credential" in ignored(events.guardduty(kind, resource=bare))


def test_who_signed_in_to_a_database_is_no_principal_of_aws() -> None:
    found = signal(events.database("CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce"))
    assert (found.sign, credential(found), owner(found.principal)) == (
        Sign.DATABASE_ENTERED,
        "database-login app",
        "other app",
    )
    assert {("database", f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:orders"), ("from address", "198.51.100.7")} <= shown(
        found
    )


@pytest.mark.parametrize("kind", ["CredentialAccess:RDS/TorIPCaller.FailedLogin", "Discovery:RDS/TorIPCaller"])
def test_whoever_did_not_get_into_a_database_has_no_credential(kind: str) -> None:
    assert "names no credential" in ignored(events.database(kind))


def test_a_finding_of_a_custom_rule_may_name_who_acted_as_a_sequence_does() -> None:
    found = signal(
        events.sequence(
            events.actor("AssumedRole", "worker", f"{AROA}:i-0abc", ASIA, ISSUER),
            kind="DefenseImpairment:EC2/DisableOrModifyTools",
        )
    )
    assert (found.sign, owner(found.principal)) == (Sign.SUSPICIOUS, f"role worker {AROA}")


def test_an_update_that_names_another_credential_is_about_that_one() -> None:
    """GuardDuty overwrites the details of a finding, whose id stays (user guide, "Finding aggregation")."""
    first, update = (signal(events.guardduty(details=events.user_details(key))) for key in (AKIA, SIBLING))
    assert first.native_id == update.native_id
    assert (credential(first), credential(update)) == (f"access-key {AKIA}", f"access-key {SIBLING}")


def test_an_attack_sequence_is_a_signal_for_each_actor() -> None:
    found = signals(
        events.sequence(
            events.actor("IAMUser", "deploy", AIDA, AKIA),
            events.actor("AssumedRole", "i-0abc", f"{AROA}:i-0abc", ASIA, ISSUER),
            events.actor("Root", "root", ACCOUNT, ""),
            events.actor("AWSService", "x.amazonaws.com", "", ""),
            events.actor("AssumedRole", "x", f"{AROA}:x", ASIA, SERVICE_ROLE),
        )
    )
    assert [(credential(one), owner(one.principal)) for one in found] == [
        (f"access-key {AKIA}", f"user deploy {AIDA}"),
        (f"role-session {ASIA} i-0abc", f"role worker {AROA}"),
        ("root-password", f"root root {ACCOUNT}"),
        (f"role-session {ASIA} x", f"service-linked-role AWSServiceRoleForX {AROA}"),
    ]
    assert {one.sign for one in found} == {Sign.ATTACK_SEQUENCE}


def test_a_federated_actor_belongs_to_the_user_who_issued_the_session() -> None:
    issuer = f"arn:aws:iam::{ACCOUNT}:user/people/deploy"
    found = signal(events.sequence(events.actor("FederatedUser", "visitor", f"{ACCOUNT}:visitor", ASIA, issuer)))
    assert (credential(found), owner(found.principal)) == (f"federated-session {ASIA} visitor", "user deploy")


def test_a_session_of_a_user_never_gives_its_unique_id_to_the_role() -> None:
    found = signal(events.sequence(events.actor("AssumedRole", "x", f"{AIDA}:x", ASIA, ISSUER)))
    assert owner(found.principal) == "role worker"


def test_access_keys_among_the_resources_are_read_unless_an_actor_used_them() -> None:
    keys = (events.key_resource(AKIA, "deploy", AIDA), events.key_resource(SIBLING, "other", "AIDAOTHER"))
    bucket = {"uid": "arn:aws:s3:::b", "resourceType": "S3_BUCKET", "data": {}}
    found = signals(events.sequence(events.actor("IAMUser", "deploy", AIDA, AKIA), resources=(*keys, bucket)))
    assert [credential(one) for one in found] == [f"access-key {AKIA}", f"access-key {SIBLING}"]


def test_the_same_actor_twice_is_one_signal() -> None:
    twice = events.actor("IAMUser", "deploy", AIDA, AKIA)
    assert len(signals(events.sequence(twice, twice))) == 1


def test_a_sequence_that_names_nobody_is_still_told() -> None:
    found = signal(events.sequence())
    assert (credential(found), found.principal) == ("unnamed-credential", None)


SAMPLES: dict[str, dict[str, Any]] = {
    "member": {"service": events.served(additionalInfo={"sample": True})},
    "text": {"service": events.served(additionalInfo={"sample": "true"})},
    "additional information as text": {"service": events.served(additionalInfo='{"sample": true}')},
    "inside the JSON text of the value": {"service": events.served(additionalInfo={"value": '{"sample":true}'})},
    "a long JSON text": {
        "service": events.served(additionalInfo={"value": json.dumps({"x": "y" * 9000, "sample": True})})
    },
    "title": {"title": "[SAMPLE] The credentials of deploy may be compromised."},
}


@pytest.mark.parametrize("case", SAMPLES)
def test_samples_are_known_by_each_of_their_marks(case: str) -> None:
    assert signal(events.guardduty(**SAMPLES[case])).sample


@pytest.mark.parametrize(
    "info",
    [None, {}, {"sample": False}, {"value": "[" * 9000}, {"value": "{"}, {"value": '{"sample":"no"}'}, {"sample": []}],
)
def test_what_is_not_marked_is_no_sample(info: Any) -> None:
    found = signal(events.guardduty(service=events.served(additionalInfo=info), title="[deploy] [SAMPLE]"))
    assert not found.sample


@pytest.mark.parametrize("case", events.of_every_kind())
def test_both_spellings_say_the_same(case: str) -> None:
    event = events.of_every_kind()[case]
    if event["source"] != "aws.guardduty":
        event = events.guardduty()
    bare = event["detail"]
    assert parsed(events.pascal(bare)) == parsed(bare) == parsed(event)


def test_the_account_is_the_victims_and_not_the_administrators() -> None:
    assert signal(events.guardduty(accountId=OTHER_ACCOUNT)).account == OTHER_ACCOUNT


def test_first_and_last_sign_come_from_the_finding_and_never_from_the_future() -> None:
    found = signal(events.guardduty())
    assert (found.since.minute, found.at.minute) == (41, 58)
    later = signal(events.guardduty(service=events.served(eventLastSeen="2999-01-01T00:00:00Z")))
    assert later.at == events.RECEIVED
    inverted = signal(events.guardduty(service=events.served(eventFirstSeen="2026-11-24T02:59:00Z")))
    assert inverted.since == inverted.at


IGNORED = {
    "archived": (events.guardduty(service=events.served(archived=True)), "archived"),
    "archived, as text": (events.guardduty(service=events.served(archived="true")), "archived"),
    "a function without a role": (
        events.guardduty("Trojan:Lambda/DropPoint", resource={"lambdaDetails": {"role": "worker"}}),
        "names no credential",
    ),
    "about an instance": (
        events.guardduty("Backdoor:EC2/C&CActivity.B!DNS", resource={"resourceType": "Instance"}),
        "names no credential",
    ),
    "a caller of another account": (
        events.guardduty("Discovery:S3/TorIPCaller", events.user_details(userType="AWSAccount")),
        "names no credential",
    ),
    "an anonymous caller": (
        events.guardduty("Discovery:S3/TorIPCaller", events.user_details("", userName="", principalId="")),
        "names no credential",
    ),
}


@pytest.mark.parametrize("case", IGNORED)
def test_what_names_no_credential_is_ignored_with_its_reason(case: str) -> None:
    event, reason = IGNORED[case]
    assert reason in ignored(event)


@pytest.mark.parametrize("missing", ["id", "type"])
def test_a_finding_without_id_or_type_is_malformed(missing: str) -> None:
    event = events.guardduty()
    del event["detail"][missing]
    assert isinstance(parsed(event), Malformed)


@pytest.mark.parametrize(
    ("severity", "rule", "sign"),
    [
        (2, "EC2TerminationProtectionEnabled", Sign.NOTICED),
        (3.9, "IAMAccessKeyCreated", Sign.NOTICED),
        (4, "IAMAccessKeyCreated", Sign.SUSPICIOUS),
        (2, None, Sign.SUSPICIOUS),
        ("2", "IAMAccessKeyCreated", Sign.SUSPICIOUS),
    ],
)
def test_a_custom_rule_that_its_owner_rated_low_is_told(severity: Any, rule: str | None, sign: Sign) -> None:
    event = events.guardduty("Persistence:IAM/CreateAccessKey", severity=severity)
    event["detail"]["service"]["additionalInfo"] = {"customDetectionRuleName": rule} if rule else {}
    found = signal(event)
    assert found.sign is sign


def test_a_sequence_that_names_no_credential_names_its_workloads() -> None:
    resources = [
        {"uid": f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0abc1234def567890", "resourceType": "EC2_INSTANCE"},
        {"uid": f"arn:aws:iam::{ACCOUNT}:instance-profile/AppProfile", "resourceType": "IAM_INSTANCE_PROFILE"},
    ]
    sequence = {"uid": "seq-1", "description": "x", "actors": [{"id": "p1", "process": {}}], "resources": resources}
    event = events.guardduty("AttackSequence:EC2/CompromisedInstanceGroup", resource={"resourceType": "AttackSequence"})
    event["detail"]["service"]["detection"] = {"sequence": sequence}
    found = signal(event)
    named = {one.label: one.value for one in found.evidence}
    assert named["resources"] == "instance/i-0abc1234def567890, instance-profile/AppProfile"
