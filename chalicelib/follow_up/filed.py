"""The report in the bucket: written at the end of an incident, and again when what came after made it untrue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.entries import Filed
from chalicelib.model import Sign

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Outcome
    from chalicelib.ports import Ports


def filed(incident: Incident, ports: Ports) -> Incident:
    """The report as it is now, where there is a bucket; an outcome that is known is not written down again."""
    if not ports.settings.report_bucket:
        return incident
    outcome = _written(incident.id, ports)
    return incident if outcome == incident.filed else ports.ledger.append(incident, ports.now(), Filed(outcome))


def filed_with_parents(incident: Incident, ports: Ports) -> Incident:
    """The reports on the incidents whose inquiries found this one's principal, too: they say how it stands."""
    if ports.settings.report_bucket:
        minted = (one.native_id for one in incident.signals if one.sign is Sign.MINTED)
        for parent in dict.fromkeys(native_id.partition("/")[0] for native_id in minted):
            _written(parent, ports)
    return filed(incident, ports)


def _written(incident_id: str, ports: Ports) -> Outcome:
    from chalicelib.filing import file  # only here: the strike path must not pay for what writes a page

    return file(incident_id, ports)
