"""What is done about a signal: the one place that decides. Pure: no clock, no AWS, no ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never
from uuid import NAMESPACE_URL, uuid5

from chalicelib.model import (
    Confidence,
    Context,
    Decision,
    Facts,
    Judgement,
    Mode,
    Plan,
    Principal,
    PrincipalKind,
    Sign,
    Status,
    Step,
    SubjectKind,
    Withheld,
)

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Signal, Subject
    from chalicelib.settings import Settings


@dataclass(frozen=True)
class Rule:
    """What one sign is worth on its own, the ATT&CK technique it shows, and why."""

    sign: Sign
    confidence: Confidence
    technique: str
    reason: str


RULES: tuple[Rule, ...] = (
    Rule(Sign.EXPOSED, Confidence.CONFIRMED, "T1552", "AWS Health says that the credential is exposed or compromised"),
    Rule(Sign.QUARANTINED_BY_AWS, Confidence.CONFIRMED, "T1552", "AWS attached its quarantine policy to the user"),
    Rule(Sign.COMPROMISED, Confidence.CONFIRMED, "T1078.004", "GuardDuty says that the credential is compromised"),
    Rule(Sign.EXFILTRATED, Confidence.CONFIRMED, "T1552.005", "credentials of a workload are used from elsewhere"),
    Rule(Sign.ATTACK_SEQUENCE, Confidence.CONFIRMED, "T1078.004", "GuardDuty tied several acts into one attack"),
    Rule(Sign.REPORTED, Confidence.CONFIRMED, "T1552", "a person says that the credential is compromised"),
    Rule(Sign.SUSPICIOUS, Confidence.SUSPECTED, "T1078.004", "GuardDuty finds the use of the credential suspicious"),
    Rule(Sign.CONTAINMENT_UNDONE, Confidence.SUSPECTED, "T1562", "somebody undid a containment"),
    Rule(Sign.ROOT_KEY_CREATED, Confidence.SUSPECTED, "T1098.001", "the root user was given an access key"),
    Rule(Sign.ROOT_SIGN_IN, Confidence.INFORMATIONAL, "T1078.004", "the root user signed in to the console"),
    Rule(Sign.CREATED, Confidence.INFORMATIONAL, "T1098.001", "a credential was created"),
    Rule(Sign.REVIVED, Confidence.INFORMATIONAL, "T1098.001", "an inactive access key was made active"),
    Rule(Sign.PASSWORD_SET, Confidence.INFORMATIONAL, "T1098", "a console password was set"),
    Rule(Sign.SESSION_MINTED, Confidence.INFORMATIONAL, "T1550.001", "a user key was exchanged for a session"),
)

_RULE = {rule.sign: rule for rule in RULES}
_LADDER = tuple(Confidence)


def strike(signal: Signal, settings: Settings, context: Context | None = None) -> Judgement:
    """The decision, and the first blow where there is one: reversible, and justified by the signal alone."""
    confidence, reason = confide(signal, context or Context())
    decision = _allowed(confidence, settings.mode)
    if signal.sample:
        why = f"sample finding: nothing is touched ({reason})"
        return Judgement(Decision.TELL, confidence, why, dry=True, strike=blow(signal, settings))
    if signal.failed and confidence is Confidence.INFORMATIONAL:
        return Judgement(Decision.IGNORE, confidence, f"the call failed: {reason}")
    if decision is Decision.TELL:
        plan = blow(signal, settings) if confidence is not Confidence.INFORMATIONAL else ()
        return Judgement(decision, confidence, _told_only(reason, confidence, settings.mode), strike=plan)
    barred = untouchable(signal, settings)
    if barred:
        return Judgement(Decision.TELL, confidence, reason, withheld=(barred,))
    return Judgement(decision, confidence, reason, strike=blow(signal, settings))


def confide(signal: Signal, context: Context) -> tuple[Confidence, str]:
    """How sure the signal is in its context: one step up beside an open incident, one step down for a failed call."""
    rule = _RULE[signal.sign]
    if context.actor_has_incident and signal.sign in _MINTING and not signal.failed:
        return Confidence.CONFIRMED, f"{rule.reason} by a principal that is contained"
    rank, reason = _LADDER.index(rule.confidence), rule.reason
    if context.owner_has_incident:
        rank, reason = rank + 1, f"{reason}, and its owner has an open incident"
    if signal.failed:
        rank, reason = rank - 1, f"{reason}; the call failed"
    return _LADDER[max(0, min(rank, len(_LADDER) - 1))], reason


_MINTING = frozenset({Sign.CREATED, Sign.REVIVED, Sign.PASSWORD_SET, Sign.SESSION_MINTED})


def _allowed(confidence: Confidence, mode: Mode) -> Decision:
    match confidence, mode:
        case Confidence.INFORMATIONAL, _:
            return Decision.TELL
        case _, Mode.OBSERVE:
            return Decision.TELL
        case _, Mode.APPROVAL_REQUIRED:
            return Decision.ASK
        case Confidence.SUSPECTED, Mode.CONTAIN_CONFIRMED:
            return Decision.ASK
        case _:
            return Decision.ACT


def _told_only(reason: str, confidence: Confidence, mode: Mode) -> str:
    if mode is Mode.OBSERVE and confidence is not Confidence.INFORMATIONAL:
        return f"{reason}; mode observe only tells"
    return reason


def untouchable(signal: Signal, settings: Settings) -> Withheld | None:
    """Why nothing may be done to this principal by IAM writes, and what a person must do instead."""
    principal = signal.principal
    if signal.account != settings.account:
        return Withheld(
            "contain",
            f"account {signal.account} is not ours ({settings.account})",
            f"tell whoever owns account {signal.account}; containing it takes a responder there",
        )
    if principal is None and signal.subject.id is None:
        return Withheld(
            "contain", "the event names neither a principal nor a key id", "read the finding and decide by hand"
        )
    if principal is None:
        return None
    if any(one.unique_id == principal.unique_id and _names(one.arn, principal) for one in settings.protected):
        return Withheld(
            "contain",
            f"{principal.kind} {principal.name} is protected",
            "decide by hand; if it is compromised, take it off the protected list and run `leak-responder replay`",
        )
    if principal.unique_id in settings.own_role_ids:
        return Withheld("contain", "it is the responder itself", "revoke the sessions of this role by hand at once")
    return _uncontainable(principal)


def _names(arn: str, principal: Principal) -> bool:
    return arn.startswith("arn:") and f":{principal.account}:" in arn and arn.rsplit("/", 1)[-1] == principal.name


def _uncontainable(principal: Principal) -> Withheld | None:
    match principal.kind:
        case PrincipalKind.USER | PrincipalKind.ROLE:
            return None
        case PrincipalKind.ROOT:
            return Withheld(
                "contain",
                "IAM cannot constrain the root user",
                "sign in as root now: delete its access keys, change its password, check its MFA and the account's "
                "contacts, then open a case with AWS Support",
            )
        case PrincipalKind.SERVICE_LINKED_ROLE:
            return Withheld(
                "contain",
                "sessions of a service-linked role cannot be revoked",
                "find out through CloudTrail which service used the role, and stop that service's resource",
            )
        case PrincipalKind.IDENTITY_CENTER_ROLE:
            return Withheld(
                "contain",
                "IAM cannot edit a role that Identity Center created",
                "in Identity Center: delete the user's active sessions, then remove the permission set's assignments",
            )
        case PrincipalKind.OTHER:
            return Withheld(
                "contain",
                "the principal is neither a user nor a role of this account",
                "follow the evidence to the identity provider or account that issued it",
            )
        case _:
            assert_never(principal.kind)


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
    if step.action != "revoke-role-sessions":
        return step
    suffix = sha256(step.arguments.get("session", "*").encode(errors="backslashreplace")).hexdigest()[:8]
    extra = {"policy_name": f"leak-responder-{incident_id}-{suffix}", "cut_off": f"{cut_off:%Y-%m-%dT%H:%M:%SZ}"}
    return replace(step, arguments={**step.arguments, **extra})


def decide(signal: Signal, judgement: Judgement, facts: Facts, settings: Settings) -> Plan:
    """Everything after the strike, from the facts. Unknown facts withhold nothing that is safe to try."""
    if not judgement.strike:
        return Plan((), judgement.withheld)
    principal = judgement.strike[0].principal
    if is_stranger(signal, facts):
        return Plan((), (_recreated(principal),))
    if facts.exists is False:
        return Plan((), (Withheld("contain", f"{principal.kind} {principal.name} no longer exists", _GONE),))
    if principal.kind is PrincipalKind.USER:
        return _user_plan(signal, judgement, facts, settings)
    return Plan((*judgement.strike, *_rotations(principal, settings)), judgement.withheld)


_GONE = "nothing holds this credential any more; check with `leak-responder timeline` what it did before"


def is_stranger(signal: Signal, facts: Facts) -> bool:
    """Whether the principal of that name was re-created since: then it is somebody else's."""
    known = signal.principal.unique_id if signal.principal else None
    return bool(known and facts.unique_id and known != facts.unique_id)


