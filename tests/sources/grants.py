"""Statements of policies: those that let their holder take every right, and their look-alikes."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

from tests.sources.events import ACCOUNT, OTHER_ACCOUNT, Json


def wanting(operator: str, key: str, *values: str) -> Json:
    """The condition of a statement."""
    return {"Condition": {operator: {key: list(values)}}}


def allow(action: Any, resource: Any = "*", **members: Any) -> Json:
    """A statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **members}


def deny(action: Any, resource: Any = "*", **members: Any) -> Json:
    """A statement that denies something."""
    return {**allow(action, resource, **members), "Effect": "Deny"}


def without(statement: Json, *names: str) -> Json:
    """The statement without some of its members."""
    return {name: value for name, value in statement.items() if name not in names}


IAM_OF_ACCOUNT = f"arn:aws:iam::{ACCOUNT}"
ALL_BUT_IAM = {**without(allow(""), "Action"), "NotAction": "iam:*"}
ALL_ON_ALL_BUT = {**without(allow("*"), "Resource"), "NotResource": "arn:aws:s3:::logs/*"}
OF_TEAM = f"{IAM_OF_ACCOUNT}:policy/team/*"

EVERYTHING: dict[str, list[Json]] = {
    "all": [allow("*")],
    "all, of each service": [allow("*:*")],
    "all of IAM": [allow("iam:*")],
    "all of IAM, with a needless mark": [allow("iam:?*")],
    "all of IAM, in capitals": [allow("IAM:*")],
    "all of IAM, by a part of its name": [allow("i?m:*")],
    "all of IAM in the account": [allow("iam:*", f"{IAM_OF_ACCOUNT}:*")],
    "all of IAM in any account": [allow("iam:*", "arn:aws:iam::*:*")],
    "all of IAM, by a short ARN": [allow("iam:*", "arn:aws:iam")],
    "users, by a mark that stands for colons": [allow("iam:*", "arn:*:user/*")],
    "all of IAM in any partition": [allow("iam:*", "arn:*:iam::*:*")],
    "users": [allow("iam:*", "arn:aws:iam::*:user/*")],
    "users, by their first mark": [allow("iam:*", f"{IAM_OF_ACCOUNT}:user/?*")],
    "roles": [allow("iam:*", f"{IAM_OF_ACCOUNT}:role/*")],
    "groups": [allow("iam:*", f"{IAM_OF_ACCOUNT}:group/*")],
    "policies": [allow("iam:*", f"{IAM_OF_ACCOUNT}:policy/*")],
    "two parts of IAM": [allow(["iam:Attach*", "iam:Put*"])],
    **{
        f"{action} alone": [allow(action)]
        for action in (
            "iam:AttachUserPolicy",
            "iam:AttachGroupPolicy",
            "iam:AttachRolePolicy",
            "iam:PutUserPolicy",
            "iam:PutGroupPolicy",
            "iam:PutRolePolicy",
            "iam:CreatePolicyVersion",
            "iam:UpdateAssumeRolePolicy",
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
            "iam:AddUserToGroup",
            "iam:*UserPolicy",
            "iam:Create*",
        )
    },
    "all but a service": [ALL_BUT_IAM | {"NotAction": "aws-portal:*"}],
    "all but IAM": [ALL_BUT_IAM],
    "all, on all but one thing": [ALL_ON_ALL_BUT],
    "all, under a condition that always holds": [allow("*", Condition={"StringLike": {"aws:username": "*"}})],
    "all, under a condition that one can meet": [allow("*", **wanting("Bool", "aws:MultiFactorAuthPresent", "true"))],
    "policies on oneself": [allow("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}")],
    "policies on whoever is given this": [allow("iam:PutUserPolicy", f"{IAM_OF_ACCOUNT}:user/bob")],
    "policies on some, who is given this among them": [allow("iam:AttachUserPolicy", f"{IAM_OF_ACCOUNT}:user/b*")],
    "any policy, though it names which": [
        allow("iam:AttachUserPolicy", **wanting("ArnLike", "iam:PolicyARN", "arn:aws:iam::*:policy/*"))
    ],
    "any policy but one": [
        allow(
            "iam:AttachUserPolicy",
            **wanting("ArnNotEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/AdministratorAccess"),
        )
    ],
    "any policy but those of AWS": [
        allow("iam:AttachUserPolicy"),
        deny("iam:AttachUserPolicy", **wanting("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*")),
    ],
    "any policy of AWS": [
        allow("iam:AttachUserPolicy", **wanting("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*"))
    ],
    "users, letter by letter": [allow("iam:*", [f"{IAM_OF_ACCOUNT}:user/{one}*" for one in ascii_lowercase])],
    "any policy, for the condition need not be there": [
        allow("iam:PutUserPolicy", **wanting("ArnEqualsIfExists", "iam:PolicyARN", OF_TEAM))
    ],
    "any, without a boundary": [allow("iam:PutUserPolicy", **wanting("Null", "iam:PermissionsBoundary", "true"))],
    "all, but some users": [allow("iam:*"), deny("iam:*", f"{IAM_OF_ACCOUNT}:user/admin*")],
    "all, but one action": [allow("iam:*"), deny("iam:AttachUserPolicy")],
    "all, but without a second factor": [
        allow("*"),
        deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    ],
    "all but IAM, by a deny": [allow("*"), deny("iam:*")],
    "all but what a variable without a value says": [
        without(allow("*"), "Resource") | {"NotResource": "arn:aws:s3:::${aws:PrincipalTag/team}"}
    ],
    "all, and all is denied but what a variable without a value says": [
        allow("*"),
        without(deny("*"), "Resource") | {"NotResource": "arn:aws:s3:::${aws:PrincipalTag/team}"},
    ],
    "among what is harmless": [allow("s3:Get*"), allow("iam:Get*"), allow("iam:PutRolePolicy")],
}
NOT_EVERYTHING: dict[str, list[Json]] = {
    "nothing": [],
    "one service": [allow("s3:*")],
    "what IAM shows": [allow(["iam:Get*", "iam:List*"])],
    "passing roles": [allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])],
    "taking on roles": [allow("sts:AssumeRole")],
    "users without rights": [allow(["iam:CreateUser", "iam:TagUser"])],
    "second factors": [allow("iam:*", "arn:aws:iam::*:mfa/*")],
    "instance profiles": [allow("iam:*", f"{IAM_OF_ACCOUNT}:instance-profile/*")],
    "users of another account": [allow("iam:*", f"arn:aws:iam::{OTHER_ACCOUNT}:user/*")],
    "another partition": [allow("iam:*", "arn:aws-cn:iam::*:*")],
    "roles of one kind": [allow("iam:*", f"{IAM_OF_ACCOUNT}:role/app-*")],
    "another user": [allow("iam:*", f"{IAM_OF_ACCOUNT}:user/ci")],
    "one's own keys": [allow("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}")],
    "one's own password": [allow("iam:*LoginProfile", "arn:aws:iam::*:user/${aws:username}")],
    "users named after oneself": [allow("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}x")],
    "a tag that nobody has": [allow("iam:*", "arn:aws:iam::*:user/${aws:PrincipalTag/team}")],
    "a variable before the last part of the ARN": [allow("iam:AttachUserPolicy", "${aws:PrincipalArn}")],
    "a mark that is meant": [allow("iam:*", "arn:aws:iam::*:user/${*}")],
    "one policy of AWS": [
        allow("iam:AttachRolePolicy", **wanting("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
    ],
    "policies of one team": [allow("iam:AttachRolePolicy", **wanting("ArnLike", "iam:PolicyARN", OF_TEAM))],
    "policies of one team, where none is named": [allow("iam:Put*", **wanting("ArnLike", "iam:PolicyARN", OF_TEAM))],
    "what has a boundary": [allow("iam:*", **wanting("StringEquals", "iam:PermissionsBoundary", OF_TEAM))],
    "what has a boundary, by a deny": [
        allow("iam:PutRolePolicy"),
        deny("iam:*", **wanting("StringNotEquals", "iam:PermissionsBoundary", OF_TEAM)),
    ],
    "all, and it is denied": [allow("*"), deny("*")],
    "all of IAM, and it is denied": [allow("iam:*"), deny("iam:?*")],
    "all, and all but one service is denied": [allow("*"), {**without(deny(""), "Action"), "NotAction": "s3:*"}],
    "a deny of all": [deny("*")],
    "no resource": [without(allow("*"), "Resource")],
    "no action": [without(allow("*"), "Action")],
}
