"""Whom nothing may be done to by IAM writes, why, and what a person must do instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from chalicelib.model import (
    INSTANCE_PROFILE,
    Principal,
    PrincipalKind,
    Signal,
    Subject,
    SubjectKind,
    Withheld,
    read_arn,
)

if TYPE_CHECKING:
    from chalicelib.settings import Protected, Settings


def untouchable(signal: Signal, settings: Settings) -> Withheld | None:
    """Why nothing may be done to this principal by IAM writes, and what a person must do instead."""
    principal = signal.principal
    if signal.account != settings.account:
        return _of_another_account(signal.account, settings.account)
    if principal is None:
        return _nameless(signal)
    if any(_protects(one, principal) for one in settings.protected):
        return Withheld(
            "contain",
            f"{principal.kind} {principal.name} is protected",
            "decide by hand; if it is compromised, take it off the protected list and run `leak-responder replay`",
        )
    if principal.unique_id in settings.own_role_ids:
        return Withheld("contain", "it is the responder itself", "revoke the sessions of this role by hand at once")
    if is_unidentified(signal, settings):
        return Withheld(
            "contain",
            f"role {principal.name} may be the responder's own: neither the event nor IAM says its unique id",
            "if it is another role, revoke its sessions by hand: the role in the IAM console, tab `Revoke sessions`",
        )
    if principal.kind is PrincipalKind.OTHER and signal.subject.kind is SubjectKind.DATABASE_LOGIN:
        return Withheld(
            "contain",
            "a database checks its own logins, and IAM has no part in it",
            "set a new password for this login and end its connections; where Secrets Manager keeps the password, "
            "rotate it there: `aws secretsmanager rotate-secret`",
        )
    return _uncontainable(principal, signal.subject)


def _of_another_account(account: str, ours: str) -> Withheld:
    if not account:
        return Withheld("contain", "the event does not say which account it is about", _BY_HAND)
    return Withheld(
        "contain",
        f"account {account} is not ours ({ours})",
        f"tell whoever owns account {account}; containing it takes a responder there",
    )


_BY_HAND = "read the evidence and decide by hand; `leak-responder contain` stops a credential of this account at once"


def _nameless(signal: Signal) -> Withheld | None:
    """Why a credential without an owner cannot be contained; None for an access key, whose owner IAM knows."""
    subject = signal.subject
    known = subject.id or "the session"
    match subject.kind:
        case SubjectKind.ACCESS_KEY if subject.id:
            return None
        case SubjectKind.FEDERATED_SESSION:
            return Withheld(
                "contain",
                "the event names a federated session, and not the user whose key obtained it",
                f"find the GetFederationToken call that returned {known} in CloudTrail, then contain the key that made "
                "it: `leak-responder contain --access-key AKIA… --reason …`",
            )
        case SubjectKind.USER_SESSION | SubjectKind.ROLE_SESSION:
            return Withheld(
                "contain",
                "the event names a session, and neither user nor role; IAM knows the owners of access keys only",
                f"find calls by {known} in CloudTrail, where userIdentity names the owner, then contain that: "
                "`leak-responder contain --user NAME --reason …`, or `leak-responder contain --role NAME --session "
                "NAME --reason …`",
            )
        case _:
            return _of_profiles(_profiles(signal)) or Withheld(
                "contain", "the event names neither a principal nor an access key", _BY_HAND
            )


_PROFILE = re.compile(
    r"arn:aws[a-z-]*:iam::(\d{12}):instance-profile/(?:[!-~]*/)?([\w+=.@][\w+=,.@-]{0,127})", re.ASCII
)


def _profiles(signal: Signal) -> list[str]:
    """Return the names of the instance profiles in the evidence, of this account, that a shell takes as they stand."""
    arns = [arn for fact in signal.evidence if fact.label == INSTANCE_PROFILE for arn in fact.value.split(", ")]
    found = [match for match in map(_PROFILE.fullmatch, arns) if match]
    return list(dict.fromkeys(match[2] for match in found if match[1] == signal.account))


def _of_profiles(names: list[str]) -> Withheld | None:
    """Why the role of an instance cannot be contained where only its profile is named; None where none is.

    The console gives both one name, other tools do not: so the profile is asked for its role.
    """
    if not names:
        return None
    asked = "`, `".join(f"aws iam get-instance-profile --instance-profile-name {name}" for name in names[:_SHOWN])
    left = f", and likewise for {len(names) - _SHOWN} more in the evidence" if len(names) > _SHOWN else ""
    return Withheld(
        "contain",
        f"the event names {'an instance profile' if len(names) == 1 else 'instance profiles'}, and not the role in it",
        f"contain the role: `leak-responder contain --role {names[0]} --reason …`. {names[0]} is the name of the "
        f"profile, and often that of its role; if there is no such role, this says its name (Roles, RoleName): "
        f"`{asked}`{left}",
    )


_SHOWN = 3
"""A command for each of the first few profiles; a group of instances mostly shares one."""


def is_unidentified(signal: Signal, settings: Settings) -> bool:
    """Whether the event gives a name alone that could be a protected principal's or, of a role, the responder's."""
    principal = signal.principal
    if principal is None or principal.unique_id or signal.account != settings.account:
        return False
    ours = principal.kind is PrincipalKind.ROLE and bool(settings.own_role_ids)
    return ours or any(_protects(one, principal) for one in settings.protected)


def _protects(one: Protected, principal: Principal) -> bool:
    """By ARN and unique id. Many events give no unique id: then the ARN must do, for it is never touched unasked."""
    return names(one.arn, principal) and principal.unique_id in {None, one.unique_id}


def names(arn: str, principal: Principal) -> bool:
    """Whether it is this principal's ARN. IAM knows a name once, whatever its path and its case."""
    found = read_arn(arn)
    if found is None or (found.account, found.kind) != (principal.account, str(principal.kind)):
        return False
    return found.name.casefold() == principal.name.casefold()


