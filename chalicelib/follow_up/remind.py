"""Approvals that nobody gave: people are asked again, a few times soon and then every day, until somebody answers."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, takewhile
from typing import TYPE_CHECKING

from chalicelib.report.form import REMINDED, SOON
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

_DAY = 24 * 3600  # seconds


def ask_again(incident: Incident, ports: Ports) -> tuple[Incident, float]:
    """Each reminder whose time has come, once; an outage sends the newest of those missed alone. Seconds until next."""
    every, waited = ports.settings.remind_every, ports.now() - incident.opened_at
    if not every:
        return incident, _DAY
    due = sum(1 for _ in takewhile(lambda number: _after(number, every) <= waited, count(1)))
    if due:
        incident = tell_incident(incident, REMINDED + due, ports)
    following = incident.opened_at + _after(due + 1, every)
    return incident, max(0.0, (following - ports.now()).total_seconds())


def _after(number: int, every: int) -> timedelta:
    """How long after the question the reminder of that number comes."""
    return timedelta(seconds=every * min(number, SOON) + max(every, _DAY) * max(0, number - SOON))
