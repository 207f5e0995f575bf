"""Our own writes match our own rules: a whole response, as CloudTrail recorded it, triggers no signal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib import sources
from chalicelib.aws import Aws
from chalicelib.follow_up import follow_up, resume
from chalicelib.ledger import Ledger
from chalicelib.ledger.table import Table
from chalicelib.model import Ignored
from chalicelib.orders.undo import release
from chalicelib.ports import Ports
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK, read
from tests.world import ALLOW, TRUST, Serial

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World


def responder(world: World) -> tuple[str, Callable[[], Ports]]:
    """The responder as a role of its own, and its ports for one more run."""
    iam = world.admin("iam")
    role = iam.create_role(RoleName="responder", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.put_role_policy(RoleName="responder", PolicyName="may", PolicyDocument=ALLOW)
    aws = Aws(world.assumed(world.account.session, "run", "responder"), "us-east-1")
    ledger = Ledger(Table(aws.dynamodb(), world.settings.table), "responder", timedelta(seconds=world.settings.lease))
    return str(role["RoleId"]), lambda: Ports(
        world.settings, aws, ledger, Serial(), lambda: world.at, lambda: "own-calls"
    )


def recorded(world: World) -> list[dict[str, Any]]:
    """Every call since the account was made, as CloudTrail has it."""
    pages = world.account.cloud.client("cloudtrail").get_paginator("lookup_events").paginate()
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def delivered(record: dict[str, Any]) -> dict[str, Any]:
    source = f"aws.{record['eventSource'].split('.')[0]}"
    return signals.envelope(source, "AWS API Call via CloudTrail", record)


def test_a_whole_response_triggers_nothing(world: World) -> None:
    key = world.new_key("victim")
    role_id, ports = responder(world)
    incident = respond(read(signals.guardduty(key), world), ports()).incident
    assert incident is not None
    for _ in range(6):
        world.later(world.settings.watch / 4)
        resume(LOCK, ports())
    release(incident.id, ANA, "done", ports())
    world.later(37 * 3600)
    assert follow_up(json.dumps({"lift": incident.id}), ports()).what == "lifted"
    ours = [one for one in recorded(world) if one["userIdentity"].get("principalId", "").startswith(role_id)]
    names = {one["eventName"] for one in ours}
    assert names >= {"AttachUserPolicy", "UpdateAccessKey", "DetachUserPolicy", "DeleteUserPermissionsBoundary"}
    now = datetime.now(UTC)  # noqa: TID251 - the records carry the embedded AWS's own clock
    with_ids = [sources.read(delivered(one), now, (role_id,)) for one in ours]
    assert [one for one in with_ids if not isinstance(one, Ignored)] == []
    without = [sources.read(delivered(one), now) for one in ours]
    assert any(isinstance(one, tuple) and one for one in without)
