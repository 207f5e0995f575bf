"""What lies beyond the principal: workloads, and whatever else the plan holds for when it is contained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.steps import take

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

_OF_A_STAGE = frozenset({"narrow-user", "rotate-secret"})
"""Later steps that have a stage of their own."""


def beyond(incident: Incident, ports: Ports) -> Incident:
    """Every such step that does not stand yet; one that fails is tried again by each run, and stops no other."""
    left = tuple(step for step in incident.unfinished(later=True) if step.action not in _OF_A_STAGE)
    return take(incident, left, ports) if left and incident.acting else incident
