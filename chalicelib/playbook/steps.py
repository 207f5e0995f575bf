"""The steps that a signal alone justifies, and what only the claim can add to them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never
from uuid import NAMESPACE_URL, uuid5

from chalicelib.model import LASTING, NOUNS, Facts, Principal, PrincipalKind, Signal, Step, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.settings import Settings


def blow(signal: Signal, settings: Settings) -> tuple[Step, ...]:
    """The strike on the principal: deny a user everything, or revoke a role's sessions. Neither overwrites anything."""
    principal = signal.principal
    if principal is None:
        return ()
    match principal.kind:
        case PrincipalKind.USER:
            policy = {"policy_arn": settings.quarantine_policy}
            return (Step("quarantine-user", principal, "a deny stops every key and session at once", policy),)
        case PrincipalKind.ROLE:
            return (_revocation(principal, signal.subject),)
        case PrincipalKind.COGNITO_USER:
            return (Step("disable-cognito-user", principal, "who knows the password or holds a token is this user"),)
        case PrincipalKind.IDENTITY_CENTER_USER:
            return (Step("revoke-center-access", principal, "whoever signs in as the user finds no account any more"),)
        case (
            PrincipalKind.ROOT
            | PrincipalKind.SERVICE_LINKED_ROLE
            | PrincipalKind.IDENTITY_CENTER_ROLE
            | PrincipalKind.OTHER
        ):
            return ()
        case _:
            assert_never(principal.kind)


def whole(strike: tuple[Step, ...], facts: Facts) -> tuple[Step, ...]:
    """The strike with the denies that only facts can name. They come first: role sessions of a user of Identity Center
    outlive their assignment (Identity Center user guide, "Revoke active IAM role sessions created by permission sets").
    """
    reason = "role sessions that the user has already are denied everything, and nobody else's"
    denies = tuple(
        Step("deny-in-permission-set", strike[0].principal, reason, {"permission_set": arn})
        for arn in (facts.permission_sets or () if strike else ())
    )
    return (*denies, *strike)


def _revocation(principal: Principal, subject: Subject) -> Step:
    if subject.identity:
        reason = f"sessions of identity {subject.identity} are revoked; others, and credentials issued later, work"
        return Step("revoke-role-sessions", principal, reason, {"identity": subject.identity})
    if subject.session and principal.unique_id:
        reason = f"session {subject.session} is revoked; credentials issued later work"
        session = {"session": f"{principal.unique_id}:{subject.session}"}
        issued = {"issued": subject.issued.isoformat()} if subject.issued else {}
        return Step("revoke-role-sessions", principal, reason, {**session, **issued})
    return Step("revoke-role-sessions", principal, "which session leaked is not known: all older ones are revoked")


def bound(step: Step, incident_id: str, cut_off: datetime) -> Step:
    """The step with what only the claim can know: its incident, and a cut-off that never moves again."""
    if step.action == "rotate-secret":
        ordinal = step.arguments.get("ordinal", "1")
        token = str(uuid5(NAMESPACE_URL, f"{incident_id}/{step.arguments['secret']}/{ordinal}"))
        return replace(step, arguments={**step.arguments, "token": token})
    if step.action in {"snapshot-instance", "isolate-instance"}:
        return replace(step, arguments={**step.arguments, "incident": incident_id})
    if step.action != "revoke-role-sessions":
        return step
    of = step.arguments.get("identity") or step.arguments.get("session", "*")
    suffix = sha256(of.encode(errors="backslashreplace")).hexdigest()[:8]
    extra = {"policy_name": f"leak-responder-{incident_id}-{suffix}", "cut_off": step.cut_off_at(cut_off)}
    return replace(step, arguments={**step.arguments, **extra})


def named(signal: Signal) -> tuple[str, ...]:
    """What `contain` is told of the credential, and of nothing beside it; () where nobody can be named."""
    owner, subject = signal.principal, signal.subject
    match subject.kind:
        case SubjectKind.ACCESS_KEY if subject.id:
            return "--access-key", subject.id
        case SubjectKind.ROLE_SESSION if owner and owner.kind is PrincipalKind.ROLE:
            session = ("--session", subject.session) if subject.session else ()
            return "--role", owner.name, *session
        case _ if owner and owner.kind is PrincipalKind.USER:
            return "--user", owner.name
        case _ if owner and owner.kind is PrincipalKind.COGNITO_USER:
            return "--cognito-user", owner.name
        case _ if owner and owner.kind is PrincipalKind.IDENTITY_CENTER_USER:
            return "--identity-center-user", owner.name
        case _:
            return ()


def presumed(signal: Signal) -> Signal:
    """The signal as it will read once IAM has said whose key it is: some user's."""
    return replace(signal, principal=Principal(PrincipalKind.USER, signal.account, "(whoever holds it)"))


def leaked_step(signal: Signal, principal: Principal) -> tuple[Step, ...]:
    """The end of the very credential that leaked, where it has one."""
    kind, known = signal.subject.kind, signal.subject.id
    if principal.kind is not PrincipalKind.USER or kind not in LASTING or not known:
        return ()
    return (end(kind, known, principal, f"this {NOUNS[kind].removeprefix('access ')} leaked"),)


def end(kind: SubjectKind, known: str, principal: Principal, reason: str) -> Step:
    """The step that sets one lasting credential of a user inactive."""
    action, argument = _ENDED_BY[kind]
    return Step(action, principal, reason, {argument: known})


_ENDED_BY: Mapping[SubjectKind, tuple[str, str]] = {
    SubjectKind.ACCESS_KEY: ("deactivate-key", "key_id"),
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: ("deactivate-service-specific", "credential_id"),
    SubjectKind.SSH_PUBLIC_KEY: ("deactivate-ssh-key", "credential_id"),
    SubjectKind.SIGNING_CERTIFICATE: ("deactivate-certificate", "credential_id"),
}