def _recreated(principal: Principal) -> Withheld:
    return Withheld(
        "contain",
        f"{principal.kind} {principal.name} was deleted and created again since: it is another principal now",
        "nothing to contain; if the new one is suspect too, run `leak-responder contain` on it",
    )


def presumed(signal: Signal) -> Signal:
    """The signal as it will read once IAM has said whose key it is: some user's."""
    return replace(signal, principal=Principal(PrincipalKind.USER, signal.account, "(whoever holds it)"))


def is_confirmed(signal: Signal) -> bool:
    """Whether the sign is enough by itself, so that no context need be looked up."""
    return _RULE[signal.sign].confidence is Confidence.CONFIRMED


def foreseen(signal: Signal, judgement: Judgement, settings: Settings) -> tuple[Step, ...]:
    """The steps of a plan made before anything is known but the signal."""
    return decide(signal, judgement, Facts(), settings).steps


def key_step(signal: Signal, principal: Principal) -> tuple[Step, ...]:
    """The deactivation of the key that leaked, where the subject is one."""
    if signal.subject.kind is not SubjectKind.ACCESS_KEY or principal.kind is not PrincipalKind.USER:
        return ()
    return (Step("deactivate-key", principal, "this key leaked", {"key_id": signal.subject.id or ""}),)


