"""docs/what-it-stops.md: for each kind of credential what is stopped, what is not, how that is proven, how undone.

The deeds are what the playbook itself plans for a confirmed leak of an example, so a new action is in here by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.actions import ACTIONS, BY_NAME
from chalicelib.model import HELD, Facts, Key, Mode, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.report.dangers import outliving
from chalicelib.settings import Settings
from console.reference.markdown import bullets, code, sentence, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.model import Action, Plan, Withheld

_ACCOUNT = "111122223333"
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_KEY, _TEMPORARY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
_FACTS = Facts(
    exists=True,
    keys=(Key(_KEY, active=True, created=_WHEN - timedelta(days=365)),),
    held=dict.fromkeys(HELD, ()),
    permission_sets=("arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-0000000000000000",),
)
_SETTINGS = Settings(account=_ACCOUNT, mode=Mode.CONTAIN_CONFIRMED, quarantine_policy="the quarantine policy")

_HEAD = (
    "# What it stops\n\n"
    "Written by `make docs` from the code; `make fresh` fails where the two differ. Do not edit it by hand.\n\n"
    "Each row is what the playbook plans for a confirmed leak in mode `contain-confirmed`. *Stopped* means that no "
    "call which IAM authorises succeeds any more; `sts:GetCallerIdentity` cannot be denied and does not count. A "
    "presigned URL is judged when it is used, so it ends with the credential that signed it. *Proven by* names "
    "the judge: the embedded AWS by itself means real signed calls; where a row names a status, moto or recorded "
    "answers, no more than that was seen. [Nothing has been run against real AWS](security.md#not-verified).\n\n"
)


@dataclass(frozen=True)
class Row:
    """One kind of credential: an example, and who owns it."""

    what: str
    subject: Subject
    owner: PrincipalKind


ROWS = (
    Row("A user's access key", Subject(SubjectKind.ACCESS_KEY, _KEY), PrincipalKind.USER),
    Row("A session of `GetSessionToken`", Subject(SubjectKind.USER_SESSION, _TEMPORARY), PrincipalKind.USER),
    Row(
        "A session of `GetFederationToken`",
        Subject(SubjectKind.FEDERATED_SESSION, _TEMPORARY, "shadow"),
        PrincipalKind.USER,
    ),
    Row("A user's console password or sign-in", Subject(SubjectKind.CONSOLE_PASSWORD), PrincipalKind.USER),
    Row(
        "A service-specific credential, such as a long-term API key of Bedrock",
        Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, "ACCAEXAMPLE"),
        PrincipalKind.USER,
    ),
    Row(
        "A short-term API key of Bedrock that a user's session signed",
        Subject(SubjectKind.USER_SESSION, _TEMPORARY),
        PrincipalKind.USER,
    ),
    Row("A user's SSH public key", Subject(SubjectKind.SSH_PUBLIC_KEY, "APKAEXAMPLE"), PrincipalKind.USER),
    Row("A user's signing certificate", Subject(SubjectKind.SIGNING_CERTIFICATE, "TA7SMP4EXAMPLE"), PrincipalKind.USER),
    Row("A user's MFA device", Subject(SubjectKind.MFA_DEVICE), PrincipalKind.USER),
    Row("A user's credential that no feed names", Subject(SubjectKind.UNNAMED), PrincipalKind.USER),
    Row("A role's session", Subject(SubjectKind.ROLE_SESSION, _TEMPORARY, "i-0123456789abcdef0"), PrincipalKind.ROLE),
    Row(
        "A session that an identity pool of Cognito gave",
        Subject(SubjectKind.ROLE_SESSION, _TEMPORARY, "us-east-1:0f3c1d2e-4b5a-6978-8c9d-0e1f2a3b4c5d"),
        PrincipalKind.ROLE,
    ),
    Row("The root user's access key", Subject(SubjectKind.ROOT_KEY, _KEY), PrincipalKind.ROOT),
    Row("The root user's password or sign-in", Subject(SubjectKind.ROOT_PASSWORD), PrincipalKind.ROOT),
    Row(
        "A session of a service-linked role",
        Subject(SubjectKind.ROLE_SESSION, _TEMPORARY, "service"),
        PrincipalKind.SERVICE_LINKED_ROLE,
    ),
    Row(
        "A session of a role that Identity Center made",
        Subject(SubjectKind.ROLE_SESSION, _TEMPORARY, "ana"),
        PrincipalKind.IDENTITY_CENTER_ROLE,
    ),
    Row("A login to a database", Subject(SubjectKind.DATABASE_LOGIN, None, "app"), PrincipalKind.OTHER),
    Row("A user of a Cognito user pool", Subject(SubjectKind.COGNITO_SIGN_IN), PrincipalKind.COGNITO_USER),
    Row(
        "A user of Identity Center",
        Subject(SubjectKind.IDENTITY_CENTER_SIGN_IN),
        PrincipalKind.IDENTITY_CENTER_USER,
    ),
    Row("A session of anybody else", Subject(SubjectKind.UNNAMED, _TEMPORARY), PrincipalKind.OTHER),
)
"""Every kind of credential and every kind of owner has a row; a test sweeps both."""


def text() -> str:
    """The whole page."""
    plans = [(row, plan_for(row)) for row in ROWS]
    head = ("credential", "stopped by", "proven by")
    overview = table(head, (_overview(row, plan) for row, plan in plans))
    return _HEAD + overview + "\n" + "\n".join(_section(row, plan) for row, plan in plans) + "\n" + _besides(plans)


def plan_for(row: Row) -> Plan:
    """What the playbook does about a confirmed leak of it, of a user who has one key."""
    owner = Principal(row.owner, _ACCOUNT, "somebody", "AIDAEXAMPLE")
    where = (_WHEN, _WHEN, _ACCOUNT, "us-east-1")
    signal = Signal("reference", "1", Sign.COMPROMISED, "", *where, row.subject, owner)
    return playbook.decide(signal, playbook.strike(signal, _SETTINGS), _FACTS, _SETTINGS)


def _overview(row: Row, plan: Plan) -> tuple[str, ...]:
    actions = [BY_NAME[step.action] for step in plan.steps]
    done = ", ".join(code(action.name) for action in actions) or "nothing: a person is told what to do"
    return row.what, done, ", ".join(dict.fromkeys(action.judged_by for action in actions)) or "–"


def _section(row: Row, plan: Plan) -> str:
    if not plan.steps:
        return f"## {row.what}\n\n{bullets(_by_hand(plan.withheld))}"
    lines = (
        *(_deed(BY_NAME[step.action]) for step in plan.steps),
        *(f"**Left to a person** ({one.reason}): {one.instead}." for one in plan.withheld),
        *(f"**Not stopped:** {line}" for line in outliving(row.owner, "the principal", "the cut-off")),
    )
    return f"## {row.what}\n\n{bullets(lines)}"


def _deed(action: Action) -> str:
    return (
        f"**Stopped** by {code(action.name)}: {action.summary}. **Proven** by {action.judged_by}. **Undone:** "
        f"{action.undone_by} ({action.undo})."
    )


def _by_hand(withheld: Iterable[Withheld]) -> tuple[str, ...]:
    return tuple(
        line
        for one in withheld
        for line in (f"**Not stopped:** {sentence(one.reason)}", f"**By hand:** {sentence(one.instead)}")
    )


def _besides(plans: list[tuple[Row, Plan]]) -> str:
    """What is planned only once more is known, or where somebody has asked for it."""
    usual = {step.action for _, plan in plans for step in plan.steps}
    rows = (
        (code(action.name), sentence(action.summary), action.judged_by, f"{action.undone_by} ({action.undo})")
        for action in ACTIONS
        if action.name not in usual
    )
    head = ("action", "what it does", "proven by", "undone")
    return f"## Where facts or settings ask for it\n\n{table(head, rows)}"
