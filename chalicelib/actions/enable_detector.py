"""Switch a GuardDuty detector on again that somebody suspended: it keeps its settings and findings meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_guardduty import GuardDutyClient

    from chalicelib.model import Clients, Facts, Image, Step

_ON, _OFF = "ENABLED", "DISABLED"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Whether it was on, "" where there is no such detector."""
    del facts
    return {"detector": _state(clients, step)}


def apply(clients: Clients, step: Step) -> Outcome:
    """What is not named keeps its setting (GuardDuty API reference, UpdateDetector)."""
    match _state(clients, step):
        case "":
            return _missing(step)
        case state if state == _ON:
            return ALREADY
        case _:
            _client(clients, step).update_detector(DetectorId=_id(step), Enable=True)
            return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the detector is on."""
    match _state(clients, step):
        case "":
            return _missing(step)
        case state if state == _ON:
            return ALREADY
        case _:
            return Outcome(Status.FAILED, "the detector is suspended", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """One that was suspended before us is suspended again; in any other case nothing was changed."""
    if image.get("detector") != _OFF or _state(clients, step) != _ON:
        return ALREADY
    _client(clients, step).update_detector(DetectorId=_id(step), Enable=False)
    return DONE


def _state(clients: Clients, step: Step) -> str:
    """GuardDuty answers a request about a detector that it does not know as one that is malformed."""
    guardduty = _client(clients, step)
    try:
        return str(guardduty.get_detector(DetectorId=_id(step))["Status"])
    except guardduty.exceptions.BadRequestException:
        return ""


def _id(step: Step) -> str:
    return step.arguments["detector"].rpartition("/")[2]


def _client(clients: Clients, step: Step) -> GuardDutyClient:
    return clients.guardduty(step.arguments["detector"].split(":")[3])


def _missing(step: Step) -> Outcome:
    return Outcome(Status.FAILED, f"there is no detector {step.arguments['detector']}: its findings went with it")


_DETECTORS = ("arn:${AWS::Partition}:guardduty:*:${AWS::AccountId}:detector/*",)

ACTION = Action(
    name="enable-detector",
    summary="switch the GuardDuty detector on again that was suspended",
    undo=Undo.REVERSIBLE,
    leaves="the restart of GuardDuty detector {}",
    undone_by="the detector is suspended again, if it was suspended before us",
    judged_by="moto: the detector is on again",
    still_works="nothing more than before: it stops nobody, but nothing is detected while the detector is off",
    by_hand="switch the detector on (aws guardduty update-detector --enable), or create one again if it was deleted",
    # no condition key tells switching on from switching off (service authorization reference, GuardDuty)
    permissions=(Permission(("guardduty:GetDetector", "guardduty:UpdateDetector"), _DETECTORS),),
    restore_permissions=(Permission(("guardduty:GetDetector", "guardduty:UpdateDetector"), _DETECTORS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    service="GuardDuty",
)
