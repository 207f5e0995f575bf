"""The published events are no part of the project: without their folder there is nothing to compare."""

from __future__ import annotations

from tests.explain.published import FOLDER

collect_ignore = [] if FOLDER else ["test_published_events.py"]
