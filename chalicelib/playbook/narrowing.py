"""How a deny on a user changes later: to the boundary where it failed, narrower where that is safe."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from chalicelib.actions import attach_deny_all, deny_all, own_policy
from chalicelib.incident import WAYS_OF_A_ROLE, WAYS_OF_A_USER, reports_all
from chalicelib.model import LASTING, NOUNS, Facts, PrincipalKind, Sign, Status, Step, SubjectKind, Withheld

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Credential, Signal
    from chalicelib.settings import Settings


def fallback(incident: Incident) -> Step | None:
    """The next way to deny a user everything, where the newest was refused for good: the permissions boundary where it
    could not be attached, and AWS's own policy where ours does not say what was deployed.
    """
    ways = [step for step in incident.steps if step.action in WAYS_OF_A_USER]
    if not ways or ways[-1] not in incident.unfinished() or not _is_refused(incident, ways[-1]):
        return None
    return _next_way_of_a_user(ways[-1], is_sound=not incident.outcome(ways[-1]).unsound)


def _next_way_of_a_user(refused: Step, *, is_sound: bool) -> Step | None:
    ours = refused.arguments.get("instead_of", refused.arguments["policy_arn"])
    awss = {"policy_arn": deny_all.awss_own(ours), "instead_of": ours}
    match refused.action:
        case "quarantine-user" if is_sound:
            return Step("bound-user", refused.principal, _UNATTACHED, {"policy_arn": ours})
        case "quarantine-user":
            return Step("attach-deny-all", refused.principal, _NOT_OURS, awss)
        case "attach-deny-all":
            return Step("bound-user", refused.principal, _NO_ROOM_FOR_AWSS, awss)
        case "bound-user" if not is_sound and "instead_of" not in refused.arguments:
            return Step("bound-user", refused.principal, _NOT_OURS, awss)
        case _:
            return None


_UNATTACHED = "the quarantine policy could not be attached, so the deny goes on as the permissions boundary"
_NOT_OURS = "our own policy does not say what was deployed, or could not be read, so AWS's own denies in its place"
_NO_ROOM_FOR_AWSS = "AWS's own policy could not be attached, so it goes on as the permissions boundary"


def left_by_spare(spare: Step) -> tuple[Withheld, ...]:
    """What a person must know of AWS's own policy in the place of ours."""
    if "instead_of" not in spare.arguments:
        return ()
    reason = (
        f"AWS's own policy AWSDenyAll takes the place of our policy {spare.arguments['instead_of']}, which does not "
        "say what was deployed, or could not be read. A guard holds our policies alone: whoever may change IAM can "
        "take AWSDenyAll off"
    )
    instead = "run `leak-responder doctor`: it names the call that mends our policy; find out who changed it"
    return (Withheld("keep-guarded", reason, instead),)


def _is_refused(incident: Incident, step: Step) -> bool:
    outcome = incident.outcome(step)
    return outcome.status is Status.FAILED and not outcome.retryable


def refused_of_a_role(incident: Incident) -> tuple[Step, ...]:
    """The newest way of each deny on a role, where it was refused for good."""
    ways = {step.arguments["policy_name"]: step for step in incident.unfinished() if step.action in WAYS_OF_A_ROLE}
    return tuple(step for step in ways.values() if _is_refused(incident, step))


def other_way(incident: Incident, facts: Facts) -> Step | None:
    """The next way to deny sessions of a role, where one was refused and is left: a managed policy, then the boundary.

    Where somebody set another boundary before ours was there, it goes over that one.
    """
    if facts.exists is False:
        return None
    ways = (_next_way(incident, step, facts) for step in refused_of_a_role(incident))
    return next(filter(None, ways), None)


def _next_way(incident: Incident, refused: Step, facts: Facts) -> Step | None:
    """The way after the one that was refused, with what only it needs."""
    given = {name: refused.arguments[name] for name in _SAME if name in refused.arguments}
    ours = own_policy.of_role(refused.principal.account, given["policy_name"])
    if facts.unique_id and "session" not in given:
        given["role_id"] = facts.unique_id
    if refused.action == "revoke-role-sessions":
        return Step("attach-role-deny", refused.principal, _FULL_INLINE, {**given, "policy_arn": ours})
    set_since = refused.action != "bound-role" or facts.boundary != refused.arguments.get("boundary", "")
    if facts.boundary is None or not set_since:
        return None
    over = _over(incident, refused, facts.boundary)
    bounding = {**given, **over, "policy_arn": f"{ours}-boundary"}
    turn = sum(one.arguments.get("policy_arn") == bounding["policy_arn"] for one in incident.steps)
    return Step("bound-role", refused.principal, _FULL_MANAGED, {**bounding, "turn": str(turn + 1)})


def _over(incident: Incident, refused: Step, boundary: str) -> dict[str, str]:
    """The boundary to copy, which is put back later. Over one that an intruder set goes a copy of the one before."""
    hostile = any(one.step == refused.key and one.hostile for one in incident.undone)
    theirs = refused.arguments.get("boundary", "") if hostile else boundary
    return {**({"boundary": theirs} if theirs else {}), **({"over": boundary} if hostile else {})}


_SAME = ("policy_name", "cut_off", "session", "identity", "issued")
_FULL_INLINE = "the deny could not be put inline, so it goes on as a managed policy"
_FULL_MANAGED = "no more policy could be attached, so the deny goes on as the permissions boundary"


def begins_again(signal: Signal, incident: Incident) -> bool:
    """Whether credentials of a role that no feed named before were used after the cut-off, which therefore spared them.

    Those named before are dead: newer activity of theirs is calls that failed, and must not stop the workload again.
    A person who orders it means whatever has been issued until now.
    """
    known = {one.subject.id for one in incident.signals}
    another = signal.subject.id is not None and signal.subject.id not in known
    fresh = (another or signal.sign is Sign.REPORTED) and signal.at > incident.cut_off
    return fresh and incident.principal.kind is PrincipalKind.ROLE


