"""The one loop that changes other people's credentials: claim, strike, plan, act, tell, hand on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding, playbook, renaming, steps
from chalicelib.entries import Closed, Opened, Result
from chalicelib.gathering import gather, is_gathered
from chalicelib.incident import Incident
from chalicelib.joining import first_plan, fresh_cut_off, is_known, is_over, is_repeat, join, make_way
from chalicelib.key_ids import account_of
from chalicelib.ledger import Busy, Claimed, Folded, LeaseLostError, Paused, breaker, habits, roll, updates
from chalicelib.model import (
    Confidence,
    Context,
    Decision,
    Facts,
    Outcome,
    Principal,
    PrincipalKind,
    Sign,
    Status,
    StepState,
    Subject,
    SubjectKind,
    Withheld,
    hash_parts,
)
from chalicelib.sources.cloudtrail import role
from chalicelib.tell import UntoldError, tell_incident, tell_joined, tell_notice

if TYPE_CHECKING:
    from chalicelib.model import Judgement, Signal
    from chalicelib.ports import Ports

T = TypeVar("T")


class UnfinishedError(Exception):
    """Something retryable is left: raised at the very end, so that Lambda or the queue tries again."""


class HandedOnError(UnfinishedError):
    """The follow-up is queued and goes on with what is left: nobody needs to deliver the signal again."""


class UnansweredError(UnfinishedError):
    """AWS did not answer, or throttled us, before anything was claimed: the same may be answered later."""


@dataclass(frozen=True)
class Answer:
    """What came of one signal: the word that is counted, and the incident if there is one."""

    what: str
    reason: str
    incident: Incident | None = None
    explained_by: str | None = None


def respond(signal: Signal, ports: Ports) -> Answer:
    """Answer one signal. UnfinishedError when a later attempt may finish what this one could not."""
    return _finished(signal, ports, _contain)


def sift(signal: Signal, ports: Ports) -> Answer:
    """Answer one signal of a wide rule: what is more than told goes to `follow_up`, which may touch people."""
    return _finished(signal, ports, _hand_on)


Next = Callable[["Signal", "Judgement", "Ports"], Answer]
"""What is done about a signal that is to be contained or asked about."""


def _finished(signal: Signal, ports: Ports, contain: Next) -> Answer:
    try:
        return _answered(signal, ports, contain)
    except LeaseLostError as lost:
        ports.queue_signal(signal, ports.settings.lease)  # the other run may not know it
        return Answer("overtaken", str(lost))
    except (ClientError, BotoCoreError) as error:  # what fails of the steps is an outcome: this is the ledger or queue
        _tell_stuck(signal, error, ports)
        found = steps.failed(error)
        message = f"{signal.what} {signal.native_id} could not be answered: {found.detail}"
        raise (UnansweredError if found.retryable else UnfinishedError)(message) from error


def _answered(signal: Signal, ports: Ports, contain: Next) -> Answer:
    signal = _identified(_owned(signal, ports), ports)
    context = Context() if playbook.stands_alone(signal) else roll.context(ports.ledger, signal, ports.now())
    judgement = playbook.strike(signal, ports.settings, context)
    if habits.concerns(signal) and not signal.failed:
        with suppress(ClientError, BotoCoreError):  # a habit that is not noted asks once too often
            habits.note(ports.ledger.table, signal)
    if _should_search(signal, judgement, ports):
        ports.queue_search(signal, ports.now(), 0)
        return Answer("queued", "the owner of the session is searched for in CloudTrail")
    if signal.principal is None and not judgement.withheld and _weighs(judgement):
        judgement = replace(judgement, decision=Decision.TELL, withheld=(_ownerless(signal),))
    match judgement.decision:
        case Decision.IGNORE:
            return Answer("ignored", judgement.reason)
        case Decision.TELL:
            known = _contained_by(signal, judgement, ports)
            return known or _told(signal, judgement, ports)
        case Decision.ASK | Decision.ACT:
            return contain(signal, judgement, ports)


def _should_search(signal: Signal, judgement: Judgement, ports: Ports) -> bool:
    """Say whether the event names a session of this account and no owner, and its owner would be contained or told."""
    subject = signal.subject
    if signal.principal or signal.sample or not _weighs(judgement) or subject.kind not in _SESSIONS:
        return False
    ours = {"", ports.settings.account}
    if signal.account not in ours or (account_of(subject.id or "") or "") not in ours:
        return False
    return subject.id is not None or (subject.kind is SubjectKind.FEDERATED_SESSION and subject.session is not None)


_SESSIONS = frozenset({SubjectKind.USER_SESSION, SubjectKind.FEDERATED_SESSION, SubjectKind.ROLE_SESSION})


def tell_unowned(signal: Signal, why: str, *, is_last: bool, ports: Ports) -> None:
    """Tell of a session without a known owner: once while it is searched for, and once at the end of the search."""
    judgement = playbook.strike(signal, ports.settings)
    (nameless, *others) = judgement.withheld or (_ownerless(signal),)
    outcome = "its owner was not found" if is_last else "its owner is searched for"
    reason, withheld = f"{judgement.reason}; {outcome}", (replace(nameless, reason=why), *others)
    told = replace(judgement, decision=Decision.TELL, reason=reason, withheld=withheld)
    tell_notice(signal, told, _notice(signal, told), ports)


def _weighs(judgement: Judgement) -> bool:
    """Whether somebody would be contained for it, were it known whose the credential is."""
    return judgement.decision is not Decision.IGNORE and judgement.confidence is not Confidence.INFORMATIONAL


def _hand_on(signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    ports.queue_signal(signal, 0)
    return Answer("queued", judgement.reason)


def _owned(signal: Signal, ports: Ports) -> Signal:
    """A bare key id is given its owner: the one round trip that such a signal costs more.

    Where the feed names no account it may be ours: IAM answers for our keys alone.
    """
    key, ours = signal.subject.id, ports.settings.account
    if signal.sample or not key or signal.account not in {"", ours}:
        return signal
    if _is_root_by_name(signal):
        return _unless_a_user(signal, key, ports)
    if signal.principal or signal.subject.kind is not SubjectKind.ACCESS_KEY:
        return signal
    name = fact_finding.owner_of(ports.aws.iam(), key)
    return replace(signal, account=ours, principal=Principal(PrincipalKind.USER, ours, name)) if name else signal


def _is_root_by_name(signal: Signal) -> bool:
    """Whether a feed calls the owner root by nothing but a name, which a user may bear, too."""
    principal, is_key = signal.principal, signal.subject.kind is SubjectKind.ROOT_KEY
    return is_key and principal is not None and principal.kind is PrincipalKind.ROOT and not principal.unique_id


def _unless_a_user(signal: Signal, key: str, ports: Ports) -> Signal:
    """The signal as it is, or about the user who holds the key, where IAM knows both.

    What GetAccessKeyLastUsed answers for a key of the root user is documented nowhere: only a user who exists counts.
    """
    iam, ours = ports.aws.iam(), ports.settings.account
    name = fact_finding.owner_of(iam, key)
    user = Principal(PrincipalKind.USER, ours, name) if name else None
    unique_id = fact_finding.unique_id_of(iam, user) if user else None
    if user is None or unique_id is None:
        return signal
    subject = Subject(SubjectKind.ACCESS_KEY, key)
    return replace(signal, account=ours, subject=subject, principal=replace(user, unique_id=unique_id))


def _identified(signal: Signal, ports: Ports) -> Signal:
    """A name that could be a protected principal's, or a role of AWS's, is looked up before anything is decided."""
    signal = _with_kind(signal, ports) if _may_be_of_aws(signal, ports) else signal
    if signal.principal is None or signal.sample or not playbook.is_unidentified(signal, ports.settings):
        return signal
    unique_id = fact_finding.unique_id_of(ports.aws.iam(), signal.principal)
    return replace(signal, principal=replace(signal.principal, unique_id=unique_id))


_NAMES_OF_AWS = ("AWSServiceRoleFor", "AWSReservedSSO_")
"""Begin the names of roles that AWS makes, and of others': a name decides nothing, so IAM is asked for the path."""


