"""After a false alarm: exactly what stood before, item by item, and never unasked over what somebody did since."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.actions import BY_NAME
from chalicelib.entries import Closed, Restored, Result
from chalicelib.model import Moved, Outcome, Status, UnseenError
from chalicelib.orders.entitled import RefusedError, refuse_silent
from chalicelib.orders.taking import handed_on, taken
from chalicelib.report.form import PUT_BACK, Number
from chalicelib.steps import failed, refused
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Image, Step
    from chalicelib.ports import Ports


class MovedError(RefusedError):
    """A restore stopped at `item`, because somebody changed since what it would put back."""

    def __init__(self, incident_id: str, item: str, moved: Moved) -> None:
        """Say what stands there now, and how it is put back all the same."""
        super().__init__(
            f"incident {incident_id}, {item}: somebody changed it since. We left: {moved.left}. Now: {moved.now}. "
            f"Would be put back: {moved.back}. What was done after it is back, what was done before it is not touched. "
            f"To put it back over that, give the same order with `--force {item}`"
        )
        self.item, self.moved = item, moved


Forced = Mapping[str, "Moved | None"]
"""Items that a person wants back over what somebody did since: over that alone, or over anything."""


def restore(
    incident_id: str, by: str, reason: str, ports: Ports, only: str | None = None, forced: Forced | None = None
) -> Incident:
    """Put back exactly what stood before, newest step first. MovedError at the first step where the world has moved."""
    return _ordered(incident_id, _Order(by, reason, only, forced or {}), ports)


def give_back(
    incident_id: str, by: str, reason: str, ports: Ports, only: str, forced: Forced | None = None
) -> Incident:
    """Put one action back after a true alarm, once only a person knows that it is safe. MovedError as `restore`."""
    return _ordered(incident_id, _Order(by, reason, only, forced or {}, true_alarm=True), ports)


def _ordered(incident_id: str, order: _Order, ports: Ports) -> Incident:
    refuse_silent(order.reason)
    with taken(incident_id, order.by, ports, ports.ledger.take_by_hand) as incident:
        return _all_put_back(incident, order, ports)


@dataclass(frozen=True)
class _Order:
    """What a person said of a restore."""

    by: str
    reason: str
    only: str | None
    forced: Forced
    true_alarm: bool = False


def _all_put_back(incident: Incident, order: _Order, ports: Ports) -> Incident:
    items = items_of(incident.steps)
    _refuse_unknown(incident, items, order)
    for step in reversed(incident.steps):
        if _to_restore(incident, step, order.only, items):
            incident = _put_back(incident, step, items[step.key], order, ports)
    if order.only is None and not incident.was_restored:
        incident = ports.ledger.append(incident, ports.now(), Closed(Result.RESTORED, order.reason))
    number = Number.RESTORED if order.only is None else PUT_BACK + len(incident.restored)
    return handed_on(tell_incident(incident, number, ports), ports)


def items_of(steps: Sequence[Step]) -> dict[str, str]:
    """What a person calls each step, by its key: its action, or with its target where the action stands there twice."""
    return {step.key: _item(step, steps) for step in steps}


def _item(step: Step, beside: Sequence[Step]) -> str:
    others = [other for other in beside if other.action == step.action and other.key != step.key]
    if not others:
        return step.action
    target = _target(step)
    return step.key if target in map(_target, others) else f"{step.action}:{target}"


_OURS = {"token", "cut_off", "incident", "turn"}
"""Arguments that say nothing of what a step is about."""


def _target(step: Step) -> str:
    given = step.arguments
    named = next((given[name] for name in ("policy_name", "narrow_arn") if name in given), step.credential)
    return named or ":".join(value for name, value in sorted(given.items(), reverse=True) if name not in _OURS)


def _refuse_unknown(incident: Incident, items: Mapping[str, str], order: _Order) -> None:
    known = list(dict.fromkeys((*(step.action for step in incident.steps), *items.values())))
    if order.only is not None and order.only not in known:
        message = f"incident {incident.id} has no action {order.only}; it has {', '.join(known) or 'none'}"
        raise RefusedError(message)
    strange = [name for name in order.forced if name not in items.values()]
    if strange:
        message = f"incident {incident.id} has no item {strange[0]}; it has {', '.join(items.values()) or 'none'}"
        raise RefusedError(message)


def _to_restore(incident: Incident, step: Step, only: str | None, items: Mapping[str, str]) -> bool:
    back = incident.restored.get(step.key)
    attempted = step.key in incident.outcomes or step in incident.judgement.strike
    if incident.is_taken_over(step):
        return False
    return attempted and not (back and back.good) and only in {None, step.action, items[step.key]}


def _put_back(incident: Incident, step: Step, item: str, order: _Order, ports: Ports) -> Incident:
    """Written ahead: were this run cut off, the watch must not take the restore for an intruder's work."""
    incident = _written(incident, step, order, Outcome(Status.PENDING, _BEGUN), ports)
    outcome = _restored(incident, step, ports)
    if isinstance(outcome, Moved):
        if item not in order.forced or order.forced[item] not in {None, outcome}:
            _written(incident, step, order, Outcome(Status.FAILED, f"somebody changed it since: {outcome.now}"), ports)
            raise MovedError(incident.id, item, outcome)
        over = f"{_BEGUN}. What stands there now is overwritten: {outcome.now}"
        incident = _written(incident, step, order, Outcome(Status.PENDING, over), ports)
        outcome = _overwritten(incident, step, outcome, ports)
    incident = _written(incident, step, order, outcome, ports)
    if outcome.good:
        return incident
    message = f"incident {incident.id}, {item} on {step.principal.lock}: {outcome.detail}"
    raise RefusedError(message)


