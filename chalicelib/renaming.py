"""The name that the user of an incident has now: a principal is its unique id, and who has rights in IAM renames it.

The deny goes along with a user who is renamed. But what is read, done again and put back goes by the name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding
from chalicelib.entries import Undone
from chalicelib.incident import DENYING
from chalicelib.ledger import roll
from chalicelib.model import PrincipalKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.model import Principal, Step
    from chalicelib.ports import Ports

    Finder = Callable[[Incident, Step, Ports], Principal | None]


def find_name(incident: Incident, ports: Ports) -> str | None:
    """Return what the user of an incident is called now; None where IAM shows them nowhere.

    What cannot be read is raised.
    """
    who = replace(incident.principal, unique_id=incident.unique_id)
    keys = (known for known in sorted(incident.leaked | incident.ended) if known.startswith("AKIA"))
    return fact_finding.present_name(ports.aws.iam(), who, keys)


def follow(incident: Incident, ports: Ports, find_culprit: Finder | None = None) -> Incident:
    """Return the incident under the name that its user has now. What cannot be read is raised.

    A rename of a user whom we contained is written down as an undoing, so that the deny is put on once more and people
    are told. No rename is written down twice.
    """
    if incident.principal.kind is not PrincipalKind.USER:
        return incident
    name = find_name(incident, ports)
    if name in {None, incident.principal.name}:
        return incident
    undone = _undone(incident, str(name), ports, find_culprit)
    return ports.ledger.rename(incident, ports.now(), str(name), *undone)


def _undone(incident: Incident, name: str, ports: Ports, find_culprit: Finder | None) -> tuple[Undone, ...]:
    standing = (step for step in incident.steps if step.action in DENYING and incident.stands(step))
    deny = None if incident.is_let_go or incident.closed else next(standing, None)
    if deny is None:
        return ()
    by = find_culprit(incident, deny, ports) if find_culprit else None
    hostile = by is not None and roll.is_contained(ports.ledger, by, incident)
    detail = f"user {incident.principal.name} was renamed, and is called {name} now"
    return (Undone(deny.key, detail, reapplied=True, by=f"{by.kind} {by.name}" if by else "", hostile=hostile),)