def fallback(incident: Incident) -> Step | None:
    """The boundary, where the quarantine policy could not be attached."""
    step = incident.step("quarantine-user")
    if step is None or incident.step("bound-user") or step not in incident.unfinished():
        return None
    outcome = incident.outcome(step)
    if outcome.status is not Status.FAILED or outcome.retryable:
        return None
    why = "the quarantine policy could not be attached, so the deny goes on as the permissions boundary"
    return Step("bound-user", step.principal, why, dict(step.arguments))


def narrow_step(incident: Incident, settings: Settings) -> Step:
    """The narrower deny of this incident, with the cut-off that was frozen when it was opened."""
    name = f"leak-responder-{incident.id}"
    arguments = {
        "policy_name": name,
        "policy_arn": settings.quarantine_policy,
        "narrow_arn": f"arn:aws:iam::{settings.account}:policy/leak-responder/narrow/{name}",
        "cut_off": f"{incident.cut_off:%Y-%m-%dT%H:%M:%SZ}",
    }
    return Step(
        "narrow-user", incident.principal, "the leaked key is dead; older sessions stay so", arguments, later=True
    )


def _user_plan(signal: Signal, judgement: Judgement, facts: Facts, settings: Settings) -> Plan:
    principal = judgement.strike[0].principal
    steps, withheld = list(judgement.strike), list(judgement.withheld)
    if _no_room(facts, settings):
        steps = [Step("bound-user", principal, _FULL, {"policy_arn": settings.quarantine_policy})]
    match signal.subject.kind:
        case SubjectKind.ACCESS_KEY:
            steps.extend(key_step(signal, principal))
        case SubjectKind.UNNAMED:
            withheld.append(_which_key(facts))
        case _:
            pass
    return Plan((*steps, *_rotations(principal, settings)), tuple(withheld))


_MANAGED_POLICIES_PER_USER = 10
_FULL = "ten policies are attached already, so the deny goes on as the permissions boundary"


def _no_room(facts: Facts, settings: Settings) -> bool:
    attached = facts.attached or ()
    return len(attached) >= _MANAGED_POLICIES_PER_USER and settings.quarantine_policy not in attached


def _which_key(facts: Facts) -> Withheld:
    keys = ", ".join(key.id for key in facts.keys or () if key.active) or "unknown"
    return Withheld(
        "deactivate-key",
        f"no feed says which credential leaked; active keys: {keys}",
        "the deny stops all of them; deactivate the one that leaked with `aws iam update-access-key`",
    )


def _rotations(principal: Principal, settings: Settings) -> tuple[Step, ...]:
    return tuple(
        Step(
            "rotate-secret",
            principal,
            "our configuration links this secret to the principal",
            {"secret": secret, "token": ""},
            later=True,
        )
        for arn, secrets in sorted(settings.linked_secrets.items())
        if _names(arn, principal) and f":{principal.kind}/" in arn
        for secret in secrets
    )


def may_narrow(incident: Incident, facts: Facts) -> Withheld | None:
    """Why the deny on a user must stay as wide as it is; None where it may shrink to what was issued before."""
    leaked = {step.arguments["key_id"] for step in incident.steps if step.action == "deactivate-key"}
    match facts:
        case _ if not leaked:
            reason = "no feed says which credential leaked"
        case _ if facts.keys is None or facts.console_password is None or facts.boundary is None:
            reason = "the keys, password or boundary of the user could not be read"
        case _ if any(key.active and key.id in leaked for key in facts.keys):
            reason = "the leaked key is still active"
        case _ if any(key.created >= incident.since for key in facts.keys if key.id not in leaked):
            reason = "another key is younger than the earliest sign of the leak"
        case _ if facts.console_password:
            reason = "the intruder could have set the console password"
        case _ if facts.boundary:
            reason = "the user has a permissions boundary of their own, whose place the narrower deny would take"
        case _:
            return None
    instead = "check the user's other credentials, then run `leak-responder release`: until then they stand still too"
    return Withheld("narrow-user", reason, instead)
