"""Whether what was done still stands: read again, never remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.actions import BY_NAME
from chalicelib.entries import Did
from chalicelib.model import Outcome, Status
from chalicelib.steps import attempt, refused

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.ports import Ports


def verify(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Read again everything that was done; what does not stand is done again."""
    gone = lost(incident, ports)
    for step, _ in gone:
        incident = ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))
    return incident, (ports.settings.propagation if gone else None)


def lost(incident: Incident, ports: Ports) -> list[tuple[Step, Outcome]]:
    """The steps that should stand and do not, with what was seen instead.

    What a person has put back, or a narrower deny has replaced, is not ours to miss.
    """
    standing = [step for step in incident.steps if _should_stand(incident, step)]
    checks = [(step, ports.pool.submit(checked, step, ports)) for step in standing]
    found = [(step, check.result()) for step, check in checks]
    return [(step, outcome) for step, outcome in found if not outcome.good]


def _should_stand(incident: Incident, step: Step) -> bool:
    done = incident.outcome(step).good and not incident.put_back(step)
    return done and not incident.superseded(step) and step.action != "rotate-secret"


def checked(step: Step, ports: Ports) -> Outcome:
    """How the step stands now."""
    try:
        return BY_NAME[step.action].verify(ports.aws, step)
    except ClientError as error:
        return refused(error)
    except BotoCoreError as error:
        return Outcome(Status.FAILED, str(error), retryable=True)
