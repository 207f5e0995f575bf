"""A session of a role leaks that has no room for any policy, and a boundary of its own: it dies by a copy of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drill import cast
from drill.scenarios import full_role

if TYPE_CHECKING:
    from drill.acts import Act
    from drill.cloud.lifecycle import Cloud
    from drill.scene import Scene
    from drill.story import Say

NAME = "role without any room"


def play(cloud: Cloud, scene: Scene, say: Say) -> Act:
    """Ten policies are attached, the inline ones are full, and the boundary is somebody's own."""
    yield from full_role.of_a_role(cloud, scene, "crammed", cast.fill_managed, cast.bound)
    say("A role had no room for any policy: its stolen session is dead by a copy of its boundary, which is back")
