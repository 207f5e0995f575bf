"""Take what leads a user of Identity Center into accounts: assignments of their own, and memberships of groups."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.actions import center
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo, refusal_code, refusal_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy_boto3_identitystore.type_defs import MemberIdTypeDef

    from chalicelib.model import Clients, Facts, Image, Principal, Step

Pair = tuple[str, str]
"""An account, and a permission set in it."""
Calls = dict[str, "Callable[[], object]"]
"""Each by what it is about."""


@dataclass(frozen=True)
class _Refusal:
    """What was not done, and what AWS said of it."""

    what: str
    code: str
    said: str


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """What the user has of each."""
    del facts
    pairs, groups = _direct(clients, step.principal), center.memberships(clients, step.principal)
    return {"assignments": json.dumps(pairs), "groups": json.dumps(sorted(groups))}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """What the user had, and what somebody gave them since."""
    pairs, groups = _direct(clients, step.principal), center.memberships(clients, step.principal)
    had, joined = _kept(image)
    more, others = [one for one in pairs if one not in had], sorted(set(groups) - set(joined))
    if not more and not others:
        return image
    return {"assignments": json.dumps([*had, *more]), "groups": json.dumps([*joined, *others])}


def apply(clients: Clients, step: Step) -> Outcome:
    """Each is tried, whatever becomes of the others. An assignment goes within seconds or minutes, and a conflict says
    that something is under way there: whether it is gone is read afterwards.
    """
    pairs, groups = _direct(clients, step.principal), center.memberships(clients, step.principal)
    if not pairs and not groups:
        return ALREADY
    refusals = _tried(clients, step.principal, _removals(clients, step.principal, pairs, groups))
    left = [one for one in refusals if one.code not in {"ResourceNotFoundException", "ConflictException"}]
    return _refused("not removed", left) if left else DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether nothing leads the user anywhere, also nothing that somebody gave them since."""
    pairs, groups = _direct(clients, step.principal), center.memberships(clients, step.principal)
    if not pairs and not groups:
        return ALREADY
    detail = f"the user has {len(pairs)} assignments of their own, and is in {len(groups)} groups"
    return Outcome(Status.FAILED, detail, retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """What is missing of it, and nothing else. A permission set, an account or a group may be gone since."""
    pairs, groups = _missing(clients, step.principal, image)
    if not pairs and not groups:
        return ALREADY
    refusals = _tried(clients, step.principal, _gifts(clients, step.principal, pairs, groups))
    gone = [one.what for one in refusals if one.code == "ResourceNotFoundException"]
    if left := [one for one in refusals if one.what not in gone]:
        return _refused("not given back", left)
    return Outcome(Status.DONE, "; ".join((_TIME, *([f"no longer there: {', '.join(gone)}"] if gone else []))))


def _removals(clients: Clients, who: Principal, pairs: Iterable[Pair], groups: Mapping[str, str]) -> Calls:
    remove = center.store(clients, who).delete_group_membership
    known, delete = center.split(who)[1], center.admin(clients, who).delete_account_assignment
    return {
        **{
            _group(group): partial(remove, IdentityStoreId=known, MembershipId=membership)
            for group, membership in groups.items()
        },
        **_assigning(clients, who, delete, pairs),
    }


def _gifts(clients: Clients, who: Principal, pairs: Iterable[Pair], groups: Iterable[str]) -> Calls:
    member: MemberIdTypeDef = {"UserId": who.unique_id or ""}
    join = partial(
        center.store(clients, who).create_group_membership, IdentityStoreId=center.split(who)[1], MemberId=member
    )
    return {
        **_assigning(clients, who, center.admin(clients, who).create_account_assignment, pairs),
        **{_group(group): partial(join, GroupId=group) for group in groups},
    }


def _assigning(clients: Clients, who: Principal, call: Callable[..., object], pairs: Iterable[Pair]) -> Calls:
    arn = center.instance(clients, who)
    named = {"InstanceArn": arn, "TargetType": "AWS_ACCOUNT", "PrincipalType": "USER", "PrincipalId": who.unique_id}
    return {
        f"{known.rpartition('/')[2]} in account {account}": partial(
            call, **named, TargetId=account, PermissionSetArn=known
        )
        for account, known in pairs
    }


def _group(known: str) -> str:
    return f"group {known}"


def _tried(clients: Clients, who: Principal, calls: Calls) -> list[_Refusal]:
    """Every call made, and those that AWS refused."""
    refused, found = center.admin(clients, who).exceptions.ClientError, list[_Refusal]()
    for what, call in calls.items():
        try:
            call()
        except refused as error:
            said = f"{error.operation_name}: {refusal_words(error.response)}"
            found.append(_Refusal(what, refusal_code(error.response), said))
    return found


def _refused(how: str, left: list[_Refusal]) -> Outcome:
    """Which they are, then why the first."""
    more = f" and {len(left) - _MOST} more" if len(left) > _MOST else ""
    detail = f"{how}: {', '.join(one.what for one in left[:_MOST])}{more}; {left[0].said}"
    return Outcome(Status.FAILED, detail, retryable=any("AccessDenied" not in one.code for one in left))


_MOST = 5
_TIME = "Identity Center makes assignments within minutes, after it has answered"


def _missing(clients: Clients, who: Principal, image: Image) -> tuple[list[Pair], list[str]]:
    pairs, groups = _direct(clients, who), center.memberships(clients, who)
    before, joined = _kept(image)
    return [one for one in before if one not in pairs], [one for one in joined if one not in groups]


def _kept(image: Image) -> tuple[list[Pair], list[str]]:
    before: list[Pair] = [(account, known) for account, known in json.loads(image.get("assignments", "[]"))]
    groups: list[str] = json.loads(image.get("groups", "[]"))
    return before, groups


def _direct(clients: Clients, who: Principal) -> list[Pair]:
    return sorted((one.account, one.permission_set) for one in center.assignments(clients, who) if one.direct)


_READS = (
    center.SEEN,
    Permission(("sso:ListAccountAssignmentsForPrincipal",), center.ADMINISTERED),
    Permission(("identitystore:ListGroupMembershipsForMember",), center.KEPT),
)

ACTION = Action(
    name="revoke-center-access",
    summary="remove the assignments and group memberships of a user of Identity Center",
    undo=Undo.REVERSIBLE,
    leaves="the removal of the user's assignments and group memberships",
    undone_by="the assignments and memberships of before are made again, as far as they are missing",
    judged_by="moto, which has assignments and groups and judges no call, with our own answers for what it lacks",
    still_works="new sign-ins as the user, wherever no permission set denies them everything",
    by_hand="remove the user's assignments and group memberships in the console of Identity Center",
    permissions=(
        *_READS,
        Permission(("sso:DeleteAccountAssignment",), center.ADMINISTERED),
        Permission(("identitystore:DeleteGroupMembership",), center.KEPT),
    ),
    restore_permissions=(
        *_READS,
        Permission(("sso:CreateAccountAssignment",), center.ADMINISTERED),
        Permission(("identitystore:CreateGroupMembership",), center.KEPT),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    replaced=replaced,
    image_first=True,
    service="Identity Center",
)
