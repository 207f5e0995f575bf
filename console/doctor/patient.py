"""The stack that is looked at, and the lines that are said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.aws import Aws
from chalicelib.settings import HOME_REGION, Settings
from console.deployed import find_stack, session

if TYPE_CHECKING:
    import boto3  # noqa: TC004 - only a checker reads the annotation


class Health(StrEnum):
    """`note` works as it was set up, and somebody may want it otherwise; `unknown` could not be asked."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """What is so, and the command that mends it."""

    health: Health
    said: str
    mend: str = ""


def well(said: str) -> Line:
    return Line(Health.WELL, said)


def note(said: str, mend: str = "") -> Line:
    return Line(Health.NOTE, said, mend)


def wrong(said: str, mend: str) -> Line:
    return Line(Health.WRONG, said, mend)


@dataclass(frozen=True)
class Patient:
    """A deployed stack. `resources` are the physical ids by their names in the template."""

    stack: str
    status: str
    resources: Mapping[str, str]
    parameters: Mapping[str, str]
    account: str
    session: boto3.Session
    _made: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """The person's client in the stack's Region."""
        if service not in self._made:
            self._made[service] = self.session.client(service)  # type: ignore[call-overload]
        return self._made[service]

    @property
    def settings(self) -> Settings:
        """What the stack itself says, without what its functions make of it."""
        return Settings(
            account=self.account,
            topic=self.resources.get("Topic", ""),
            table=self.resources.get("LedgerTable", ""),
            slack_secret=self.parameters.get("SlackSecretId", ""),
            quarantine_policy=self.resources.get("QuarantinePolicy", ""),
        )

    @property
    def aws(self) -> Aws:
        """The clients that a function would have, with the person's credentials."""
        return Aws(self.session, HOME_REGION)

    @property
    def deploy(self) -> str:
        """What deploys it again."""
        return f"leak-responder deploy --stage {self.stack.removeprefix('leak-responder-')}"

    @property
    def revert(self) -> str:
        """What has CloudFormation put back whatever somebody changed by hand; it touches nothing else."""
        name = f"--stack-name {self.stack} --change-set-name revert-drift --region {HOME_REGION}"
        return (
            f"aws cloudformation create-change-set {name} --use-previous-template --deployment-mode REVERT_DRIFT "
            f"--capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND, look at it, then "
            f"aws cloudformation execute-change-set {name}"
        )


Check = Callable[[Patient], Iterator[Line]]
"""One thing to look at. What it does not yield as wrong is well."""


def admitted(stack: str) -> Patient:
    """The stack as CloudFormation has it. ClientError where there is none."""
    mine = session()
    formation = mine.client("cloudformation")
    stack = find_stack(stack)
    (found,) = formation.describe_stacks(StackName=stack)["Stacks"]
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    held = [one for page in pages for one in page["StackResourceSummaries"]]
    return Patient(
        stack=stack,
        status=found["StackStatus"],
        resources={one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in held},
        parameters={one.get("ParameterKey", ""): one.get("ParameterValue", "") for one in found.get("Parameters", [])},
        account=found["StackId"].split(":")[4],
        session=mine,
    )


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)
