"""Whether what was done still stands: read again, never remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding
from chalicelib.actions import BY_NAME
from chalicelib.entries import Did, Planned, Undone
from chalicelib.follow_up import culprit, renamed, rights
from chalicelib.model import Outcome, Plan, PrincipalKind, Status, Step, StepState, UnseenError, Withheld
from chalicelib.report.form import UNDONE
from chalicelib.steps import attempt, failed, refused, take_steps, write_found
from chalicelib.tell import tell_incident, tell_machines

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Principal
    from chalicelib.ports import Ports


def verify(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Read again everything that was done; what does not stand is done again, what cannot be read is told.

    Waits while that or a throttled step may yet come right, but not for ever: then the watch sees to it. What takes its
    time is begun once more by then, for it may have failed without a word.
    """
    incident, _ = rights.noted(incident, ports)
    incident = renewed(incident, ports)
    looks, early = _looks(incident, ports), is_early(incident, ports)
    missing = [look for look in looks if look.is_lost and incident.state_of(look.step) is not StepState.LOST]
    for look in missing:
        shown = look.outcome.retryable and not look.outcome.unsound  # a text is no matter of seconds
        doubtful = early and shown and not _was_undone(incident)
        redo = _done_again if doubtful else contested
        incident = redo(incident, look.step, look.outcome, ports)
    incident = tell_undone(incident, ports)
    unread = [look for look in looks if not look.was_read]
    if missing or (early and _may_come_right(incident, unread)):
        return incident, ports.settings.propagation
    if left := unshown(incident, ports):
        return incident, left
    if unread:
        plan, slow = Plan((), tuple(_unproven(look) for look in unread)), [look.step for look in unread if look.is_slow]
        again = (Did(step.key, attempt(step, ports)) for step in slow)
        incident = ports.ledger.append(incident, ports.now(), Planned(plan), *again)
    return incident, None


def renewed(incident: Incident, ports: Ports) -> Incident:
    """Make each copy again whose original was changed. That undoes nothing of ours, so nobody is accused of it."""
    for step in incident.steps:
        renew = BY_NAME[step.action].renew
        if renew is None or not incident.stands(step):
            continue
        try:
            found = renew(ports.aws, step)
        except (ClientError, BotoCoreError):  # the next look tries again, and verifying says what cannot be read
            continue
        if found and found.good:
            incident = ports.ledger.append(incident, ports.now(), Did(step.key, found))
        elif found and (withheld := _not_renewed(step, found)) not in incident.withheld:
            incident = ports.ledger.append(incident, ports.now(), Planned(Plan((), (withheld,))))
    return incident


def _not_renewed(step: Step, found: Outcome) -> Withheld:
    return Withheld(step.action, found.detail, BY_NAME[step.action].unrenewed)


def is_early(incident: Incident, ports: Ports) -> bool:
    """What fails so soon may only be throttled, or not be shown by IAM yet."""
    begun = incident.begun_at or incident.opened_at
    return ports.now() < begun + timedelta(seconds=_LOOKS * ports.settings.verify_every)


_LOOKS = 5  # of the watch: five minutes, unless a rehearsal is in a hurry


def _may_come_right(incident: Incident, unread: list[_Look]) -> bool:
    left = [incident.outcome(step) for step in incident.unfinished()]
    return any(outcome.retryable for outcome in (*left, *(look.outcome for look in unread)))


def _done_again(incident: Incident, step: Step, seen: Outcome, ports: Ports) -> Incident:
    del seen  # nobody is accused of what IAM may merely not show yet
    return do_again(incident, step, ports)


def do_again(incident: Incident, step: Step, ports: Ports) -> Incident:
    """Take the step once more. What somebody set there meanwhile is written down first, with who it was."""

    def who(step: Step) -> tuple[str, bool]:
        by = culprit.of(incident, step, ports)
        return _name(by), by is not None and culprit.is_contained(by, incident, ports)

    incident = write_found(incident, (step,), ports, who)
    incident = ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))
    return take_steps(incident, ports)


def _name(by: Principal | None) -> str:
    return f"{by.kind} {by.name}" if by else ""


def contested(incident: Incident, step: Step, seen: Outcome, ports: Ports) -> Incident:
    """Somebody undid it: written down, then done again, unless that was once too often, or is no use.

    Who is contained themselves is nobody who may mean it well: they do not tire us out, for they last seconds.
    """
    by = culprit.of(incident, step, ports)
    hostile = by is not None and culprit.is_contained(by, incident, ports)
    times = [one for one in incident.undone if one.step in _same(incident, step)]
    by_people = sum(not one.hostile for one in times)
    again = seen.retryable and len(times) < _MOST and (hostile or by_people < ports.settings.reapply_limit)
    if again:
        incident = write_found(incident, (step,), ports, lambda _: (_name(by), hostile))
    undone = Undone(step.key, seen.detail, reapplied=again, by=_name(by), hostile=hostile)
    incident = take_steps(ports.ledger.append(incident, ports.now(), undone), ports)
    return do_again(incident, step, ports) if again and step.later else incident


def _same(incident: Incident, step: Step) -> set[str]:
    """The keys of the step and of those it took over from: to set one boundary after the other is to undo one deny."""
    ours = step.arguments.get("policy_arn")
    before = (one for one in incident.steps if one.action == step.action and one.arguments.get("policy_arn") == ours)
    return {step.key, *(one.key for one in before if incident.is_taken_over(one))}


_MOST = 50
"""Times that a step is done again against anybody: whoever is contained has no power left long before."""


