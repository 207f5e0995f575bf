"""What one scenario found out, by the calls that the embedded AWS allowed or denied."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from drill.theatre import Theatre

Say = Callable[[str], None]


@dataclass
class Scene:
    """A row of the drill's table. Counts are of signed calls; None where the scenario has no such question."""

    scenario: str
    subject: str
    seconds_to_contained: float | None = None
    intruder_allowed_before: int = 0
    intruder_allowed_after: int = 0
    bystanders_denied: int = 0
    secrets_rotated: int = 0
    told: list[str] = field(default_factory=list)
    owner_works_after_release: bool | None = None
    restore_exact: bool | None = None
    judged_by: str = "signed calls, judged by the embedded AWS"
    status: str = "watching"


Act = Generator[None, None, Scene]
"""A scenario yields where it has to wait, so that others may play meanwhile."""
Play = Callable[[Theatre, Say], Act]
EVERYONE = ["event-bus", "slack", "sns"]
