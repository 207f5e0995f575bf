"""Where a key is written down that should be written nowhere: one file for each kind of place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.inquiry.places.builds import BUILDS
from chalicelib.inquiry.places.functions import FUNCTIONS
from chalicelib.inquiry.places.objects import objects_of
from chalicelib.inquiry.places.parameters import PARAMETERS
from chalicelib.inquiry.places.stacks import STACKS
from chalicelib.inquiry.places.task_definitions import TASK_DEFINITIONS
from chalicelib.inquiry.places.user_data import USER_DATA

if TYPE_CHECKING:
    from chalicelib.inquiry.places.place import Place

__all__ = ["PLACES", "objects_of"]

PLACES: tuple[Place, ...] = (FUNCTIONS, TASK_DEFINITIONS, USER_DATA, BUILDS, PARAMETERS, STACKS)
"""Each in every Region. Objects of S3 come to them where somebody says which."""
