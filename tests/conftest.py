"""No test can reach an account: whatever AWS settings this machine has are gone before the first import of boto3.

One embedded AWS serves the whole run, emptied before each test that asks for it.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drill.cloud.lifecycle import Cloud
    from tests.world import World

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

# Examples are timed by nothing. CI draws the same ones every time; a person's machine goes looking for new ones.
settings.register_profile("ci-derandomized", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("exploring", deadline=None)
settings.load_profile("ci-derandomized" if os.environ.get("CI") else "exploring")


_KEPT = ("AWS_", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def _environment_kept() -> Iterator[None]:
    """A command that starts a cloud forgets what the shell says of AWS; the next test of the process needs it."""
    before = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    yield
    for name in [name for name in os.environ if name.startswith(_KEPT) and name not in before]:
        del os.environ[name]
    os.environ |= before


@pytest.fixture(scope="session", autouse=True)
def _models_read_once() -> Iterator[None]:
    """Every session reads the services' models for itself, and a test has a session for every command it types."""
    from botocore import session

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture(scope="session")
def running_cloud() -> Iterator[Cloud]:
    """The embedded AWS as others left it: tests that build several worlds empty it themselves."""
    from drill.cloud import lifecycle

    with lifecycle.running(LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.05") as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: Cloud) -> Cloud:
    """The embedded AWS, empty."""
    from drill.cloud import levers

    levers.reset(running_cloud)
    return running_cloud


@pytest.fixture
def world(running_cloud: Cloud) -> World:
    """A small account with a responder in it."""
    from tests.world import build

    return build(running_cloud)
