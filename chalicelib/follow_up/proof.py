"""Whether what leaked can do nothing, beyond what was read: IAM and CloudTrail are asked, and may know better.

That our policies stand does not say that nothing is let through past them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import asking, sighting
from chalicelib.follow_up.standing import should_stand
from chalicelib.model import Outcome, Status, Step
from chalicelib.report.dangers import DENIES
from chalicelib.steps import failed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

PERMISSIONS = (*asking.PERMISSIONS, *sighting.PERMISSIONS)

_DENYING = DENIES | {"narrow-user"}


@dataclass(frozen=True)
class Proof:
    """What speaks against the containment, by step; and who could not be asked, and why."""

    doubts: tuple[tuple[Step, Outcome], ...] = ()
    unasked: tuple[str, ...] = ()


def prove(incident: Incident, ports: Ports) -> Proof:
    """IAM is asked about every deny that is to stand, and CloudTrail in each Region that matters, side by side."""
    denies = tuple(step for step in incident.steps if step.action in _DENYING and should_stand(incident, step))
    if not denies:
        return Proof()
    begun = [ports.pool.submit(_asked, step, ports) for step in denies]
    since = _quiet_from(incident, ports)
    if since < ports.now():  # CloudTrail refuses a beginning that is still to come
        places = sighting.regions(incident, ports.settings.region)
        begun += [ports.pool.submit(_sighted, incident, denies, since, place, ports) for place in places]
    found = [one.result() for one in begun]
    doubts = {step.key: (step, outcome) for one in found for step, outcome in one.doubts}
    return Proof(tuple(doubts.values()), tuple(dict.fromkeys(why for one in found for why in one.unasked)))


def _asked(deny: Step, ports: Ports) -> Proof:
    try:
        found = asking.allowed(ports.aws.iam(), deny)
    except (ClientError, BotoCoreError) as error:
        return Proof(unasked=(f"IAM: {failed(error).detail}",))
    if not found:
        return Proof()
    return Proof((_doubt(deny, f"asked with SimulatePrincipalPolicy, IAM would allow {', '.join(found)}"),))


def _sighted(incident: Incident, denies: tuple[Step, ...], since: datetime, region: str, ports: Ports) -> Proof:
    try:
        return Proof(tuple(_seen(incident, denies, since, region, ports)))
    except (ClientError, BotoCoreError) as error:
        return Proof(unasked=(f"CloudTrail in {region}: {failed(error).detail}",))


def _seen(
    incident: Incident, denies: tuple[Step, ...], since: datetime, region: str, ports: Ports
) -> Iterator[tuple[Step, Outcome]]:
    for mark in sighting.marks(incident):
        for record in sighting.calls(ports.aws.cloudtrail(region), mark, since):
            step = sighting.met(incident, denies, record) if sighting.worked(record, since) else None
            if step:
                yield _doubt(step, sighting.said(record))


def _quiet_from(incident: Incident, ports: Ports) -> datetime:
    """IAM takes seconds to apply a change everywhere: until then calls may work."""
    return incident.acted_at + timedelta(seconds=ports.settings.cut_off_ahead)


def _doubt(step: Step, detail: str) -> tuple[Step, Outcome]:
    return step, Outcome(Status.FAILED, detail, retryable=True)
