"""A release lists what the owner holds, and lets in nothing that was made since the leak began unless it is named."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.model import PASSWORD, SubjectKind
from chalicelib.orders.undo import RefusedError, release
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, leak, read
from tests.world import key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from tests.world import World

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def new_password(iam: Any) -> str:
    iam.create_login_profile(UserName="victim", Password="Tr0ub4dor&3")
    return PASSWORD


def new_key(iam: Any) -> str:
    return str(iam.create_access_key(UserName="victim")["AccessKey"]["AccessKeyId"])


def new_git_password(iam: Any) -> str:
    made = iam.create_service_specific_credential(UserName="victim", ServiceName="codecommit.amazonaws.com")
    return str(made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"])


def new_ssh_key(iam: Any) -> str:
    made = iam.upload_ssh_public_key(UserName="victim", SSHPublicKeyBody="ssh-rsa AAAAB3 stranger")
    return str(made["SSHPublicKey"]["SSHPublicKeyId"])


def new_certificate(iam: Any) -> str:
    made = iam.upload_signing_certificate(UserName="victim", CertificateBody=PEM)
    return str(made["Certificate"]["CertificateId"])


def new_device(iam: Any) -> str:
    serial = str(iam.create_virtual_mfa_device(VirtualMFADeviceName="victim")["VirtualMFADevice"]["SerialNumber"])
    iam.enable_mfa_device(
        UserName="victim", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    return serial


def end_password(iam: Any, known: str) -> None:
    assert known == PASSWORD
    iam.delete_login_profile(UserName="victim")


def end_key(iam: Any, known: str) -> None:
    iam.update_access_key(UserName="victim", AccessKeyId=known, Status="Inactive")


def end_git_password(iam: Any, known: str) -> None:
    iam.update_service_specific_credential(UserName="victim", ServiceSpecificCredentialId=known, Status="Inactive")


def end_ssh_key(iam: Any, known: str) -> None:
    iam.update_ssh_public_key(UserName="victim", SSHPublicKeyId=known, Status="Inactive")


def end_certificate(iam: Any, known: str) -> None:
    iam.update_signing_certificate(UserName="victim", CertificateId=known, Status="Inactive")


def end_device(iam: Any, known: str) -> None:
    iam.deactivate_mfa_device(UserName="victim", SerialNumber=known)


CREDENTIALS = {
    "console password": (new_password, end_password, "CreateLoginProfile"),
    "access key": (new_key, end_key, "CreateAccessKey"),
    "service-specific credential": (new_git_password, end_git_password, "CreateServiceSpecificCredential"),
    "SSH public key": (new_ssh_key, end_ssh_key, "UploadSSHPublicKey"),
    "signing certificate": (new_certificate, end_certificate, "UploadSigningCertificate"),
    "MFA device": (new_device, end_device, "EnableMFADevice"),
}


def leaked(world: World) -> Incident:
    """A key of the victim leaked a day ago, so that all that is made now may be a stranger's."""
    return leak(world, signals.long_ago(signals.guardduty(world.new_key("victim"))))


def attached(world: World) -> list[str]:
    found: list[str] = world.state()["users"]["victim"]["attached"]
    return found


@pytest.mark.parametrize("hours", [0, 2], ids=["before the cut-off", "after the cut-off"])
@pytest.mark.parametrize("noun", CREDENTIALS)
def test_what_an_accomplice_gave_stays_out_until_it_is_ended_or_named(world: World, noun: str, hours: int) -> None:
    make, end, _ = CREDENTIALS[noun]
    world.at -= timedelta(hours=hours)
    incident, accomplice = leaked(world), world.holder("bystander").client("iam")
    world.later(60)
    known = make(accomplice)
    with pytest.raises(RefusedError, match=r"Nothing was changed|may be what leaked") as refused:
        release(incident.id, ANA, "done", world.ports())
    assert (known in str(refused.value), attached(world)) == (True, ["leak-responder-quarantine"])
    end(world.admin("iam"), known)
    done = release(incident.id, ANA, "done", world.ports())
    assert done.released
    assert known not in {holding.id for holding in done.released.lets_in}


@pytest.mark.parametrize("noun", CREDENTIALS)
def test_the_refusal_says_what_it_is_when_it_was_made_and_by_whom(world: World, noun: str) -> None:
    make, _, call = CREDENTIALS[noun]
    world.at -= timedelta(hours=2)
    incident, accomplice = leaked(world), world.holder("bystander").client("iam")
    known = make(accomplice)
    with pytest.raises(RefusedError) as refused:
        release(incident.id, ANA, "done", world.ports())
    said = str(refused.value)
    assert f"{noun if known == PASSWORD else f'{noun} {known}'}, made at " in said
    assert f"by arn:aws:iam::111122223333:user/bystander ({call})" in said
    assert f"--let-in {known}" in said


