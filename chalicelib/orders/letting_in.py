"""What a release would let in: each active credential of the user, when it was made and by whom.

An intruder, or an accomplice, may have given the user a credential that outlives the narrower deny. So what was made
since the leak began stays out, unless the person who releases names it.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import sighting
from chalicelib.follow_up.sighting import Mark
from chalicelib.model import HELD, PASSWORD, Holding, Sign, SubjectKind, describe_holdings
from chalicelib.orders.entitled import RefusedError
from chalicelib.settings import HOME_REGION
from chalicelib.sources.reading import Node, moment, text
from chalicelib.steps import failed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.incident import Incident
    from chalicelib.model import Credential, Facts, Principal
    from chalicelib.ports import Ports

_MAKING = frozenset(
    {
        "CreateAccessKey",
        "CreateServiceSpecificCredential",
        "EnableMFADevice",
        "ResetServiceSpecificCredential",
        "UploadSSHPublicKey",
        "UploadSigningCertificate",
    }
)
_REVIVING = frozenset(
    {"UpdateAccessKey", "UpdateServiceSpecificCredential", "UpdateSSHPublicKey", "UpdateSigningCertificate"}
)
_SETTING = frozenset({"ChangePassword", "CreateLoginProfile", "UpdateLoginProfile"})
"""Calls that set a console password. The date that IAM gives is that of the first one."""

_GIVING = frozenset({Sign.CREATED, Sign.REVIVED})
_PASSWORD = frozenset({Sign.PASSWORD_SET, Sign.PASSWORD_CHANGED})


@dataclass(frozen=True)
class _Deed:
    """Somebody made, set or revived a credential."""

    at: datetime
    by: str


@dataclass(frozen=True)
class _Trail:
    """The calls since the leak began that may have given the user a credential, and why they could not be read."""

    records: tuple[Node, ...] = ()
    unread: str = ""


def list_holdings(incident: Incident, facts: Facts, ports: Ports) -> tuple[Holding, ...]:
    """Return each active credential that the user has, the console password among them.

    Raises RefusedError where IAM does not say what there is.
    """
    if facts.keys is None or facts.console_password is None or not facts.held.keys() >= set(HELD):
        message = (
            f"the credentials of user {incident.principal.name} could not be read, or the user is gone: nothing was "
            "changed"
        )
        raise RefusedError(message)
    trail = _read_trail(incident, ports)
    holdings = tuple(_weigh(credential, incident, trail) for credential in facts.credentials if credential.active)
    return (*holdings, _weigh_password(incident, trail, ports)) if facts.console_password else holdings


def _read_trail(incident: Incident, ports: Ports) -> _Trail:
    names, client = (incident.principal.name, *incident.former_names), ports.aws.cloudtrail(HOME_REGION)
    try:
        found = [sighting.calls(client, Mark("ResourceName", name), incident.since)[0] for name in names]
        changes, _ = sighting.calls(client, Mark("EventName", "ChangePassword"), incident.since)
    except (ClientError, BotoCoreError) as error:
        return _Trail(unread=f"CloudTrail could not be read: {failed(error).detail}")
    own = (record for record in changes if text(record, "userIdentity", "userName") in names)
    return _Trail(tuple(record for record in (*chain.from_iterable(found), *own) if not sighting.refused(record)))


def _weigh(credential: Credential, incident: Incident, trail: _Trail) -> Holding:
    """Return the credential with the newest deed that gave it."""
    told = (
        _Deed(signal.at, _name(signal.actor))
        for signal in incident.signals
        if signal.sign in _GIVING and signal.subject.id == credential.id and not signal.failed
    )
    deeds = (*told, *(_read_deed(one) for one in trail.records if _gives(one, credential.id)))
    made = _newest(credential.created, deeds, incident, trail)
    ours = incident.replacement is not None and incident.replacement.key == credential.id
    return Holding(credential.kind, credential.id, made.at, made.by, not ours and _is_young(made.at, incident))


def _gives(record: Node, known: str) -> bool:
    name, asked = text(record, "eventName"), record.get("requestParameters")
    if name in _REVIVING:
        return text(record, "requestParameters", "status") == "Active" and known in json.dumps(asked)
    return name in _MAKING and known in json.dumps([asked, record.get("responseElements")])


def _weigh_password(incident: Incident, trail: _Trail, ports: Ports) -> Holding:
    """Return the console password. Where CloudTrail cannot be read it may have been set since the leak began."""
    profile = ports.aws.iam().get_login_profile(UserName=incident.principal.name)["LoginProfile"]
    told = (
        _Deed(signal.at, _name(signal.actor))
        for signal in incident.signals
        if signal.sign in _PASSWORD and not signal.failed
    )
    deeds = (*told, *(_read_deed(one) for one in trail.records if text(one, "eventName") in _SETTING))
    made = _newest(profile["CreateDate"], deeds, incident, trail)
    is_young = bool(trail.unread) or _is_young(made.at, incident)
    return Holding(SubjectKind.CONSOLE_PASSWORD, PASSWORD, made.at, made.by, is_young)


def _read_deed(record: Node) -> _Deed | None:
    at, by = moment(text(record, "eventTime")), text(record, "userIdentity", "arn") or "an unknown caller"
    return _Deed(at, f"{by} ({text(record, 'eventName')})") if at else None


def _name(actor: Principal | None) -> str:
    return f"{actor.kind} {actor.name}" if actor else "an unknown caller"


def _newest(created: datetime, deeds: Sequence[_Deed | None], incident: Incident, trail: _Trail) -> _Deed:
    """Return the newest deed; the date of IAM where none is known, and why nobody says whose it was."""
    if found := max(filter(None, deeds), key=lambda deed: deed.at, default=None):
        return found
    if created < incident.since.replace(microsecond=0):
        return _Deed(created, f"an unknown caller before the leak began{f' ({trail.unread})' if trail.unread else ''}")
    return _Deed(created, f"an unknown caller ({trail.unread or 'CloudTrail does not show the call, or not yet'})")


def _is_young(made: datetime, incident: Incident) -> bool:
    """Say whether it was made since the leak began, and before the owner was let work: later ones are the owner's."""
    until = incident.let_work_at
    return made >= incident.since.replace(microsecond=0) and (until is None or made < until)


