"""Tell every configured channel, at least once, without ever stopping the work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.entries import Stage, Told
from chalicelib.inquiry import kept
from chalicelib.ledger import Claimed, notices
from chalicelib.ledger.rows import NoticeText
from chalicelib.model import Outcome, Permission, Status
from chalicelib.notifiers import NOTIFIERS, PEOPLE
from chalicelib.report.message import JOINED, Number, compose, is_outdated, notice_message, switch_message
from chalicelib.report.text import render

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Judgement, Signal
    from chalicelib.notifiers.channel import Notifier
    from chalicelib.ports import Ports
    from chalicelib.report.investigation import Investigation
    from chalicelib.report.message import Message


LINKS = (Permission(("s3:GetObject",), ("${SignedReports}",)),)
"""Whom a link lets in is who may read what it opens: whoever signs it."""


def tell_incident(incident: Incident, number: int, ports: Ports) -> Incident:
    """Send message `number` to each channel that has not got it, and write down how that went."""
    return _told(incident, number, [one for one in _channels(ports) if _owed(incident, number, one.name, ports)], ports)


def tell_joined(incident: Incident, ports: Ports) -> Incident:
    """Tell of each signal that joined after the first message, where something was done or is asked because of it."""
    for place, joined in enumerate(incident.joined, start=1):
        if joined.told_apart and not is_outdated(incident, JOINED + place):
            incident = tell_incident(incident, JOINED + place, ports)
    return incident


def _told(incident: Incident, number: int, left: list[Notifier], ports: Ports) -> Incident:
    if not left:
        return incident
    return _written(incident, number, _sent(left, _composed(incident, number, ports), ports), ports)


def _composed(incident: Incident, number: int, ports: Ports) -> Message:
    """With a link to the report where one is filed, and the owner of the stack wants links."""
    found, bucket = _investigated(incident, ports), ports.settings.report_bucket
    message = compose(incident, number, ports.now(), ports.settings, found)
    if not (ports.settings.sign_links and bucket and incident.filed and incident.filed.good):
        return message
    with suppress(BotoCoreError):  # the message says where the report lies, in any case
        message = replace(message, link=ports.aws.signed(bucket, f"{incident.id}/report.html", _OPENS))
    return message


def _investigated(incident: Incident, ports: Ports) -> Investigation | None:
    """What the investigation has found by now. None begins before the follow-up: the first message does not wait."""
    begun = Stage.REPORT in incident.reached or incident.closed or len(incident.signals) > 1  # the last begins again
    held = kept.newest(ports.ledger.table, incident.id) if begun else None
    if held is None:
        return None
    from chalicelib.inquiry import tree  # only here: the strike path must not pay for it
    from chalicelib.report.document.found import NAMED, investigation

    children = tree.with_states({**held, "children": held["children"][:NAMED]}, ports.ledger)["children"]
    return investigation({**held, "children": [*children, *held["children"][NAMED:]]}, incident)


_OPENS = 3600  # seconds that a link opens the report: whoever is woken reads it within them


def _written(incident: Incident, number: int, sent: list[tuple[str, Outcome]], ports: Ports) -> Incident:
    incident = ports.ledger.append(incident, ports.now(), *(Told(number, name, outcome) for name, outcome in sent))
    if number != Number.FIRST or not incident.acting:  # each look at an incident that acts tells the first again
        _told_later(incident, number, [name for name, _ in sent if _owed(incident, number, name, ports)], ports)
    return incident


def _told_later(incident: Incident, number: int, owed: list[str], ports: Ports) -> None:
    """Each attempt waits twice as long as the one before: a channel may be dead for minutes."""
    if owed:
        tried = max(incident.attempts[number, name] for name in owed)
        with suppress(ClientError, BotoCoreError):
            ports.queue_telling(incident.id, number, ports.settings.verify_every * 2**tried)


def tell_again(incident_id: str, number: int, ports: Ports) -> Incident | None:
    """Once more what a channel did not take, unless a later message says it; None while it is worked on."""
    incident = ports.ledger.load(incident_id)
    if incident is None or is_outdated(incident, number):
        return incident
    left = [one for one in _channels(ports) if _missed(incident, number, one.name, ports)]
    if not left:
        return incident
    told = None
    if not ports.ledger.is_leased(incident.lock, ports.now()):
        told = _told_again(incident, number, left, ports)
    if told is None:
        ports.queue_telling(incident_id, number, ports.settings.lease)
    return told


def _missed(incident: Incident, number: int, channel: str, ports: Ports) -> bool:
    """Asked, and it did not take it: who was not to hear of it then is not to hear of it now."""
    return (number, channel) in incident.told and _owed(incident, number, channel, ports)


def _told_again(incident: Incident, number: int, left: list[Notifier], ports: Ports) -> Incident | None:
    """The lease is taken to write it down alone: no leak has to wait for a channel.

    None where somebody began to work on the principal meanwhile. Rather twice than never.
    """
    sent = _sent(left, _composed(incident, number, ports), ports)
    claim = ports.ledger.take_by_hand(incident.lock, ports.now())
    if not isinstance(claim, Claimed):
        return None
    newest = claim.incident if claim.incident.id == incident.id else ports.ledger.load(incident.id)
    told = _written(newest or incident, number, sent, ports)
    ports.ledger.give_back(claim.incident)
    return told


def tell_machines(incident: Incident, number: int, ports: Ports) -> Incident:
    """Send message `number` to programs alone: nobody is woken for what needs nobody."""
    left = [one for one in _channels(ports) if one.machines and _owed(incident, number, one.name, ports)]
    return _told(incident, number, left, ports)


class UntoldError(Exception):
    """No channel of people took a notice: raised, so that it is tried again and else seen as a dead letter."""


def tell_notice(signal: Signal, judgement: Judgement, notice: str, ports: Ports) -> bool:
    """Tell of a signal that opens no incident, once; False where that was told before, or is being told."""
    if not _is_first(notice, ports):
        return False
    message = notice_message(signal, judgement, notice, ports.now(), ports.settings)
    sent = _sent(_of_notices(ports), message, ports)
    if not any(outcome.good and name in PEOPLE for name, outcome in sent):
        failed = "; ".join(f"{name}: {outcome.detail}" for name, outcome in sent if not outcome.good)
        reason = f"no channel of people took notice {message.incident}: {failed}"
        raise UntoldError(reason)
    with suppress(ClientError, BotoCoreError):
        notices.told(ports.ledger, notice)
        notices.keep_text(ports.ledger, NoticeText(message.incident, message.at, message.subject, render(message)))
    return True


def _is_first(notice: str, ports: Ports) -> bool:
    """Where the ledger cannot say, people are told again rather than never."""
    try:
        return notices.first(ports.ledger, notice, ports.now())
    except (ClientError, BotoCoreError):
        return True


def tell_switch(*, on: bool, by: str, reason: str, ports: Ports) -> dict[str, Outcome]:
    """Tell that the pause switch was turned, and how each channel took that."""
    message = switch_message(on=on, by=by, reason=reason, now=ports.now(), settings=ports.settings)
    return dict(_sent(_of_notices(ports), message, ports))


def _channels(ports: Ports) -> list[Notifier]:
    return [notifier for notifier in NOTIFIERS if notifier.configured(ports.settings)]


def _of_notices(ports: Ports) -> list[Notifier]:
    return [notifier for notifier in _channels(ports) if notifier.notices]


def _owed(incident: Incident, number: int, channel: str, ports: Ports) -> bool:
    outcome = incident.told.get((number, channel))
    if outcome is None:
        return True
    tried = incident.attempts[number, channel]
    return not outcome.good and outcome.retryable and tried < ports.settings.tell_attempts


def _sent(channels: list[Notifier], message: Message, ports: Ports) -> list[tuple[str, Outcome]]:
    begun = [(one.name, ports.pool.submit(_send, one, message, ports)) for one in channels]
    return [(name, future.result()) for name, future in begun]


def _send(notifier: Notifier, message: Message, ports: Ports) -> Outcome:
    try:
        return notifier.send(ports.aws, ports.settings, message)
    except Exception as error:  # noqa: BLE001 - a dead channel must never stop containment
        return Outcome(Status.FAILED, f"{type(error).__name__}", retryable=True)
