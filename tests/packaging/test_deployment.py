"""`leak-responder deploy` as a person runs it, up to a stack on the embedded AWS: change sets and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.sources import decoys
from console.stack import FUNCTIONS, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.lifecycle import Cloud

pytestmark = pytest.mark.usefixtures("packages")

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def deploy(cloud: Cloud) -> Callable[..., Run]:
    """The command, with the embedded AWS for AWS."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": cloud.key,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
    }
    command = [str(Path(sys.executable).with_name("leak-responder")), "deploy"]

    def run(*words: str, **shell: str) -> Run:
        return subprocess.run(
            [*command, *words],
            env=environment | shell,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


def parameters(cloud: Cloud) -> dict[str, str]:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="leak-responder-dev")["Stacks"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}


def patterns(cloud: Cloud) -> list[dict[str, Any]]:
    """Of every rule, as the bus has it."""
    return [
        json.loads(one["EventPattern"])
        for one in cloud.client("events").list_rules()["Rules"]
        if one.get("EventPattern")
    ]


TRAPS = ("AKIAIOSFODNN7EXAMPLE", "/decoy/token")


def test_it_is_deployed_only_observing_and_an_update_keeps_what_was_set(
    deploy: Callable[..., Run], cloud: Cloud
) -> None:
    first = deploy("--yes", "--json", "--set", "WatchSeconds=60")
    assert first.returncode == 0, first.stderr
    outputs = json.loads(first.stdout)
    assert outputs["Mode"] == "observe"
    assert {f"{function.logical_id}Arn" for function in FUNCTIONS if not function.condition} <= set(outputs)

    again = deploy("--yes", "--json")
    assert "Nothing changes" in again.stderr
    assert json.loads(again.stdout) == outputs

    acting = deploy("--yes", "--set", "Mode=contain-confirmed", "--set", f"Decoys={','.join(TRAPS)}")
    assert acting.returncode == 0, acting.stderr
    deployed = patterns(cloud)
    assert all(one in deployed for one in decoys.patterns(list(TRAPS)).values())
    held = parameters(cloud)
    assert set(held) == set(PARAMETERS)
    assert (held["Mode"], held["WatchSeconds"]) == ("contain-confirmed", "60")


def test_with_nobody_to_ask_nothing_is_changed_and_nothing_is_left(deploy: Callable[..., Run], cloud: Cloud) -> None:
    refused = deploy()
    assert refused.returncode == 1
    assert "deploy with --yes" in refused.stderr
    assert refused.stdout == ""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == []


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODYS000000000"}, "AWS does not know your credentials (InvalidClientTokenId)"),
        ({"AWS_PROFILE": "nobody"}, "no AWS credentials: The config profile (nobody) could not be found. Sign in"),
    ],
)
def test_credentials_that_are_none_are_said_in_a_sentence(
    deploy: Callable[..., Run], shell: dict[str, str], said: str
) -> None:
    refused = deploy("--yes", **shell)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert said in refused.stderr
