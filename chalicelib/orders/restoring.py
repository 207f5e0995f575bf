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
from chalicelib.orders.chain import (
    Chain,
    find_image,
    hold_on,
    inherit,
    is_copied,
    is_over_older,
    leave_to_newer,
    read_chain,
)
from chalicelib.orders.entitled import RefusedError, name_missing, refuse_silent
from chalicelib.orders.taking import handed_on, newest_taken, present, taken
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


@dataclass(frozen=True)
class Newer:
    """What a person says of the incidents that came after the one they call a false alarm: these were false too, or
    what they hold is kept.
    """

    false_too: tuple[str, ...] = ()
    are_kept: bool = False


def restore(
    incident_id: str, by: str, reason: str, ports: Ports, only: str | None = None, forced: Forced | None = None
) -> Incident:
    """Put back exactly what stood before, newest step first. MovedError at the first step where the world has moved."""
    return _ordered(incident_id, _Order(by, reason, only, forced or {}), ports)


def restore_chain(
    incident_id: str, by: str, reason: str, ports: Ports, newer: Newer, forced: Forced | None = None
) -> Incident:
    """Put back what stood before an incident that others followed.

    Those go first, each with its own before-images, or keep what they hold too. RefusedError where one of them is in
    neither case.
    """
    return _ordered(incident_id, _Order(by, reason, None, forced or {}, newer=newer), ports)


def give_back(
    incident_id: str, by: str, reason: str, ports: Ports, only: str, forced: Forced | None = None
) -> Incident:
    """Put one action back after a true alarm, once only a person knows that it is safe. MovedError as `restore`."""
    refuse_silent(reason)
    order = _Order(by, reason, only, forced or {}, true_alarm=True)
    with taken(incident_id, by, ports, ports.ledger.take_by_hand) as incident:
        _refuse_unknown((incident,), order)
        return handed_on(_all_put_back(Chain(incident), order, ports).named, ports)


@dataclass(frozen=True)
class _Order:
    """What a person said of a restore."""

    by: str
    reason: str
    only: str | None
    forced: Forced
    true_alarm: bool = False
    newer: Newer = Newer()


def _ordered(incident_id: str, order: _Order, ports: Ports) -> Incident:
    refuse_silent(order.reason)
    with newest_taken(incident_id, order.by, ports, ports.ledger.take_by_hand) as newest:
        chain = read_chain(incident_id, newest, ports)
        _refuse_unsaid(chain, order.newer)
        if order.newer.are_kept or not chain.standing:
            _refuse_unknown((chain.named,), order)
            chain = _all_put_back(replace(chain, newer=chain.standing), order, ports)
            handed_on(_as_left(newest, chain), ports)
            return chain.named
        return _chain_put_back(chain, order, ports)


def _as_left(newest: Incident, chain: Chain) -> Incident:
    """Return the newest incident as it is by now."""
    return next((one for one in (chain.named, *chain.newer) if one.id == newest.id), newest)


def _refuse_unsaid(chain: Chain, newer: Newer) -> None:
    strange = [one.id for one in chain.standing if one.id not in newer.false_too]
    if not strange or newer.are_kept:
        return
    message = (
        f"incident {chain.named.id} was followed by {', '.join(strange)}, of which something stands: where those were "
        f"false alarms too, `leak-responder restore {chain.named.id} --false-positive --yes --reason …` undoes all, "
        "the newest first; where they were not, --keep-newer in the place of --yes undoes what they do not hold"
    )
    raise RefusedError(message)


def _chain_put_back(chain: Chain, order: _Order, ports: Ports) -> Incident:
    """The newest first, each as it stood before itself. Where one stops, those before it are not begun."""
    links = (*chain.standing, chain.named)
    _refuse_unknown(links, order)
    done: list[Incident] = []
    try:
        for link in links:
            heir = inherit(link, done[-1], ports) if done else link
            done.append(_all_put_back(Chain(heir, older=chain.older), order, ports).named)
    except RefusedError as stopped:
        handed_on(_newest(chain, done), ports)
        stopped.add(f"Restored before that: {_ids(done)}. Not begun: {_ids(links[len(done) + 1 :])}")
        raise
    handed_on(_newest(chain, done), ports)
    return done[-1]


def _newest(chain: Chain, done: Sequence[Incident]) -> Incident:
    """Return the newest incident as it is by now, whatever became of those before it."""
    return next((one for one in done if one.id == chain.newer[0].id), chain.newer[0])


def _ids(incidents: Sequence[Incident]) -> str:
    return ", ".join(one.id for one in incidents) or "none"


def read_restore(incident_id: str, ports: Ports) -> Chain:
    """Return what a restore of that incident is about, to be shown before it. RefusedError as `restore`."""
    incident = ports.ledger.load(incident_id)
    newest = ports.ledger.newest(incident.lock) if incident else None
    if newest is None:
        raise name_missing(incident_id)
    return read_chain(incident_id, newest, ports)


