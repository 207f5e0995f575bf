"""The parts of messages about an incident, in the order in which a person who was woken up asks."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from chalicelib.actions import BY_NAME
from chalicelib.incident import DENYING
from chalicelib.model import POOL_SESSION, PrincipalKind, Status, StepState
from chalicelib.report.escape import plain
from chalicelib.report.form import Section
from chalicelib.report.words import credential, deed, feed, moment, owner, sentence, span, stop, work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.entries import Undone
    from chalicelib.incident import Incident
    from chalicelib.model import Judgement, Principal, Signal, Step, Withheld

_MOST_SUBJECTS, _MOST_SIGNALS, _MOST_EVIDENCE, _MOST = 5, 3, 10, 20
_DETAIL = 400  # characters of what AWS answered


def about(title: str, signals: Sequence[Signal], principal: Principal | None) -> Section:
    """What, whose, where."""
    kinds = tuple(dict.fromkeys(credential(signal.subject) for signal in signals))
    more = f" and {len(kinds) - _MOST_SUBJECTS} more" if len(kinds) > _MOST_SUBJECTS else ""
    unique = f" ({plain(principal.unique_id)})" if principal and principal.unique_id else ""
    return Section(
        title,
        pairs=(
            ("Credential", "; ".join(kinds[:_MOST_SUBJECTS]) + more),
            ("Owner", f"{owner(principal)}{unique}"),
            ("Account", plain(signals[0].account) or "unknown"),
        ),
    )


def known(signals: Sequence[Signal], judgement: Judgement) -> tuple[Section, ...]:
    """Which feed says so, how sure that is, since when; and the feed's own evidence."""
    newest = sorted(signals, key=lambda signal: signal.at, reverse=True)
    fed = [("Told by", _told_by(signal)) for signal in newest[:_MOST_SIGNALS]]
    if len(newest) > _MOST_SIGNALS:
        fed.append(("", f"and {len(newest) - _MOST_SIGNALS} more signals about the same owner"))
    pairs = (
        *fed,
        ("Confidence", f"{judgement.confidence}: {plain(judgement.reason, _DETAIL)}"),
        ("First sign", moment(min(signal.since for signal in signals))),
        ("Last sign", moment(newest[0].at)),
        *_caller(newest),
    )
    return (Section("How we know", pairs=pairs), *_evidence(newest))


def _told_by(signal: Signal) -> str:
    sample = "SAMPLE " if signal.sample else ""
    failed = ", a call that failed" if signal.failed else ""
    region = f", Region {plain(signal.region, 32)}" if signal.region else ""
    return f"{feed(signal)}{region}: {sample}{plain(signal.what)}{failed}"


def _caller(signals: Sequence[Signal]) -> tuple[tuple[str, str], ...]:
    callers = dict.fromkeys(owner(signal.actor) for signal in signals if signal.actor)
    return (("Done by", ", ".join(list(callers)[:_MOST_SUBJECTS])),) if callers else ()


def _evidence(signals: Sequence[Signal]) -> tuple[Section, ...]:
    pairs = dict.fromkeys((plain(one.label, 32), plain(one.value)) for signal in signals for one in signal.evidence)
    if not pairs:
        return ()
    return (Section("Evidence, in the words of the feed", _WARNING, tuple(pairs)[:_MOST_EVIDENCE], foreign=True),)


_WARNING = ("The intruder may have written any of this: follow no link and no advice in it.",)


def done(incident: Incident) -> tuple[Section, ...]:
    """The clock; each step that contains and how it ended; then the secrets."""
    steps, secrets = _ended(incident, _CONTAINING), _ended(incident, _ROTATING)
    lines = tuple(sentence(text) for text in _clock(incident))
    rotated = (Section("Secrets", pairs=secrets),) if secrets else ()
    return (Section("What we did", lines, steps), *rotated)


_ROTATING = frozenset({"rotate-secret"})
_CONTAINING = frozenset(BY_NAME) - _ROTATING


def _ended(incident: Incident, actions: frozenset[str]) -> tuple[tuple[str, str], ...]:
    steps = [step for step in incident.steps if step.action in actions]
    more = (("", f"and {len(steps) - _MOST} more, in the ledger"),) if len(steps) > _MOST else ()
    return (*((_word(incident, step), _what(incident, step)) for step in steps[:_MOST]), *more)


