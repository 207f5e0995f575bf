"""A person says that a credential leaked: the plan before anything is done, and that very plan carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding, playbook, renaming
from chalicelib.digest import difference, digest
from chalicelib.entries import Closed, Did, Result
from chalicelib.incident import DENIES, Incident, reports_all
from chalicelib.joining import added, cut_off_anew, is_over, join, make_way
from chalicelib.ledger import Busy, Claimed, Folded, Paused, roll
from chalicelib.model import (
    Context,
    Decision,
    Facts,
    Judgement,
    Mode,
    Plan,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    StepState,
    UnseenError,
)
from chalicelib.orders.entitled import RefusedError, refuse_contained
from chalicelib.orders.reported import Named, named
from chalicelib.respond import opening, work
from chalicelib.sources.cloudtrail import role
from chalicelib.sources.reading import evidence
from chalicelib.steps import attempt, write_found

if TYPE_CHECKING:
    from chalicelib.ledger import Claim
    from chalicelib.model import Step
    from chalicelib.orders.reported import Asked
    from chalicelib.ports import Ports
    from chalicelib.respond import Answer


@dataclass(frozen=True)
class Grounds:
    """What an order rests on, since when it leaks if that is known, and what else a person wants to see of it."""

    sign: Sign = Sign.REPORTED
    what: str = "reported by hand"
    shown: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None


BY_HAND = Grounds()


@dataclass(frozen=True)
class Order:
    """An order before it is carried out: what it says, what AWS and the ledger say, and what follows from that.

    `incident` is the open one that it adds to; None where it opens one.
    """

    signal: Signal
    judgement: Judgement
    facts: Facts
    plan: Plan
    incident: Incident | None

    @property
    def hash(self) -> str:
        """The name of the plan."""
        return digest(self.plan.steps, self.plan.withheld)

    @property
    def asks(self) -> bool:
        """Whether carrying it out has people asked, and touches nothing until one of them approves."""
        return self.judgement.decision is Decision.ASK

    @property
    def waits(self) -> bool:
        """Whether people have been asked already: asking again answers nothing."""
        return self.asks and self.incident is not None and not self.incident.acting

    @property
    def barred(self) -> bool:
        """Whether nothing can or must be done to this principal: what is withheld says why."""
        return self.incident is None and not self.plan.steps

    @property
    def idle(self) -> bool:
        """Whether an open incident does all of it already."""
        told = self.incident is not None and any(map(reports_all, self.incident.signals))
        return self.incident is not None and not self.plan.steps and (told or not reports_all(self.signal))


def ordered(asked: Asked, by: str, reason: str, ports: Ports, grounds: Grounds = BY_HAND) -> Order:
    """The order as it would be carried out now; nothing is changed. RefusedError where it cannot be given.

    A person's word is enough to act on. What only makes a leak likely opens an incident that waits for approval.
    """
    refuse_contained(by, ports)
    ports = _ordering(ports)
    who = named(asked, ports)
    facts = _looked_up(who, ports)
    signal = _signal(who, facts, grounds, (("reported by", by), ("why", reason)), ports)
    signal = replace(signal, also=asked.also)
    _refuse_misfits(signal, who.principal)
    context = Context() if playbook.is_confirmed(signal) else roll.context(ports.ledger, signal, ports.now())
    judgement = playbook.strike(signal, ports.settings, context)
    if judgement.decision not in {Decision.ACT, Decision.ASK}:
        return Order(signal, judgement, facts, Plan((), judgement.withheld), None)
    incident = _open(signal, judgement, facts, ports)
    plan = _added(incident, signal, judgement, facts, ports) if incident else None
    return Order(signal, judgement, facts, plan or playbook.decide(signal, judgement, facts, ports.settings), incident)


def _ordering(ports: Ports) -> Ports:
    """A person's order is the decision that the other modes wait for."""
    return replace(ports, settings=replace(ports.settings, mode=Mode.CONTAIN_CONFIRMED))


def _looked_up(who: Named, ports: Ports) -> Facts:
    principal = who.principal
    if principal.account != ports.settings.account or principal.kind not in _ASKED_ABOUT:
        return Facts()  # decided by what it is
    try:
        facts = fact_finding.look_up(ports.aws, principal, ports.pool)
    except UnseenError as error:
        message = f"{error}. Nothing was done"
        raise RefusedError(message) from error
    if principal.kind is PrincipalKind.IDENTITY_CENTER_USER:
        return facts  # their id was found by their name
    if facts.exists is None:
        message = (
            f"IAM did not say whether {principal.kind} {principal.name} exists: nothing is ordered blindly. Your "
            "credentials need iam:GetUser and iam:GetRole; where they have them, try again"
        )
        raise RefusedError(message)
    if facts.exists is False:
        message = f"account {principal.account} has no {principal.kind} {principal.name}: nothing was done"
        raise RefusedError(message)
    return facts


_ASKED_ABOUT = {PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.IDENTITY_CENTER_USER}


