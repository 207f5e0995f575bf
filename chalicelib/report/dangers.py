"""What still works for the intruder: through steps that failed, and through what outlives every deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import BY_NAME
from chalicelib.incident import DENIES, WAYS_OF_A_USER
from chalicelib.model import PrincipalKind, Sign, StepState
from chalicelib.report.escape import plain
from chalicelib.report.form import Section
from chalicelib.report.words import deed, moment, owner, sentence

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def still_open(incident: Incident) -> str:
    """What no deny stops, in half a sentence: once the key is dead, what it obtained before."""
    if incident.is_dead:
        return "the key itself is dead, but sessions that it obtained still work"
    return "it still works"


def how_it_stands(incident: Incident) -> str:
    """Whether what leaked can do anything at this moment, in one sentence."""
    if incident.is_denied:
        return "A deny stands, so what leaked can do nothing."
    return f"No deny stands: {still_open(incident)}."


def is_needless(incident: Incident) -> bool:
    """Whether nothing of what leaked is there to be denied: its owner is gone."""
    return bool(nothing_to_contain(incident)) and not incident.steps


def nothing_to_contain(incident: Incident) -> str:
    """Why what leaked belongs to nobody any more; "" where it does."""
    return next((one.reason for one in incident.withheld if one.action == "contain"), "")


def is_lost(incident: Incident, step: Step) -> bool:
    """Whether somebody undid it, and we do not do it again."""
    return incident.state_of(step) is StepState.LOST


def failures(incident: Incident) -> tuple[Section, ...]:
    """For every step that failed: what AWS said, what it leaves open, and who must do what."""
    steps = incident.broken
    more = Section("More that failed", (f"{len(steps) - _MOST} more steps failed; the ledger has them.",))
    return (*(_failure(incident, step) for step in steps[:_MOST]), *((more,) if len(steps) > _MOST else ()))


_MOST = 5


def _failure(incident: Incident, step: Step) -> Section:
    action, outcome = BY_NAME[step.action], incident.outcome(step)
    undone = incident.why_lost(step) if is_lost(incident, step) else ""
    who = f"somebody who administers {action.service}"
    return Section(
        f"{'UNDONE' if undone else 'FAILED'}: {deed(step)}",
        pairs=(
            ("Because", plain(undone or outcome.detail, 400) or "AWS gave no reason"),
            ("Still works", sentence(_still_works(incident, step))),
            ("By hand", f"{who} in account {plain(step.principal.account)}: {_by_hand(incident, step)}."),
            ("Next", _next(incident, step)),
        ),
    )


def _next(incident: Incident, step: Step) -> str:
    """Who tries again, and when. An incident that is closed is looked at by nobody."""
    if is_lost(incident, step):
        return "We do not do it again: a person must decide."
    if incident.closed:
        return "Nobody tries again: the incident is closed."
    if step.action in _ONCE and not incident.outcome(step).retryable:
        return "We do not try again: a person must mend the cause and do it."
    if incident.outcome(step).retryable:
        return "We try again; a later message says whether it worked."
    return "It fails again until a person has mended the cause. We try again at each look, while we watch."


_ONCE = frozenset({"rotate-secret", "narrow-user"})
"""What has a stage of its own, which does not come again."""


def _still_works(incident: Incident, step: Step) -> str:
    """The action's own words, made narrower by what did succeed."""
    if step.action == "narrow-user" and not incident.is_denied:
        return "the sessions that it was to stop: all that were obtained before its cut-off"
    if step.action in DENIES and incident.is_dead:
        return "sessions that the leaked key obtained, and every other key and sign-in of the user; the key is dead"
    if step.action in WAYS_OF_A_USER and incident.is_denied:
        return "nothing: another deny stands"
    if step.credential and not incident.is_denied:
        return BY_NAME[step.action].still_works.partition(",")[0]
    return BY_NAME[step.action].still_works


def _by_hand(incident: Incident, step: Step) -> str:
    if step.action == "narrow-user" and is_lost(incident, step):
        return "find out who takes it off and why; `leak-responder release` puts it on again, and lets the owner work"
    ways = (step, *incident.other_ways(step))
    if incident.outcome(step).unsound:
        return "attach AWS's policy AWSDenyAll to the user now: aws iam attach-user-policy"
    if step != max(ways, key=incident.steps.index):
        return "the last part of this message that says FAILED names the command that works"
    return BY_NAME[step.action].by_hand