def find_deeds(incident: Incident) -> dict[str, str]:
    """Return how each item of an incident that a restore would put back is undone, the newest first."""
    items = items_of(incident.steps)
    steps = [step for step in reversed(incident.steps) if _to_restore(incident, step, None, items)]
    return {items[step.key]: BY_NAME[step.action].undone_by for step in steps}


def _all_put_back(chain: Chain, order: _Order, ports: Ports) -> Chain:
    """The named incident of the chain undone, and told."""
    items = items_of(chain.named.steps)
    if any(_to_restore(chain.named, step, order.only, items) for step in chain.named.steps):
        chain = replace(chain, named=present(chain.named, ports))
    for step in reversed(chain.named.steps):
        if _to_restore(chain.named, step, order.only, items) and not is_copied(chain.named, step, chain.newer):
            chain = _put_back(chain, step, items[step.key], order, ports)
    incident = chain.named
    held = any(_to_restore(incident, step, None, items) for step in incident.steps)
    if order.only is None and not incident.was_restored and not held:
        beneath = chain.newer[0].id if chain.newer else ""
        incident = ports.ledger.append(incident, ports.now(), Closed(Result.RESTORED, order.reason, beneath))
    number = Number.RESTORED if order.only is None and not held else PUT_BACK + len(incident.restored)
    return replace(chain, named=tell_incident(incident, number, ports))


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


def _refuse_unknown(incidents: Sequence[Incident], order: _Order) -> None:
    """An item is named once for all the incidents that are put back."""
    named = " and ".join(one.id for one in incidents)
    actions = [step.action for one in incidents for step in one.steps]
    items = list(dict.fromkeys(item for one in incidents for item in items_of(one.steps).values()))
    known = list(dict.fromkeys((*actions, *items)))
    if order.only is not None and order.only not in known:
        message = f"incident {named} has no action {order.only}; it has {', '.join(known) or 'none'}"
        raise RefusedError(message)
    strange = [name for name in order.forced if name not in items]
    if strange:
        message = f"incident {named} has no item {strange[0]}; it has {', '.join(items) or 'none'}"
        raise RefusedError(message)


def _to_restore(incident: Incident, step: Step, only: str | None, items: Mapping[str, str]) -> bool:
    back = incident.restored.get(step.key)
    attempted = step.key in incident.outcomes or step in incident.judgement.strike
    if incident.is_taken_over(step):
        return False
    return attempted and not (back and back.good) and only in {None, step.action, items[step.key]}


def _put_back(chain: Chain, step: Step, item: str, order: _Order, ports: Ports) -> Chain:
    """Written ahead: were this run cut off, the watch must not take the restore for an intruder's work."""
    incident = _written(chain.named, step, order, Outcome(Status.PENDING, _BEGUN), ports)
    chain, outcome = _undone(replace(chain, named=incident), step, order, ports)
    if isinstance(outcome, Moved):
        if item not in order.forced or order.forced[item] not in {None, outcome}:
            _written(incident, step, order, Outcome(Status.FAILED, f"somebody changed it since: {outcome.now}"), ports)
            raise MovedError(incident.id, item, outcome)
        over = f"{_BEGUN}. What stands there now is overwritten: {outcome.now}"
        incident = _written(incident, step, order, Outcome(Status.PENDING, over), ports)
        outcome = _overwritten(chain, step, outcome, ports)
    incident = _written(incident, step, order, outcome, ports)
    if outcome.good:
        return replace(chain, named=incident)
    message = f"incident {incident.id}, {item} on {step.principal.lock}: {outcome.detail}"
    raise RefusedError(message)


def _undone(chain: Chain, step: Step, order: _Order, ports: Ports) -> tuple[Chain, Outcome | Moved]:
    """Leave to another incident what it holds too, and put back the rest."""
    if order.true_alarm:  # a person knows that this one action is safe to undo
        return chain, _restored(chain, step, ports)
    try:
        newer, left = leave_to_newer(chain.named, step, chain.newer, ports)
    except (ClientError, BotoCoreError) as error:
        return chain, failed(error)
    chain = replace(chain, newer=newer)
    return chain, left or hold_on(step, chain.older, ports) or _restored(chain, step, ports)


_BEGUN = "begun; run it again if this stands here for long"


def _written(incident: Incident, step: Step, order: _Order, outcome: Outcome, ports: Ports) -> Incident:
    restored = Restored(step.key, order.by, order.reason, outcome, order.true_alarm)
    return ports.ledger.append(incident, ports.now(), restored)


def _restored(chain: Chain, step: Step, ports: Ports) -> Outcome | Moved:
    action, image = BY_NAME[step.action], find_image(chain, step)
    since = None if is_over_older(chain, step) else chain.named.doubted(step)
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


def _overwritten(chain: Chain, step: Step, moved: Moved, ports: Ports) -> Outcome:
    overwrite = BY_NAME[step.action].overwrite
    if moved == _GONE or overwrite is None:
        return Outcome(Status.ALREADY, f"left as it is: {moved.now}")
    try:
        outcome = overwrite(ports.aws, step, find_image(chain, step))
        return replace(outcome, detail=outcome.detail or f"put back over what stood there: {moved.now}")
    except (ClientError, BotoCoreError) as error:
        return failed(error)
