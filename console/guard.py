"""`leak-responder guard`: the service control policy that nobody takes our containment off beneath."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.orders.entitled import RefusedError
from console.deployed import STACK, Stack, refusing, session
from console.doctor.patient import admitted
from console.doctor.permissions import needed
from console.stack import FUNCTIONS
from console.terminal import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.doctor.patient import Patient

Json = dict[str, Any]

LONGEST = 5120
"""Characters of a service control policy (AWS Organizations user guide, "Quotas for AWS Organizations")."""

OURS = "arn:{partition}:iam::*:policy/leak-responder/*"
_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(?:role|user)/[\w+=,.@/-]+", re.ASCII)
_DETACHING = ("iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy")
_REWRITING = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)

_UNBOUNDING = ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary")

GUARDED = frozenset({*_DETACHING, *_REWRITING, *_UNBOUNDING, "iam:PutUserPermissionsBoundary"})
"""What only those who are named may still do to our denies."""


def guard(
    *,
    break_glass: Annotated[
        list[str],
        typer.Option(
            help="Role or user that may release without us; once for each: the people on call, who deploys.",
            metavar="ARN",
        ),
    ],
    stack: Stack = STACK,
) -> None:
    """Print the policy that lets nobody but the responder and those named detach, rewrite or replace its denies.

    Put it on the organisation's root or a unit once, from the management account; `doctor` says whether it is there,
    and whether those named could really release. docs/guard.md says what it costs. Nothing is changed.
    """
    with refusing(stack):
        _refuse_inexact(break_glass)
        patient = admitted(stack)
        text = written(document(responders(patient), break_glass, _partition()))
        _refuse_long(text)
    typer.echo(text)
    say(f"{len(text)} of {LONGEST} characters. next, in the management account:")
    create = "aws organizations create-policy --type SERVICE_CONTROL_POLICY --name leak-responder-guard"
    say(f"  {create} --description 'Only the responder undoes its denies' --content file://guard.json")
    say("  aws organizations attach-policy --policy-id p-… --target-id r-…")


def _partition() -> str:
    return str(session().client("sts").get_caller_identity()["Arn"]).split(":")[1]


def _refuse_inexact(arns: Sequence[str]) -> None:
    for arn in arns:
        if not _ARN.fullmatch(arn):
            message = f"{arn!r} is not the ARN of one role or user: whoever a pattern fits could take our denies off"
            raise RefusedError(message)


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST:
        message = f"the policy has {len(text)} characters, and {LONGEST} are allowed: name fewer with --break-glass"
        raise RefusedError(message)


def responders(patient: Patient) -> list[str]:
    """The roles of the functions that detach, replace or delete what we put on."""
    iam = patient.client("iam")
    mine = [one for one in FUNCTIONS if one.logical_id in patient.resources and GUARDED & needed(one)]
    return sorted(str(iam.get_role(RoleName=patient.resources[one.role_id])["Role"]["Arn"]) for one in mine)


def document(roles: Sequence[str], break_glass: Sequence[str], partition: str = "aws") -> Json:
    """The policy. `aws:PrincipalArn` of a session is its role's ARN (IAM user guide, global condition keys)."""
    ours, may = OURS.format(partition=partition), sorted({*roles, *break_glass})
    others = {"ArnNotEquals": {"aws:PrincipalArn": may}}
    own = [ours.removesuffix("*") + f"{kind}/*" for kind in ("narrow", "role")]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _denied("KeepAttached", _DETACHING, "*", others | {"ArnLike": {"iam:PolicyARN": ours}}),
            _denied("KeepText", _REWRITING, ours, others),
            _denied("KeepName", ("iam:CreatePolicy",), own, others),
            _denied(
                "KeepBoundary",
                _UNBOUNDING,
                "*",
                others | {"ArnLike": {"iam:PermissionsBoundary": ours}},
            ),
            # a call that replaces a boundary names the new one alone
            _denied("KeepBoundaryFromReplacement", ("iam:PutUserPermissionsBoundary",), "*", others),
        ],
    }


def _denied(sid: str, actions: tuple[str, ...], resource: str | list[str], condition: Json) -> Json:
    return {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": resource, "Condition": condition}


def written(policy: Json) -> str:
    """As it is counted: without a space."""
    return json.dumps(policy, separators=(",", ":"))
