"""Tell once what one caller does through one AWS service, and not once for each call.

A stack operation of CloudFormation makes tens of calls with the rights of its caller. No record names the operation, so
the calls of one credential through one service within minutes count as one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.ledger import operations
from chalicelib.model import Evidence, hash_parts
from chalicelib.tell import tell_notice

if TYPE_CHECKING:
    from chalicelib.ledger.operations import Operation
    from chalicelib.model import Judgement, Signal
    from chalicelib.ports import Ports

_GATHERED = 120
"""Seconds from the first call to the notice. What IAM is asked for stands at the beginning of most stack operations."""

_TRIES = 5  # at an operation that is told at the same moment


def is_gathered(signal: Signal, judgement: Judgement) -> bool:
    """Say whether a signal is told together with others: nothing waits for a person to act on it."""
    return signal.by_service and not judgement.strike and not judgement.withheld


def gather(signal: Signal, judgement: Judgement, ports: Ports) -> bool:
    """Keep a call for the notice of its operation; False where it is known. Told alone where it cannot be kept."""
    operation_id, call = _operation_of(signal), _line_of(signal)
    for _ in range(_TRIES):
        seen = operations.part_for(ports.ledger, operation_id, call)
        if call in seen.calls:
            return False
        if not seen.is_waiting:  # first, so that nothing is kept that nobody will tell
            ports.queue_operation(seen.id, _GATHERED)
        if operations.add(ports.ledger, seen, signal, call, ports.now()):
            return True
    return tell_notice(signal, judgement, hash_parts(operation_id, call), ports)


def tell_gathered(operation_id: str, ports: Ports) -> bool:
    """Tell what was gathered of an operation; False where nothing is left to tell."""
    seen = operations.read(ports.ledger, operation_id)
    if seen.first is None or not seen.is_waiting:
        return False
    judgement = playbook.strike(seen.first, ports.settings)
    signal = replace(seen.first, evidence=(*seen.first.evidence, *_also(seen)))
    told = tell_notice(signal, judgement, hash_parts(operation_id, *seen.untold), ports)
    if not operations.settle(ports.ledger, seen):
        ports.queue_operation(operation_id, _GATHERED)
    return told


def _operation_of(signal: Signal) -> str:
    """One credential through one service. A day's operations share an item, which must not grow for ever."""
    known = {one.label: one.value for one in signal.evidence}
    who = signal.actor.lock if signal.actor else signal.account
    return hash_parts(who, known.get("with key", ""), known.get("through", ""), signal.at.date().isoformat())


def _line_of(signal: Signal) -> str:
    return f"{signal.at.isoformat()} {signal.what} {signal.native_id}"


def _also(seen: Operation) -> tuple[Evidence, ...]:
    """The names of the other calls, with how many of each there were."""
    if seen.first is None or not (others := [line for line in seen.untold if line != _line_of(seen.first)]):
        return ()
    names = Counter(line.split(" ", 2)[1] for line in others)
    return (Evidence("and also", ", ".join(f"{count} × {name}" for name, count in names.items())),)
