"""Everything after the strike, from the facts: what is done in which order, and what is withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from chalicelib.model import (
    LASTING,
    NOUNS,
    Facts,
    Judgement,
    Plan,
    Principal,
    PrincipalKind,
    Signal,
    Step,
    Subject,
    SubjectKind,
    Withheld,
)
from chalicelib.playbook.barred import names
from chalicelib.playbook.options import asked_for, errands, unordered
from chalicelib.playbook.spares import spares
from chalicelib.playbook.steps import leaked_step, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.incident import Incident
    from chalicelib.settings import Settings


def decide(signal: Signal, judgement: Judgement, facts: Facts, settings: Settings) -> Plan:
    """Everything after the strike, from the facts. Unknown facts withhold nothing that is safe to try."""
    if not judgement.strike:
        return Plan((), judgement.withheld)
    principal = judgement.strike[0].principal
    if facts.renamed:
        return Plan((), (_under_another_name(principal, facts.renamed),))
    if is_stranger(signal, facts):
        return Plan((), (_recreated(principal),))
    if facts.exists is False:
        return Plan((), (Withheld("contain", _absent(principal), _GONE),))
    plan = _first_of_all(signal, judgement, facts, settings)
    later = (*_rotations(principal, settings), *asked_for(signal, principal, settings))
    return Plan((*plan.steps, *later), (*plan.withheld, *errands(signal), *unordered(signal, principal)))


def _first_of_all(signal: Signal, judgement: Judgement, facts: Facts, settings: Settings) -> Plan:
    """What contains."""
    match judgement.strike[0].principal.kind:
        case PrincipalKind.USER:
            return _user_plan(signal, judgement, facts, settings)
        case PrincipalKind.IDENTITY_CENTER_USER:
            return Plan(whole(judgement.strike, facts), (*judgement.withheld, *_LEFT_TO_A_PERSON))
        case _:
            return Plan(judgement.strike, judgement.withheld)


_LEFT_TO_A_PERSON = (
    Withheld(
        "end-portal-sessions",
        "no call of Identity Center ends a session of its access portal",
        "where users come from another directory, disable the user there first; then in the console of Identity "
        "Center: the user, tab `Active sessions`, delete all of them. Do it before you disable the user: of a disabled "
        "one no session can be deleted",
    ),
    Withheld(
        "disable-center-user",
        "no call of Identity Center disables a user",
        "after that, in the console of Identity Center: the user, `Disable user access`; and have the password changed",
    ),
)
"""In this order (Identity Center user guide, "Revoke active IAM role sessions created by permission sets")."""


def foreseen(signal: Signal, judgement: Judgement, settings: Settings) -> tuple[Step, ...]:
    """The steps of a plan made before anything is known but the signal."""
    return decide(signal, judgement, Facts(), settings).steps


def _absent(principal: Principal) -> str:
    """Return what a 404 at every look says, and no more: nobody saw whether there ever was one of that name."""
    return f"there is no {principal.kind} {principal.name} in IAM: it was deleted or renamed, or the event is wrong"


_GONE = (
    "find out whose credential it is, and contain that by hand: `leak-responder contain`. "
    "Look in CloudTrail for what it did before, and for UpdateUser: a user who was renamed keeps all credentials. "
    "If IAM says that another user holds the leaked key, that user has an incident of their own"
)


def is_stranger(signal: Signal, facts: Facts) -> bool:
    """Whether the principal of that name was re-created since: then it is somebody else's."""
    known = signal.principal.unique_id if signal.principal else None
    return bool(known and facts.unique_id and known != facts.unique_id)


def _under_another_name(principal: Principal, name: str) -> Withheld:
    why = f"{principal.kind} {principal.name} was renamed, and is called {name} now"
    return Withheld("contain", why, f"nothing here: the signal is answered for {principal.kind} {name}")


def _recreated(principal: Principal) -> Withheld:
    return Withheld(
        "contain",
        f"{principal.kind} {principal.name} was deleted and created again since: it is another principal now",
        "nothing to contain; if the new one is suspect too, order it: "
        f"`leak-responder contain --{principal.kind} NAME --reason …`",
    )