def narrow_step(incident: Incident, settings: Settings, cut_off: datetime | None = None) -> Step:
    """The narrower deny of this incident, with the cut-off that was frozen when it was opened unless told otherwise.

    Each has a name of its own: a policy of that name would keep its older text.
    """
    before = sum(step.action == "narrow-user" for step in incident.steps)
    name = f"leak-responder-{incident.id}" + (f"-{before + 1}" if before else "")
    arguments = {
        "policy_name": name,
        "policy_arn": settings.quarantine_policy,
        "narrow_arn": f"arn:aws:iam::{settings.account}:policy/leak-responder/narrow/{name}",
        "cut_off": f"{cut_off or incident.cut_off:%Y-%m-%dT%H:%M:%SZ}",
        **_awss_own(incident),
        **_bounded_by(incident),
    }
    return Step(
        "narrow-user", incident.principal, "the leaked key is dead; older sessions stay so", arguments, later=True
    )


def _awss_own(incident: Incident) -> dict[str, str]:
    """AWS's policy, where we attached it and it is to come off with ours."""
    step = incident.step("attach-deny-all")
    if step is None or not incident.did(step.action) or not attach_deny_all.is_by_us(incident.images.get(step.key, {})):
        return {}
    return {"awss_own": step.arguments["policy_arn"]}


def _bounded_by(incident: Incident) -> dict[str, str]:
    """AWS's policy, where we set it as the boundary: then it is no boundary of somebody else's."""
    bounds = (step for step in incident.steps if step.action == "bound-user" and "instead_of" in step.arguments)
    done = [step.arguments["policy_arn"] for step in bounds if incident.outcome(step).good]
    return {"bounded_by": done[-1]} if done else {}


def may_narrow(incident: Incident, facts: Facts) -> Withheld | None:
    """Why the deny on a user must stay as wide as it is; None where it may shrink to what was issued before.

    A person who released has looked at the user's other credentials.
    """
    reason = _unfit(incident, facts) or ("" if incident.released else _doubt(incident, facts))
    instead = (
        "check the user's other credentials, then run `leak-responder release INCIDENT --reason …`: until then they "
        "stand still too"
    )
    return Withheld("narrow-user", reason, instead) if reason else None


def given_since(incident: Incident, facts: Facts) -> tuple[Withheld, ...]:
    """What a user was given beneath the narrower deny, which stops older sessions alone. The owner may be at work there
    again, so it is named and left.
    """
    young = [one for one in facts.credentials if one.active and _may_be_a_spare(one, incident)]
    made = [f"{_named(one, incident.leaked)} was made at {one.created:%Y-%m-%d %H:%M:%S} UTC" for one in young]
    password = ["a console password was set"] if facts.console_password else []
    order = f"leak-responder contain --user {shlex.quote(incident.principal.name)} --reason …"
    instead = f"ask the owner; if it is not theirs: `{order}` denies the user as a whole once more"
    return tuple(
        Withheld("deactivate-newer", f"{what}, after the deny was narrowed: no deny of ours stops it", instead)
        for what in (*made, *password)
    )


def _unfit(incident: Incident, facts: Facts) -> str:
    """Why the narrower deny would not stop what leaked, or could not be put on."""
    leaked, ended = incident.leaked, incident.ended | incident.leaked
    match facts:
        case _ if not leaked:
            return "no key or other credential is known to have leaked, so that none could be set inactive"
        case _ if facts.unread:
            return "the keys, password, boundary or other credentials of the user could not be read"
        case _ if alive := [one for one in facts.credentials if one.active and one.id in ended]:
            return f"{_named(alive[0], leaked)} is still active"
        case _ if facts.boundary:
            return "the user has a permissions boundary of their own, whose place the narrower deny would take"
        case _:
            return ""


def _doubt(incident: Incident, facts: Facts) -> str:
    """Which other credential of the user may be in the wrong hands too."""
    others = [key for key in facts.keys or () if key.id not in incident.ended | incident.leaked]
    match incident.signals:
        case _ if young := [one for one in facts.credentials if _may_be_a_spare(one, incident)]:
            return f"{_named(young[0], incident.leaked)} is younger than the earliest sign of the leak"
        case signals if any(one.subject.kind in LASTING and one.subject.id is None for one in signals):
            return "a credential leaked that no event names, and the narrower deny stops sessions alone"
        case signals if any(map(reports_all, signals)):
            return "a person reported the user as a whole: any of the keys may be what leaked"
        case signals if any(map(_is_stray_session, signals)) and any(key.active for key in others):
            return "a session leaked too, and another active key may have obtained it"
        case _ if facts.console_password:
            return "the intruder could have set the console password"
        case _:
            return ""


def _may_be_a_spare(one: Credential, incident: Incident) -> bool:
    """Given to the user since the leak began, by whoever. What we ended ourselves is dealt with; of the rest even an
    inactive access key is told, for somebody did that who knew why.
    """
    counts = one.active or one.kind is SubjectKind.ACCESS_KEY
    return counts and one.created >= incident.since and one.id not in incident.ended


def _named(one: Credential, leaked: frozenset[str]) -> str:
    known = f"{NOUNS[one.kind]} {one.id}"
    return f"the leaked {known}" if one.id in leaked else known


def _is_stray_session(signal: Signal) -> bool:
    """A session that a feed saw in the wrong hands. One that we saw being minted was minted by what leaked."""
    minted = signal.sign is Sign.SESSION_MINTED
    return signal.subject.kind in {SubjectKind.USER_SESSION, SubjectKind.FEDERATED_SESSION} and not minted