_BEGUN = "begun; run it again if this stands here for long"


def _written(incident: Incident, step: Step, order: _Order, outcome: Outcome, ports: Ports) -> Incident:
    restored = Restored(step.key, order.by, order.reason, outcome, order.true_alarm)
    return ports.ledger.append(incident, ports.now(), restored)


def _restored(incident: Incident, step: Step, ports: Ports) -> Outcome | Moved:
    action, image, since = BY_NAME[step.action], incident.image(step), incident.doubted(step)
    try:
        if since and action.replaced:
            now = action.replaced(ports.aws, step, image)
            if now == image:
                return _either(step, image, since)
            image = since if now == since else image
        return action.restore(ports.aws, step, image)
    except ClientError as error:
        return _GONE if _is_gone(error) else refused(error)
    except UnseenError as error:
        return failed(error)
    except (BotoCoreError, KeyError) as error:
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


def _either(step: Step, before: Image, since: Image) -> Moved:
    """Stop where somebody whom nothing names had set something before the step was taken again: a person says which of
    the two is right. Where they set the later one by hand it is there already, and the same order goes on.
    """
    left, user = f"what {step.action} puts there", shlex.quote(step.principal.name)
    by_hand = "set that by hand"
    if "boundary" in since:
        by_hand = (
            f"`aws iam put-user-permissions-boundary --user-name {user} --permissions-boundary {since['boundary']}`"
        )
    back = (
        f"{_shown(before)}. Later somebody had set {_shown(since)}, nothing says who, and it went when we did ours "
        f"again. If that one is right: {by_hand}, then give the same order without --force"
    )
    return Moved(left, left, back)


def _shown(image: Image) -> str:
    return ", ".join(f"{name} {value or 'none'}" for name, value in image.items()) or "nothing"


_GONE = Moved("what the ledger says", "its principal does not exist any more", "nothing: there is nobody to put it on")


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"].get("Code") == "NoSuchEntity"


def _overwritten(incident: Incident, step: Step, moved: Moved, ports: Ports) -> Outcome:
    overwrite = BY_NAME[step.action].overwrite
    if moved == _GONE or overwrite is None:
        return Outcome(Status.ALREADY, f"left as it is: {moved.now}")
    try:
        outcome = overwrite(ports.aws, step, incident.image(step))
        return replace(outcome, detail=outcome.detail or f"put back over what stood there: {moved.now}")
    except (ClientError, BotoCoreError) as error:
        return failed(error)
