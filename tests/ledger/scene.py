"""Signals and claims about one principal, and runs that share a table and a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.entries import Opened
from chalicelib.ledger import Ledger
from chalicelib.ledger.table import Table
from chalicelib.model import (
    Confidence,
    Decision,
    Evidence,
    Judgement,
    Mode,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Subject,
    SubjectKind,
)
from tests.world import ACCOUNT, START

if TYPE_CHECKING:
    from datetime import datetime

    from tests.world import World

VICTIM = Principal(PrincipalKind.USER, ACCOUNT, "victim", "AIDACKCEVSQ6C2EXAMPLE")
SIGNAL = Signal(
    source="guardduty",
    native_id="f1",
    sign=Sign.COMPROMISED,
    what="CredentialAccess:IAMUser/CompromisedCredentials",
    at=START,
    since=START,
    account=ACCOUNT,
    region="us-east-1",
    subject=Subject(SubjectKind.ACCESS_KEY, "AKIAIOSFODNN7EXAMPLE"),
    principal=VICTIM,
    evidence=(Evidence("user agent", "aws-cli/2"),),
)
ACT = Judgement(Decision.ACT, Confidence.CONFIRMED, "GuardDuty says so")


def opened(at: datetime = START) -> Opened:
    """A claim about activity at that time."""
    return Opened(VICTIM, replace(SIGNAL, at=at), ACT, Mode.CONTAIN_CONFIRMED, at + timedelta(seconds=30))


def run(world: World, name: str, lease: int = 10) -> Ledger:
    """One more writer."""
    return Ledger(Table(world.account.aws.dynamodb(), world.settings.table), name, timedelta(seconds=lease))


def items(world: World) -> list[dict[str, dict[str, str]]]:
    """Everything in the table."""
    pages = world.admin("dynamodb").get_paginator("scan").paginate(TableName=world.settings.table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]
