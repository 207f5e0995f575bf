"""The steps of a plan taken: what stands there is written down first, then all side by side, the outcomes after."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding, playbook
from chalicelib.actions import BY_NAME
from chalicelib.entries import Did, Found, Planned
from chalicelib.model import Facts, Outcome, Plan, Status, UnseenError, refusal_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from chalicelib.incident import Incident
    from chalicelib.model import Image, Step
    from chalicelib.ports import Ports


def overwrites(step: Step) -> bool:
    """Whether the step changes something that existed before us, so that its before-image comes first."""
    return BY_NAME[step.action].image_first


def lines(plan: Plan, facts: Facts, ports: Ports) -> tuple[Planned | Did, ...]:
    """The plan with its before-images as the ledger holds it; those of later steps are read when their time comes."""
    return _with_images(plan, [step for step in plan.steps if not step.later], facts, ports)


def _with_images(plan: Plan, steps: Iterable[Step], facts: Facts, ports: Ports) -> tuple[Planned | Did, ...]:
    """A step whose image cannot be read has failed by that."""
    read = {step.key: _captured(step, facts, ports) for step in steps}
    images = {key: image for key, image in read.items() if image and not isinstance(image, Outcome)}
    failures = (Did(key, found) for key, found in read.items() if isinstance(found, Outcome))
    return Planned(plan, images, facts.unique_id), *failures


def planned(incident: Incident, plan: Plan, facts: Facts, ports: Ports) -> Incident:
    """The incident with this plan, written down."""
    return ports.ledger.append(incident, ports.now(), *lines(plan, facts, ports))


def _captured(step: Step, facts: Facts, ports: Ports) -> Image | Outcome:
    try:
        return BY_NAME[step.action].capture(ports.aws, step, facts)
    except (ClientError, BotoCoreError, UnseenError) as error:
        why = failed(error)
        detail = f"what stands there now could not be read, and nothing is overwritten unread: {why.detail}"
        return Outcome(Status.FAILED, detail, retryable=why.retryable)


@dataclass(frozen=True)
class Attempt:
    """One attempt under way: the change, and beside it the look at the policy that it rests on."""

    change: Future[Outcome]
    look: Future[Outcome] | None

    def result(self) -> Outcome:
        """Wait for both."""
        return _read_beside(self.change.result(), self.look.result() if self.look else None)


def begin(steps: Iterable[Step], ports: Ports) -> dict[str, Attempt]:
    """Every step begun before the first is waited for, by step key. No change waits for a look."""
    asked = tuple(steps)
    changes = {step.key: ports.pool.submit(_applied, step, ports) for step in asked}
    looks = {step.key: ports.pool.submit(_looked, step, ports) for step in asked if BY_NAME[step.action].look}
    return {key: Attempt(change, looks.get(key)) for key, change in changes.items()}


def take_steps(
    incident: Incident, ports: Ports, begun: Mapping[str, Attempt] | None = None, facts: Facts | None = None
) -> Incident:
    """Every containing step that does not stand yet; one that fails stops no other. `begun` is under way already.

    `facts` are as they were before the first of them.
    """
    if not incident.acting:
        return incident
    incident = take(incident, incident.unfinished(), ports, begun)
    incident, spare = _another_way(incident, ports)
    while spare is not None:
        plan = Plan((spare,), playbook.left_by_spare(spare))
        incident = _taken(planned(incident, plan, facts or Facts(), ports), (spare,), ports, {})
        incident, spare = _another_way(incident, ports)
    return incident


def _another_way(incident: Incident, ports: Ports) -> tuple[Incident, Step | None]:
    """What does the same where a deny was refused. Each is another step, until none is left."""
    refused = playbook.refused_of_a_role(incident)
    if not refused:
        return incident, playbook.fallback(incident)
    try:
        facts = fact_finding.of_role(ports.aws.iam(), incident.principal.name)
    except (ClientError, BotoCoreError) as error:
        ends = (Did(step.key, _undecided(incident.outcome(step), failed(error))) for step in refused)
        return ports.ledger.append(incident, ports.now(), *ends), None
    return incident, playbook.other_way(incident, facts)


def _undecided(refused: Outcome, unread: Outcome) -> Outcome:
    detail = f"{refused.detail}; and what bounds the role could not be read: {unread.detail}"
    return replace(unread, detail=detail)


def take_missed(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """What the facts add to the plan, written down and taken: the strike did not wait for it, or could not see it."""
    plan = playbook.missed(incident, facts)
    if plan == Plan(()):
        return incident
    return take_steps(planned(incident, plan, facts, ports), ports)


def take(
    incident: Incident, steps: tuple[Step, ...], ports: Ports, begun: Mapping[str, Attempt] | None = None
) -> Incident:
    """These steps, each only once its before-image is in the ledger."""
    again = [step for step in steps if step.key in incident.outcomes and step.key not in (begun or {})]
    incident = write_found(_read_again(incident, steps, ports), again, ports)
    return _taken(incident, steps, ports, begun or {})


NOBODY = ("", False)
"""Nothing says who it was, nor whether they are contained."""


def write_found(
    incident: Incident, steps: Iterable[Step], ports: Ports, who: Callable[[Step], tuple[str, bool]] = lambda _: NOBODY
) -> Incident:
    """Write down what somebody set where these steps are about to be taken again, and who set it."""
    found = [(step, image) for step in steps if (image := _set_since(incident, step, ports))]
    if not found:
        return incident
    return ports.ledger.append(incident, ports.now(), *(Found(step.key, image, *who(step)) for step, image in found))


def _set_since(incident: Incident, step: Step, ports: Ports) -> Image | None:
    replaced = BY_NAME[step.action].replaced
    if replaced is None:
        return None
    try:
        image = replaced(ports.aws, step, incident.image(step))
    except (ClientError, BotoCoreError, UnseenError):  # the deny counts more, and taking the step says what is amiss
        return None
    return None if image == incident.image(step) or incident.is_known(step, image) else image


def _read_again(incident: Incident, steps: tuple[Step, ...], ports: Ports) -> Incident:
    """Read what nobody could or needed to: a step without its image was never taken, so the image is still true."""
    blind = [step for step in steps if _is_blind(incident, step)]
    if not blind:
        return incident
    return ports.ledger.append(incident, ports.now(), *_with_images(Plan(()), blind, Facts(), ports))


def _is_blind(incident: Incident, step: Step) -> bool:
    return overwrites(step) and not incident.images.get(step.key)


def _taken(incident: Incident, steps: tuple[Step, ...], ports: Ports, begun: Mapping[str, Attempt]) -> Incident:
    ready = [step for step in steps if not _is_blind(incident, step)]
    if not ready:
        return incident
    ends = {**begun, **begin((step for step in ready if step.key not in begun), ports)}
    return ports.ledger.append(incident, ports.now(), *(Did(step.key, ends[step.key].result()) for step in ready))


def attempt(step: Step, ports: Ports) -> Outcome:
    """One attempt at one step, and the look at the policy that it rests on."""
    return _read_beside(_applied(step, ports), _looked(step, ports) if BY_NAME[step.action].look else None)


def _read_beside(done: Outcome, seen: Outcome | None) -> Outcome:
    """What was accepted counts only where the policy was read and says what was deployed."""
    if seen is None or seen.good or not (done.good or seen.unsound):
        return done
    return seen if done.good else replace(seen, detail=f"{done.detail}; {seen.detail}")


def _looked(step: Step, ports: Ports) -> Outcome:
    """What cannot be read for good is no better than another text."""
    look = BY_NAME[step.action].look
    try:
        return look(ports.aws, step) if look else Outcome(Status.ALREADY)
    except (ClientError, BotoCoreError) as error:
        why = failed(error)
        detail = f"the text of the quarantine policy could not be read: {why.detail}"
        return Outcome(Status.FAILED, detail, retryable=why.retryable, unsound=not why.retryable)


def _applied(step: Step, ports: Ports) -> Outcome:
    """The one place that catches broadly, and says what it caught."""
    try:
        return BY_NAME[step.action].apply(ports.aws, step)
    except (ClientError, BotoCoreError, UnseenError) as error:
        return failed(error)
    except Exception as error:  # noqa: BLE001 - one step that fails must never stop the next
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


_FINAL = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "MalformedPolicyDocument",
        "NoSuchEntity",
        "ResourceNotFoundException",
        "ValidationError",
    }
)


def failed(error: ClientError | BotoCoreError | UnseenError) -> Outcome:
    """What became of a call that was not answered as hoped. What is unseen stays so until a person acts."""
    if isinstance(error, UnseenError):
        return Outcome(Status.FAILED, str(error))
    if isinstance(error, ClientError):
        return refused(error)
    return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


def refused(error: ClientError) -> Outcome:
    """What AWS answered. Refused for want of a permission or an object, it will be refused again."""
    is_final = error.response["Error"].get("Code") in _FINAL
    return Outcome(Status.FAILED, f"{error.operation_name}: {refusal_words(error.response)}", retryable=not is_final)
