"""Find in CloudTrail whose session it is that a feed names by its key id, or by the name of a federated user, alone.

IAM knows the owners of access keys only. CloudTrail knows a session by each call that it made, and by the call that
obtained it, which lists the session's key id among its resources.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import sighting
from chalicelib.follow_up.sighting import Mark
from chalicelib.model import Evidence, Principal, Signal, Subject, SubjectKind
from chalicelib.respond import Answer, respond, tell_unowned
from chalicelib.settings import HOME_REGION
from chalicelib.sources import cloudtrail, sessions
from chalicelib.sources.reading import is_region, moment, text
from chalicelib.steps import failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.ports import Ports
    from chalicelib.sources.reading import Node

PERMISSIONS = sighting.PERMISSIONS

_LONGEST = timedelta(hours=36)
"""A session of a user or a federated user lasts so long at most (STS API reference, "GetFederationToken")."""

_DELIVERED = timedelta(minutes=15)
"""CloudTrail delivers most records within five minutes, and says so of none (CloudTrail user guide, "How CloudTrail
works"); the user guide's former bound was fifteen.
"""

_EVERY = 60.0  # seconds between searches


@dataclass(frozen=True)
class Owner:
    """The session with its owner, and the sentence that says which record shows it."""

    subject: Subject
    principal: Principal
    shown_by: str


def answer_session(signal: Signal, begun: datetime, ports: Ports) -> Answer:
    """Contain the session once CloudTrail shows its owner. Tell that it does not yet, and search again for 15 minutes.

    `begun` is when the search began.
    """
    found = find_owner(signal, ports)
    if isinstance(found, Owner):
        return respond(_with_owner(signal, found), ports)
    last = begun + _DELIVERED
    if ports.now() >= last:
        tell_unowned(signal, f"{found}; the search ended after 15 minutes", is_last=True, ports=ports)
        return Answer("told", found)
    ports.queue_search(signal, begun, _EVERY)
    again = f"{found}; it is searched for every minute until {last:%H:%M} UTC"
    tell_unowned(signal, again, is_last=False, ports=ports)
    return Answer("queued", found)


def _with_owner(signal: Signal, owner: Owner) -> Signal:
    shown = Evidence("owner shown by", owner.shown_by)
    evidence = (*signal.evidence, shown)
    account = owner.principal.account
    return replace(signal, account=account, subject=owner.subject, principal=owner.principal, evidence=evidence)


def find_owner(signal: Signal, ports: Ports) -> Owner | str:
    """Return the one owner that CloudTrail shows in the Regions that are seen, or why there is none.

    Several users may have issued sessions of one name: then nobody is chosen.
    """
    found, unread, places = dict[str, Owner](), list[str](), _regions(signal, ports)
    for place in places:
        try:
            found |= {owner.principal.lock: owner for owner in _shown(signal, place, ports)}
        except (ClientError, BotoCoreError) as error:
            unread.append(f"{place}: {failed(error).detail}")
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        return f"CloudTrail shows more than one owner of such a session ({', '.join(sorted(found))})"
    if unread:
        return f"CloudTrail could not be read ({'; '.join(unread)}), so the owner of the session is not known"
    return f"CloudTrail in {' and '.join(places)} does not show the owner of the session"


def _regions(signal: Signal, ports: Ports) -> list[str]:
    """Return the Region where the global endpoint of STS is recorded, our own, and that where the feed saw it."""
    named = (HOME_REGION, ports.settings.region, signal.region)
    return list(dict.fromkeys(place for place in named if is_region(place)))


def _shown(signal: Signal, place: str, ports: Ports) -> Iterator[Owner]:
    client, since = ports.aws.cloudtrail(place), signal.since - _LONGEST
    for mark in _marks(signal):
        records, _ = sighting.calls(client, mark, since)
        for record in records:
            yield from _read(record, mark, signal)


def _marks(signal: Signal) -> tuple[Mark, ...]:
    key, name = signal.subject.id, signal.subject.session
    if key:
        return Mark("AccessKeyId", key), Mark("ResourceName", key)
    return (Mark("ResourceName", name),) if name else ()


def _read(record: Node, mark: Mark, signal: Signal) -> Iterator[Owner]:
    """Yield the owner that one record shows: the caller of a call by the session, or of the call that issued it."""
    if mark.kind == "AccessKeyId":
        who, subject = cloudtrail.caller(record), cloudtrail.credential(record)
        if who and text(record, "userIdentity", "accessKeyId") == signal.subject.id:
            yield Owner(subject, who, _shown_by("a call by the session", record))
    elif issued := _issued(record, signal):
        subject, who = issued
        yield Owner(subject, who, _shown_by("the call that issued the session", record))


def _issued(record: Node, signal: Signal) -> tuple[Subject, Principal] | None:
    """Return the session that the call issued, with its owner, where it is the one of the signal."""
    issued = None if sighting.refused(record) else sessions.issued_by(record)
    if issued is None:
        return None
    subject, _ = issued
    if signal.subject.id:
        return issued if subject.id == signal.subject.id else None
    federated = subject.kind is SubjectKind.FEDERATED_SESSION
    return issued if federated and subject.session == signal.subject.session else None


def _shown_by(what: str, record: Node) -> str:
    called = f"{text(record, 'eventSource')} {text(record, 'eventName')}"
    at = moment(text(record, "eventTime"))
    when = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "an unknown time"
    caller = text(record, "userIdentity", "arn") or "an unknown caller"
    return f"CloudTrail, {what}: {called} at {when} by {caller} (event {text(record, 'eventID')})"
