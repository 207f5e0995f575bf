"""The AWS-managed policies that a leak is about, which ministack does not have; and what of a policy keeps it there."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import iam

from drill.cloud.shim.patching import Addition, Patch

# The AWS managed policy reference lists about a hundred actions for V3; these are the ones that drills try.
_QUARANTINED = (
    "cloudtrail:LookupEvents",
    "ec2:RunInstances",
    "iam:AddUserToGroup",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DetachUserPolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAccessKey",
    "lambda:CreateFunction",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
)
_DENIES = {
    "AWSDenyAll": ("*",),
    "AWSCompromisedKeyQuarantineV2": _QUARANTINED,
    "AWSCompromisedKeyQuarantineV3": _QUARANTINED,
    "AWSCompromisedKeyQuarantineV4": _QUARANTINED,
}


def _seed(seed: Any) -> None:
    seed()
    seed_now()


def seed_now() -> None:
    for name, actions in _DENIES.items():
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        record = iam._make_aws_managed_record(name, document)
        iam._aws_managed_policies[record["Arn"]] = record


def _delete(delete: Any, parameters: dict[str, Any]) -> Any:
    """The default version goes with its policy, and any other has to go before ("DeletePolicy", IAM API reference)."""
    policy = iam._policies.get(iam._p(parameters, "PolicyArn"))
    if policy and len(policy["Versions"]) > 1:
        return iam._error(409, "DeleteConflict", "This policy has more than one version.", ns="iam")
    return delete(parameters)


def _set_default(parameters: dict[str, Any]) -> Any:
    """Put another version in force ("SetDefaultPolicyVersion", IAM API reference); of a policy of AWS's nobody can."""
    arn, version = iam._p(parameters, "PolicyArn"), iam._p(parameters, "VersionId")
    if iam._is_aws_managed_arn(arn):
        return iam._error(403, "AccessDenied", f"{arn} is a policy of AWS's own.", ns="iam")
    policy = iam._policies.get(arn)
    if policy is None or version not in policy["Versions"]:
        return iam._error(404, "NoSuchEntity", f"Policy {arn} has no version {version}.", ns="iam")
    for name, record in policy["Versions"].items():
        record["IsDefaultVersion"] = name == version
    policy["DefaultVersionId"] = version
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")


PATCHES = (
    # Runs again after every reset.
    Patch(iam, "_seed_aws_managed_policies", _seed),
    # It deletes a policy with all its versions.
    Patch(iam._IAM_HANDLERS, "DeletePolicy", _delete),
    # It has no such call.
    Addition(iam._IAM_HANDLERS, "SetDefaultPolicyVersion", _set_default),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_aws_managed_policies"),
    (iam, "_error"),
    (iam, "_is_aws_managed_arn"),
    (iam, "_make_aws_managed_record"),
    (iam, "_p"),
    (iam, "_policies"),
    (iam, "_xml"),
)
