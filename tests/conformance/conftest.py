"""One embedded AWS for all of them, emptied before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drill.cloud import levers, lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drill.cloud.lifecycle import Cloud


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[Cloud]:
    with lifecycle.running(LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.05") as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Cloud:
    levers.reset(running_cloud)
    return running_cloud
