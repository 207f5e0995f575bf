"""The same facts for machines: plain JSON values under stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import StepState
from chalicelib.report.escape import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Judgement, Principal, Signal, Step, Withheld
    from chalicelib.settings import Settings

Facts = dict[str, object]

_MOST = 10  # signals and pieces of evidence; the ledger holds them all
_FINDINGS = 99  # beside one of ours: BatchUpdateFindings takes 100 (Security Hub API reference)


def of_incident(incident: Incident, settings: Settings) -> Facts:
    """Times are ISO 8601 or null; names are printable and cut as in the text."""
    return {
        "stage": settings.stage,
        "mode": incident.mode,
        **_judged(incident.judgement),
        "principal": _principal(incident.principal),
        **_signals(incident.signals),
        "findings": _findings(incident.signals),
        "opened_at": incident.opened_at.isoformat(),
        "contained_at": _moment(incident.contained_at),
        "cut_off": incident.cut_off.isoformat(),
        "closed_at": _moment(incident.closed_at),
        "result": incident.closed.result if incident.closed else None,
        "approved_by": _named(incident.approved_by),
        "released_by": _named(incident.released.by if incident.released else None),
        "reached": list(incident.reached),
        "steps": [_step(incident, step) for step in incident.steps],
        "withheld": _withheld(incident.withheld),
        "undone": [
            {"detail": plain(one.detail), "reapplied": one.reapplied, "by": plain(one.by)} for one in incident.undone
        ],
    }


def of_notice(signal: Signal, judgement: Judgement, settings: Settings) -> Facts:
    """As of an incident, as far as there is anything to say."""
    return {
        "stage": settings.stage,
        "mode": settings.mode,
        **_judged(judgement),
        "principal": _principal(signal.principal) if signal.principal else None,
        **_signals((signal,)),
        "steps": [{"action": step.action, "target": _target(step), "status": "planned"} for step in judgement.strike],
        "withheld": _withheld(judgement.withheld),
    }


def _judged(judgement: Judgement) -> Facts:
    return {
        "decision": judgement.decision,
        "confidence": judgement.confidence,
        "reason": plain(judgement.reason, 400),
        "dry": judgement.dry,
    }


def _signals(signals: Sequence[Signal]) -> Facts:
    newest = sorted(signals, key=lambda signal: signal.at, reverse=True)
    return {"signal_count": len(signals), "signals": [_signal(signal) for signal in newest[:_MOST]]}


def _findings(signals: Sequence[Signal]) -> list[Facts]:
    """What Security Hub has of the feeds that told us, the newest first."""
    newest = sorted(signals, key=lambda signal: signal.at, reverse=True)
    named = dict.fromkeys(
        (plain(one.finding.id, 512), plain(one.finding.product, 2048)) for one in newest if one.finding
    )
    return [{"id": known, "product": product} for known, product in list(named)[:_FINDINGS]]


def _signal(signal: Signal) -> Facts:
    subject = signal.subject
    return {
        "source": plain(signal.source),
        "native_id": plain(signal.native_id),
        "sign": signal.sign,
        "what": plain(signal.what),
        "at": signal.at.isoformat(),
        "since": signal.since.isoformat(),
        "account": plain(signal.account),
        "region": plain(signal.region),
        "subject": {"kind": subject.kind, "id": _named(subject.id), "session": _named(subject.session)},
        "actor": _principal(signal.actor) if signal.actor else None,
        "failed": signal.failed,
        "sample": signal.sample,
        "evidence": [{"label": plain(one.label), "value": plain(one.value)} for one in signal.evidence[:_MOST]],
    }


def _principal(principal: Principal) -> Facts:
    return {
        "kind": principal.kind,
        "account": plain(principal.account),
        "name": plain(principal.name),
        "unique_id": _named(principal.unique_id),
    }


def _step(incident: Incident, step: Step) -> Facts:
    outcome = incident.outcome(step)
    back = incident.restored.get(step.key)
    return {
        "action": step.action,
        "target": _target(step),
        "status": outcome.status,
        "detail": plain(outcome.detail, 400),
        "retryable": outcome.retryable,
        "state": incident.state_of(step),
        "replaced": incident.state_of(step) is StepState.SUPERSEDED,
        "restored": back.status if back else None,
        "lifted": incident.lifted[step.key].status if step.key in incident.lifted else None,
    }


_TARGETS = ("key_id", "credential_id", "secret", "session", "identity", "permission_set")


def _target(step: Step) -> str:
    named = (step.arguments.get(name) for name in _TARGETS)
    return plain(next(filter(None, named), step.principal.name), 2048)


def _withheld(these: Sequence[Withheld]) -> list[Facts]:
    return [
        {"action": plain(one.action), "reason": plain(one.reason, 400), "instead": plain(one.instead, 400)}
        for one in these
    ]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _named(name: str | None) -> str | None:
    return None if name is None else plain(name)
