"""The organisation's guard: in place, letting the responder work, and letting people release without it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.settings import HOME_REGION
from console import guard
from console.doctor.patient import note, well, wrong
from console.doctor.permissions import Question, listed, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Line, Patient

Json = dict[str, Any]

_KIND = "SERVICE_CONTROL_POLICY"
_RELEASING = "iam:DetachUserPolicy, iam:PutUserPermissionsBoundary and iam:CreatePolicy"
_MAKE = "leak-responder guard --break-glass ARN"
_UPDATE = f"{_MAKE}, then aws organizations update-policy --content file://guard.json"


def look(patient: Patient) -> Iterator[Line]:
    """Whether a service control policy of the account keeps others from taking our denies off."""
    try:
        found = _policies(patient)
    except ClientError as error:
        yield _unasked(error, patient)
        return
    if patient.account == patient.client("organizations").describe_organization()["Organization"]["MasterAccountId"]:
        said = "this is the management account, where no service control policy applies: any administrator may undo us"
        yield note(said, "keep users and workloads out of it")
        return
    ours = _ours(patient)
    guards = [one for one in (_named(policy, ours) for policy in found) if len(one) == len(ours)]
    if not guards:
        yield note("no guard is in place: whoever may change IAM can take our denies off, for some seconds", _MAKE)
    for one in guards:
        yield from _weakened(one, ours) or _judged(_exempt(one), patient)


def _unasked(error: ClientError, patient: Patient) -> Line:
    if error.response["Error"].get("Code") == "AWSOrganizationsNotInUseException":
        return note("this account is in no organisation, so it can have no guard: whoever may change IAM can undo us")
    if "AccessDenied" not in error.response["Error"].get("Code", ""):
        raise error
    mend = (
        f"in the management account: aws organizations list-policies-for-target --target-id {patient.account} "
        f"--filter {_KIND}"
    )
    return note("whether a guard is in place is said only in the management account, or a delegated one", mend)


def _policies(patient: Patient) -> list[Any]:
    """Those of the account, and of each unit above it."""
    organisation, target = patient.client("organizations"), patient.account
    found: list[Any] = []
    while True:
        pages = organisation.get_paginator("list_policies_for_target").paginate(TargetId=target, Filter=_KIND)
        ids = [one["Id"] for page in pages for one in page["Policies"]]
        found += [json.loads(organisation.describe_policy(PolicyId=one)["Policy"]["Content"]) for one in ids]
        if target.startswith("r-"):
            return found
        target = organisation.list_parents(ChildId=target)["Parents"][0]["Id"]


def _ours(patient: Patient) -> dict[str, Json]:
    """What a guard says here, by the id of each statement."""
    mine = patient.session
    partition = mine.get_partition_for_region(mine.region_name or HOME_REGION)
    return {one["Sid"]: one for one in guard.document((), (), partition)["Statement"]}


def _named(policy: Json, ours: dict[str, Json]) -> dict[str, Json]:
    """The statements of a policy that have the ids of ours."""
    found = [one for one in listed(policy.get("Statement")) if isinstance(one, dict)]
    return {sid: one for one in found for sid in ours if one.get("Sid") == sid}


def _weakened(statements: dict[str, Json], ours: dict[str, Json]) -> list[Line]:
    """Where it only has the names of ours: an id denies nothing."""
    weak = ", ".join(sid for sid in ours if not _says(statements[sid], ours[sid]))
    said = f"what is attached as the guard does not deny what the guard denies: statement {weak}"
    return [wrong(said, _UPDATE)] if weak else []


def _says(found: Json, wanted: Json) -> bool:
    """Whether it denies at least that, to everybody but those that it names. One value may stand without a list."""
    if not _values(found, *_EXEMPT):
        return False
    same = ("Effect", "NotAction", "NotResource", "Principal")
    return (
        all(found.get(name) == wanted.get(name) for name in same)
        and _actions(found) >= _actions(wanted)
        and _covers(set(listed(found.get("Resource"))), set(listed(wanted["Resource"])))
        and _asked(found) == _asked(wanted)
    )


def _covers(found: set[str], wanted: set[str]) -> bool:
    return "*" in found or found >= wanted


def _actions(statement: Json) -> set[str]:
    """IAM does not tell upper from lower case in them (IAM user guide, "IAM JSON policy elements: Action")."""
    return {str(one).lower() for one in listed(statement.get("Action"))}


def _asked(statement: Json) -> dict[tuple[str, str], set[str]]:
    """Its conditions beside whom it lets pass."""
    asked = ((operator, key.lower()) for operator, keys in statement.get("Condition", {}).items() for key in keys)
    return {one: _values(statement, *one) for one in asked if one != _EXEMPT}


_EXEMPT = ("ArnNotEquals", "aws:principalarn")


def _values(statement: Json, operator: str, key: str) -> set[str]:
    """Of a key by its name in lower case, for IAM tells no other (IAM user guide, "Condition")."""
    keys = {name.lower(): given for name, given in statement.get("Condition", {}).get(operator, {}).items()}
    return set(listed(keys.get(key) or []))


def _exempt(statements: dict[str, Json]) -> set[str]:
    """Whom every statement lets pass."""
    return set.intersection(*(_values(one, *_EXEMPT) for one in statements.values()))


def _judged(exempt: set[str], patient: Patient) -> Iterator[Line]:
    held = [one for one in guard.responders(patient) if one not in exempt]
    if held:
        said = f"the guard holds back the responder itself: {', '.join(held)}. It was made for another deployment"
        yield wrong(said, _UPDATE)
    people = sorted(one for one in exempt if one not in guard.responders(patient))
    able = [one for one in people if _may_release(one, patient)]
    if not able:
        named = ", ".join(people) or "nobody"
        said = f"nobody could release without the responder: {named} may not put a narrower deny in the place of ours"
        yield wrong(said, f"give one of them {_RELEASING}, or name another: {_MAKE}")
    elif not held:
        yield well(f"the guard is in place, and {able[0]} could release without the responder")


def _may_release(arn: str, patient: Patient) -> bool:
    """A rehearsal that changes nothing: IAM is asked for each call of a release."""
    account, quarantine = arn.rsplit(":", 1)[0], patient.settings.quarantine_policy
    narrow = f"{account}:policy/leak-responder/narrow/leak-responder-doctor"
    users = f"{account}:user/leak-responder-doctor"
    questions = (
        Question(("iam:DetachUserPolicy",), users, (("iam:PolicyARN", quarantine),)),
        Question(("iam:PutUserPermissionsBoundary",), users, (("iam:PermissionsBoundary", narrow),)),
        Question(("iam:CreatePolicy",), narrow, ()),
    )
    try:
        return not any(True for one in questions for _ in refused(patient.client("iam"), arn, one))
    except ClientError as error:
        if error.response["Error"].get("Code") in {"NoSuchEntity", "InvalidInput"}:  # of another account, or gone
            return False
        raise
