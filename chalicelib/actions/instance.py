"""What the actions on an EC2 instance have in common: where it is, and what EC2 says where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Outcome, Status

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from chalicelib.model import Step


def region_of(step: Step) -> str:
    """The Region of its ARN."""
    return step.arguments["instance"].split(":")[3]


def instance_of(step: Step) -> str:
    """Its id."""
    return step.arguments["instance"].rpartition("/")[2]


def missing(error: ClientError, step: Step) -> Outcome:
    """The outcome where EC2 knows no such instance; any other error is raised again.

    EC2 models no exceptions: its errors have codes alone.
    """
    if error.response["Error"].get("Code") not in {"InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"}:
        raise error
    detail = f"Region {region_of(step)} has no instance {instance_of(step)}: it is gone, or in another Region"
    return Outcome(Status.FAILED, detail)
