"""How much a signal is worth in its context, and what may be done about it in this mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.model import UNDOING, Confidence, Context, Decision, Judgement, Mode, PrincipalKind, Sign, Signal
from chalicelib.playbook.barred import names, untouchable
from chalicelib.playbook.steps import blow
from chalicelib.sources.credential_events import BOUNDARIES, OUR_DENY_ON_SESSIONS

if TYPE_CHECKING:
    from chalicelib.settings import Settings


@dataclass(frozen=True)
class Rule:
    """What one sign is worth on its own, the ATT&CK technique it shows, and why.

    A `quiet` one is daily work, which counts only of somebody contained; of one with `attempts` even a call that
    failed is told; one that is `daily` is told once a day however often it is seen. What is `for_others`
    services of AWS do for people all day: through one it counts a step less, and anything else as the caller's own.
    """

    sign: Sign
    confidence: Confidence
    technique: str
    reason: str
    quiet: bool = False
    attempts: bool = False
    daily: bool = False
    for_others: bool = False


RULES: tuple[Rule, ...] = (
    Rule(Sign.EXPOSED, Confidence.CONFIRMED, "T1552", "AWS itself says that the credential is exposed or compromised"),
    Rule(
        Sign.QUARANTINED_BY_AWS,
        Confidence.CONFIRMED,
        "T1552",
        "AWS's quarantine policy was attached to the user, as AWS does once it found a key in public",
    ),
    Rule(Sign.COMPROMISED, Confidence.CONFIRMED, "T1078.004", "GuardDuty says that the credential is compromised"),
    Rule(Sign.EXFILTRATED, Confidence.CONFIRMED, "T1552.005", "credentials of a workload are used from elsewhere"),
    Rule(Sign.ATTACK_SEQUENCE, Confidence.CONFIRMED, "T1078.004", "GuardDuty tied several acts into one attack"),
    Rule(
        Sign.DECOY_USED,
        Confidence.CONFIRMED,
        "T1078.004",
        "a decoy was used, which nobody has a reason to touch",
        attempts=True,
    ),
    Rule(Sign.REPORTED, Confidence.CONFIRMED, "T1552", "a person says that the credential is compromised"),
    Rule(
        Sign.MINTED,
        Confidence.CONFIRMED,
        "T1098.001",
        "the inquiry found that a contained credential made this one",
    ),
    Rule(
        Sign.FOUND_WORKING,
        Confidence.CONFIRMED,
        "T1552.001",
        "a scanner or Git host found the credential where it must not be, and saw that it works",
    ),
    Rule(
        Sign.FOUND,
        Confidence.SUSPECTED,
        "T1552.001",
        "a scanner or Git host found the key id where it must not be; nobody knows whether the secret was with it",
    ),
    Rule(Sign.SUSPICIOUS, Confidence.SUSPECTED, "T1078.004", "GuardDuty finds the use of the credential suspicious"),
    Rule(
        Sign.WORKLOAD_TAKEN,
        Confidence.SUSPECTED,
        "T1552.005",
        "a workload does what an intruder would, who can then read its credentials, too",
    ),
    Rule(
        Sign.WARNED,
        Confidence.SUSPECTED,
        "T1552",
        "AWS itself warns of a credential, and does not say that it is exposed or compromised",
    ),
    Rule(
        Sign.MACHINE_SIGNED_IN,
        Confidence.SUSPECTED,
        "T1078.004",
        "the role of a machine signed in to the console or got a token to, and machines have no browser",
    ),
    Rule(Sign.CONTAINMENT_UNDONE, Confidence.SUSPECTED, "T1562", "somebody took our deny off"),
    Rule(Sign.ROOT_KEY_CREATED, Confidence.SUSPECTED, "T1098.001", "the root user was given a working access key"),
    Rule(Sign.ROOT_WITHOUT_MFA, Confidence.SUSPECTED, "T1078.004", "the root user signed in without a second factor"),
    Rule(
        Sign.RESPONDER_CHANGED,
        Confidence.SUSPECTED,
        "T1562.001",
        "a part of the responder was changed, and not by its own deployment",
        for_others=True,
    ),
    Rule(Sign.ROOT_MFA_REMOVED, Confidence.SUSPECTED, "T1556.006", "the second factor of the root user was taken off"),
    Rule(
        Sign.ORGANISATION_LEFT,
        Confidence.SUSPECTED,
        "T1666",
        "an account was taken out of its organisation or closed, out of reach of the guardrails",
        attempts=True,
    ),
    Rule(Sign.TRUST_PUBLIC, Confidence.SUSPECTED, "T1098.003", "a role was opened to everybody"),
    Rule(
        Sign.KEY_TESTED,
        Confidence.SUSPECTED,
        "T1078.004",
        "a tool that tests found keys tried the credential",
        daily=True,
        for_others=True,
    ),
    Rule(
        Sign.NOTICED,
        Confidence.INFORMATIONAL,
        "T1078.004",
        "GuardDuty reports a change or use that owners have reasons for, too",
    ),
    Rule(
        Sign.DATABASE_ENTERED,
        Confidence.INFORMATIONAL,
        "T1078",
        "GuardDuty finds a sign-in to a database suspicious; unless somebody knows why, change that login's password",
    ),
    Rule(Sign.ROOT_SIGN_IN, Confidence.INFORMATIONAL, "T1078.004", "the root user signed in to the console"),
    Rule(
        Sign.ROOT_RECOVERED,
        Confidence.INFORMATIONAL,
        "T1098",
        "a new password for the root user was asked for, or its password or e-mail address was changed",
    ),
    Rule(
        Sign.ROOT_USED,
        Confidence.INFORMATIONAL,
        "T1078.004",
        "the root user's credentials are in use, as they should rarely be",
        daily=True,
    ),
    Rule(
        Sign.ROOT_CREDENTIALS,
        Confidence.INFORMATIONAL,
        "T1550.001",
        "the root user handed credentials to a program, which can be refreshed for hours",
    ),
    Rule(
        Sign.SIGN_IN_TOKEN,
        Confidence.INFORMATIONAL,
        "T1550.001",
        "credentials were exchanged for a sign-in to the console",
        daily=True,
    ),
    Rule(
        Sign.QUARANTINED_BY_HAND,
        Confidence.INFORMATIONAL,
        "T1531",
        "AWS's quarantine policy was attached to another user by somebody of the account, and not by AWS",
    ),
    Rule(Sign.QUARANTINE_LIFTED, Confidence.INFORMATIONAL, "T1562", "AWS's quarantine policy was taken off the user"),
    Rule(Sign.BOUNDARY_CHANGED, Confidence.INFORMATIONAL, "T1562", "a user's permissions boundary was changed"),
    Rule(Sign.CREATED, Confidence.INFORMATIONAL, "T1098.001", "a credential was created"),
    Rule(Sign.REVIVED, Confidence.INFORMATIONAL, "T1098.001", "a credential was set active"),
    Rule(Sign.PASSWORD_SET, Confidence.INFORMATIONAL, "T1098", "a console password was set"),
    Rule(
        Sign.SESSION_MINTED,
        Confidence.INFORMATIONAL,
        "T1550.001",
        "a user key was exchanged for a session",
        for_others=True,
    ),
    Rule(
        Sign.ROOT_ASSUMED,
        Confidence.INFORMATIONAL,
        "T1550.001",
        "somebody obtained a session as the root user of an account of the organisation",
    ),
    Rule(
        Sign.ACTED_AS_PERSON,
        Confidence.INFORMATIONAL,
        "T1098.001",
        "the role of a machine gave somebody a credential",
        quiet=True,
    ),
    Rule(
        Sign.USER_RENAMED,
        Confidence.INFORMATIONAL,
        "T1098",
        "a user was renamed, and keeps every credential",
        quiet=True,
    ),
    Rule(Sign.USER_CREATED, Confidence.INFORMATIONAL, "T1136.003", "a user was created"),
    Rule(
        Sign.USER_WITHOUT_MFA,
        Confidence.INFORMATIONAL,
        "T1078.004",
        "a user signed in to the console without a second factor",
        daily=True,
    ),
    Rule(
        Sign.MFA_REMOVED,
        Confidence.INFORMATIONAL,
        "T1556.006",
        "a second factor was taken off in a session that had shown none",
    ),
    Rule(
        Sign.PASSWORD_RULES_CHANGED, Confidence.INFORMATIONAL, "T1556", "the account's rules for passwords were changed"
    ),
    Rule(Sign.RIGHTS_GRANTED, Confidence.INFORMATIONAL, "T1098.003", "rights that reach everything were given"),
    Rule(Sign.RIGHTS_TAKEN, Confidence.INFORMATIONAL, "T1098.003", "somebody gave rights to themselves"),
    Rule(
        Sign.VERSION_SWITCHED,
        Confidence.INFORMATIONAL,
        "T1098.003",
        "another version of a policy was put in force, whose rights the call does not show",
    ),
    Rule(Sign.TRUST_OPENED, Confidence.INFORMATIONAL, "T1098.003", "a role was opened to somebody outside the account"),
    Rule(
        Sign.PROVIDER_CHANGED,
        Confidence.INFORMATIONAL,
        "T1484.002",
        "whom the account trusts to say who people are was changed",
    ),
    Rule(
        Sign.RIGHTS_DELEGATED,
        Confidence.INFORMATIONAL,
        "T1199",
        "a partner was handed rights of this account, or services outside AWS can be given its tokens",
    ),
    Rule(
        Sign.ROOT_ACCESS_OPENED,
        Confidence.INFORMATIONAL,
        "T1098.003",
        "from now on sessions as the root user of accounts of the organisation can be obtained",
    ),
    Rule(
        Sign.MACHINE_GIVEN_ROLE,
        Confidence.INFORMATIONAL,
        "T1552.005",
        "a machine or device was given the credentials of a role, or somebody a way in to one that has them",
        daily=True,
    ),
    Rule(
        Sign.CENTER_ACCESS_CHANGED,
        Confidence.INFORMATIONAL,
        "T1098",
        "who may work through Identity Center, or administers it, was changed",
        daily=True,
    ),
    Rule(
        Sign.CLUSTER_ADMIN_GIVEN,
        Confidence.INFORMATIONAL,
        "T1098.006",
        "somebody was made administrator of a Kubernetes cluster",
    ),
    Rule(
        Sign.DATABASE_PASSWORD_SET,
        Confidence.INFORMATIONAL,
        "T1098",
        "the password of a database's administrator was set, or its sign-in by IAM was switched off",
        daily=True,
    ),
    Rule(Sign.LOGGING_CHANGED, Confidence.INFORMATIONAL, "T1562.008", "what the account logs was changed or ended"),
    Rule(
        Sign.DETECTION_CHANGED,
        Confidence.INFORMATIONAL,
        "T1562.001",
        "what detects intruders was switched off, or told to look away",
    ),
    Rule(
        Sign.SECURITY_CONTACT_CHANGED,
        Confidence.INFORMATIONAL,
        "T1562.006",
        "AWS's notices about security go to another contact from now on, or to none",
    ),
    Rule(
        Sign.GUARDRAIL_LIFTED,
        Confidence.INFORMATIONAL,
        "T1562",
        "a policy of the organisation, which may bound what accounts can do, was taken off",
    ),
    Rule(
        Sign.ENCRYPTION_THREATENED,
        Confidence.INFORMATIONAL,
        "T1485",
        "an encryption key was disabled or is to be deleted, and with it whatever it encrypts",
    ),
    Rule(
        Sign.SHARED_OUTSIDE,
        Confidence.INFORMATIONAL,
        "T1098",
        "a secret, key or function was opened to another account, or to everybody",
    ),
    Rule(
        Sign.CREDENTIALS_STORED,
        Confidence.INFORMATIONAL,
        "T1552.001",
        "Macie found credentials in an object of S3, where they must not be",
    ),
    Rule(
        Sign.ROTATION_FAILED,
        Confidence.INFORMATIONAL,
        "T1555.006",
        "a secret could not be rotated: whoever has read it can still use it",
    ),
    Rule(
        Sign.SECRETS_READ,
        Confidence.INFORMATIONAL,
        "T1555.006",
        "secrets or parameters were read in bulk: with a long-term key, or all there are but some",
        daily=True,
        for_others=True,
    ),
    Rule(Sign.MFA_ADDED, Confidence.INFORMATIONAL, "T1098.005", "a second factor was added", quiet=True),
    Rule(Sign.PASSWORD_CHANGED, Confidence.INFORMATIONAL, "T1098", "somebody changed their own password", quiet=True),
    Rule(Sign.RIGHTS_CHANGED, Confidence.INFORMATIONAL, "T1098.003", "somebody's rights were changed", quiet=True),
    Rule(
        Sign.FINDINGS_PUT_AWAY,
        Confidence.INFORMATIONAL,
        "T1562.006",
        "findings were archived or suppressed, so that fewer people see them",
        quiet=True,
    ),
    Rule(
        Sign.SESSION_OBTAINED,
        Confidence.INFORMATIONAL,
        "T1550.001",
        "a user obtained an ordinary session",
        quiet=True,
        for_others=True,
    ),
)

_RULE = {rule.sign: rule for rule in RULES}
_LADDER = tuple(Confidence)


def strike(signal: Signal, settings: Settings, context: Context | None = None) -> Judgement:
    """The decision, and the first blow where there is one: reversible, and justified by the signal alone."""
    context = context or Context()
    confidence, reason = confide(signal, context, settings)
    if signal.sample:
        why = f"sample finding: nothing is touched ({reason})"
        return Judgement(Decision.TELL, confidence, why, dry=True, strike=blow(signal, settings), why_not="a sample")
    idle = _of_no_concern(signal, confidence, settings, context)
    if idle:
        return Judgement(Decision.IGNORE, confidence, f"{idle}: {reason}", why_not=idle)
    if confidence is Confidence.INFORMATIONAL:
        return Judgement(Decision.TELL, confidence, reason, why_not="informational: only told")
    barred = untouchable(signal, settings)
    if barred:
        return Judgement(Decision.TELL, confidence, reason, withheld=(barred,), why_not=barred.reason)
    why = f"{reason}; mode observe only tells" if settings.mode is Mode.OBSERVE else reason
    decision = _allowed(confidence, settings.mode)
    counted = decision is Decision.ACT and _is_counted(signal, context)
    if counted and context.contained_lately >= settings.most_an_hour:
        tripped = f"the circuit breaker asks first: {context.contained_lately} contained within an hour"
        blows = blow(signal, settings)
        return Judgement(Decision.ASK, confidence, f"{why}; {tripped}", strike=blows, why_not=tripped)
    why_not = "" if decision is Decision.ACT else f"{confidence} in mode {settings.mode}"
    blows = blow(signal, settings)
    return Judgement(decision, confidence, why, strike=blows, why_not=why_not, counted=counted)


_BY_AWS = frozenset(
    {Sign.EXPOSED, Sign.QUARANTINED_BY_AWS, Sign.COMPROMISED, Sign.EXFILTRATED, Sign.ATTACK_SEQUENCE},
)


def _is_counted(signal: Signal, context: Context) -> bool:
    """Whether the circuit breaker counts it, and may hold it back: never what AWS itself confirmed, a person ordered,
    or an incident that contains explains, or an intruder with users to throw away could trip it and go on.
    """
    explained = context.owner_is_contained or context.actor_is_contained
    return not explained and signal.sign not in {*_BY_AWS, Sign.REPORTED, Sign.MINTED}


def confide(signal: Signal, context: Context, settings: Settings | None = None) -> tuple[Confidence, str]:
    """Return how sure the signal is in its context, and why.

    A step up about or by one who is contained, or by a machine that does no such thing usually; a step
    down for a call that failed, that AWS services make for people all day, or that its caller is configured to make.
    """
    rule = _RULE[signal.sign]
    if context.actor_is_contained and signal.sign in _MINTING and not signal.failed:
        return Confidence.CONFIRMED, f"{rule.reason} by a principal that is contained"
    rank, reason = _LADDER.index(rule.confidence), rule.reason
    if context.owner_is_contained:
        rank, reason = rank + 1, f"{reason}, and its owner is contained"
    elif context.actor_is_contained:
        rank, reason = rank + 1, f"{reason}, by a principal that is contained"
    if context.is_new_to_machine and rank == 0:
        rank, reason = 1, f"{reason}, by the role of a machine that has not done so in 30 days"
    if context.undoes_containment:
        rank, reason = rank + 1, f"{reason}: what a closed incident left standing was undone"
    if signal.failed and signal.sign is not Sign.DECOY_USED:  # that somebody tried is all there is to know
        rank, reason = rank - 1, f"an attempt that failed: {reason}"
    if signal.by_service and rule.for_others:
        rank, reason = rank - 1, f"{reason}; an AWS service made the call on somebody's behalf"
    elif signal.by_service and signal.sign is not Sign.QUARANTINED_BY_AWS:
        reason = f"{reason}; an AWS service made the call with the caller's rights"
    if settings and _is_automation(signal, settings):
        rank, reason = rank - 1, f"{reason}; the caller is configured to do that"
    return _LADDER[max(0, min(rank, len(_LADDER) - 1))], reason


def _is_automation(signal: Signal, settings: Settings) -> bool:
    """Whether the caller is a pipeline or tool of ours at what it is for."""
    actor = signal.actor
    return actor is not None and any(
        names(arn, actor) and signal.what in calls for arn, calls in settings.automation.items()
    )


_MINTING = frozenset(
    {
        *(Sign.CREATED, Sign.REVIVED, Sign.PASSWORD_SET),
        *(Sign.SESSION_MINTED, Sign.ROOT_ASSUMED, Sign.SESSION_OBTAINED),
    }
)


def _of_no_concern(signal: Signal, confidence: Confidence, settings: Settings, context: Context) -> str | None:
    """Why nobody need hear of it; None where somebody should."""
    low, rule = confidence is Confidence.INFORMATIONAL, _RULE[signal.sign]
    match signal:
        case _ if signal.failed and (low or signal.sign in UNDOING) and not rule.attempts:
            return "nothing came of it"
        case _ if signal.by_service and rule.for_others and low and not context.owner_is_contained:
            return "a service at its work"
        case _ if low and not context.owner_is_contained and _is_automation(signal, settings):
            return "automation at its work"
        case _ if signal.sign is Sign.SESSION_OBTAINED and not context.actor_is_contained:
            # A contained role is assumed again by those who work with it: what is newer than the cut-off is theirs.
            return "daily work, and whoever obtained the session is not contained"
        case _ if rule.quiet and low and not context.owner_is_contained:
            return "daily work, and nobody concerned is contained"
        case _ if signal.sign is Sign.CONTAINMENT_UNDONE and not _is_ours(signal, settings):
            return "not our containment"
        case _ if signal.sign is Sign.BOUNDARY_CHANGED and not _may_be_ours(context):
            # the call does not name the boundary that it took off: only containment makes it likely ours
            return "nothing of ours is known to stand there"
        case _ if signal.sign is Sign.RIGHTS_TAKEN and signal.what in BOUNDARIES and _may_be_ours(context):
            return "told as the boundary that was changed"
        case _:
            return None


def _may_be_ours(context: Context) -> bool:
    return context.owner_is_contained or context.undoes_containment


def _is_ours(signal: Signal, settings: Settings) -> bool:
    """Exactly what we put there: a look-alike must not have anybody contained.

    The name of a role's inline policy can be forged, by whoever may write the role's policies: that is more than
    what we could do to the role.
    """
    policy = signal.policy or ""
    if signal.principal and signal.principal.kind is PrincipalKind.ROLE:
        return OUR_DENY_ON_SESSIONS.fullmatch(policy) is not None
    return bool(policy) and policy == settings.quarantine_policy


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


def told_once_a_day(signal: Signal) -> bool:
    """Whether a day's notices of the same kind are one."""
    return _RULE[signal.sign].daily


def stands_alone(signal: Signal) -> bool:
    """Whether nothing that the ledger knows changes what is done about it."""
    return is_confirmed(signal) and not _is_counted(signal, Context())


def is_confirmed(signal: Signal) -> bool:
    """Whether the sign is enough by itself, so that no context need be looked up."""
    return _RULE[signal.sign].confidence is Confidence.CONFIRMED
