"""The inquiry into one incident: asked, kept, and what it found to be contained in its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.filing import file
from chalicelib.follow_up.remedies import remedies
from chalicelib.inquiry import kept, subjects
from chalicelib.inquiry.begin import from_its_begin
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.trail import Trail
from chalicelib.inquiry.where_used import Found
from chalicelib.respond import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.follow_up.remedies import Remedy
    from chalicelib.incident import Incident
    from chalicelib.inquiry.family import Family, Member
    from chalicelib.inquiry.inquire import Inquiry
    from chalicelib.ports import Ports


@dataclass(frozen=True)
class Sight:
    """What an inquiry may look at: the trail from some time before a moment on, and where keys are written down."""

    trail: Callable[[datetime], AbstractContextManager[Trail]]
    written: Callable[[Iterable[str]], Found]


def inquire_into(incident_id: str, ports: Ports, sight: Sight) -> Answer:
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
        with sight.trail(incident.since) as trail:
            return inquire(trail, leaked, bounds)

    found = from_its_begin(ask, Bounds(accounts=frozenset({account}), since=incident.since))
    cures = remedies((one.thing for one in found.touched.ordered()), ports)
    _keep(incident, found, cures, sight, ports)
    if ports.settings.report_bucket:
        file(incident.id, ports)  # what could not be written is tried again, and told, at the end
    if not incident.acting or incident.was_restored:
        return Answer("inquired", f"{found.calls:,} calls", incident)
    made = list(subjects.signals(_made_by_leak(found.family, incident), incident, account))
    for signal in made:
        ports.queue_signal(signal, 0)
    if secrets := list(dict.fromkeys((one.rotate, one.times) for one in cures if one.rotate)):
        ports.queue_rotations(incident.id, secrets, 0)
    said = f"{found.calls:,} calls, {len(made):,} children to contain, {len(secrets):,} secrets to rotate"
    return Answer("inquired", said, incident)


def _keep(incident: Incident, found: Inquiry, cures: list[Remedy], sight: Sight, ports: Ports) -> None:
    keys = found.family.lasting_keys()
    made = document(found, sight.written(keys) if keys else None)
    read = [{**one, "remedy": asdict(cure)} for one, cure in zip(made["rotate"], cures, strict=True)]
    kept.keep(ports.ledger.table, incident.id, {**made, "rotate": read}, ports.now())


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
