"""The pause switch: it stops everything but the telling, and turning it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import switch
from chalicelib.orders.entitled import refuse_contained, refuse_silent
from chalicelib.tell import tell_switch

if TYPE_CHECKING:
    from chalicelib.model import Outcome
    from chalicelib.ports import Ports


def turn(*, on: bool, by: str, reason: str, ports: Ports) -> dict[str, Outcome] | None:
    """Turn the switch, then tell: how each channel took it, or None where the switch stood so already.

    RefusedError where the caller has an open incident, or gives no reason.
    """
    refuse_silent(reason)
    refuse_contained(by, ports)
    if not switch.turn(ports.ledger.table, on=on, by=by, reason=reason):
        return None
    return tell_switch(on=on, by=by, reason=reason, ports=ports)