@pytest.mark.parametrize("noun", CREDENTIALS)
def test_what_the_person_names_is_let_in_and_listed(world: World, noun: str) -> None:
    make, _, _ = CREDENTIALS[noun]
    world.at -= timedelta(hours=2)
    incident = leaked(world)
    known = make(world.admin("iam"))
    done = release(incident.id, ANA, "done", world.ports(), let_in=(known,))
    assert done.released
    assert [(holding.id, holding.is_young) for holding in done.released.lets_in] == [(known, True)]


def test_a_named_key_works_after_the_release(world: World) -> None:
    incident, owner = leaked(world), world.holder("victim")
    release(incident.id, ANA, "made by us", world.ports(), let_in=(key_id(owner),))
    assert works(owner)


def test_a_key_that_somebody_made_active_again_counts_as_made_then(world: World) -> None:
    old = world.new_key("victim")
    end_key(world.admin("iam"), old)
    world.at -= timedelta(hours=2)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    iam = world.holder("bystander").client("iam")
    iam.update_access_key(UserName="victim", AccessKeyId=old, Status="Active")
    with pytest.raises(RefusedError, match=rf"{old}, made at .* by arn:\S*user/bystander \(UpdateAccessKey\)"):
        release(incident.id, ANA, "done", world.ports())


def test_a_password_that_was_set_anew_counts_as_made_then(world: World) -> None:
    """IAM keeps the date of the first one."""
    new_password(world.admin("iam"))
    world.at -= timedelta(hours=1)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    accomplice = world.holder("bystander").client("iam")
    accomplice.update_login_profile(UserName="victim", Password="Tr0ub4dor&4")
    with pytest.raises(RefusedError, match=r"console password, made at .*/bystander \(UpdateLoginProfile\)"):
        release(incident.id, ANA, "done", world.ports())


def test_a_password_that_the_user_changed_counts_as_made_then(world: World) -> None:
    """The embedded AWS has no such call, so its event is ours."""
    new_password(world.admin("iam"))
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    at = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    changed = signals.call("ChangePassword", by=signals.user_identity("victim"), eventTime=at)
    respond(read(changed, world), world.ports())
    with pytest.raises(RefusedError, match=r"console password, made at .* by user victim"):
        release(incident.id, ANA, "done", world.ports())


def test_what_is_older_than_the_leak_is_let_in_and_listed(world: World) -> None:
    sibling = world.new_key("victim")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    done = release(incident.id, ANA, "done", world.ports())
    assert done.released
    (holding,) = done.released.lets_in
    assert (holding.id, holding.is_young) == (sibling, False)
    assert holding.kind is SubjectKind.ACCESS_KEY


def _leaked_itself(incident: Incident) -> str:
    (known,) = incident.leaked
    return known


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (_leaked_itself, "leaked, or was ended in incident inc-1: a release never lets it in"),
        (lambda _: "AKIAOTHEROTHEROTHER1", "user victim has no active credential AKIAOTHEROTHEROTHER1"),
    ],
)
def test_what_cannot_be_let_in_is_refused(world: World, name: Callable[[Incident], str], why: str) -> None:
    incident = leaked(world)
    with pytest.raises(RefusedError, match=why):
        release(incident.id, ANA, "done", world.ports(), let_in=(name(incident),))
    assert attached(world) == ["leak-responder-quarantine"]


def test_a_password_stays_out_where_cloudtrail_cannot_be_read(world: World) -> None:
    new_password(world.admin("iam"))
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.wire.deny("cloudtrail:LookupEvents")
    with pytest.raises(RefusedError, match="CloudTrail could not be read"):
        release(incident.id, ANA, "done", world.ports())
    assert release(incident.id, ANA, "done", world.ports(), let_in=(PASSWORD,)).released


def test_what_the_owner_was_given_once_they_may_work_needs_no_name(world: World) -> None:
    world.at -= timedelta(hours=2)
    incident = leaked(world)
    release(incident.id, ANA, "done", world.ports())
    new = world.holder("victim")
    again = release(incident.id, ANA, "done", world.ports())
    assert (again.id, works(new)) == (incident.id, True)