def _user_plan(signal: Signal, judgement: Judgement, facts: Facts, settings: Settings) -> Plan:
    principal = judgement.strike[0].principal
    steps, withheld = list(judgement.strike), list(judgement.withheld)
    if _no_room(facts, settings):
        steps = [Step("bound-user", principal, _FULL, {"policy_arn": settings.quarantine_policy})]
    steps.extend(leaked_step(signal, principal))
    others = spares(principal, (signal,), facts, steps)
    withheld.extend((*_no_key(signal.subject, facts), *others.withheld))
    return Plan((*steps, *others.steps), tuple(withheld))


_MANAGED_POLICIES_PER_USER = 10
_FULL = "ten policies are attached already, so the deny goes on as the permissions boundary"


def _no_room(facts: Facts, settings: Settings) -> bool:
    attached = facts.attached or ()
    return len(attached) >= _MANAGED_POLICIES_PER_USER and settings.quarantine_policy not in attached


_THEM, _IT = (f"our deny stops {which} while it stands" for which in ("all of them", "it too"))


def _no_key(subject: Subject, facts: Facts) -> tuple[Withheld, ...]:
    """Why no key is deactivated, where what leaked is not one."""
    match subject.kind:
        case kind if kind in LASTING and subject.id:
            return ()
        case SubjectKind.UNNAMED:
            reason = f"no feed says which credential leaked; active keys: {_active(facts)}"
            instead = (
                f"{_THEM}; once you know which one leaked, have it deactivated: "
                "`leak-responder contain --access-key AKIA… --reason …`"
            )
        case SubjectKind.USER_SESSION | SubjectKind.FEDERATED_SESSION:
            reason = f"a session leaked, and no feed says which key obtained it; active keys: {_active(facts)}"
            instead = (
                f"{_THEM}; find the call that obtained the session in CloudTrail, and have the key that "
                "made it deactivated: `leak-responder contain --access-key AKIA… --reason …`"
            )
        case SubjectKind.CONSOLE_PASSWORD:
            reason = "it is about the console password, and not about a key"
            instead = f"{_IT}; set a new one with `aws iam update-login-profile` before you release"
        case SubjectKind.SERVICE_SPECIFIC_CREDENTIAL | SubjectKind.SSH_PUBLIC_KEY | SubjectKind.SIGNING_CERTIFICATE:
            reason = f"it is about a {NOUNS[subject.kind]}, and the event does not say which"
            instead = f"{_IT}; find it in the IAM console, and set it inactive before you release"
        case SubjectKind.MFA_DEVICE:
            reason = "it is about an MFA device, and not about a key"
            instead = (
                "our deny stops whoever signs in with it, while it stands; have a device that is not the owner's taken "
                "off before you release: `leak-responder contain --user NAME --also deactivate-mfa=SERIAL --reason …`"
            )
        case (
            SubjectKind.ACCESS_KEY
            | SubjectKind.ROLE_SESSION
            | SubjectKind.ROOT_KEY
            | SubjectKind.ROOT_PASSWORD
            | SubjectKind.DATABASE_LOGIN
            | SubjectKind.COGNITO_SIGN_IN
            | SubjectKind.IDENTITY_CENTER_SIGN_IN
        ):
            return ()
        case _:
            assert_never(subject.kind)
    return (Withheld("deactivate-key", reason, instead),)


def _active(facts: Facts) -> str:
    return ", ".join(key.id for key in facts.keys or () if key.active) or "unknown"


def _rotations(principal: Principal, settings: Settings) -> tuple[Step, ...]:
    return tuple(
        _rotation(principal, secret, "our configuration links this secret to the principal")
        for arn, secrets in sorted(settings.linked_secrets.items())
        if names(arn, principal)
        for secret in secrets
    )


def _rotation(principal: Principal, secret: str, reason: str, more: Mapping[str, str] | None = None) -> Step:
    return Step("rotate-secret", principal, reason, {"secret": secret, "token": "", **(more or {})}, later=True)


def of_read(incident: Incident, secrets: Sequence[tuple[str, int]]) -> tuple[Step, ...]:
    """The rotations of what was read, in that order, each as often as it takes. Of a linked one the first is known."""
    again = "two users take turns in it: only now the one whose password was read has another"
    return tuple(
        _rotation(incident.principal, secret, again, {"ordinal": str(ordinal)})
        if ordinal > 1
        else _rotation(incident.principal, secret, "it was read with what leaked, or with what that made")
        for secret, times in secrets
        for ordinal in range(1, times + 1)
    )