def _may_be_of_aws(signal: Signal, ports: Ports) -> bool:
    """Say whether a role may be one that nobody can constrain: feeds that give a name alone say no path."""
    who, ours = signal.principal, ports.settings.account
    named = who is not None and who.kind is PrincipalKind.ROLE and who.name.startswith(_NAMES_OF_AWS)
    return named and signal.account == ours and not signal.sample


def _with_kind(signal: Signal, ports: Ports) -> Signal:
    """Return the signal about the kind of role that IAM shows; as it is where IAM shows none, or somebody else."""
    principal = signal.principal
    known = fact_finding.role_of(ports.aws.iam(), principal.name) if principal else Facts()
    if principal is None or known.arn is None or playbook.is_stranger(signal, known):
        return signal
    shown = role(principal.name, principal.account, principal.unique_id or known.unique_id, known.arn)
    return replace(signal, principal=shown)


def _ownerless(signal: Signal) -> Withheld:
    if signal.subject.id is None:
        return Withheld(
            "contain",
            "the event names no credential, and nobody's",
            "find the role of what it names, for an instance with `aws iam get-instance-profile`, then `leak-responder "
            "contain --role ROLE --reason …`",
        )
    return Withheld(
        "contain",
        f"IAM does not say whose {signal.subject.id} is: it was deleted, belongs to another "
        "account, or the responder may not ask (iam:GetAccessKeyLastUsed)",
        "find its account with `aws sts get-access-key-info`; if that is ours and the key still exists, set it "
        "inactive by hand",
    )


