"""A plan's name: what would be done and what is withheld, in a dozen characters that a person can type."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Step, Withheld

_OF_ITS_INCIDENT = frozenset({"cut_off", "incident", "policy_name", "token"})
"""What only the claim adds to a step: the plan is the same without, and before anything is claimed."""

_DIGITS = 6


def digest(steps: tuple[Step, ...], withheld: tuple[Withheld, ...]) -> str:
    """Two halves, of the steps and of what is withheld: where a plan is another by now, they say which part is."""
    return f"{_short([_step(one) for one in steps])}-{_short([[one.action, one.reason] for one in withheld])}"


def digest_of(incident: Incident) -> str:
    """The name of the plan as the ledger holds it."""
    return digest(incident.steps, incident.withheld)


def difference(asked: str, found: str) -> str:
    """What of the plan is another by now, as far as two names tell; "" where they are the same."""
    wanted, now = (one.partition("-") for one in (asked.strip().lower(), found))
    parts = [name for name, at in (("what is done", 0), ("what is withheld", 2)) if wanted[at] != now[at]]
    return " and ".join(parts)


def _step(step: Step) -> list[object]:
    given = {name: value for name, value in sorted(step.arguments.items()) if name not in _OF_ITS_INCIDENT}
    who = step.principal.renamed(step.principal.first_name)  # a plan is the same whatever its user is called by now
    return [step.action, who.lock, who.unique_id, given, step.later]


def _short(value: list[object] | list[list[object]] | list[list[str]]) -> str:
    return sha256(json.dumps(value).encode()).hexdigest()[:_DIGITS]
