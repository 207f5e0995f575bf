"""What one scenario found out, and what it promised."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Scene:
    """A row of the drill's table. Counts are of signed calls; None where the scenario has no such question."""

    scenario: str
    subject: str = ""
    seconds_to_contained: float | None = None
    intruder_allowed_before: int | None = None
    intruder_allowed_after: int | None = None
    bystanders_denied: int = 0
    secrets_rotated: int = 0
    told: list[str] = field(default_factory=list)
    owner_works_after_release: bool | None = None
    restore_exact: bool | None = None
    judged_by: str = "signed calls, judged by the embedded AWS"
    status: str = "watching"


ENDS = ("held", "contested", "restored", "dry")


def faults(scene: Scene) -> list[str]:
    """What does not hold, in words."""
    checks = (
        (scene.intruder_allowed_before != 0, "the intruder could do nothing even before"),
        (not scene.intruder_allowed_after, f"the intruder still makes {scene.intruder_allowed_after} calls"),
        (scene.bystanders_denied == 0, f"{scene.bystanders_denied} calls of bystanders are denied"),
        (scene.owner_works_after_release is not False, "the owner does not work after the release"),
        (scene.restore_exact is not False, "restore did not give the earlier state"),
        (bool(scene.told), "nobody was told"),
        (scene.status in ENDS, f"it ended as {scene.status}"),
    )
    return [f"{scene.scenario}: {fault}" for kept, fault in checks if not kept]
