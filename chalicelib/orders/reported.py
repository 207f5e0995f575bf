"""What a person names as leaked, and whose it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding
from chalicelib.model import IDENTITY, Principal, PrincipalKind, Subject, SubjectKind, read_arn
from chalicelib.orders import center_user
from chalicelib.orders.entitled import RefusedError
from chalicelib.sources import cloudtrail

if TYPE_CHECKING:
    from chalicelib.ports import Ports


@dataclass(frozen=True)
class Asked:
    """One of an access key, a user and a role, each by name or ARN, and of a role maybe one session; or a user of a
    Cognito user pool as POOL/USERNAME, or of Identity Center as USERNAME, in another Region REGION/USERNAME.

    `also` is what a person wants beside containment: options of the playbook, as NAME or NAME=TARGET.
    """

    access_key: str | None = None
    user: str | None = None
    role: str | None = None
    session: str | None = None
    cognito_user: str | None = None
    center_user: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """The credential and its owner."""

    subject: Subject
    principal: Principal


def named(asked: Asked, ports: Ports) -> Named:
    """Who is meant. RefusedError where that is nobody, or more than one."""
    refuse_unclear(asked)
    if asked.access_key:
        return _holder(asked.access_key, ports)
    if asked.user:
        return Named(Subject(SubjectKind.UNNAMED), _user(asked.user, ports.settings.account))
    if asked.cognito_user:
        return Named(Subject(SubjectKind.COGNITO_SIGN_IN), _pool_user(asked.cognito_user, ports))
    if asked.center_user:
        return Named(Subject(SubjectKind.IDENTITY_CENTER_SIGN_IN), center_user.found(asked.center_user, ports))
    role = _role(asked.role or "", ports.settings.account)
    return Named(Subject(SubjectKind.ROLE_SESSION, session=asked.session), role)


def refuse_unclear(asked: Asked) -> None:
    """Raise RefusedError where the words name nobody or more than one. AWS is not asked for that."""
    given = (asked.access_key, asked.user, asked.role, asked.cognito_user, asked.center_user)
    if sum(one is not None for one in given) != 1:
        message = (
            "say what leaked, and one thing only: --access-key, --user, --role, --cognito-user or "
            "--identity-center-user"
        )
        raise RefusedError(message)
    if asked.session is not None and asked.role is None:
        message = "--session is the name of a role's session: give its role too"
        raise RefusedError(message)
    if asked.session is not None and not _is_session(asked.session):
        message = (
            f"{asked.session!r} is no name of a session: it is what stands after the role in the session's ARN; of one "
            "that an identity pool gave, give the identity, such as us-east-1:0f3c1d2e-4b5a-6978-8c9d-0e1f2a3b4c5d"
        )
        raise RefusedError(message)


def _is_session(text: str) -> bool:
    known = re.fullmatch(r"[\w+=,.@-]{2,64}", text, re.ASCII) or IDENTITY.fullmatch(text)
    return known is not None


def _holder(key: str, ports: Ports) -> Named:
    """Who holds an access key; IAM knows that of `AKIA…` keys alone."""
    if re.fullmatch("ASIA[A-Z0-9]{12,124}", key):
        message = (
            f"{key} is the key of a session, and IAM does not know whose. Find a call by it in CloudTrail, where "
            "userIdentity names the owner, and give that: --user, or --role with --session"
        )
        raise RefusedError(message)
    if not re.fullmatch("AKIA[A-Z0-9]{12,124}", key):
        message = f"{key!r} is no access key id: those of users begin with AKIA"
        raise RefusedError(message)
    owner = fact_finding.owner_of(ports.aws.iam(), key)
    if owner is None:
        message = (
            f"IAM does not say whose {key} is: it was deleted, belongs to another account (`aws sts "
            "get-access-key-info --access-key-id` says which), or your credentials lack iam:GetAccessKeyLastUsed"
        )
        raise RefusedError(message)
    return Named(Subject(SubjectKind.ACCESS_KEY, key), Principal(PrincipalKind.USER, ports.settings.account, owner))


_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def _user(text: str, account: str) -> Principal:
    if text == "root":
        return cloudtrail.root(account)
    root = read_arn(text)
    if root and root.kind == root.resource == "root":
        return cloudtrail.root(root.account)
    where, name = _split(text, "user", account)
    return Principal(PrincipalKind.USER, where, name)


def _role(text: str, account: str) -> Principal:
    where, name = _split(text, "role", account)
    return cloudtrail.role(name, where, None, text if text.startswith("arn:") else "")


def _split(text: str, kind: str, account: str) -> tuple[str, str]:
    """Account and name."""
    found = read_arn(text)
    if found and found.kind != kind and found.kind in {"user", "role"}:
        message = f"{text} is no {kind}: give it as --{found.kind}"
        raise RefusedError(message)
    name = found.name if found and found.kind == kind else text
    if not _NAME.fullmatch(name):
        message = f"{text!r} is neither a name that IAM would give a {kind}, nor the ARN of one"
        raise RefusedError(message)
    return (found.account if found else account), name


_POOL_USER = re.compile(r"(?P<pool>(?P<region>[a-z0-9-]{4,32})_[0-9A-Za-z]{1,22})/(?P<name>\S{1,128})")


def _pool_user(text: str, ports: Ports) -> Principal:
    """The user whom Cognito knows by that name or alias, by the name that it gives all of them."""
    found = _POOL_USER.fullmatch(text)
    if found is None:
        message = f"{text!r} is no user of a user pool: give it as POOL/USERNAME, such as us-east-1_Ab1Cd2Ef3/ana"
        raise RefusedError(message)
    cognito, pool = ports.aws.cognito(found["region"]), found["pool"]
    try:
        user = cognito.admin_get_user(UserPoolId=pool, Username=found["name"])
    except (cognito.exceptions.UserNotFoundException, cognito.exceptions.ResourceNotFoundException) as error:
        message = f"account {ports.settings.account} has no user {found['name']} in a pool {pool}: nothing was done"
        raise RefusedError(message) from error
    sub = next((one.get("Value") for one in user["UserAttributes"] if one["Name"] == "sub"), None)
    return Principal(PrincipalKind.COGNITO_USER, ports.settings.account, f"{pool}/{user['Username']}", sub)
