"""What IAM itself says that the contained principal may do: SimulatePrincipalPolicy, which counts boundaries too.

"SimulatePrincipalPolicy", IAM API reference.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.revoke_role_sessions import IDENTITY_KEY
from chalicelib.model import Permission, PrincipalKind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import ContextKeyTypeEnumType
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef

    from chalicelib.model import Principal, Step

_PRINCIPALS = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"

PERMISSIONS = (
    Permission(("iam:SimulatePrincipalPolicy",), (f"{_PRINCIPALS}user/*", f"{_PRINCIPALS}role/*")),
    Permission(("iam:GetUser",), (f"{_PRINCIPALS}user/*",)),
    Permission(("iam:GetRole",), (f"{_PRINCIPALS}role/*",)),
)

ASKED = ("ec2:RunInstances", "iam:CreateAccessKey", "s3:ListAllMyBuckets", "secretsmanager:GetSecretValue")
"""What intruders do first. Our denies name no action, so any would do."""


def named(iam: IAMClient, principal: Principal) -> tuple[str, str]:
    """The ARN, which may have a path that no feed names, and the unique id of whoever has the name now."""
    if principal.kind is PrincipalKind.USER:
        user = iam.get_user(UserName=principal.name)["User"]
        return user["Arn"], user["UserId"]
    role = iam.get_role(RoleName=principal.name)["Role"]
    return role["Arn"], role["RoleId"]


def allowed(iam: IAMClient, arn: str, deny: Step) -> list[str]:
    """The calls that IAM would let through where this deny stands, in the oldest session that it is to stop."""
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=ASKED, ContextEntries=context(deny))
    return [one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] == "allowed"]


def context(deny: Step) -> list[ContextEntryTypeDef]:
    """The request as it would come in the oldest session, a second before the cut-off."""
    entries = []
    if "cut_off" in deny.arguments:
        issued = datetime.fromisoformat(deny.arguments["cut_off"]) - timedelta(seconds=1)
        entries.append(_entry("aws:TokenIssueTime", f"{issued:%Y-%m-%dT%H:%M:%SZ}", "date"))
    if "session" in deny.arguments:
        entries.append(_entry("aws:userid", deny.arguments["session"], "string"))
    if "role_id" in deny.arguments:
        entries.append(_entry("aws:userid", f"{deny.arguments['role_id']}:any-session", "string"))
    if "identity" in deny.arguments:
        entries.append(_entry(IDENTITY_KEY, deny.arguments["identity"], "string"))
    return entries


def _entry(name: str, value: str, kind: ContextKeyTypeEnumType) -> ContextEntryTypeDef:
    return {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": kind}
