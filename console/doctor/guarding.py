"""The organisation's guard: in place, letting the responder work, and letting people release without it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from console import guard
from console.doctor.patient import note, well, wrong
from console.doctor.permissions import Question, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Line, Patient

_KIND = "SERVICE_CONTROL_POLICY"
_MAKE = "leak-responder guard --break-glass ARN"


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
    sids = {one["Sid"] for one in guard.document((), ())["Statement"]}
    guards = [one for one in found if sids <= {statement.get("Sid") for statement in one["Statement"]}]
    if not guards:
        yield note("no guard is in place: whoever may change IAM can take our denies off, for some seconds", _MAKE)
    for one in guards:
        yield from _judged(_exempt(one), patient)


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


def _exempt(policy: Any) -> set[str]:  # noqa: ANN401 - any JSON
    """Whom every statement lets pass."""
    ours = {one["Sid"] for one in guard.document((), ())["Statement"]}
    named = [
        one["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] for one in policy["Statement"] if one.get("Sid") in ours
    ]
    return set.intersection(*(set([one] if isinstance(one, str) else one) for one in named))


def _judged(exempt: set[str], patient: Patient) -> Iterator[Line]:
    held = [one for one in guard.responders(patient) if one not in exempt]
    if held:
        said = f"the guard holds back the responder itself: {', '.join(held)}. It was made for another deployment"
        yield wrong(said, f"{_MAKE}, then aws organizations update-policy --content file://guard.json")
    people = sorted(one for one in exempt if one not in guard.responders(patient))
    able = [one for one in people if _may_release(one, patient)]
    if not able:
        said = f"nobody could release without the responder: {', '.join(people) or 'nobody'} may not detach the policy"
        yield wrong(said, f"give one of them iam:DetachUserPolicy, or name another: {_MAKE}")
    elif not held:
        yield well(f"the guard is in place, and {able[0]} could release without the responder")


def _may_release(arn: str, patient: Patient) -> bool:
    """A rehearsal that changes nothing: IAM is asked."""
    users = f"{arn.rsplit(':', 1)[0]}:user/leak-responder-doctor"
    question = Question(("iam:DetachUserPolicy",), users, (("iam:PolicyARN", patient.settings.quarantine_policy),))
    try:
        return not list(refused(patient.client("iam"), arn, question))
    except ClientError as error:
        if error.response["Error"].get("Code") in {"NoSuchEntity", "InvalidInput"}:  # of another account, or gone
            return False
        raise