def _contained_by(signal: Signal, judgement: Judgement, ports: Ports) -> Answer | None:
    """What a mode only watches is not said to work where an incident has stopped it since."""
    if judgement.dry or judgement.withheld or not judgement.strike:
        return None
    found = roll.newest_of(ports.ledger, judgement.strike[0].principal)
    if found is None or not found.is_denied or signal.at > found.settled_at or not found.explains(signal):
        return None
    return Answer("folded", f"incident {found.id} explains it", explained_by=found.id)


def _told(signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    if is_gathered(signal, judgement):
        return Answer("gathered" if gather(signal, judgement, ports) else "repeated", judgement.reason)
    told = tell_notice(signal, judgement, _notice(signal, judgement), ports)
    return Answer("told" if told else "repeated", judgement.reason)


def _tell_stuck(signal: Signal, error: ClientError | BotoCoreError, ports: Ports) -> None:
    """What trying again cannot mend is told before the event goes back: nobody else would say it in time. So is what
    was tried for some minutes.
    """
    outcome, judgement = steps.failed(error), playbook.strike(signal, ports.settings)
    soon = outcome.retryable and ports.tries != _TOLD_AFTER
    if soon or judgement.decision not in {Decision.ACT, Decision.ASK}:
        return
    why = Withheld(
        "contain",
        f"the responder could not go on: {outcome.detail}",
        "contain it by hand at once, and give the responder's role what it lacks; the event is tried again, then kept "
        "for `leak-responder dead-letters redrive`",
    )
    judgement = replace(judgement, decision=Decision.TELL, withheld=(why,))
    with suppress(UntoldError):  # the event goes back in any case
        tell_notice(signal, judgement, _notice(signal, judgement), ports)


_TOLD_AFTER = 5
"""Attempts: the first in the event's own function, each later one after twice the pause, so within three minutes."""


def _notice(signal: Signal, judgement: Judgement) -> str:
    """One notice for the same activity of the same principal, through however many feeds and Regions it comes."""
    who = signal.principal.lock if signal.principal else f"{signal.account}/{signal.subject.id or signal.native_id}"
    what = (signal.sign, signal.what, signal.subject.id, signal.subject.session)
    return hash_parts(who, *what, *_occasion(signal, judgement))


def _occasion(signal: Signal, judgement: Judgement) -> tuple[str, ...]:
    """Return what tells one occasion from the next: of a call its id, for CloudTrail has whole seconds."""
    if playbook.told_once_a_day(signal):
        return signal.at.date().isoformat(), judgement.reason
    return signal.at.isoformat(), signal.native_id if signal.is_call else judgement.reason


def _contain(signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    principal, now = judgement.strike[0].principal, ports.now()
    incident_id, opened = opening(signal, judgement, ports)
    facts = fact_finding.begin(ports.aws.iam(), principal, ports.pool)
    match ports.ledger.claim(incident_id, opened, now):
        case Paused():
            return _told(signal, _paused(judgement), ports)
        case Folded(incident_id=explained, newer=True):
            return _noted(explained, ports)
        case Folded(incident_id=explained):
            return _folded(explained, signal, judgement, ports)
        case Busy(incident_id=other, until=until):
            return _later(other, signal, (until - now).total_seconds(), ports)
        case Claimed(incident=incident, fresh=fresh):
            if not fresh and is_repeat(incident, signal):
                ports.ledger.give_back(incident)
                return Answer("repeated", f"incident {incident.id} knows it", incident)
            if not fresh and not is_known(incident, signal):
                return _met(incident, signal, judgement, facts(), ports)
            if fresh:
                _count(judgement, ports)
            return work(incident, facts(), ports)


def _met(incident: Incident, signal: Signal, judgement: Judgement, facts: Facts, ports: Ports) -> Answer:
    """Fold a signal into the incident that its principal's name has, unless it is about somebody else by now."""
    principal = judgement.strike[0].principal
    if _is_doubtful(signal, facts) or incident.precedes(facts.unique_id):
        incident = renaming.follow(incident, ports, lambda *_: _renamer(signal))
    if is_over(incident, signal, facts):
        make_way(incident, principal, ports)
        return _answered(_of(facts, signal), ports, _contain)
    if incident.principal.name != principal.name:
        facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    else:
        facts = _follow_owner(signal, facts, ports)
    if not incident.acting:  # an answer to a question contains as an incident of its own does
        _count(judgement, ports)
    return work(join(incident, signal, judgement, facts, ports), facts, ports)


def _count(judgement: Judgement, ports: Ports) -> None:
    """Count the containment for the breaker, where it counts. A count that is lost costs nobody the containment."""
    if judgement.counted:
        with suppress(ClientError, BotoCoreError):
            breaker.count(ports.ledger.table, ports.now())


def _renamer(signal: Signal) -> Principal | None:
    """Return who renamed the user, where the signal says it."""
    return signal.actor if signal.sign is Sign.USER_RENAMED else None


def _folded(incident_id: str, signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    """What a closed incident explains is silent, unless it asks something of a person that the incident never did."""
    incident = ports.ledger.load(incident_id) if signal.also else None
    if incident and not is_known(incident, signal):
        return _told(signal, replace(judgement, decision=Decision.TELL, strike=()), ports)
    return Answer("folded", f"incident {incident_id} explains it", explained_by=incident_id)


def _noted(incident_id: str, ports: Ports) -> Answer:
    """Count a finding about what is stopped. A feed does not say whether the calls were denied: one look finds that out
    for all findings of some minutes.
    """
    if updates.note(ports.ledger, incident_id, ports.now()):
        ports.queue_look(incident_id, 0)
    reason = f"incident {incident_id} has stopped it; a look makes sure that no call of it succeeded"
    return Answer("explained", reason, explained_by=incident_id)


def _of(facts: Facts, signal: Signal) -> Signal:
    """The signal with the unique id that its principal's name has now."""
    return replace(signal, principal=signal.principal and replace(signal.principal, unique_id=facts.unique_id))


def opening(signal: Signal, judgement: Judgement, ports: Ports) -> tuple[str, Opened]:
    """What a claim writes: an id, and the strike bound to it with a cut-off that never moves again."""
    incident_id, cut_off = ports.new_id(), fresh_cut_off(ports)
    strike = tuple(playbook.bound(step, incident_id, cut_off) for step in judgement.strike)
    struck = replace(judgement, strike=strike)
    return incident_id, Opened(strike[0].principal, signal, struck, ports.settings.mode, cut_off)


def _later(incident_id: str, signal: Signal, wait: float, ports: Ports) -> Answer:
    """The loser of a claim does not act; what it knows waits, unless the winner knows it too."""
    incident = ports.ledger.load(incident_id)
    if incident and is_known(incident, signal):
        # The winner may be dead: somebody looks when its lease ends.
        ports.queue_incident(incident.lock, wait)
        return Answer("repeated", f"incident {incident_id} knows it and is being worked on", incident)
    ports.queue_signal(signal, wait)
    return Answer("queued", f"incident {incident_id} is being worked on")


def _paused(judgement: Judgement) -> Judgement:
    switch = Withheld(
        "contain",
        "the pause switch is on",
        "contain it by hand at once, or end the pause with `leak-responder resume --reason …` and then have us answer "
        "it again with `leak-responder replay`",
    )
    return replace(judgement, decision=Decision.TELL, withheld=(switch,))


def work(incident: Incident, facts: Facts, ports: Ports) -> Answer:
    """Bring the incident as far as this run can, tell, and hand on. Safe to repeat from any point of it."""
    if not incident.planned:
        facts = _follow_owner(incident.signals[0], facts, ports)
        if facts.renamed:
            return _left(incident, facts, ports)
        if _is_unseen(incident, facts, ports):
            return _look_again(incident, ports)
    incident = steps.take_steps(incident, ports) if incident.planned else _struck(incident, facts, ports)
    incident = _caught_up(incident, ports)
    incident = _searched(incident, facts, ports)
    lock, queued, troubles = incident.lock, ports.now(), list[Outcome]()
    wait = _until_looked_at(incident, ports)
    _kept(troubles, lambda: ports.queue_incident(lock, wait), None)
    is_queued = not troubles
    incident = _kept(troubles, lambda: tell_joined(tell_incident(incident, 1, ports), ports), incident)
    _kept(troubles, lambda: ports.ledger.hand_on(incident, queued, wait), None)
    mended = is_queued and all(one.retryable for one in troubles)
    raise_unfinished(incident, [one.detail for one in troubles], HandedOnError if mended else UnfinishedError)
    return Answer(_word(incident), incident.judgement.reason, incident)


def _left(incident: Incident, facts: Facts, ports: Ports) -> Answer:
    """Close an incident whose user has another name: what it is about was answered for that name."""
    now = ports.now()
    plan = steps.lines(first_plan(incident, facts, ports), facts, ports)
    closed = Closed(Result.FOLLOWED, f"the user is called {facts.renamed} now")
    incident = ports.ledger.append(incident, now, *plan, closed)
    ports.ledger.hand_on(incident, now, None)
    return Answer("renamed", closed.detail, incident)


def _caught_up(incident: Incident, ports: Ports) -> Incident:
    """Take every step once more where the user was renamed under the strike: what was done went to the old name."""
    refused = [step for step in incident.unfinished() if incident.outcome(step).status is Status.FAILED]
    if not incident.acting or all(incident.outcome(step).retryable for step in refused):
        return incident
    try:
        found = renaming.follow(incident, ports)
    except (ClientError, BotoCoreError):  # the next look asks again
        return incident
    if found.principal.name == incident.principal.name:
        return incident
    again = (step for step in found.steps if not step.later and found.state_of(step) is not StepState.SUPERSEDED)
    return steps.take(found, tuple(again), ports)


def _until_looked_at(incident: Incident, ports: Ports) -> float:
    """Seconds from the first step on: whoever has one event follow another must not put the look off by each."""
    begun = incident.begun_at or ports.now()
    return max(0.0, ports.settings.propagation - (ports.now() - begun).total_seconds())


def _word(incident: Incident) -> str:
    if not incident.acting:
        return str(incident.judgement.decision)
    if incident.unfinished():
        return "failed"
    return "contained" if incident.contained_at else "withheld"


def _kept(troubles: list[Outcome], do: Callable[[], T], otherwise: T) -> T:
    """What must not stop the next is told at the end."""
    try:
        return do()
    except (ClientError, BotoCoreError) as error:
        troubles.append(steps.failed(error))
        return otherwise


def _follow_owner(signal: Signal, facts: Facts, ports: Ports) -> Facts:
    """Answer for the user who is meant, if the name is gone or somebody else's. Return what is known then.

    Keys and unique id outlive a name, so the user may have been renamed. That is answered first, and so once more where
    this run is cut off: nothing is planned for the old name until then. Where IAM says that the key belongs to the very
    name that it does not show, the key counts: IAM is eventually consistent.
    """
    if not _is_doubtful(signal, facts):
        return facts
    name, meant = _name_now(signal, facts, ports), signal.principal
    if not (name and meant):
        return facts
    if name != meant.name:
        _answered(replace(signal, principal=meant.renamed(name)), ports, _contain)
        return Facts(exists=False, renamed=name)
    return replace(facts, exists=None) if facts.exists is False else facts


def _is_doubtful(signal: Signal, facts: Facts) -> bool:
    """Say whether the name may be another user's than is meant: it is gone, somebody else's, or without the key."""
    if signal.principal is None or signal.principal.kind is not PrincipalKind.USER:
        return False
    return _is_elsewhere(signal, facts) or not _holds_key(signal.subject, facts)


def _is_elsewhere(signal: Signal, facts: Facts) -> bool:
    return facts.exists is False or playbook.is_stranger(signal, facts)


def _holds_key(subject: Subject, facts: Facts) -> bool:
    """Say whether the user has the access key, as far as IAM says which there are."""
    keys = {key.id for key in facts.keys or ()}
    return subject.kind is not SubjectKind.ACCESS_KEY or not subject.id or facts.keys is None or subject.id in keys


def _name_now(signal: Signal, facts: Facts, ports: Ports) -> str | None:
    """Return the name of whoever holds the key, or else of the user with the unique id; None where IAM says neither."""
    iam, subject = ports.aws.iam(), signal.subject
    holds = subject.kind is SubjectKind.ACCESS_KEY and subject.id
    name = fact_finding.owner_of(iam, subject.id) if holds and subject.id else None
    known = signal.principal.unique_id if signal.principal and _is_elsewhere(signal, facts) else None
    return name or (fact_finding.name_of(iam, known) if known else None)


_UNSEEN_FOR = timedelta(seconds=20)
_LOOK_EVERY = 5.0
"""Seconds. IAM usually shows a change within four (design measure; AWS promises no bound)."""


def _is_unseen(incident: Incident, facts: Facts, ports: Ports) -> bool:
    """Say whether IAM does not show the principal yet, and too little time has gone by to believe that."""
    return incident.acting and facts.exists is False and ports.now() - incident.opened_at < _UNSEEN_FOR


def _look_again(incident: Incident, ports: Ports) -> Answer:
    """Hand the incident on unplanned: the next look reads IAM again."""
    lock = incident.lock
    ports.queue_incident(lock, _LOOK_EVERY)
    ports.ledger.hand_on(incident, ports.now(), _LOOK_EVERY)
    return Answer("queued", f"IAM does not show {lock}; it is asked again in {_LOOK_EVERY:.0f} s", incident)


def _struck(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """The strike while the plan is written; what overwrites something waits until its before-image is in the ledger."""
    plan = first_plan(incident, facts, ports)
    blows = (step for step in plan.steps if not step.later and not steps.overwrites(step))
    begun = steps.begin(blows, ports) if incident.acting else {}
    return steps.take_steps(steps.planned(incident, plan, facts, ports), ports, begun, facts)


def _searched(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """Once nothing of what leaked works any more: what else the user holds, and the end of what was made since."""
    facts = fact_finding.look_further(ports.aws.iam(), incident.principal, facts, ports.pool)
    return steps.take_missed(incident, facts, ports)


def raise_unfinished(incident: Incident, troubles: list[str], error: type[UnfinishedError]) -> None:
    """Raise this error for what trying again can mend; what it cannot mend has been told."""
    left = [step for step in incident.unfinished() if incident.outcome(step).retryable] if incident.acting else []
    named = [*(f"{step.action}: {incident.outcome(step).detail}" for step in left), *troubles]
    if named:
        message = f"incident {incident.id} about {incident.principal.lock} is unfinished: {'; '.join(named)}"
        raise error(message)
