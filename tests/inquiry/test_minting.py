"""Each call that makes something which can call, and each that reads a secret, by example; the tables are swept."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.inquiry.call import Call, of
from chalicelib.inquiry.family import leaked_key
from chalicelib.inquiry.minting import MADE, made
from chalicelib.inquiry.touched import READ, Touched
from tests.inquiry.story import ANCHOR, FUNCTION, INSTANCE, USER, arn, call, minted, session
from tests.sources.events import ACCOUNT, AKIA, Json

KEY = "ASIA0000000000000009"
SAML, OIDC = f"arn:aws:iam::{ACCOUNT}:saml-provider/x", f"arn:aws:iam::{ACCOUNT}:oidc-provider/x.example"
SPECIFIC = {"serviceSpecificCredential": {"serviceSpecificCredentialId": "ACCA1", "userName": "ada"}}
LAMBDA = {"functionArn": FUNCTION, "functionName": "cleanup", "role": arn("worker")}
OWN = ("user", "deploy")
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/p"

EXAMPLES: dict[str, tuple[tuple[str, str], Json, Json, tuple[str, str], tuple[str, ...], tuple[str, str] | None]] = {
    # call, asked, answered: kind and name, the marks by which its own calls are known, its principal
    "key": (
        ("iam", "CreateAccessKey"),
        {"userName": "ada"},
        {"accessKey": {"accessKeyId": "AKIA9", "userName": "ada"}},
        ("access key", "AKIA9"),
        ("key:AKIA9",),
        ("user", "ada"),
    ),
    "own key": (
        ("iam", "CreateAccessKey"),
        {},
        {"accessKey": {"accessKeyId": "AKIA9"}},
        ("access key", "AKIA9"),
        ("key:AKIA9",),
        OWN,
    ),
    "key revived": (
        ("iam", "UpdateAccessKey"),
        {"accessKeyId": "AKIA9", "status": "Active", "userName": "ada"},
        {},
        ("access key", "AKIA9"),
        ("key:AKIA9",),
        ("user", "ada"),
    ),
    "user": (
        ("iam", "CreateUser"),
        {"userName": "eve"},
        {},
        ("user", "eve"),
        (f"user:{ACCOUNT}/eve",),
        ("user", "eve"),
    ),
    "password": (
        ("iam", "CreateLoginProfile"),
        {"userName": "ada"},
        {},
        ("console password", "ada"),
        (f"console:{ACCOUNT}/ada",),
        ("user", "ada"),
    ),
    "password set": (
        ("iam", "UpdateLoginProfile"),
        {"userName": "ada"},
        {},
        ("console password", "ada"),
        (f"console:{ACCOUNT}/ada",),
        ("user", "ada"),
    ),
    "own password": (
        ("iam", "ChangePassword"),
        {},
        {},
        ("console password", "deploy"),
        (f"console:{ACCOUNT}/deploy",),
        OWN,
    ),
    "service credential": (
        ("iam", "CreateServiceSpecificCredential"),
        {"userName": "ada"},
        SPECIFIC,
        ("service-specific credential", "ACCA1"),
        ("key:ACCA1",),
        ("user", "ada"),
    ),
    "service credential reset": (
        ("iam", "ResetServiceSpecificCredential"),
        {"userName": "ada"},
        SPECIFIC,
        ("service-specific credential", "ACCA1"),
        ("key:ACCA1",),
        ("user", "ada"),
    ),
    "service credential revived": (
        ("iam", "UpdateServiceSpecificCredential"),
        {"userName": "ada", "serviceSpecificCredentialId": "ACCA1", "status": "Active"},
        {},
        ("service-specific credential", "ACCA1"),
        ("key:ACCA1",),
        ("user", "ada"),
    ),
    "ssh key revived": (
        ("iam", "UpdateSSHPublicKey"),
        {"userName": "ada", "sSHPublicKeyId": "APKA1", "status": "Active"},
        {},
        ("SSH key", "APKA1"),
        (),
        ("user", "ada"),
    ),
    "certificate revived": (
        ("iam", "UpdateSigningCertificate"),
        {"certificateId": "CERT1", "status": "Active"},
        {},
        ("signing certificate", "CERT1"),
        (),
        OWN,
    ),
    "ssh key": (
        ("iam", "UploadSSHPublicKey"),
        {"userName": "ada"},
        {"sSHPublicKey": {"sSHPublicKeyId": "APKA1"}},
        ("SSH key", "APKA1"),
        (),
        ("user", "ada"),
    ),
    "certificate": (
        ("iam", "UploadSigningCertificate"),
        {},
        {"certificate": {"certificateId": "CERT1"}},
        ("signing certificate", "CERT1"),
        (),
        OWN,
    ),
    "role": (
        ("iam", "CreateRole"),
        {"roleName": "door"},
        {},
        ("role", "door"),
        (f"role:{ACCOUNT}/door", f"stranger-into:{ACCOUNT}/door"),
        ("role", "door"),
    ),
    "trust": (
        ("iam", "UpdateAssumeRolePolicy"),
        {"roleName": "door"},
        {},
        ("trust of role", "door"),
        (f"stranger-into:{ACCOUNT}/door",),
        ("role", "door"),
    ),
    "saml": (
        ("iam", "CreateSAMLProvider"),
        {},
        {"sAMLProviderArn": SAML},
        ("identity provider", SAML),
        (f"through:{SAML}",),
        None,
    ),
    "saml changed": (
        ("iam", "UpdateSAMLProvider"),
        {"sAMLProviderArn": SAML},
        {},
        ("identity provider", SAML),
        (f"through:{SAML}",),
        None,
    ),
    "oidc": (
        ("iam", "CreateOpenIDConnectProvider"),
        {},
        {"openIDConnectProviderArn": OIDC},
        ("identity provider", OIDC),
        (f"through:{OIDC}",),
        None,
    ),
    "oidc thumbprint": (
        ("iam", "UpdateOpenIDConnectProviderThumbprint"),
        {"openIDConnectProviderArn": OIDC},
        {},
        ("identity provider", OIDC),
        (f"through:{OIDC}",),
        None,
    ),
    "oidc client": (
        ("iam", "AddClientIDToOpenIDConnectProvider"),
        {"openIDConnectProviderArn": OIDC},
        {},
        ("identity provider", OIDC),
        (f"through:{OIDC}",),
        None,
    ),
    "role session": (
        ("sts", "AssumeRole"),
        {"roleArn": arn("build")},
        minted(KEY, "build", "x"),
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "build"),
    ),
    "saml session": (
        ("sts", "AssumeRoleWithSAML"),
        {"roleArn": arn("build")},
        minted(KEY, "build", "x"),
        ("role session", KEY),
        (f"key:{KEY}", f"session:console+{ACCOUNT}/build/x"),
        ("role", "build"),
    ),
    "web session": (
        ("sts", "AssumeRoleWithWebIdentity"),
        {"roleArn": arn("build")},
        minted(KEY, "build", "x"),
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "build"),
    ),
    "root session": (
        ("sts", "AssumeRoot"),
        {"targetPrincipal": "444455556666"},
        {"credentials": {"accessKeyId": KEY}},
        ("session of root", KEY),
        (f"key:{KEY}",),
        ("root", "root"),
    ),
    "user session": (
        ("sts", "GetSessionToken"),
        {},
        {"credentials": {"accessKeyId": KEY}},
        ("session of a user", KEY),
        (f"key:{KEY}",),
        OWN,
    ),
    "federated session": (
        ("sts", "GetFederationToken"),
        {"name": "bob"},
        {"credentials": {"accessKeyId": KEY}},
        ("federated session", KEY),
        (f"key:{KEY}",),
        OWN,
    ),
    "console session": (
        ("signin", "GetSigninToken"),
        {},
        {"GetSigninToken": "Success"},
        ("console session", "build/x"),
        (f"session:console+{ACCOUNT}/build/x",),
        ("role", "build"),
    ),
    "anchor": (
        ("rolesanywhere", "CreateTrustAnchor"),
        {"name": "ca"},
        {"trustAnchor": {"trustAnchorArn": ANCHOR}},
        ("trust anchor", ANCHOR),
        (f"through:{ANCHOR}",),
        None,
    ),
    "anchor session": (
        ("rolesanywhere", "CreateSession"),
        {"trustAnchorArn": ANCHOR},
        {"credentialSet": [{**minted(KEY, "build", "x"), "roleArn": arn("build")}]},
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "build"),
    ),
    "function": (
        ("lambda", "CreateFunction20150331"),
        {"functionName": "cleanup"},
        LAMBDA,
        ("Lambda function", FUNCTION),
        (f"session:{ACCOUNT}/worker/cleanup",),
        ("role", "worker"),
    ),
    "code": (
        ("lambda", "UpdateFunctionCode20150331v2"),
        {"functionName": "cleanup", "publish": True},
        {**LAMBDA, "functionArn": f"{FUNCTION}:2"},
        ("Lambda function", FUNCTION),
        (f"session:{ACCOUNT}/worker/cleanup",),
        ("role", "worker"),
    ),
    "configuration": (
        ("lambda", "UpdateFunctionConfiguration20150331v2"),
        {"functionName": "cleanup"},
        LAMBDA,
        ("Lambda function", FUNCTION),
        (f"session:{ACCOUNT}/worker/cleanup",),
        ("role", "worker"),
    ),
    "instance": (
        ("ec2", "RunInstances"),
        {"iamInstanceProfile": {"arn": PROFILE}},
        {"instancesSet": {"items": [{"instanceId": INSTANCE}]}},
        ("instance", INSTANCE),
        (f"instance:{ACCOUNT}/{INSTANCE}",),
        None,
    ),
    "instance of a template": (
        ("ec2", "RunInstances"),
        {"launchTemplate": {"launchTemplateId": "lt-1"}},
        {"instancesSet": {"items": [{"instanceId": INSTANCE, "iamInstanceProfile": {"arn": PROFILE, "id": "AIPA1"}}]}},
        ("instance", INSTANCE),
        (f"instance:{ACCOUNT}/{INSTANCE}",),
        None,
    ),
    "profile": (
        ("ec2", "AssociateIamInstanceProfile"),
        {"AssociateIamInstanceProfileRequest": {"InstanceId": INSTANCE, "IamInstanceProfile": {"Name": "p"}}},
        {},
        ("instance", INSTANCE),
        (f"instance:{ACCOUNT}/{INSTANCE}",),
        None,
    ),
    "user data": (
        ("ec2", "ModifyInstanceAttribute"),
        {"instanceId": INSTANCE, "userData": "<sensitiveDataRemoved>"},
        {},
        ("instance", INSTANCE),
        (f"instance:{ACCOUNT}/{INSTANCE}",),
        None,
    ),
    "a role's rights delegated": (
        ("sts", "GetDelegatedAccessToken"),
        {},
        {"credentials": {"accessKeyId": KEY}, "assumedPrincipal": arn("worker")},
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "worker"),
    ),
    "a session's rights delegated": (
        ("sts", "GetDelegatedAccessToken"),
        {},
        {
            "credentials": {"accessKeyId": KEY},
            "assumedPrincipal": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ana",
        },
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "worker"),
    ),
    "a user's rights delegated": (
        ("sts", "GetDelegatedAccessToken"),
        {},
        {"credentials": {"accessKeyId": KEY}, "assumedPrincipal": f"arn:aws:iam::{ACCOUNT}:user/team/ada"},
        ("session of a user", KEY),
        (f"key:{KEY}",),
        ("user", "ada"),
    ),
    "a role session scoped": (
        ("sts", "GetScopedCredentials"),
        {"durationSeconds": 900},
        {
            "credentials": {"accessKeyId": KEY},
            "sessionInfo": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ana", "scopedSessionId": "AROA1:ana"},
        },
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "worker"),
    ),
    "a role session scoped, which the answer does not name": (
        ("sts", "GetScopedCredentials"),
        {},
        {"credentials": {"accessKeyId": KEY}},
        ("role session", KEY),
        (f"key:{KEY}",),
        ("role", "build"),
    ),
    "a user's session scoped": (
        ("sts", "GetScopedCredentials"),
        {},
        {
            "credentials": {"accessKeyId": KEY},
            "sessionInfo": {"arn": f"arn:aws:iam::{ACCOUNT}:user/deploy"},
        },
        ("federated session", KEY),
        (f"key:{KEY}",),
        OWN,
    ),
    "profile replaced": (
        ("ec2", "ReplaceIamInstanceProfileAssociation"),
        {
            "ReplaceIamInstanceProfileAssociationRequest": {
                "AssociationId": "a-1",
                "IamInstanceProfile": {"Arn": PROFILE},
            }
        },
        {"ReplaceIamInstanceProfileAssociationResponse": {"iamInstanceProfileAssociation": {"instanceId": INSTANCE}}},
        ("instance", INSTANCE),
        (f"instance:{ACCOUNT}/{INSTANCE}",),
        None,
    ),
}


BY = {
    "console session": session("build", "x", KEY),
    "a role session scoped, which the answer does not name": session("build", "x", KEY),
}


def read(service: str, name: str, asked: Json | None, answered: Json | None = None, **more: Any) -> Call:
    found = of(call(service, name, "24T03:00:00", USER, asked, answered, **more))
    assert found
    return found


@pytest.mark.parametrize("case", EXAMPLES)
def test_what_was_made_is_named_and_known_by_its_calls(case: str) -> None:
    (service, name), asked, answered, kind, marks, principal = EXAMPLES[case]
    (child,) = made(read(service, name, asked, answered, userIdentity=BY.get(case, USER)))
    assert ((child.kind, child.name), child.marks) == (kind, marks)
    who = child.principal
    assert (who and (who.kind, who.name)) == principal
    assert (child.by, child.region) == (name, "us-east-1")


def test_every_call_of_the_table_has_an_example() -> None:
    assert {example[0] for example in EXAMPLES.values()} == set(MADE)


@pytest.mark.parametrize("case", EXAMPLES)
def test_what_was_refused_or_says_nothing_made_nothing(case: str) -> None:
    (service, name), asked, answered, *_ = EXAMPLES[case]
    assert list(made(read(service, name, asked, answered, errorCode="AccessDenied"))) == []
    bare = list(made(read(service, name, None, None, userIdentity={"type": "Unknown"})))
    assert bare == []


NOTHING: dict[str, tuple[str, str, Json, Json]] = {
    "a key switched off": ("iam", "UpdateAccessKey", {"accessKeyId": "AKIA9", "status": "Inactive"}, {}),
    "a credential switched off": (
        *("iam", "UpdateServiceSpecificCredential"),
        {"serviceSpecificCredentialId": "ACCA1", "status": "Inactive"},
        {},
    ),
    "an instance made larger": ("ec2", "ModifyInstanceAttribute", {"instanceId": INSTANCE, "instanceType": "m5"}, {}),
    "an instance without a role": ("ec2", "RunInstances", {}, {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}),
    "somebody else's call of that name": ("example", "CreateUser", {"userName": "eve"}, {}),
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_gives_nobody_anything_makes_no_child(case: str) -> None:
    service, name, asked, answered = NOTHING[case]
    assert list(made(read(service, name, asked, answered))) == []


SECRET_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:a/b-AbCdEf"
PARAMETER_ARN = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/x/y"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/other"
OPEN = {"withDecryption": True}
READS: dict[str, tuple[tuple[str, str], Json, list[tuple[str, str, str]]]] = {
    "by name": (("secretsmanager", "GetSecretValue"), {"secretId": "a/b"}, [("secret", "us-east-1", "a/b")]),
    "by ARN": (("secretsmanager", "GetSecretValue"), {"secretId": SECRET_ARN}, [("secret", "eu-west-1", "a/b")]),
    "several": (
        ("secretsmanager", "BatchGetSecretValue"),
        {"secretIdList": ["c", SECRET_ARN, 7]},
        [("secret", "us-east-1", "c"), ("secret", "eu-west-1", "a/b")],
    ),
    "by filter, which names none": (("secretsmanager", "BatchGetSecretValue"), {"filters": [{"key": "all"}]}, []),
    "parameter": (("ssm", "GetParameter"), {"name": "/x:3", **OPEN}, [("parameter", "us-east-1", "/x")]),
    "parameter by ARN": (
        ("ssm", "GetParameter"),
        {"name": PARAMETER_ARN, **OPEN},
        [("parameter", "eu-west-1", "/x/y")],
    ),
    "parameter not opened": (("ssm", "GetParameter"), {"name": "/x"}, []),
    "parameter that is a secret": (
        ("ssm", "GetParameter"),
        {"name": "/aws/reference/secretsmanager/db", **OPEN},
        [("secret", "us-east-1", "db")],
    ),
    "parameters": (("ssm", "GetParameters"), {"names": ["/x"], **OPEN}, [("parameter", "us-east-1", "/x")]),
    "path": (("ssm", "GetParametersByPath"), {"path": "/x/", **OPEN}, [("parameter", "us-east-1", "/x/*")]),
    "history": (("ssm", "GetParameterHistory"), {"name": "/x", **OPEN}, [("parameter", "us-east-1", "/x")]),
    "decrypted": (("kms", "Decrypt"), {"keyId": KEY_ARN}, [("data key", "eu-west-1", "k")]),
    "decrypted a secret": (
        ("kms", "Decrypt"),
        {"keyId": KEY_ARN, "encryptionContext": {"SecretARN": SECRET_ARN}},
        [("data key", "eu-west-1", "k"), ("secret", "eu-west-1", "a/b")],
    ),
    "sealed again": (
        ("kms", "ReEncrypt"),
        {"sourceKeyId": KEY_ARN, "destinationKeyId": OTHER_KEY, "sourceEncryptionContext": {"SecretARN": SECRET_ARN}},
        [("data key", "eu-west-1", "k"), ("secret", "eu-west-1", "a/b")],
    ),
}


@pytest.mark.parametrize("case", READS)
def test_what_was_read_is_named_one_way_however_it_was_asked_for(case: str) -> None:
    (service, name), asked, expected = READS[case]
    touched = Touched()
    touched.add(read(service, name, asked))
    touched.add(read(service, name, asked, errorCode="AccessDeniedException"))
    assert [(one.thing.sort, one.thing.region, one.thing.name) for one in touched.ordered()] == sorted(expected)
    assert all(one.count == 1 for one in touched.ordered())


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Decrypt", {"keyId": "alias/app"}), ("Decrypt", {"keyId": "k"}), ("ReEncrypt", {"destinationKeyId": "other"})],
)
def test_a_key_by_its_alias_or_unnamed_is_the_first_that_the_record_says_it_used(name: str, asked: Json) -> None:
    touched = Touched()
    touched.add(read("kms", name, asked, resources=[{"ARN": KEY_ARN}, {"ARN": OTHER_KEY}]))
    assert [(one.thing.region, one.thing.name) for one in touched.ordered()] == [("eu-west-1", "k")]


def test_every_reading_call_has_an_example() -> None:
    assert {example[0] for example in READS.values()} == set(READ)


def test_a_service_that_decrypts_hands_out_no_key() -> None:
    touched = Touched()
    asked = {"encryptionContext": {"SecretARN": SECRET_ARN}}
    who = {**USER, "invokedBy": "secretsmanager.amazonaws.com"}
    named = [{"ARN": KEY_ARN, "type": "AWS::KMS::Key"}]
    touched.add(read("kms", "Decrypt", asked, userIdentity=who, resources=named))
    assert [one.thing.sort for one in touched.ordered()] == ["secret"]


def test_a_leaked_credential_is_what_its_id_says() -> None:
    kinds = {one: leaked_key(one).kind for one in (AKIA, KEY, "ACCA1")}
    assert list(kinds.values()) == ["access key", "session", "service-specific credential"]
