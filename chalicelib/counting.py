"""What came of everything that a handler was given: a number to raise alarms by, and a line that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.ledger import LeaseLostError
from chalicelib.notifiers import PEOPLE
from chalicelib.tell import UntoldError

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.respond import Answer

logger = Logger()
metrics = Metrics()


def count(what: str, reason: str, incident: str | None = None, rule: str | None = None) -> None:
    """The record of a decision: a number to raise alarms by, and the rule that matched or the first thing that did not.

    The rule is no dimension, for each would be a metric to pay for; CloudWatch Logs Insights finds it.
    """
    metrics.add_metric(name=what.capitalize(), unit=MetricUnit.Count, value=1)
    logger.info(what, extra={"reason": reason, "incident": incident, "rule": rule})
    metrics.flush_metrics()


def answered(answer: Answer, rule: str | None = None) -> None:
    """Count an answer, and that nobody heard the newest message of its incident, where that is so."""
    incident = answer.incident
    count(answer.what, answer.reason, incident.id if incident else None, rule)
    if incident and not _heard(incident):
        count("untold", "no channel of people took the newest message", incident.id)


def _heard(incident: Incident) -> bool:
    told = [(number, outcome) for (number, channel), outcome in incident.told.items() if channel in PEOPLE]
    return not told or any(outcome.good for number, outcome in told if number == told[-1][0])


def failed(error: Exception) -> str:
    """Count an error by what it means; the error as one line."""
    match error:
        case LeaseLostError():
            count("overtaken", str(error))
        case UntoldError():
            count("untold", str(error))
        case _:
            count("unfinished", f"{type(error).__name__}: {error}")
    return f"{type(error).__name__}: {error}"
