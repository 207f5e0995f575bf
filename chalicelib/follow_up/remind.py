"""Approvals that nobody gave: people are asked again, a few times."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.report.message import REMINDERS
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

_AFTER_THE_LAST = 24 * 3600.0  # seconds between looks at an approval that nobody will be asked about again


def ask_again(incident: Incident, ports: Ports) -> tuple[Incident, float]:
    """Each reminder whose time has come, once; an outage sends the newest of those missed alone. Seconds until next."""
    every = ports.settings.remind_every
    due = min(len(REMINDERS), int((ports.now() - incident.opened_at).total_seconds() // every)) if every else 0
    if due:
        incident = tell_incident(incident, REMINDERS[due - 1], ports)
    if due == len(REMINDERS) or not every:
        return incident, _AFTER_THE_LAST
    following = incident.opened_at + timedelta(seconds=every * (due + 1))
    return incident, max(0.0, (following - ports.now()).total_seconds())
