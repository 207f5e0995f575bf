"""The stages after containment, in order, and the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.entries import Closed, Reached, Stage
from chalicelib.follow_up.filed import filed_with_parents
from chalicelib.follow_up.lift import lift_due
from chalicelib.follow_up.narrow import narrow_if_safe
from chalicelib.follow_up.rotate import rotate
from chalicelib.follow_up.standing import verify
from chalicelib.follow_up.watch import result, watch
from chalicelib.model import Sign
from chalicelib.report.form import Number
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports


def through(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Stage after stage until one has to wait; seconds to wait, or None at the end."""
    for stage, run in _STAGES:
        if stage in incident.reached:
            continue
        incident, wait = run(incident, ports)
        if wait is not None:
            return incident, wait
        incident = ports.ledger.append(incident, ports.now(), Reached(stage))
    rest = lift_due(incident, ports.settings)
    incident = ports.ledger.append(incident, ports.now(), Closed(result(incident)), rest=rest)
    return finished(incident, ports), None


def finished(incident: Incident, ports: Ports) -> Incident:
    """The end, filed and told."""
    if incident.filed is None:
        incident = filed_with_parents(incident, ports)
    return tell_incident(incident, Number.RESTORED if incident.was_restored else Number.END, ports)


def _report(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    incident = tell_incident(incident, Number.FOLLOW_UP, ports)
    if ports.settings.inquire and any(one.sign is not Sign.MINTED for one in incident.signals):
        with suppress(ClientError, BotoCoreError):  # an inquiry is worth a lot, and never the watch that comes next
            for wait in _INQUIRIES:
                ports.queue_inquiry(incident.id, wait)
    return incident, None


_INQUIRIES = (0, 900)
"""Seconds from now: at once, and when CloudTrail shows all that was called before the containment held.

CloudTrail user guide, "How CloudTrail works": on average within five minutes, without a guarantee. What an inquiry
found is not asked about again: the inquiry into its parent follows the whole family.
"""


_STAGES: tuple[tuple[Stage, Callable[[Incident, Ports], tuple[Incident, float | None]]], ...] = (
    (Stage.VERIFY, verify),
    (Stage.NARROW, narrow_if_safe),
    (Stage.ROTATE, rotate),
    (Stage.REPORT, _report),
    (Stage.WATCH, watch),
)
