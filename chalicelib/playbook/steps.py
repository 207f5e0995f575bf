"""The steps that a signal alone justifies, and what only the claim can add to them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never
from uuid import NAMESPACE_URL, uuid5

from chalicelib.model import Principal, PrincipalKind, Signal, Step, Subject, SubjectKind

if TYPE_CHECKING:
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
        case (
            PrincipalKind.ROOT
            | PrincipalKind.SERVICE_LINKED_ROLE
            | PrincipalKind.IDENTITY_CENTER_ROLE
            | PrincipalKind.OTHER
        ):
            return ()
        case _:
            assert_never(principal.kind)


def _revocation(principal: Principal, subject: Subject) -> Step:
    if subject.session and principal.unique_id:
        reason = f"session {subject.session} is revoked; credentials issued later work"
        return Step("revoke-role-sessions", principal, reason, {"session": f"{principal.unique_id}:{subject.session}"})
    return Step("revoke-role-sessions", principal, "which session leaked is not known: all older ones are revoked")


def bound(step: Step, incident_id: str, cut_off: datetime) -> Step:
    """The step with what only the claim can know: its incident, and a cut-off that never moves again."""
    if step.action == "rotate-secret":
        token = str(uuid5(NAMESPACE_URL, f"{incident_id}/{step.arguments['secret']}/1"))
        return replace(step, arguments={**step.arguments, "token": token})
    if step.action == "snapshot-instance":
        return replace(step, arguments={**step.arguments, "incident": incident_id})
    if step.action != "revoke-role-sessions":
        return step
    suffix = sha256(step.arguments.get("session", "*").encode(errors="backslashreplace")).hexdigest()[:8]
    extra = {"policy_name": f"leak-responder-{incident_id}-{suffix}", "cut_off": f"{cut_off:%Y-%m-%dT%H:%M:%SZ}"}
    return replace(step, arguments={**step.arguments, **extra})


def presumed(signal: Signal) -> Signal:
    """The signal as it will read once IAM has said whose key it is: some user's."""
    return replace(signal, principal=Principal(PrincipalKind.USER, signal.account, "(whoever holds it)"))


def key_step(signal: Signal, principal: Principal) -> tuple[Step, ...]:
    """The deactivation of the key that leaked, where the subject is one."""
    if signal.subject.kind is not SubjectKind.ACCESS_KEY or principal.kind is not PrincipalKind.USER:
        return ()
    return (Step("deactivate-key", principal, "this key leaked", {"key_id": signal.subject.id or ""}),)
