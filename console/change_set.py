"""A CloudFormation change set: proposed, looked at, carried out, and watched to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackEventTypeDef, StackTypeDef


class DeployError(Exception):
    """Nothing was deployed, or not all of it; the text says why and what to do."""


@dataclass(frozen=True)
class Change:
    """One line of a change set."""

    action: str
    resource: str
    kind: str
    replaced: bool


@dataclass(frozen=True)
class ChangeSet:
    """A proposal that CloudFormation accepted: its ARN, its stack, and what it would do."""

    id: str
    stack: str
    changes: tuple[Change, ...]


def find_stack(cloud: CloudFormationClient, name: str) -> StackTypeDef | None:
    """The stack of that name, None where there is none."""
    try:
        return cloud.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def refuse_broken(found: StackTypeDef | None) -> None:
    """DeployError for a stack that cannot be changed now."""
    if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return
    name, status = found["StackName"], found["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        raise DeployError(f"Stack {name} is being changed by somebody else ({status}): try again when that is over.")
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        raise DeployError(
            f"Stack {name} is in {status} and can only be deleted: see its events for the reason, then run "
            f"`aws cloudformation delete-stack --stack-name {name}` and deploy again."
        )


def values(given: Mapping[str, str], known: tuple[str, ...], found: StackTypeDef | None) -> list[ParameterTypeDef]:
    """For each parameter what is given, else what the stack has, else the template's default."""
    held = {one.get("ParameterKey", "") for one in found.get("Parameters", [])} if found else set()
    kept = [name for name in known if name in held and name not in given]
    new: list[ParameterTypeDef] = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    old: list[ParameterTypeDef] = [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
    return new + old


def propose(
    cloud: CloudFormationClient, stack: str, template_url: str, parameters: list[ParameterTypeDef]
) -> ChangeSet | None:
    """Ask what would change; None where nothing does."""
    found = find_stack(cloud, stack)
    made = cloud.create_change_set(
        StackName=stack,
        ChangeSetName=f"leak-responder-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
        ChangeSetType="CREATE" if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS" else "UPDATE",
        TemplateURL=template_url,
        Parameters=parameters,
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],  # our policy has a name; SAM is a macro
    )["Id"]
    for _ in _looks():
        answer = cloud.describe_change_set(ChangeSetName=made)
        if answer["Status"] == "CREATE_COMPLETE":
            return ChangeSet(made, stack, _changes(cloud, made))
        if answer["Status"] == "FAILED":
            cloud.delete_change_set(ChangeSetName=made)
            _refuse_faulty(answer.get("StatusReason", "no reason given"))
            return None
    raise DeployError(f"CloudFormation has not answered for an hour what would change in {stack}.")


def _refuse_faulty(reason: str) -> None:
    """CloudFormation fails a change set that changes nothing, too."""
    if "didn't contain changes" not in reason and "No updates are to be performed" not in reason:
        raise DeployError(f"CloudFormation refused the template: {reason}")


def _changes(cloud: CloudFormationClient, change_set: str) -> tuple[Change, ...]:
    pages = cloud.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
    found = [one["ResourceChange"] for page in pages for one in page["Changes"] if "ResourceChange" in one]
    return tuple(
        Change(
            one.get("Action", ""),
            one.get("LogicalResourceId", ""),
            one.get("ResourceType", ""),
            one.get("Replacement") == "True",
        )
        for one in found
    )


def withdraw(cloud: CloudFormationClient, proposed: ChangeSet) -> None:
    """Leave the stack as it is; one that the proposal itself brought into being goes with it."""
    cloud.delete_change_set(ChangeSetName=proposed.id)
    found = find_stack(cloud, proposed.stack)
    if found and found["StackStatus"] == "REVIEW_IN_PROGRESS":
        cloud.delete_stack(StackName=proposed.stack)


def carry_out(cloud: CloudFormationClient, proposed: ChangeSet, report: Callable[[str], None]) -> None:
    """Do it, saying what happens. DeployError with the first causes where CloudFormation rolls back."""
    seen = {event["EventId"] for event in _news(cloud, proposed.stack, set())}
    cloud.execute_change_set(ChangeSetName=proposed.id)
    faults: list[str] = []
    for _ in _looks():
        for event in _news(cloud, proposed.stack, seen):
            seen.add(event["EventId"])
            _tell(event, report)
            faults += _faults(event)
            if _ended(event, proposed.stack, faults):
                return
    raise DeployError(f"Stack {proposed.stack} is still being changed after an hour: see its events.")


def _news(cloud: CloudFormationClient, stack: str, seen: set[str]) -> list[StackEventTypeDef]:
    """Events since the last look, oldest first."""
    fresh: list[StackEventTypeDef] = []
    for page in cloud.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["EventId"] in seen:
                return fresh[::-1]
            fresh.append(event)
    return fresh[::-1]


def _tell(event: StackEventTypeDef, report: Callable[[str], None]) -> None:
    """What has ended, and what went wrong; what has only begun is noise."""
    status, resource = event.get("ResourceStatus", ""), event.get("LogicalResourceId", "")
    if status.endswith("FAILED"):
        report(f"{status}  {resource}: {event.get('ResourceStatusReason', '')}")
    elif status.endswith("COMPLETE"):
        report(f"{status}  {resource}")


_QUOTA = (
    "  The account's quota of concurrent executions leaves no room for the strike path's own. Ask for a higher quota "
    "(Service Quotas, Lambda, concurrent executions), or deploy with --set ReserveConcurrency=false."
)


def _faults(event: StackEventTypeDef) -> list[str]:
    """What failed by itself, not because something else had failed before."""
    reason = event.get("ResourceStatusReason", "")
    if not event.get("ResourceStatus", "").endswith("_FAILED") or "cancelled" in reason:
        return []
    fault = f"  {event.get('LogicalResourceId', '')}: {reason}"
    return [fault, _QUOTA] if "UnreservedConcurrentExecution" in reason else [fault]


def _ended(event: StackEventTypeDef, stack: str, faults: list[str]) -> bool:
    if event.get("PhysicalResourceId") != event["StackId"]:
        return False
    status = event.get("ResourceStatus", "")
    if status.endswith(("ROLLBACK_COMPLETE", "FAILED")):
        raise DeployError("\n".join((f"Stack {stack} ended as {status}:", *dict.fromkeys(faults))))
    return status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def _looks() -> Iterator[int]:
    """Once for each time to look again, for an hour: an embedded AWS is done at once, a real one takes minutes."""
    begun, wait, look = time.monotonic(), 0.1, 0
    while time.monotonic() - begun < 60 * 60:
        yield (look := look + 1)
        time.sleep(wait)
        wait = min(3.0, wait * 1.5)
