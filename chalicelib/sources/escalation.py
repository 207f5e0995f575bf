"""Rights that a caller gives to themselves, and policies that let their holder take every right.

The ways are those that are public since 2018 (Rhino Security Labs, "AWS IAM Privilege Escalation").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind, read_arn
from chalicelib.sources.cloudtrail import caller
from chalicelib.sources.permissions import Request, is_allowed, is_like
from chalicelib.sources.policies import allowing, statements
from chalicelib.sources.reading import Node, node, text, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMED = {PrincipalKind.USER: "userName", PrincipalKind.ROLE: "roleName"}


def is_to_caller(record: Node) -> bool:
    """Say whether the user or role that a call changes is the caller. No two names of IAM differ by case alone."""
    who = caller(record)
    named = text(record, "requestParameters", _NAMED[who.kind]) if who and who.kind in _NAMED else None
    return who is not None and named is not None and who.name.lower() == named.lower()


@dataclass(frozen=True)
class _Self:
    """A caller by all that a trust policy can name: ARN of a user or session, unique id, members of a request."""

    account: str
    root: str
    arn: str
    id: str
    members: dict[str, str]
    anybody: dict[str, str]
    """The same members of somebody else of the account, whose name no policy has."""


def _self_of(record: Node, trust: Node) -> _Self:
    identity = node(record, "userIdentity")
    arn = text(identity, "arn") or ""
    account = text(identity, "accountId") or text(record, "recipientAccountId") or ""
    principal = _principal_arn(record, account)
    unique = text(identity, "principalId") or ""
    home, _, kind = principal.partition("/")[0].rpartition(":")  # what comes before the path holds no slash
    other = _unheard_of(value for one in allowing(trust) for _, value in _wanted(one))
    return _Self(
        account,
        f"{home}:root",
        arn,
        unique.partition(":")[0],
        {"aws:principalarn": principal, "aws:userid": unique, "aws:username": text(identity, "userName") or ""},
        {"aws:principalarn": f"{home}:{kind}/{other}", "aws:userid": other, "aws:username": other},
    )


def _principal_arn(record: Node, account: str) -> str:
    """Return the ARN of the user or role behind a call. That of a session leaves the path of its role out."""
    identity, who = node(record, "userIdentity"), caller(record)
    known = (text(identity, "sessionContext", "sessionIssuer", "arn"), text(identity, "arn"))
    kind = "user" if who and who.kind is PrincipalKind.USER else "role"
    told = next((one for one in known if one and (found := read_arn(one)) and found.kind == kind), None)
    return told or f"arn:aws:iam::{account}:{kind}/{who.name if who else ''}"


def _unheard_of(patterns: Iterable[str]) -> str:
    """Return a name, all of letters, that none of these patterns was written for, or against."""
    digest = sha256("\n".join(patterns).encode(errors="backslashreplace")).hexdigest()[:20]
    return digest.translate(_LETTERS)


_LETTERS = str.maketrans("0123456789", "qrstuvwxyz")


def lets_caller_in(record: Node, trust: Node) -> bool:
    """Say whether a trust policy lets the caller of a record take on the role, as themselves and not as just anybody.

    The account as a whole is nobody in particular: its own policies say who of it may take on the role.
    """
    mine = _self_of(record, trust)
    return any(_lets_in(one, mine) for one in allowing(trust))


def _lets_in(statement: Node, mine: _Self) -> bool:
    actions = words(statement, "Action")
    if actions and not any(is_like("sts:assumerole", one.lower()) for one in actions):
        return False
    named = {*words(statement, "Principal"), *words(statement, "Principal", "AWS")} - {""}
    if not named.isdisjoint((mine.arn, mine.members["aws:principalarn"], mine.id)):
        return True
    is_open = not named.isdisjoint(("*", mine.account, mine.root))
    return is_open and any(_is_mine(key, value, mine) for key, value in _wanted(statement))


def _is_mine(key: str, pattern: str, mine: _Self) -> bool:
    return is_like(mine.members.get(key, ""), pattern) and not is_like(mine.anybody.get(key, ""), pattern)


_WANTS = re.compile(r"(?:for(?:any|all)values?:)?(?:string|arn)(?:equals(?:ignorecase)?|like)(?:ifexists)?")


def _wanted(statement: Node) -> Iterator[tuple[str, str]]:
    """Each member of a request, in lower case, with a value that a condition wants it to have."""
    for operator, pairs in node(statement, "Condition").items():
        for key in node(pairs) if _WANTS.fullmatch(str(operator).lower()) else ():
            yield from ((str(key).lower(), value) for value in words(pairs, key))


_ON_ONESELF = {
    "user": ("iam:AttachUserPolicy", "iam:PutUserPolicy"),
    "role": ("iam:AttachRolePolicy", "iam:PutRolePolicy"),
}
WAYS = {
    "user": (
        *_ON_ONESELF["user"],
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
    ),
    "role": (*_ON_ONESELF["role"], "iam:UpdateAssumeRolePolicy"),
    "group": ("iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"),
    "policy": ("iam:CreatePolicyVersion",),
}
"""Each by itself lets its holder take every right, if it is allowed on any user, role, group or policy there is.

