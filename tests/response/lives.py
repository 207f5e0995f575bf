"""The lives that are disturbed at each of their calls: from the signal to the very end, and both ways back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.response import life
from tests.world import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud
    from tests.response.life import Life
    from tests.world import World

WHOLE = ("responded", "closed", "released", "restored")
_FULLEST = (
    (life.bare_key_id, WHOLE[:1]),  # once its owner is known, it is a key like any other
    (life.role_session, WHOLE),
    (life.fullest_role, WHOLE),
    (life.full_user_with_secret, WHOLE),
)
_NEUTRALISED = (life.neutralised_user, WHOLE)
_HALF = (life.user_key, WHOLE[:2])  # its way back is a part of the full user's
LIVES = pytest.mark.parametrize(("leak", "stretches"), [_HALF, _NEUTRALISED, *_FULLEST])
CALLS = pytest.mark.parametrize(("leak", "stretches"), [_NEUTRALISED, *_FULLEST])
"""The lives that make every call there is: what a user's key takes, a user with no room for a policy takes, too."""


def lived(
    cloud: Cloud, leak: Callable[[World], dict[str, Any]], stretches: tuple[str, ...], **disturbed: object
) -> tuple[Life, dict[str, Any]]:
    """A life, and what is seen at the end of each stretch of it."""
    one = life.begin(build(cloud), leak)
    for name, number in disturbed.items():
        setattr(one, name, number)
    return one, {stretch: life.seen(one.world, getattr(one, stretch)()) for stretch in stretches}