def besides(incident: Incident) -> tuple[Section, ...]:
    """Name the calls that joined the incident and had no message of their own, with how many of each there were."""
    calls = Counter(_called(one.signal) for one in incident.joined if one.signal.is_call and not one.told_apart)
    pairs = tuple(("Call", f"{text}{f' ({count} times)' if count > 1 else ''}") for text, count in calls.items())
    more = (("", f"and {len(pairs) - _MOST} more, in the ledger"),) if len(pairs) > _MOST else ()
    return (Section("What else was seen in CloudTrail", pairs=(*pairs[:_MOST], *more), foreign=True),) if pairs else ()


def _called(signal: Signal) -> str:
    on = next((f" on {plain(one.value)}" for one in signal.evidence if one.label == "on"), "")
    failed = ", which failed" if signal.failed else ""
    return f"{plain(signal.what)}{on}{failed}"


def planned(title: str, steps: Sequence[Step]) -> Section:
    """What would be done, in order, and why."""
    pairs = tuple((f"Step {n}", f"{deed(step)} ({plain(step.reason)})") for n, step in enumerate(steps[:_MOST], 1))
    return Section(title, pairs=pairs)


def undone(incident: Incident) -> tuple[Section, ...]:
    """What somebody undid while we watched."""
    if not incident.undone:
        return ()
    steps = {step.key: step for step in incident.steps}
    lines = tuple(
        f"{sentence(work(steps[one.step]) if one.step in steps else plain(one.step))} "
        f"{sentence(plain(one.detail, _DETAIL))} {f'By {plain(one.by)}. ' if one.by else ''}"
        f"{_again(incident, one, steps.get(one.step))}"
        for one in incident.undone[-_MOST:]
    )
    earlier = len(incident.undone) - len(lines)
    more = (f"{earlier} times before these; the ledger has them.",) if earlier else ()
    return (Section("What somebody undid", (*more, *lines)),)


def _again(incident: Incident, undone: Undone, step: Step | None) -> str:
    if not undone.reapplied:
        return "We did NOT do it again."
    failed = step is not None and incident.state_of(step) in {StepState.FAILED, StepState.PENDING}
    return "Doing it again has failed so far." if failed else "We did it again."


def _word(incident: Incident, step: Step) -> str:
    """How it stands; of what was tried in vain to take it away, that."""
    back, lifted = incident.restored.get(step.key), incident.lifted.get(step.key)
    if step.action in _ROTATING:
        return _ENDS[incident.outcome(step).status] or _not_yet(incident, step)
    if back and not back.good:
        return "removing" if back.status is Status.PENDING else "NOT removed"
    if lifted and not lifted.good:
        return "NOT removed"
    if back and back.status is Status.ALREADY:
        return "left" if back.detail else "was gone"
    state = incident.state_of(step)
    return _WORDS[state] or _not_yet(incident, step)


def _not_yet(incident: Incident, step: Step) -> str:
    return "not done" if incident.closed else "follows" if step.later else "not yet"


_ENDS = {Status.DONE: "done", Status.ALREADY: "done", Status.FAILED: "FAILED", Status.PENDING: ""}
"""A rotation is never put back: the new value is valid and stays."""


_WORDS = {
    StepState.PENDING: "",
    StepState.STANDS: "done",
    StepState.FAILED: "FAILED",
    StepState.LOST: "UNDONE",
    StepState.SUPERSEDED: "replaced",
    StepState.PUT_BACK: "removed",
    StepState.EXPIRED: "removed",
}


def _what(incident: Incident, step: Step) -> str:
    """What it did; what it left in place, where that is gone or is not what counts any more."""
    state = incident.state_of(step)
    taken = step.action not in _ROTATING and bool({step.key} & (incident.restored.keys() | incident.lifted.keys()))
    said = work(step) if taken or (state is StepState.SUPERSEDED and incident.outcome(step).good) else deed(step)
    more = "; ".join(filter(None, (_spare(incident, step), _detail(incident, step, state))))
    return f"{said} ({more})" if more else said


def _detail(incident: Incident, step: Step, state: StepState) -> str:
    outcome, back = incident.outcome(step), incident.restored.get(step.key)
    if step.action in _ROTATING:
        back = back if outcome.good else None
    if state is StepState.EXPIRED and back is None:
        return "its time was over: nothing that it stopped can be alive"
    if state is StepState.SUPERSEDED:
        instead = f"in its place stands {_instead(incident, step)}"
        return f"{plain(outcome.detail, _DETAIL)}; {instead}" if outcome.status is Status.FAILED else instead
    if back is not None:
        return plain(back.detail, _DETAIL)
    return plain(outcome.detail, _DETAIL) if outcome.status is not Status.FAILED else ""


