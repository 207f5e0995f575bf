"""What else a user holds: what they were given since the leak began is ended too, and the rest is left and named."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from chalicelib.model import LASTING, NOUNS, Plan, PrincipalKind, Sign, SubjectKind, Withheld
from chalicelib.playbook.steps import end, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Credential, Facts, Principal, Signal, Step


def spares(principal: Principal, signals: Sequence[Signal], facts: Facts, present: Sequence[Step]) -> Plan:
    """The end of every active credential that was made since the earliest sign of the leak, for an intruder makes spare
    ones; and why the others are left.
    """
    since, ended = _since(signals), {step.credential for step in present}
    alive = [one for one in facts.credentials if one.active and one.kind in LASTING and one.id not in ended]
    younger = [one for one in alive if since and one.created >= since]
    steps = tuple(end(one.kind, one.id, principal, f"made at {_moment(one.created)}, {_MAYBE}") for one in younger)
    left = _left([one for one in alive if one not in younger], signals)
    return Plan(
        steps,
        (
            *left,
            *(
                _enrolled(one, principal, signals)
                for one in facts.of(SubjectKind.MFA_DEVICE) or ()
                if since and one.created >= since
            ),
        ),
    )


def missed(incident: Incident, facts: Facts) -> Plan:
    """Return what that adds to the plan of an incident.

    One made after the cut-off is somebody else's doing, and keeps the deny wide. One made since the owner may work is
    the owner's.
    """
    if incident.principal.kind is not PrincipalKind.USER or not incident.steps:
        return Plan(())
    until = min(filter(None, (incident.cut_off, incident.let_work_at)))
    plan = spares(incident.principal, incident.signals, facts.before(until), incident.steps)
    return Plan(plan.steps, tuple(one for one in plan.withheld if one not in incident.withheld))


def _since(signals: Sequence[Signal]) -> datetime | None:
    """The earliest sign. Since when a credential leaks that a person reports, nobody knows: then nothing is known to be
    a spare.
    """
    return min((one.since for one in signals if one.sign is not Sign.REPORTED), default=None)


_MAYBE = "since the earliest sign of the leak: it may be the intruder's"


def _left(these: Sequence[Credential], signals: Sequence[Signal]) -> Iterator[Withheld]:
    """Why they are left; keys only where one is named, for otherwise all of them are shown as what may have leaked."""
    listed = any(one.subject.kind in _NAME_NO_KEY for one in signals)
    old = "it is older than the earliest sign of the leak"
    why = old if _since(signals) else "nobody knows since when the other leaks"
    for one in these:
        if not (listed and one.kind is SubjectKind.ACCESS_KEY):
            yield Withheld("deactivate-others", f"{NOUNS[one.kind]} {one.id}: no feed names it, and {why}", _LEAVE)


_NAME_NO_KEY = frozenset({SubjectKind.UNNAMED, SubjectKind.USER_SESSION, SubjectKind.FEDERATED_SESSION})
_LEAVE = "leave it while our deny stands, which stops it too; if it may have leaked, set it inactive before that ends"


def _enrolled(device: Credential, principal: Principal, signals: Sequence[Signal]) -> Withheld:
    """Only its owner can enrol a device again, so it takes a person's word that it is not the owner's. An order about
    the user as a whole would keep the deny wide.
    """
    keys = (named(one) for one in signals if one.subject.kind is SubjectKind.ACCESS_KEY and one.subject.id)
    words = next(keys, ("--user", principal.name))
    return Withheld(
        "deactivate-mfa",
        f"MFA device {device.id} was enrolled at {_moment(device.created)}, {_MAYBE}",
        f"if it is not the owner's: `leak-responder contain {shlex.join(words)} --also deactivate-mfa={device.id} "
        "--reason …`, before you release",
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