def tell_undone(incident: Incident, ports: Ports) -> Incident:
    """At once. Whoever fights does so every second: programs hear of each time, people of what is news to them."""
    for number in range(1, len(incident.undone) + 1):
        tell = tell_incident if _is_news(incident, number) else tell_machines
        incident = tell(incident, UNDONE + number, ports)
    return incident


def _is_news(incident: Incident, number: int) -> bool:
    """The first few times, somebody else, something else, what we give up, and then whenever the number has doubled."""
    actions = {step.key: step.action for step in incident.steps}
    *before, (what, by, reapplied) = [
        (actions.get(one.step), one.by, one.reapplied) for one in incident.undone[:number]
    ]
    unheard = (what, by) not in {(earlier, culprit) for earlier, culprit, _ in before}
    return unheard or not reapplied or number <= _EACH or number.bit_count() == 1


_EACH = 3  # times that people hear of one by one


def is_beaten(incident: Incident) -> bool:
    """Whether that is so of anything that no other deny has replaced since."""
    return any(incident.state_of(step) is StepState.LOST and is_watched(step) for step in incident.steps)


def _was_undone(incident: Incident) -> bool:
    """Whether a feed says so: this soon, IAM itself may not show yet what was done (IAM user guide, "Changes that I
    make are not always immediately visible").
    """
    return any(signal.sign in culprit.UNDOING for signal in incident.signals)


def lost(incident: Incident, ports: Ports) -> list[tuple[Step, Outcome]]:
    """The steps that should stand and were seen not to, with what was seen instead.

    What a person has put back, or a narrower deny has replaced, is not ours to miss.
    """
    return [(look.step, look.outcome) for look in _looks(incident, ports) if look.is_lost]


def unshown(incident: Incident, ports: Ports) -> float:
    """Seconds in which IAM may not show yet all that we did; 0 where it may."""
    standing = (step for step in incident.steps if should_stand(incident, step))
    return max((_unshown(incident, step, ports) for step in standing), default=0.0)


def _unshown(incident: Incident, step: Step, ports: Ports) -> float:
    """Each by itself: whoever gives us ever more to do must not keep us from looking at what we did before."""
    passed = ports.now() - incident.did_at.get(step.key, incident.opened_at)
    return max(0.0, ports.settings.propagation - passed.total_seconds())


@dataclass(frozen=True)
class _Look:
    """How a step stands; `was_read` is false where nobody's work was seen, good or bad, or ours takes its time."""

    step: Step
    outcome: Outcome
    was_read: bool

    @property
    def is_lost(self) -> bool:
        return self.was_read and not self.outcome.good

    @property
    def is_slow(self) -> bool:
        return self.outcome.status is Status.PENDING


def _looks(incident: Incident, ports: Ports) -> list[_Look]:
    told = [_Look(step, _TOLD, was_read=True) for step in incident.steps if _told_undone(incident, step)]
    standing = [one for one in incident.steps if should_stand(incident, one) and not _unshown(incident, one, ports)]
    begun = [ports.pool.submit(_look, step, ports) for step in standing if not _told_undone(incident, step)]
    found = [*told, *(look.result() for look in begun)]
    return [] if any(look.is_lost for look in found) and _is_gone(incident, ports) else found


def _told_undone(incident: Incident, step: Step) -> bool:
    """Whether a feed says by now that somebody undid a step, which was then done again in doubt."""
    since = incident.redone.get(step.key)
    if since is None or incident.state_of(step) is StepState.PUT_BACK:
        return False
    between = (since.replace(microsecond=0), incident.did_at[step.key])
    return any(one.sign in culprit.UNDOING and between[0] <= one.at <= between[1] for one in incident.signals)


_TOLD = Outcome(Status.FAILED, "it did not stand at the first look, and somebody had undone it", retryable=True)


def _is_gone(incident: Incident, ports: Ports) -> bool:
    """Whether its principal was deleted, so that nothing is left to miss; one of the same name now is a stranger."""
    facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    left = facts.exists is False or incident.precedes(facts.unique_id)
    return left and (incident.principal.kind is not PrincipalKind.USER or renamed.is_gone(incident, ports))


def should_stand(incident: Incident, step: Step) -> bool:
    """Whether the step was taken, and is wanted still."""
    return incident.state_of(step) in {StepState.STANDS, StepState.LOST} and is_watched(step)


def is_watched(step: Step) -> bool:
    """Whether it undoes a containment where what the step did is gone."""
    return step.action not in _PASSES


_PASSES = frozenset({"rotate-secret", "snapshot-instance", "deactivate-mfa"})
"""Done once: a later rotation, a snapshot that EC2 could not make or that somebody moved, or a device that was enrolled
again undoes no containment. One that was enrolled since the leak keeps the deny wide.
"""


def checked(step: Step, ports: Ports) -> Outcome:
    """How the step stands now."""
    return _look(step, ports).outcome


def _look(step: Step, ports: Ports) -> _Look:
    try:
        seen = BY_NAME[step.action].verify(ports.aws, step)
        return _Look(step, seen, was_read=seen.status is not Status.PENDING)
    except ClientError as error:
        gone = error.response["Error"].get("Code") == "NoSuchEntity"
        return _Look(step, refused(error), was_read=gone)
    except (BotoCoreError, UnseenError) as error:
        return _Look(step, failed(error), was_read=False)


def _unproven(look: _Look) -> Withheld:
    action, detail = BY_NAME[look.step.action], look.outcome.detail
    there = f"look at it in the {action.service} console"
    if look.is_slow:
        return Withheld("verify", f"{action.summary}: this is not in place everywhere yet: {detail}", there)
    return Withheld(
        "verify",
        f"{action.summary}: this was done, and could not be read again: {detail}",
        f"{there}, and give the responder's role the right that it lacks",
    )
