"""Built once per container: settings, clients, clock, ids. The only place that knows the time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4

import boto3

from chalicelib.aws import Aws
from chalicelib.counting import count
from chalicelib.ledger import Ledger, known_good
from chalicelib.ledger.table import Table
from chalicelib.ports import Ports
from chalicelib.settings import HOME_REGION, Settings, SettingsError, from_environment, mended


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An incident id that a person can read aloud."""
    return f"{now():%Y%m%d}-{uuid4().hex[:8]}"


def ports_for(session: boto3.Session, settings: Settings) -> Ports:
    """The ports of one run: each has its own name in the ledger."""
    aws = Aws(session, settings.region)
    ledger = Ledger(Table(aws.dynamodb(), settings.table), uuid4().hex, timedelta(seconds=settings.lease))
    return Ports(settings, aws, ledger, _pool(), now, new_id)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)


@cache
def container() -> Ports:
    """The ports of this container; a run of its own has `new_run`."""
    session = boto3.Session()
    return ports_for(session, _settings(session))


def _settings(session: boto3.Session) -> Settings:
    """As the environment says; what cannot be read of it, as it could be read last, and loudly."""
    try:
        return from_environment(os.environ)
    except SettingsError as error:
        count("misconfigured", str(error))
        if not os.environ.get("TABLE_NAME"):
            raise
        aws = Aws(session, os.environ.get("AWS_REGION", HOME_REGION))
        kept = known_good.kept(Table(aws.dynamodb(), os.environ["TABLE_NAME"]))
        return from_environment(mended(os.environ, kept))


def new_run() -> Ports:
    """The container's ports under a new name: two runs in one container are two runs."""
    ports = container()
    return replace(ports, ledger=replace(ports.ledger, owner=uuid4().hex))


_SECRETS_LIVE = timedelta(minutes=5)
_SECRETS: dict[str, tuple[datetime, str]] = {}


def secret(arn: str) -> str:
    """A secret's value, kept for minutes: strangers may call a route at will, and Secrets Manager has its limits."""
    held = _SECRETS.get(arn)
    if held is None or now() - held[0] > _SECRETS_LIVE:
        held = _SECRETS[arn] = now(), container().aws.secret(arn)
    return held[1]
