"""Service-specific credentials, SSH public keys and certificates: statuses, owners, quotas, and who may change them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB{}\n-----END CERTIFICATE-----\n"


def service(iam: Any, user: str, number: int = 0, name: str = "codecommit.amazonaws.com") -> str:
    del number
    made = iam.create_service_specific_credential(UserName=user, ServiceName=name)["ServiceSpecificCredential"]
    return str(made["ServiceSpecificCredentialId"])


def ssh(iam: Any, user: str, number: int = 0) -> str:
    made = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=f"ssh-rsa AAAAB3{number} {user}")
    return str(made["SSHPublicKey"]["SSHPublicKeyId"])


def certificate(iam: Any, user: str, number: int = 0) -> str:
    made = iam.upload_signing_certificate(UserName=user, CertificateBody=CERTIFICATE.format(number))
    return str(made["Certificate"]["CertificateId"])


KINDS: dict[str, tuple[Callable[..., str], str, str, str, str, int]] = {
    # how one is made, how they are listed, where the list is, how one is changed, its id, how many a user may have
    "service-specific": (
        service,
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        "update_service_specific_credential",
        "ServiceSpecificCredentialId",
        2,
    ),
    "ssh": (ssh, "list_ssh_public_keys", "SSHPublicKeys", "update_ssh_public_key", "SSHPublicKeyId", 5),
    "certificate": (
        certificate,
        "list_signing_certificates",
        "Certificates",
        "update_signing_certificate",
        "CertificateId",
        2,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_has_a_status_an_owner_and_a_quota(cloud: Cloud, kind: str) -> None:
    make, lister, where, update, named, most = KINDS[kind]
    iam = cloud.client("iam")
    ada, bob = scene.user(cloud), scene.user(cloud, "bob", may=None)
    made = [make(iam, "ada", number) for number in range(most)]

    def listed(client: Any, **user: str) -> dict[str, str]:
        return {one[named]: one["Status"] for one in getattr(client, lister)(**user)[where]}

    assert listed(iam, UserName="ada") == dict.fromkeys(made, "Active")
    assert listed(iam, UserName="bob") == {}
    assert listed(ada.client("iam")) == dict.fromkeys(made, "Active")  # nobody named means the caller
    assert scene.refusal(make, iam=iam, user="ada", number=9) == "LimitExceeded"
    assert scene.refusal(getattr(iam, lister), UserName="nobody") == "NoSuchEntity"

    change = getattr(iam, update)
    change(UserName="ada", Status="Inactive", **{named: made[0]})
    assert listed(iam, UserName="ada") == {**dict.fromkeys(made, "Active"), made[0]: "Inactive"}
    assert scene.refusal(change, UserName="bob", Status="Inactive", **{named: made[0]}) == "NoSuchEntity"
    denied = getattr(bob.client("iam"), update)
    assert scene.refusal(denied, UserName="ada", Status="Active", **{named: made[0]}) == "AccessDenied"
    assert scene.refusal(getattr(bob.client("iam"), lister), UserName="ada") == "AccessDenied"


def test_what_a_user_holds_is_in_the_trail_and_no_secret_is(cloud: Cloud) -> None:
    scene.user(cloud)
    iam = cloud.client("iam")
    made = iam.create_service_specific_credential(UserName="ada", ServiceName="bedrock.amazonaws.com")
    secret = made["ServiceSpecificCredential"]["ServiceCredentialSecret"]
    (event,) = scene.eventually(
        lambda: cloud.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateServiceSpecificCredential"}]
        )["Events"]
    )
    written = json.loads(event["CloudTrailEvent"])
    shown = written["responseElements"]["serviceSpecificCredential"]
    assert shown["serviceSpecificCredentialId"] == made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    assert secret not in event["CloudTrailEvent"]
    (listed,) = iam.list_service_specific_credentials(UserName="ada")["ServiceSpecificCredentials"]
    assert secret not in str(listed)
    assert "ServiceCredentialSecret" not in listed
