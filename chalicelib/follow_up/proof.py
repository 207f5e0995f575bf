"""Whether what leaked can do nothing, beyond what was read: IAM and CloudTrail are asked, and may know better.

That our policies stand does not say that nothing is let through past them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import asking, rights, sighting
from chalicelib.follow_up.standing import should_stand
from chalicelib.incident import DENYING
from chalicelib.model import Outcome, PrincipalKind, Status, Step
from chalicelib.steps import failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports
    from chalicelib.sources.reading import Node

PERMISSIONS = (*asking.PERMISSIONS, *sighting.PERMISSIONS, *rights.PERMISSIONS)


@dataclass(frozen=True)
class Proof:
    """What speaks against the containment, by step; and who could not be asked, and why."""

    doubts: tuple[tuple[Step, Outcome], ...] = ()
    unasked: tuple[str, ...] = ()


def prove(incident: Incident, ports: Ports) -> Proof:
    """IAM is asked about every deny that is to stand, and CloudTrail in each Region that matters, side by side."""
    if incident.principal.kind is PrincipalKind.COGNITO_USER:
        return Proof(unasked=("IAM and CloudTrail, which do not know by name who signs in to a user pool",))
    if incident.principal.kind is PrincipalKind.IDENTITY_CENTER_USER:
        return Proof(unasked=("IAM and CloudTrail, whose answers are about one account and not about all of them",))
    denies = tuple(step for step in incident.steps if step.action in DENYING and should_stand(incident, step))
    if not denies:
        return Proof()
    begun = [ports.pool.submit(_asked, incident, step, ports) for step in denies]
    since = min(_quiet_from(incident, step, ports) for step in denies)
    if since < ports.now():  # CloudTrail refuses a beginning that is still to come
        places, marks = sighting.regions(incident, ports.settings.region), sighting.marks(incident)
        begun += [ports.pool.submit(_sighted, incident, denies, since, place, ports, marks) for place in places]
    return _together([one.result() for one in begun])


def prove_since(incident: Incident, read_until: datetime | None, ports: Ports) -> Proof:
    """CloudTrail is asked for calls that succeeded with what is stopped, by each credential that a feed named, too.

    What was read before is not read again. Where a deny has expired, what it stopped has expired before.
    """
    stops = [step for step in incident.steps if should_stand(incident, step) and sighting.stops_calls(step)]
    if not stops:
        return Proof()
    quiet = min(_quiet_from(incident, step, ports) for step in stops)
    since = max(quiet, read_until or quiet)
    if since >= ports.now():
        return Proof()
    denies, marks = tuple(step for step in stops if step.action in DENYING), sighting.marks_by_id(incident)
    places = sighting.regions(incident, ports.settings.region)
    begun = [ports.pool.submit(_sighted, incident, denies, since, place, ports, marks) for place in places]
    return _together([one.result() for one in begun])


def _together(found: list[Proof]) -> Proof:
    doubts = {step.key: (step, outcome) for one in found for step, outcome in one.doubts}
    return Proof(tuple(doubts.values()), tuple(dict.fromkeys(why for one in found for why in one.unasked)))


def _asked(incident: Incident, deny: Step, ports: Ports) -> Proof:
    iam = ports.aws.iam()
    try:
        arn, unique_id = asking.named(iam, deny.principal)
        found = [] if incident.precedes(unique_id) else asking.allowed(iam, arn, deny)
    except (ClientError, BotoCoreError) as error:
        return Proof(unasked=(f"IAM: {failed(error).detail}",))
    if not found:
        return Proof()
    return Proof((_doubt(deny, f"asked with SimulatePrincipalPolicy, IAM would allow {', '.join(found)}"),))


def _sighted(
    incident: Incident, denies: tuple[Step, ...], since: datetime, region: str, ports: Ports, marks: list[sighting.Mark]
) -> Proof:
    client, doubts, unasked = ports.aws.cloudtrail(region), [], []
    if not marks:
        unasked.append("CloudTrail, which finds no calls by the name of a role")
    try:
        for mark in marks:
            records, more = sighting.calls(client, mark, since)
            doubts += [one for record in records for one in met_by(incident, denies, record, ports)]
            if more:
                unasked.append(f"CloudTrail in {region} about all that {mark.value} did: it is too much to read")
    except (ClientError, BotoCoreError) as error:
        unasked.append(f"CloudTrail in {region}: {failed(error).detail}")
    return Proof(tuple(doubts), tuple(unasked))


def met_by(incident: Incident, denies: tuple[Step, ...], record: Node, ports: Ports) -> Iterator[tuple[Step, Outcome]]:
    """The step that should have stopped the call, if the call speaks against it."""
    step = sighting.met(incident, denies, record)
    if step and sighting.worked(record, _quiet_from(incident, step, ports)):
        yield _doubt(step, sighting.said(record))


def _quiet_from(incident: Incident, step: Step, ports: Ports) -> datetime:
    """IAM takes seconds to apply a change everywhere: until then calls may work. What is done later to somebody else
    excuses none.
    """
    return incident.did_at.get(step.key, incident.opened_at) + timedelta(seconds=ports.settings.cut_off_ahead)


def _doubt(step: Step, detail: str) -> tuple[Step, Outcome]:
    return step, Outcome(Status.FAILED, detail, retryable=True)
