"""Have a trail record every management event again, after somebody narrowed what it records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

    from chalicelib.model import Clients, Facts, Image, Step

Selectors = dict[str, list[dict[str, Any]]]
"""What a trail records, in the one of two forms that it has: `EventSelectors` or `AdvancedEventSelectors`."""

_BASIC, _ADVANCED = "EventSelectors", "AdvancedEventSelectors"
_MOST = 5  # basic selectors of a trail (CloudTrail API reference, PutEventSelectors)
_ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
_MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """What it records now, to the last data event; "" where there is no such trail."""
    del facts
    found = _selectors(clients, step)
    return {"selectors": _written(found) if found else ""}


def apply(clients: Clients, step: Step) -> Outcome:
    """Nothing that is recorded goes: one selector of every management event stands beside the others."""
    found = _selectors(clients, step)
    if found is None:
        return _missing(step)
    if _records_all(found):
        return ALREADY
    _put(clients, step, _widened(found))
    return Outcome(Status.DONE, "which data events it recorded before is not known: compare it with its template")


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether every management event is recorded."""
    found = _selectors(clients, step)
    if found is None:
        return _missing(step)
    lacking = Outcome(Status.FAILED, "the trail does not record every management event", retryable=True)
    return ALREADY if _records_all(found) else lacking


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """What it recorded before us, unless somebody chose anew since."""
    now = _selectors(clients, step)
    if now is None or not image.get("selectors"):
        return ALREADY
    before: Selectors = json.loads(image["selectors"])
    if _is_same(now, before):
        return ALREADY
    if not _is_same(now, _widened(before)):
        return Moved(*map(_written, (_widened(before), now, before)))
    return overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """What it recorded before us, whatever it records now."""
    _put(clients, step, json.loads(image["selectors"]))
    return DONE


def _widened(selectors: Selectors) -> Selectors:
    if _ADVANCED in selectors:
        others = [one for one in selectors[_ADVANCED] if _MANAGEMENT not in one["FieldSelectors"]]
        return {_ADVANCED: [*others, {"Name": "All management events", "FieldSelectors": [_MANAGEMENT]}]}
    first, *others = selectors[_BASIC]
    if len(selectors[_BASIC]) < _MOST:
        return {_BASIC: [first, *others, {**_ALL, "DataResources": []}]}
    return {_BASIC: [{**first, **_ALL}, *others]}


def _records_all(selectors: Selectors) -> bool:
    if _ADVANCED in selectors:
        return any(_plain(one)["FieldSelectors"] == [_MANAGEMENT] for one in selectors[_ADVANCED])
    return any({**one, **_ALL} == {**_ALL, **one} for one in selectors[_BASIC])


def _is_same(one: Selectors, other: Selectors) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(found: Any) -> Any:  # noqa: ANN401 - any part of what a trail records
    """Without what says nothing: CloudTrail answers with more members than it was given."""
    if isinstance(found, dict):
        kept = {name: _plain(value) for name, value in found.items()}
        return {name: value for name, value in kept.items() if value not in ([], "")}
    return [_plain(one) for one in found] if isinstance(found, list) else found


def _selectors(clients: Clients, step: Step) -> Selectors | None:
    cloudtrail = _client(clients, step)
    try:
        found = cloudtrail.get_event_selectors(TrailName=step.arguments["trail"])
    except cloudtrail.exceptions.TrailNotFoundException:
        return None
    form = _ADVANCED if found.get(_ADVANCED) else _BASIC
    return {form: [dict(one) for one in found.get(form, [])]}  # type: ignore[attr-defined]


def _put(clients: Clients, step: Step, selectors: Selectors) -> None:
    _client(clients, step).put_event_selectors(TrailName=step.arguments["trail"], **selectors)  # type: ignore[arg-type]


def _written(selectors: Selectors) -> str:
    return json.dumps(selectors, sort_keys=True)


def _client(clients: Clients, step: Step) -> CloudTrailClient:
    return clients.cloudtrail(step.arguments["trail"].split(":")[3])


def _missing(step: Step) -> Outcome:
    return Outcome(Status.FAILED, f"there is no trail {step.arguments['trail']} any more")


_TRAILS = ("arn:${AWS::Partition}:cloudtrail:*:${AWS::AccountId}:trail/*",)
_CALLS = ("cloudtrail:GetEventSelectors", "cloudtrail:PutEventSelectors")

ACTION = Action(
    name="record-management-events",
    summary="have the trail record every management event again",
    undo=Undo.REVERSIBLE,
    leaves="the recording of every management event by trail {}",
    undone_by="the trail records what it recorded before us, unless somebody chose anew since",
    judged_by="the embedded AWS by what the trail says that it records",
    still_works="nothing more than before: it stops nobody, but this trail records less than every management event",
    by_hand="choose again what the trail records, as its template says: aws cloudtrail put-event-selectors",
    permissions=(Permission(_CALLS, _TRAILS),),
    restore_permissions=(Permission(_CALLS, _TRAILS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
    image_first=True,
    service="CloudTrail",
)
