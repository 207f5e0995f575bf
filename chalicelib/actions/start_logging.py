"""Start a trail again that somebody stopped: what the intruder does next is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

    from chalicelib.model import Clients, Facts, Image, Step

_ON, _OFF = "logging", "stopped"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Whether it was logging, "" where there is no such trail."""
    del facts
    return {"trail": _state(clients, step)}


def apply(clients: Clients, step: Step) -> Outcome:
    """StartLogging is idempotent, and only the trail's home Region takes it (CloudTrail API reference)."""
    cloudtrail = _client(clients, step)
    try:
        cloudtrail.start_logging(Name=step.arguments["trail"])
    except cloudtrail.exceptions.TrailNotFoundException:
        return _missing(step)
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the trail is logging."""
    match _state(clients, step):
        case "":
            return _missing(step)
        case state if state == _OFF:
            return Outcome(Status.FAILED, "the trail is stopped", retryable=True)
        case _:
            return ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """A trail that was stopped before us is stopped again; in any other case nothing was changed."""
    if image.get("trail") != _OFF or _state(clients, step) != _ON:
        return ALREADY
    _client(clients, step).stop_logging(Name=step.arguments["trail"])
    return DONE


def _state(clients: Clients, step: Step) -> str:
    cloudtrail = _client(clients, step)
    try:
        on = cloudtrail.get_trail_status(Name=step.arguments["trail"])["IsLogging"]
    except cloudtrail.exceptions.TrailNotFoundException:
        return ""
    return _ON if on else _OFF


def _client(clients: Clients, step: Step) -> CloudTrailClient:
    return clients.cloudtrail(step.arguments["trail"].split(":")[3])


def _missing(step: Step) -> Outcome:
    detail = f"there is no trail {step.arguments['trail']}: it was deleted, and what it was like is not known"
    return Outcome(Status.FAILED, detail)


_TRAILS = ("arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*",)

ACTION = Action(
    name="start-logging",
    summary="start the trail again that was stopped",
    undo=Undo.REVERSIBLE,
    leaves="the restart of trail {}",
    undone_by="the trail is stopped again, if it was stopped before us",
    judged_by="the embedded AWS: the trail logs again",
    still_works="nothing more than before: it stops nobody, but what happens now is not recorded by this trail",
    by_hand="start the trail (aws cloudtrail start-logging), or create it again if it was deleted",
    permissions=(Permission(("cloudtrail:StartLogging", "cloudtrail:GetTrailStatus"), _TRAILS),),
    restore_permissions=(Permission(("cloudtrail:StopLogging",), _TRAILS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    service="CloudTrail",
)
