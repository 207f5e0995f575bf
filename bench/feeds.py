"""The calls and the time that each feed costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from bench import events, handler
from bench.account import Account, BenchError
from bench.events import Event
from bench.figures import Figures, spread

if TYPE_CHECKING:
    from bench.handler import Run

Scene = tuple[Event, Sequence[boto3.Session]]


@dataclass(frozen=True)
class Feed:
    """A handler, and what makes an event for it together with the sessions that it must stop."""

    name: str
    handler: str
    scene: Callable[[Account], Scene]


def _guardduty_user(account: Account) -> Scene:
    victim = account.victim()
    return events.compromised_key(account, victim), victim.stolen


def _guardduty_role(account: Account) -> Scene:
    name, role_id, session = account.role()
    return events.stolen_session(account, name, role_id), (session,)


def _health(account: Account) -> Scene:
    victim = account.victim()
    return events.exposed_key(account, victim), victim.stolen


def _quarantined(account: Account) -> Scene:
    victim = account.victim()
    return events.quarantined_by_aws(account, victim), victim.stolen


def _created(account: Account) -> Scene:
    contained, victim = account.victim(), account.victim()
    handler.run("guardduty_finding", events.compromised_key(account, contained))
    return events.created_key(account, victim, contained), victim.stolen


def _root(account: Account) -> Scene:
    return events.queued(events.root_sign_in(account)), ()


FEEDS: tuple[Feed, ...] = (
    Feed("GuardDuty: a user's key", "guardduty_finding", _guardduty_user),
    Feed("GuardDuty: a role session", "guardduty_finding", _guardduty_role),
    Feed("AWS Health: only a key id", "health_exposure", _health),
    Feed("CloudTrail: AWS quarantined a user", "credential_event", _quarantined),
    Feed("CloudTrail: a key made by a contained user", "credential_event", _created),
    Feed("CloudTrail: root signed in (told only)", "wide_event", _root),
)


def rounds(repeats: int) -> int:
    """How often `measure` calls its step."""
    return (repeats + 1) * len(FEEDS)


def measure(account: Account, repeats: int, step: Callable[[], None]) -> list[Figures]:
    """A row for each feed; the feeds take turns."""
    runs: dict[str, list[Run]] = {feed.name: [] for feed in FEEDS}
    for number in range(repeats + 1):
        for feed in FEEDS:
            run = _run(account, feed)
            if number:  # the first round makes clients
                runs[feed.name].append(run)
            step()
    return [_row(name, made) for name, made in runs.items()]


def _run(account: Account, feed: Feed) -> Run:
    event, stolen = feed.scene(account)
    run = handler.run(feed.handler, event)
    if any(account.may_act(session) for session in stolen):
        raise BenchError(f"{feed.name}: the intruder can still act after the response")
    return run


def _row(name: str, runs: list[Run]) -> Figures:
    powerless = [run.powerless for run in runs if run.powerless is not None]
    serial = [run.serial_to_powerless for run in runs if run.serial_to_powerless is not None]
    return {
        "feed": name,
        "powerless": spread(powerless) if powerless else None,
        "serial_calls_to_powerless": min(serial) if serial else None,
        "returned": spread([run.returned for run in runs]),
        "serial_calls": min(run.serial for run in runs),
        "calls": min(len(run.calls) for run in runs),
    }
