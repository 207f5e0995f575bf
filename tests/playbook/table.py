"""Signals and settings in the few words that a table of decisions can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.incident import Incident
from chalicelib.model import (
    HELD,
    Credential,
    Facts,
    Judgement,
    Key,
    Mode,
    Outcome,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Step,
    Subject,
    SubjectKind,
)
from chalicelib.settings import Settings

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
AKIA, ASIA, SIBLING = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/leak-responder-quarantine-prod"
DENY = "leak-responder-20261124-0a1b2c3d-4e5f6071"
AT = datetime(2026, 11, 24, 2, 58, tzinfo=UTC)
SINCE = AT - timedelta(hours=1)
CUT_OFF = AT + timedelta(seconds=30)

USER = Principal(PrincipalKind.USER, ACCOUNT, "deploy", "AIDACKCEVSQ6C2EXAMPLE")
ROLE = Principal(PrincipalKind.ROLE, ACCOUNT, "worker", "AROADBQP57FF2AEXAMPLE")
KEY, SESSION = Subject(SubjectKind.ACCESS_KEY, AKIA), Subject(SubjectKind.ROLE_SESSION, ASIA, "i-0abc")
OWNERS = {
    PrincipalKind.USER: USER,
    PrincipalKind.ROLE: ROLE,
    PrincipalKind.ROOT: Principal(PrincipalKind.ROOT, ACCOUNT, "root", ACCOUNT),
    PrincipalKind.SERVICE_LINKED_ROLE: Principal(PrincipalKind.SERVICE_LINKED_ROLE, ACCOUNT, "AWSServiceRoleForX"),
    PrincipalKind.IDENTITY_CENTER_ROLE: Principal(PrincipalKind.IDENTITY_CENTER_ROLE, ACCOUNT, "AWSReservedSSO_X"),
    PrincipalKind.COGNITO_USER: Principal(PrincipalKind.COGNITO_USER, ACCOUNT, "us-east-1_Ab1Cd2Ef3/ana"),
    PrincipalKind.IDENTITY_CENTER_USER: Principal(
        PrincipalKind.IDENTITY_CENTER_USER, ACCOUNT, "us-east-1/d-9067642ac7/ana", "9067642ac7-ana"
    ),
    PrincipalKind.OTHER: Principal(PrincipalKind.OTHER, ACCOUNT, "visitor"),
}
CONTAINABLE = {
    PrincipalKind.USER,
    PrincipalKind.ROLE,
    PrincipalKind.COGNITO_USER,
    PrincipalKind.IDENTITY_CENTER_USER,
}


def signal(sign: Sign = Sign.COMPROMISED, **members: Any) -> Signal:
    """A user's key of our account, unless said otherwise; what was taken off is ours."""
    known: dict[str, Any] = {"subject": KEY, "principal": USER, "account": ACCOUNT, "policy": POLICY, **members}
    return Signal("guardduty", "f", sign, "what", AT, SINCE, known.pop("account"), "us-east-1", **known)


def settings(mode: Mode = Mode.CONTAIN_CONFIRMED, **members: Any) -> Settings:
    """Of a responder in our account."""
    return Settings(account=ACCOUNT, mode=mode, quarantine_policy=POLICY, **members)


def key(name: str, *, active: bool = True, age: timedelta = timedelta(days=30)) -> Key:
    """An access key; the age is that at the earliest sign of the leak."""
    return Key(name, active, SINCE - age)


def held(kind: SubjectKind, known: str, *, active: bool = True, age: timedelta = timedelta(days=30)) -> Credential:
    """Another credential of a user; the age is that at the earliest sign of the leak."""
    return Credential(kind, known, active, SINCE - age)


def holding(facts: Facts, *these: Credential) -> Facts:
    """The facts of a user who has these besides."""
    return replace(facts, held={kind: tuple(one for one in these if one.kind is kind) for kind in HELD})


FACTS = Facts(
    exists=True,
    unique_id=USER.unique_id,
    keys=(key(AKIA), key(SIBLING)),
    console_password=False,
    attached=(),
    boundary="",
    held=dict.fromkeys(HELD, ()),
)


def incident(
    *steps: Step, judgement: Judgement, outcomes: dict[str, Outcome] | None = None, **members: Any
) -> Incident:
    """Planned, with these steps taken so far."""
    begun = Incident(
        id="20261124-0a1b2c3d",
        principal=USER,
        mode=Mode.CONTAIN_CONFIRMED,
        judgement=judgement,
        cut_off=CUT_OFF,
        opened_at=AT,
        last=1,
        signals=(signal(),),
        steps=steps,
        planned=True,
        outcomes=outcomes or {},
    )
    return replace(begun, **members)
