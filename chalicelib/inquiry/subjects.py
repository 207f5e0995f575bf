"""Between signals and families: what to look for by an incident's signals, and what to contain of what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.inquiry.family import Kind, Member, leaked_key, leaked_role, leaked_user
from chalicelib.model import Evidence, PrincipalKind, Sign, Signal, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.incident import Incident


def leaked(incident: Incident) -> list[Member]:
    """What the signals name, each once."""
    members = {one.key: one for signal in incident.signals if (one := _member(signal, incident))}
    return list(members.values())


def _member(signal: Signal, incident: Incident) -> Member | None:
    subject, owner = signal.subject, signal.principal or incident.principal
    if subject.identity:
        return leaked_key(subject.id) if subject.id else None  # by name its calls are those of everybody in its pool
    if subject.kind is SubjectKind.ROLE_SESSION and owner.kind is PrincipalKind.ROLE:
        return leaked_role(owner.name, subject.session, owner.account)
    if subject.id and subject.kind is not SubjectKind.CONSOLE_PASSWORD:
        return leaked_key(subject.id)
    match owner.kind:
        case PrincipalKind.USER:
            return leaked_user(owner.name, owner.account)
        case PrincipalKind.ROLE:
            return leaked_role(owner.name, None, owner.account)
        case _:
            return None


BY_HAND = {
    Kind.SSH_KEY: "set it inactive with `aws iam update-ssh-public-key`",
    Kind.CERTIFICATE: "set it inactive with `aws iam update-signing-certificate`",
    Kind.ROLE: "its older sessions are revoked; delete it, or whoever it trusts assumes it again",
    Kind.TRUST: "put its trust policy back, or whoever it lets in comes again",
    Kind.ROOT_SESSION: "it ends within 15 minutes; look at what it did",
    Kind.PROVIDER: "delete it with `aws iam delete-saml-provider` or `delete-open-id-connect-provider`, or take from "
    "the roles' trust what it vouches for",
    Kind.ANCHOR: "disable it with `aws rolesanywhere disable-trust-anchor`, or beside a containment with "
    "`leak-responder contain … --also disable-trust-anchor=ID`",
    Kind.FUNCTION: "delete it with `aws lambda delete-function`, or put its code back: it gets new credentials each "
    "time that it runs",
    Kind.INSTANCE: "cut it off with `leak-responder contain --role ROLE … --also isolate-instance=ID`, or take its "
    "profile off with `aws ec2 disassociate-iam-instance-profile`: it gets new credentials every hour",
}
"""What no deny on a user or on old sessions ends, and what a person does about it."""

_STOPPED = frozenset(Kind) - {Kind.TRUST, Kind.ROOT_SESSION, Kind.PROVIDER, Kind.ANCHOR, Kind.FUNCTION, Kind.INSTANCE}
_OWNED = {PrincipalKind.USER, PrincipalKind.ROLE}
_SESSIONS = {Kind.USER_SESSION, Kind.FEDERATED_SESSION, Kind.CONSOLE_SESSION}


def signals(children: Iterable[Member], incident: Incident, account: str) -> Iterator[Signal]:
    """One for each child that can be contained here. A user's sessions end with the deny that the user has already."""
    for one in children:
        who = one.principal
        if who is None or one.at is None or one.kind not in _STOPPED or who.kind not in _OWNED:
            continue
        if who.account != account or (one.kind in _SESSIONS and incident.is_about(who)):
            continue
        yield Signal(
            source="inquiry",
            native_id=f"{incident.id}/{one.key}",
            sign=Sign.MINTED,
            what=one.by,
            at=one.at,
            since=one.at,
            account=account,
            region=one.region,
            subject=one.subject or Subject(SubjectKind.UNNAMED),
            principal=who,
            evidence=(Evidence("made by", f"incident {incident.id}"), Evidence("child", f"{one.kind} {one.name}")),
        )
