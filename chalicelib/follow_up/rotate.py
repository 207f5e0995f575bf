"""Begin every planned rotation once, then wait until the new version is really current."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.entries import Did, Planned
from chalicelib.follow_up.standing import checked
from chalicelib.follow_up.turns import takes_turns
from chalicelib.ledger import roll
from chalicelib.model import Outcome, Plan, Principal, PrincipalKind, Status, Withheld
from chalicelib.steps import attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.ports import Ports, Rotations

LIMIT = timedelta(minutes=15)
"""A rotation takes seconds; one that takes longer needs a person."""

_SOONEST, _LATEST = 2.0, 30.0  # seconds between looks at a rotation that is under way


def rotate(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """The stage: over when each rotation is done or beyond our help. While no deny stands, nothing is rotated: the
    intruder would read the new value too.
    """
    if not incident.is_denied:
        return incident, None
    left = incident.unrotated
    fresh = [step for step in left if incident.attempts_begun(step) is None]
    if fresh:
        begun = {step.key: {"begun": ports.now().isoformat()} for step in fresh}
        incident = ports.ledger.append(incident, ports.now(), Planned(_twice(incident, fresh, ports), begun))
    for step in left:
        incident = _looked(incident, step, ports)
    waiting = [step for step in incident.unrotated if _may_come(incident, step)]
    return incident, (_pause(incident, waiting, ports) if waiting else None)


def unplanned(incident: Incident, secrets: Rotations) -> tuple[Step, ...]:
    """The rotations of these secrets that the incident has not yet."""
    wanted = (playbook.bound(step, incident.id, incident.cut_off) for step in playbook.of_read(incident, secrets))
    known = {step.key for step in incident.steps}
    return tuple(step for step in wanted if step.key not in known)


def _twice(incident: Incident, fresh: Sequence[Step], ports: Ports) -> Plan:
    """Of those to be begun, the secrets that take another rotation, and those of which nobody may say that they do."""
    secrets = [step.arguments["secret"] for step in fresh if "ordinal" not in step.arguments]
    turns = {secret: takes_turns(secret, ports) for secret in secrets}
    more = unplanned(incident, [(secret, 2) for secret, known in turns.items() if known])
    return Plan(more, tuple(_unknown(secret) for secret, known in turns.items() if known is None))


def _unknown(secret: str) -> Withheld:
    """Rotated twice in doubt, most secrets would lose the version before for nothing."""
    again = f"aws secretsmanager rotate-secret --secret-id {secret} --region {secret.split(':')[3]}"
    return Withheld(
        "rotate-again",
        f"whether two users take turns in secret {secret} could not be read (lambda:ListTags): if they do, the "
        "password that was read works until the next rotation",
        f"look at its rotation; if they take turns, `{again}` once more",
    )


def _may_come(incident: Incident, step: Step) -> bool:
    return step.key not in incident.outcomes or incident.outcome(step).retryable


def _looked(incident: Incident, step: Step, ports: Ports) -> Incident:
    """Written down only where it says something new: looks are many."""
    known = incident.outcomes.get(step.key)
    if known is not None and not known.retryable:
        return incident
    outcome = _in_time(incident, step, _outcome(known, step, ports), ports)
    if outcome == known:
        return incident
    return ports.ledger.append(incident, ports.now(), Did(step.key, outcome))


def _outcome(known: Outcome | None, step: Step, ports: Ports) -> Outcome:
    """RotateSecret with the same token is the same rotation, so one that may not have begun is begun again."""
    if owner := _awaited(step, ports):
        return Outcome(Status.FAILED, f"it keeps a key of user {owner}, who gets no new one before a release")
    return checked(step, ports) if known and known.status is Status.PENDING else attempt(step, ports)


def _awaited(step: Step, ports: Ports) -> str | None:
    """Who is to be released first, where our own rotation would refuse a new key, and leave the secret half-way."""
    arn = ports.settings.key_secrets.get(step.arguments["secret"])
    if arn is None:
        return None
    owner = Principal(PrincipalKind.USER, arn.split(":")[4], arn.rpartition("/")[2])
    return owner.name if roll.withholds(ports.ledger, owner) else None


def _in_time(incident: Incident, step: Step, outcome: Outcome, ports: Ports) -> Outcome:
    begun = incident.attempts_begun(step)
    if outcome.good or not outcome.retryable or begun is None or ports.now() - begun <= LIMIT:
        return outcome
    minutes = LIMIT // timedelta(minutes=1)
    return Outcome(Status.FAILED, f"the rotation did not finish within {minutes} minutes: {outcome.detail}")


def _pause(incident: Incident, waiting: list[Step], ports: Ports) -> float:
    begun = min(filter(None, map(incident.attempts_begun, waiting)), default=ports.now())
    return min(_LATEST, max(_SOONEST, (ports.now() - begun).total_seconds() / 4))