def refuse_unnamed(incident: Incident, holdings: Sequence[Holding], named: Sequence[str]) -> None:
    """Raise RefusedError where it would let in what the person does not name, or cannot let in what they name."""
    user, known = incident.principal.name, {holding.id for holding in holdings}
    if leaked := [name for name in named if name in incident.leaked | incident.ended]:
        message = f"{', '.join(leaked)} leaked, or was ended in incident {incident.id}: a release never lets it in"
        raise RefusedError(message)
    if unknown := [name for name in named if name not in known]:
        active = describe_holdings(holdings) or "nothing"
        message = f"user {user} has no active credential {', '.join(unknown)}. Active is: {active}"
        raise RefusedError(message)
    unnamed = [holding for holding in holdings if holding.is_young and holding.id not in named]
    if unnamed:
        raise RefusedError(_tell_unnamed(incident, holdings, unnamed, named))


def _tell_unnamed(
    incident: Incident, holdings: Sequence[Holding], unnamed: Sequence[Holding], named: Sequence[str]
) -> str:
    ids = chain(named, (holding.id for holding in unnamed))
    options = " ".join(f"--let-in {shlex.quote(known)}" for known in ids)
    ends = "; ".join(end_command(holding.kind, holding.id, incident.principal.name) for holding in unnamed)
    return (
        f"incident {incident.id}: a release would let in what was made since the leak began, or may have been: "
        f"{describe_holdings(unnamed)}. Nothing was changed. Ask the owner. End what is not theirs: {ends}. Name what "
        f"is theirs: leak-responder release {incident.id} {options} --reason …. "
        f"All that user {incident.principal.name} holds: {describe_holdings(holdings)}"
    )


def end_command(kind: SubjectKind, known: str, user: str) -> str:
    """Return the command that ends a credential of a user."""
    call, *item = _ENDS[kind]
    named = f"{item[0]} {shlex.quote(known)} " if item else ""
    status = "" if kind in {SubjectKind.CONSOLE_PASSWORD, SubjectKind.MFA_DEVICE} else "--status Inactive"
    return f"aws iam {call} --user-name {shlex.quote(user)} {named}{status}".rstrip()


_ENDS = {
    SubjectKind.ACCESS_KEY: ("update-access-key", "--access-key-id"),
    SubjectKind.CONSOLE_PASSWORD: ("delete-login-profile",),
    SubjectKind.MFA_DEVICE: ("deactivate-mfa-device", "--serial-number"),
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: ("update-service-specific-credential", "--service-specific-credential-id"),
    SubjectKind.SSH_PUBLIC_KEY: ("update-ssh-public-key", "--ssh-public-key-id"),
    SubjectKind.SIGNING_CERTIFICATE: ("update-signing-certificate", "--certificate-id"),
}