`iam:PassRole` and `sts:AssumeRole` are not here: how far they reach depends on roles that the policy does not show.
"""

ALMIGHTY = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
"""Policies of AWS's that reach everything."""

_ATTACHED, _BOUNDARY = "iam:policyarn", "iam:permissionsboundary"
_ATTACHING = re.compile(r"iam:Attach\w+Policy")


def gives_everything(policy: Node, record: Node) -> bool:
    """Say whether a policy, given by the call of a record, lets its holder take every right.

    It does where it allows what no policy names, for then it allows whatever there is; or a way to more rights, on any
    principal there is, or on its holder: whom the call names, or any user that a variable stands for.
    """
    return any(is_allowed(policy, one) for one in _tries(policy, record))


def _tries(policy: Node, record: Node) -> Iterator[Request]:
    """Requests about somebody without a boundary; each, if it is allowed, is enough.

    To attach a policy is tried with those of AWS's that reach everything, and with one of the account: any may do so.
    """
    resources = [
        value for one in statements(policy) for name in ("Resource", "NotResource") for value in words(one, name)
    ]
    unheard = _unheard_of(resources)
    arn, asked = text(record, "userIdentity", "arn") or "", node(record, "requestParameters")
    partition = found.partition if (found := read_arn(arn)) else "aws"
    holder = {"user": text(asked, "userName") or unheard[::-1], "role": text(asked, "roleName") or unheard[::-1]}
    names = (unheard, f"{unheard[:4]}/{unheard}", unheard[:7].upper())  # of some lengths, for `?` and denies of names
    for account in _accounts(record, resources):
        place = f"arn:{partition}:iam::{account}"
        given = (*(f"arn:{partition}:iam::aws:policy/{one}" for one in ALMIGHTY), f"{place}:policy/{unheard}")
        tried = [(f"{unheard}:{unheard}", f"arn:{partition}:{unheard}:us-east-1:{account}:{unheard}")]
        tried += [(one, f"{place}:{kind}/{name}") for kind, some in WAYS.items() for one, name in product(some, names)]
        tried += [(one, f"{place}:{kind}/{holder[kind]}") for kind, some in _ON_ONESELF.items() for one in some]
        for action, resource in tried:
            for attached in given if _ATTACHING.fullmatch(action) else (None,):
                yield Request(
                    action, resource, {_ATTACHED: attached, _BOUNDARY: None}, {"aws:username": holder["user"]}
                )


_OF_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")


def _accounts(record: Node, resources: list[str]) -> tuple[str, ...]:
    """Return where a policy counts: in the account of the call; what a permission set holds, in each that it names."""
    own = text(record, "recipientAccountId") or text(record, "userIdentity", "accountId") or ""
    is_for_others = text(record, "eventSource") == "sso.amazonaws.com"
    named = map(_OF_ACCOUNT.match, resources if is_for_others else ())
    return tuple(dict.fromkeys((own, *(one[1] for one in named if one))))
