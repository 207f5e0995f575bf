"""What most scenarios have in common: a user's key leaks, is contained and watched, and the intruder stays out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from drill import acts, cast, standing
from drill.stage import WATCH

if TYPE_CHECKING:
    from collections.abc import Generator

    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.acts import Act, Until
    from drill.cloud.lifecycle import Cloud
    from drill.feeds import Entry
    from drill.scene import Scene
    from drill.stage import Stage


class Scenario(Protocol):
    """A file in `scenarios/`."""

    NAME: str

    def play(self, cloud: Cloud, scene: Scene, say: Say) -> Act:
        """Tell it from its begin to its end."""


class Say(Protocol):
    """Whoever tells the story to a person."""

    def __call__(self, line: str) -> None:
        """What just happened."""

    def aside(self, line: str) -> None:
        """More about it: a verdict, or what somebody received."""


def leak(cloud: Cloud, scene: Scene, name: str) -> tuple[str, cast.Key]:
    """A user whose key an intruder has; the user's id and the key."""
    user_id, leaked = cast.user(cloud, name), cast.key(cloud, name)
    scene.subject = f"access key {leaked.id} of user {name}"
    scene.intruder_allowed_before = cast.allowed(leaked.session)
    return user_id, leaked


@dataclass(frozen=True)
class Case:
    """What an intruder holds of a principal, how that one stood before the alarm, and when the alarm was."""

    kind: standing.Kind
    name: str
    intruders: tuple[boto3.Session | cast.ApiKey, ...]
    stood: str
    since: float


def begun(stage: Stage, name: str, *intruders: boto3.Session | cast.ApiKey, kind: standing.Kind = "user") -> Case:
    """The alarm comes now."""
    return Case(kind, name, intruders, standing.of(stage.cloud, kind, name), time.monotonic())


def contain(
    stage: Stage,
    scene: Scene,
    event: Entry,
    name: str,
    *intruders: boto3.Session | cast.ApiKey,
    kind: standing.Kind = "user",
) -> Case:
    """The event arrives, and the clock runs until the intruder can do nothing; then the bus tells."""
    case = begun(stage, name, *intruders, kind=kind)
    stage.send(event)
    clock(scene, case)
    told = stage.message("contained", name)
    acts.at_once(told.promise, told.holds)
    return case


def clock(scene: Scene, case: Case) -> None:
    """Stop the clock when the intruder can do nothing any more."""
    acts.at_once("every call of the intruder is denied", lambda: cast.powerless(*case.intruders))
    scene.seconds_to_contained = round(time.monotonic() - case.since, 2)


def watch(stage: Stage, scene: Scene, case: Case) -> Generator[Until, Any, str]:
    """Wait until the responder calls it held, which it may not before its watch is over; then ask AWS. The incident."""
    ended = yield stage.message("held", case.name)
    acts.promise("nothing is called held before its watch is over", holds=time.monotonic() - case.since >= WATCH)
    scene.told = yield stage.told(case.name)
    judge(stage, scene, case)
    scene.status = "held"
    return str(ended["incident"])


def judge(stage: Stage, scene: Scene, case: Case) -> None:
    """Count, by signed calls, what the intruder still can do and what those who have nothing to do with it cannot."""
    scene.intruder_allowed_after = cast.allowed(*case.intruders)
    scene.bystanders_denied += cast.denied(*stage.bystanders)