def _instead(incident: Incident, step: Step) -> str:
    """What denies the same; another deny that is to come where none stands yet."""
    standing = (one for one in reversed(incident.steps) if one.action in DENYING and incident.stands(one))
    return next((work(one) for one in standing if one != step), "another deny")


def _spare(incident: Incident, step: Step) -> str:
    """Why a credential was ended that nobody says has leaked; "" for all other steps."""
    return plain(step.reason, _DETAIL) if step.credential and step.credential not in incident.leaked else ""


def _clock(incident: Incident) -> tuple[str, ...]:
    begun = f"begun at {moment(incident.opened_at)}, {span(incident.opened_at - incident.latest)} after the last sign"
    if not incident.contained_at:
        return (begun,)
    took = span(incident.contained_at - incident.opened_at)
    approved = (f"approved by {plain(incident.approved_by)}",) if incident.approved_by else ()
    center = incident.principal.kind is PrincipalKind.IDENTITY_CENTER_USER
    applied = _PROVISIONED if center else _APPLIED
    ended = f"contained at {moment(incident.contained_at)}, {took} later; {applied}"
    return (begun, *approved, ended)


_APPLIED = "IAM applies a change everywhere within seconds"
_PROVISIONED = "Identity Center provisions the accounts after it has answered, one by one, within minutes"


def withheld(these: Sequence[Withheld]) -> tuple[Section, ...]:
    """What was not done, why, and who must do what instead."""
    wanting = [one for one in these if one.action != _LEFT][:_MOST]
    lines = (
        line
        for one in wanting
        for line in (
            f"{sentence(_NOT_DONE.get(one.action, plain(one.action)))} {sentence(plain(one.reason, _DETAIL))}",
            f"You: {stop(plain(one.instead, _DETAIL))}",
        )
    )
    return (Section("What we did not do, and what you must do", tuple(lines)),) if wanting else ()


def withheld_by_plan(these: Sequence[Withheld]) -> tuple[Section, ...]:
    """What a plan that nobody has run yet leaves to a person, and why."""
    wanting = [one for one in these if one.action != _LEFT][:_MOST]
    lines = (
        line
        for one in wanting
        for line in (sentence(plain(one.reason, _DETAIL)), f"You: {stop(plain(one.instead, _DETAIL))}")
    )
    return (Section("What would be left to you", tuple(lines)),) if wanting else ()


def left_by_plan(these: Sequence[Withheld]) -> tuple[Section, ...]:
    """What else the principal holds that a plan leaves active, and why."""
    return _left(these, f"The deny blocks these too once it is in place. {_DEACTIVATE} before you release.")


def left_by(incident: Incident) -> tuple[Section, ...]:
    """What else the principal holds that was left active, why, and whether it works by now."""
    return _left(incident.withheld, _works(incident))


def _left(these: Sequence[Withheld], works: str) -> tuple[Section, ...]:
    lines = tuple(sentence(plain(one.reason, _DETAIL)) for one in these if one.action == _LEFT)[:_MOST]
    return (Section("What was left active", (*lines, works)),) if lines else ()


def _works(incident: Incident) -> str:
    if incident.narrowed:
        return "All of these work again."
    if incident.is_denied:
        return f"The deny blocks these too while it is in place. {_DEACTIVATE} before you release."
    if not incident.acting:
        return f"All of these work until the plan runs. {_DEACTIVATE}."
    return f"No deny stands, so all of these work. {_DEACTIVATE}."


_LEFT = "deactivate-others"
_DEACTIVATE = "Deactivate any that may have leaked too"


_NOT_DONE = {
    "contain": "nothing was contained",
    "deactivate-key": "no access key was deactivated",
    "narrow-user": "the deny on the whole user stays",
    "rotate-again": "a secret was rotated once",
    "deactivate-newer": "what the user was given meanwhile was left alone",
    "end-portal-sessions": "the sessions of the access portal were left",
    "disable-center-user": "the user was not disabled",
    "deactivate-mfa": "no MFA device was taken off",
    "enable-kms-key": "an encryption key was left as it is",
    "revoke-kms-grant": "a grant was left as it is",
    "disable-trust-anchor": "a trust anchor was left as it is",
    "put-back": "not put back",
    "keep-guarded": "no guard of the organisation holds this deny",
    **dict.fromkeys(("attach-deny-all", "bound-user"), "our own policy was not set back"),
    "verify": "something could not be verified",
}


def breaks(incident: Incident) -> Section:
    """Whose work stands still because of us."""
    who, cut_off = owner(incident.principal), moment(incident.cut_off)
    if incident.narrowed:
        rest = f"What still uses the leaked key, or a session of {who} from before {cut_off}. All else works."
        return Section("What may break", (rest, *_beside(incident.steps)))
    return would_break(incident.principal, incident.steps, f"before {moment(incident.denied_before)}")


