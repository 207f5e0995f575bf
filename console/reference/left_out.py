"""Calls that were weighed and that no rule tells, with the reason: for whoever misses one."""

from __future__ import annotations

from dataclasses import dataclass

from console.reference.markdown import code, table


@dataclass(frozen=True)
class LeftOut:
    """Calls of one service that nobody is told of, and why not."""

    service: str
    calls: tuple[str, ...]
    reason: str


LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut("signin", ("ListSessions",), "it looks, and gives nothing"),
    LeftOut("signin", ("BatchRevokeSessions",), "it ends sign-in sessions, as we advise after a leak"),
    LeftOut(
        "lambda",
        ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"),
        "an address for everybody is how pages are published; what strangers get there is up to the function's code "
        "and role, and the record shows neither. A function opened to another account is told as `shared-outside`",
    ),
    LeftOut(
        "lambda",
        ("CreateEventSourceMapping",),
        "it starts a function that exists, with the role that it has; functions that an intruder made or changed are "
        "followed by the inquiry",
    ),
    LeftOut(
        "account",
        ("EnableRegion",),
        "it gives nobody a right or a credential. Calls of IAM are seen wherever they come from; of other calls the "
        "rules see those of the stack's own Region, whichever others are enabled",
    ),
    LeftOut(
        "cognito-identity",
        ("SetIdentityPoolRoles", "UpdateIdentityPool"),
        "apps are deployed by these calls; what visitors may do stands in the policies of the role, and rights that "
        "reach everything are told when they are given. The inquiry lists the sessions that an intruder got there",
    ),
    LeftOut(
        "secretsmanager",
        ("ReplicateSecretToRegions",),
        "the copy stays in the account, and reading it is seen as reading any secret",
    ),
    LeftOut(
        "secretsmanager",
        ("CancelRotateSecret",),
        "it gives nobody the secret; a rotation that was due and failed is told as `rotation-failed`",
    ),
    LeftOut(
        "config",
        ("DeleteConfigRule",),
        "it ends a check of settings, not a record of calls; a recorder that is stopped is told as `detection-changed`",
    ),
    LeftOut(
        "route53domains",
        ("TransferDomain", "TransferDomainToAnotherAwsAccount", "DisableDomainTransferLock"),
        "a domain is no credential of AWS, and is best watched by those who own it",
    ),
    LeftOut("support", ("ResolveCase",), "AWS tells of leaked keys through AWS Health as well, which is read"),
)


def left_out() -> str:
    """Return the section of the page."""
    rows = [(", ".join(code(f"{left.service} {call}") for call in left.calls), left.reason) for left in LEFT_OUT]
    return (
        "## Calls that no rule tells\n\n"
        "Most calls by which services hand out credentials of their own are daily work. No rule tells of those; an "
        "inquiry lists the ones of an intruder, with [what ends each](reference.md#credentials-of-other-services). The "
        "calls below were weighed too, and nobody is told of them. What root changes is told, whatever it is.\n\n"
        f"{table(('call', 'why no rule tells it'), rows)}"
    )
