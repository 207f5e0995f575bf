"""The inquiry into one incident: asked, kept, and what it found to be contained in its turn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.entries import Result
from chalicelib.inquiry import kept, subjects
from chalicelib.inquiry.begin import from_its_begin
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds
from chalicelib.inquiry.inquire import inquire
from chalicelib.respond import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.inquiry.family import Family, Member
    from chalicelib.inquiry.inquire import Inquiry
    from chalicelib.inquiry.trail import Trail
    from chalicelib.ports import Ports


def inquire_into(incident_id: str, ports: Ports, read: Callable[[datetime], AbstractContextManager[Trail]]) -> Answer:
    """Each child becomes a signal for `follow_up`, which contains it by the mode, once however often it is found.

    Only where the incident itself is contained: of one that waits for an answer, or was a false alarm, the children are
    named, no more.
    """
    incident = ports.ledger.load(incident_id)
    leaked = subjects.leaked(incident) if incident else []
    if incident is None or not leaked:
        return Answer("settled", f"incident {incident_id} names nothing that can be looked for", incident)
    account = ports.settings.account

    def ask(bounds: Bounds) -> Inquiry:
        with read(incident.since) as trail:
            return inquire(trail, leaked, bounds)

    found = from_its_begin(ask, Bounds(accounts=frozenset({account}), since=incident.since))
    kept.keep(ports.ledger.table, incident.id, document(found), ports.now())
    over = incident.closed is not None and incident.closed.result is Result.RESTORED
    children = _made_by_leak(found.family, incident) if incident.acting and not over else ()
    made = list(subjects.signals(children, incident, account))
    for signal in made:
        ports.queue_signal(signal, 0)
    return Answer("inquired", f"{found.calls:,} calls, {len(made):,} children to contain", incident)


MARGIN = timedelta(days=1)
"""How long before a feed's first sign what was made counts as the intruder's unasked. What is older is named: a key
that calls from ever new addresses, as builds do, would have its owner's work of a month taken for a stranger's.
"""


def _made_by_leak(family: Family, incident: Incident) -> Iterator[Member]:
    """The children but for those of the owner, whose fresh sessions bear the same name and work after the cut-off.

    What a live child made later counts: nobody has ended that one.
    """
    held = incident.contained_at if not incident.undone else None
    end = max(held, incident.denied_before) if held else None
    for one in family.children():
        first = next((member for member in family.chain(one) if member.depth == 1), one)
        if first.at is None or (incident.since - MARGIN <= first.at and (end is None or first.at <= end)):
            yield one