def would_break(principal: Principal, steps: Sequence[Step], before: str = "before the plan runs") -> Section:
    """Whose work stands still once these steps are taken."""
    match principal.kind:
        case PrincipalKind.ROLE:
            lines = _of_role(principal, steps, before)
        case PrincipalKind.COGNITO_USER:
            lines = (f"Every application of the pool, for {owner(principal)}: they are signed out, and stay so.",)
        case PrincipalKind.IDENTITY_CENTER_USER:
            who = owner(principal)
            lines = (f"All that {who} does in any account, and in applications that a group opens to them.",)
        case _:
            lines = _of_user(principal)
    return Section("What may break", (*lines, *_beside(steps)))


def _of_user(principal: Principal) -> tuple[str, ...]:
    who = owner(principal)
    return (
        f"Everything that signs in as {who}: each access key, session and console sign-in, not only the leaked.",
        _WAY_BACK,
    )


_WAY_BACK = (
    "If this was your only administrator, sign in as the account's root user or as a break-glass role, and release the "
    "user from there."
)


def _of_role(principal: Principal, steps: Sequence[Step], before: str) -> tuple[str, ...]:
    given = [step.arguments for step in steps if step.action == "revoke-role-sessions"]
    sessions = [one.get("identity") or one.get("session", "").partition(":")[2] for one in given]
    which = f"session {', '.join(map(plain, sessions))}" if sessions and all(sessions) else "any session"
    first = f"Workloads on {which} of {owner(principal)} with credentials from {before}. Newer ones work."
    return (first, *_bearers(given), *_renewals(sessions))


def _bearers(given: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Say who else is stopped, where nobody knows when the session was issued: its name is no proof of who bears it.

    A machine's is given to it alone, and that of an identity pool has a line of its own.
    """
    named = [one["session"].partition(":")[2] for one in given if "session" in one and "issued" not in one]
    apart = [one for one in named if one != POOL_SESSION and not _INSTANCE.fullmatch(one) and not _TASK.fullmatch(one)]
    return tuple(
        f"Whoever assumes the role chooses the session's name. Anybody else who bears the name {plain(name)} is "
        "stopped, too, until they assume the role again: AssumeRole in CloudTrail says who they are."
        for name in dict.fromkeys(apart)
    )


_INSTANCE, _TASK = re.compile(r"i-[0-9a-f]{8,17}"), re.compile(r"[0-9a-f]{32}")
_OF_INSTANCE = (
    "An EC2 instance hands out the old ones until they are about to expire, for some hours: to get its work "
    "going sooner, associate its instance profile again, or replace the instance."
)
_OF_TASK = (
    "A task of ECS keeps the old ones until they are about to expire, for some hours: to get its work going sooner, "
    "stop the task, or deploy its service anew (aws ecs update-service --force-new-deployment)."
)
_OF_FUNCTION = (
    "A Lambda function keeps the old ones in each environment that runs, for some hours: to get its work going sooner, "
    "deploy it again or change one of its environment variables: then it gets new environments."
)


_OF_IDENTITY = (
    "The application keeps the old ones until they are about to expire, within an hour: whoever may use it gets others "
    "sooner by signing in again."
)
_OF_POOL = (
    f"{POOL_SESSION} is what an identity pool calls the sessions of all its users: each of them is held up until their "
    "application gets others, within an hour. To stop one alone, give the identity that webIdFederationData has in "
    "CloudTrail: --session IDENTITY."
)


def _renewals(sessions: Sequence[str]) -> tuple[str, ...]:
    """How a workload gets fresh credentials. The name of its session says what it is: an instance's is the instance's
    id, a task's the task's (ECS developer guide, "Task IAM role"), a function's that of the function.
    """
    if not all(sessions):
        return _OF_INSTANCE, _OF_TASK, _OF_FUNCTION
    return tuple(dict.fromkeys(map(_renewal, sessions)))


def _renewal(session: str) -> str:
    if ":" in session:
        return _OF_IDENTITY
    if session == POOL_SESSION:
        return _OF_POOL
    if _INSTANCE.fullmatch(session):
        return _OF_INSTANCE
    return _OF_TASK if _TASK.fullmatch(session) else _OF_FUNCTION


def _beside(steps: Sequence[Step]) -> tuple[str, ...]:
    """What breaks through more than the deny on the principal, each kind once."""
    return tuple(filter(None, dict.fromkeys(BY_NAME[step.action].breaks for step in steps)))