def _uncontainable(principal: Principal, subject: Subject) -> Withheld | None:
    match principal.kind:
        case PrincipalKind.USER | PrincipalKind.ROLE | PrincipalKind.COGNITO_USER | PrincipalKind.IDENTITY_CENTER_USER:
            return None
        case PrincipalKind.ROOT:
            return Withheld(
                "contain",
                "IAM cannot constrain the root user",
                "sign in as root now: delete its access keys, change its password, check its MFA and the account's "
                "contacts, then open a case with AWS Support. Where the organisation manages root centrally, its "
                "management account needs no password for that: `aws sts assume-root --target-principal "
                f"{principal.account} --task-policy-arn "
                "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials`",
            )
        case PrincipalKind.SERVICE_LINKED_ROLE:
            return Withheld(
                "contain",
                "sessions of a service-linked role cannot be revoked",
                "find out through CloudTrail which service used the role, and stop that service's resource",
            )
        case PrincipalKind.IDENTITY_CENTER_ROLE:
            return Withheld(
                "contain",
                "IAM cannot edit a role that Identity Center created",
                "contain its user with a stack in the account and Region that administers Identity Center: "
                f"`leak-responder contain --identity-center-user {_username(subject)} --reason …` denies what the user "
                "has, then removes it. Then, in the console of Identity Center, delete the user's active sessions, and "
                "disable the user, in that order",
            )
        case PrincipalKind.OTHER:
            return Withheld(
                "contain",
                "the principal is neither a user nor a role of this account",
                "follow the evidence to the identity provider or account that issued it",
            )
        case _:
            assert_never(principal.kind)


def _username(subject: Subject) -> str:
    """A session of such a role has its user's name. One that a shell would not take as it stands is left out, and so is
    one as long as any session's can be (64 characters): a user's has up to 128, and may have been cut.
    """
    known = subject.session or ""
    return known if re.fullmatch(r"[A-Za-z0-9][\w+=,.@-]{0,62}", known, re.ASCII) else "USERNAME"