def _signal(who: Named, facts: Facts, grounds: Grounds, told: tuple[tuple[str, str], ...], ports: Ports) -> Signal:
    """Where nobody says since when it leaks, the earliest sign is the day the key was made: what is younger than the
    key may be the intruder's.
    """
    now = ports.now()
    if grounds.since and grounds.since > now:
        message = f"--since {grounds.since:%Y-%m-%d %H:%M} UTC is still to come: say when it began to leak"
        raise RefusedError(message)
    made = (key.created for key in facts.keys or () if key.id == who.subject.id)
    return Signal(
        source="report",
        native_id=f"report-{ports.new_id()}",
        sign=grounds.sign,
        what=grounds.what,
        at=now,
        since=grounds.since or (min(now, *made) if facts.keys and who.subject.id else now),
        account=who.principal.account,
        region=ports.settings.region,
        subject=who.subject,
        principal=_shown(replace(who.principal, unique_id=facts.unique_id or who.principal.unique_id), facts),
        evidence=evidence(*told, *grounds.shown),
    )


def _shown(principal: Principal, facts: Facts) -> Principal:
    """Return the role as of the kind that the path says, which IAM shows and an order by name does not."""
    return role(principal.name, principal.account, principal.unique_id, facts.arn) if facts.arn else principal


def _refuse_misfits(signal: Signal, principal: Principal) -> None:
    for word in signal.also:
        if why := playbook.misfit(word, signal, principal):
            message = f"--also {word}: {why}. Nothing was done"
            raise RefusedError(message)


def _open(signal: Signal, judgement: Judgement, facts: Facts, ports: Ports) -> Incident | None:
    """The open incident that the order adds to, unless it is over or a following one takes its place."""
    incident = roll.open_of(ports.ledger, judgement.strike[0].principal)
    if incident is None or incident.closed or incident.outgrown(signal, judgement) or is_over(incident, signal, facts):
        return None
    if not incident.planned:
        message = f"incident {incident.id} is being planned: nothing was done, try again in some seconds"
        raise RefusedError(message)
    if any(step.action in DENIES and incident.state_of(step) is StepState.PUT_BACK for step in incident.steps):
        message = (
            f"in incident {incident.id} a person had the deny put back: finish that with `leak-responder restore "
            f"{incident.id} --false-positive --reason …`, then give the order again"
        )
        raise RefusedError(message)
    return incident


def _added(incident: Incident, signal: Signal, judgement: Judgement, facts: Facts, ports: Ports) -> Plan:
    """What is left of an open incident's plan, and what the order adds to it."""
    cut_off = cut_off_anew(incident, signal, judgement, ports)
    blows = playbook.whole(judgement.strike, facts)
    more = added(incident.steps, incident, signal, blows, cut_off, ports.settings)
    left = (*incident.unfinished(), *(incident.unfinished(later=True) if not incident.acting else ()))
    return Plan((*left, *_lost(incident), *more), () if incident.acting else incident.withheld)


def _lost(incident: Incident) -> tuple[Step, ...]:
    """What somebody undid and we gave up: a person who orders it says what they want."""
    return tuple(step for step in incident.lost if not step.later)


def refuse_another(order: Order, agreed: str) -> None:
    """RefusedError where the plan is not the one that was agreed to."""
    if apart := difference(agreed, order.hash):
        message = (
            f"nothing was done: the plan has changed since, from {agreed} to {order.hash}: {apart} differs. Look at it "
            "with `leak-responder plan`, then order that one"
        )
        raise RefusedError(message)


def carried_out(order: Order, ports: Ports) -> Answer:
    """Exactly this plan, from the facts that it was made of. RefusedError where the incident has changed meanwhile."""
    ports = _ordering(ports)
    incident_id, opened = opening(order.signal, order.judgement, ports)
    claim = ports.ledger.claim(incident_id, opened, ports.now())
    if isinstance(claim, Claimed) and not claim.fresh and is_over(claim.incident, order.signal, order.facts):
        make_way(renaming.follow(claim.incident, ports), order.judgement.strike[0].principal, ports)
        claim = ports.ledger.claim(incident_id, opened, ports.now())
    incident = _claimed(order, claim, ports)
    if order.incident:
        incident = join(incident, order.signal, order.judgement, order.facts, ports)
        gone = [step for step in _lost(incident) if step in order.plan.steps]
        incident = write_found(incident, gone, ports)
        again = [Did(step.key, attempt(step, ports)) for step in gone]
        incident = ports.ledger.append(incident, ports.now(), *again) if again else incident
    return work(incident, order.facts, ports)


def _claimed(order: Order, claim: Claim, ports: Ports) -> Incident:
    seen = order.incident.last if order.incident else None
    match claim:
        case Claimed(incident=incident, fresh=fresh) if (None if fresh else incident.last) == seen:
            return incident
        case Claimed(incident=incident, fresh=True):
            end = Closed(Result.DECLINED, "the incident that the order was to add to was closed meanwhile")
            ports.ledger.hand_on(ports.ledger.append(incident, ports.now(), end), ports.now(), None)
        case Claimed(incident=incident):
            ports.ledger.give_back(incident)
        case Busy(incident_id=known, until=until):
            raise RefusedError(_busy(known, until))
        case Paused():
            message = "the responder is paused, so nothing was done: `leak-responder resume --reason …` ends that"
            raise RefusedError(message)
        case Folded():
            pass  # no closed incident explains an order
    message = "nothing was done: the incident changed while you looked at the plan. Look at it again"
    raise RefusedError(message)


def _busy(incident_id: str, until: datetime) -> str:
    return f"nothing was done: incident {incident_id} is being worked on until {until:%H:%M:%S} UTC: try again then"