def survivors(incident: Incident, settings: Settings, found: Investigation | None) -> Section:
    """What outlives every deny on the principal, and whether anybody has looked for what the intruder made."""
    who, until, kind = owner(incident.principal), moment(incident.cut_off), incident.principal.kind
    unknown = () if found or kind is PrincipalKind.COGNITO_USER else (f"{_MADE} {_unlooked(incident, settings)}",)
    return Section("What may outlive this", (*outliving(kind, who, until, is_looked=bool(found)), *unknown))


_MADE = "Whatever the intruder made: users, keys, roles, functions, instances."


def _unlooked(incident: Incident, settings: Settings) -> str:
    """Why nothing of it is known, and who looks for it."""
    parents = dict.fromkeys(one.native_id.partition("/")[0] for one in incident.signals if one.sign is Sign.MINTED)
    if parents and all(one.sign is Sign.MINTED for one in incident.signals):
        return f"The investigation of incident {', '.join(map(plain, parents))} looks for it."
    if not settings.inquire:
        return "We do not look for it: the parameter Inquiry is false. `leak-responder timeline` does."
    return "We have not looked for it yet."


def outliving(kind: PrincipalKind, who: str, until: str, *, is_looked: bool = False) -> tuple[str, ...]:
    """What no deny on a principal of that kind ends, and who looks for it where nobody has yet."""
    lines = _OUTLIVING.get(kind, (*_USER, *_ALL))
    look = _LOOKED if is_looked else _LOOK.get(kind, _LOOK[PrincipalKind.USER])
    # str.format reads the braces of the template only, never those of what it puts in
    return tuple(line.format(who=who, until=until, look=look) for line in lines)


_LOOKED = "What the investigation saw of them is named, with how each stands."
_LOOK = {
    PrincipalKind.USER: (
        "Look in CloudTrail for AssumeRole by this user, and revoke the sessions of each role you find."
    ),
    PrincipalKind.ROLE: "Look in CloudTrail for AssumeRole.",
}


_USER = ("Sessions of roles that {who} assumed before {until}: up to 12 hours. {look}",)
_ROLE = (
    "New credentials, for whoever can still reach the workload or assume {who}: close that way too.",
    "Sessions of other roles that {who} assumed before {until}: an hour at most. {look}",
)
_POOL = (
    (
        "ID and access tokens of before, wherever their signature and time alone are checked, as an authorizer of API "
        "Gateway does: until they expire, an hour by default and a day at most."
    ),
    (
        "AWS credentials that an identity pool gave the user: an hour, or as long as the role allows where a program "
        "asks STS itself. Look in CloudTrail for calls with them: webIdFederationData names the identity. Then "
        "`leak-responder contain --role ROLE --session IDENTITY --reason …` for each role."
    ),
    "The cookie of managed login, for an hour: whoever has it is signed in again if the user is enabled by then.",
    "What the intruder did in the applications of the pool: their own logs say it.",
)
_ALL = (
    (
        "Tokens of other services that were issued before: container registry (12 hours), CodeArtifact (12 hours), "
        "EKS and RDS sign-in (15 minutes), and connections that are open."
    ),
)
_CENTER = (
    (
        "Role sessions from the portal, in an account that does not have the deny yet: until it has, or until they "
        "expire, 12 hours at most."
    ),
    (
        "The session of the access portal, until it expires (after 8 hours, or up to 90 days where somebody set so) or "
        "a person ends it: it shows no account any more, but it opens the applications that are assigned to the user "
        "and not to a group. Sessions of applications are not touched."
    ),
    "Sessions of other roles that were assumed from those of Identity Center before {until}: an hour at most.",
)
_OUTLIVING = {
    PrincipalKind.ROLE: (*_ROLE, *_ALL),
    PrincipalKind.COGNITO_USER: _POOL,
    PrincipalKind.IDENTITY_CENTER_USER: (*_CENTER, *_ALL),
}
