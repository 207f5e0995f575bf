"""What one scenario found out, and what it promised."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Scene:
    """A row of the drill's table. Counts are of signed calls; `unasked` is why a way out of it has no answer."""

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
    unasked: str = ""
    judged_by: str = "signed calls, judged by the embedded AWS"
    status: str = "watching"


ENDS = ("held", "contested", "failed", "restored", "dry", "asked")


def faults(scene: Scene) -> list[str]:
    """What does not hold, in words."""
    checks = (
        (scene.intruder_allowed_before != 0, "the intruder could do nothing even before"),
        (not scene.intruder_allowed_after, f"the intruder still makes {scene.intruder_allowed_after} calls"),
        (scene.bystanders_denied == 0, f"{scene.bystanders_denied} calls of bystanders are denied"),
        (scene.owner_works_after_release is not False, "the owner does not work after the release"),
        (scene.restore_exact is not False, "restore did not give the earlier state"),
        (_is_answered(scene), "it was neither asked whether the owner works and a restore is exact, nor said why not"),
        (bool(scene.told), "nobody was told"),
        (scene.status in ENDS, f"it ended as {scene.status}"),
    )
    return [f"{scene.scenario}: {fault}" for kept, fault in checks if not kept]


def _is_answered(scene: Scene) -> bool:
    return bool(scene.unasked) or None not in {scene.owner_works_after_release, scene.restore_exact}
