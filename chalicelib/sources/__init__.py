"""Every feed that can say "this credential leaked": one module per event family, with the pattern of its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chalicelib.model import Ignored, Malformed
from chalicelib.sources import (
    access_analyzer,
    alerts,
    clusters,
    credential_events,
    databases,
    decoys,
    delegations,
    github,
    gitlab,
    guardduty,
    health,
    iam_changes,
    identity_center,
    key_tests,
    keys_and_secrets,
    machine_roles,
    macie,
    our_alarms,
    our_parts,
    providers,
    root_use,
    rotations,
    secret_reads,
    security_hub,
    sessions,
    sign_in_tokens,
    sign_ins,
    tampering,
    trusted_advisor,
)
from chalicelib.sources.cloudtrail import of
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from types import ModuleType

    from chalicelib.model import Parsed

_TRAIL = (
    sessions,
    sign_ins,
    sign_in_tokens,
    iam_changes,
    identity_center,
    delegations,
    providers,
    machine_roles,
    clusters,
    databases,
    tampering,
    alerts,
    our_parts,
    our_alarms,
    keys_and_secrets,
    secret_reads,
    key_tests,
    rotations,
    root_use,
)

WIDE = (*_TRAIL, security_hub, macie, access_analyzer, trusted_advisor)
"""Not on the strike path: they go through a queue of their own. `READS` says whether a rule must see reading calls."""

ROUTED = {"github": github, "gitlab": gitlab}
"""Not events of AWS: what Git hosts sent to the HTTPS routes, in an envelope of ours whose source is the host."""

SOURCES = (guardduty, credential_events, health, *WIDE)
_CLOUDTRAIL = (credential_events, *_TRAIL)


def read(event: Node, received: datetime, own_role_ids: tuple[str, ...] = (), planted: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope, by the family that declares it. `planted` are the decoys."""
    kind, source = text(event, "detail-type"), text(event, "source")
    if kind is None or source is None or not isinstance(event.get("detail"), dict):
        return Malformed("an EventBridge event without source, detail-type or detail")
    if source in ROUTED:
        return _routed(source, event, received)
    if not source.startswith("aws."):  # only AWS may put events of that source on a bus
        return Ignored(f"source {source[:80]!r} is not AWS")
    trapped = decoys.read(of(event), received, own_role_ids, planted)
    if trapped:
        return trapped
    families = [one for one in SOURCES if sends(source, one) and kind in one.PATTERN["detail-type"]]
    if families and all(one in _CLOUDTRAIL for one in families):
        return _record(of(event), received, own_role_ids, families)
    for family in families:
        return read_by(family, event, received, own_role_ids)
    what = text(event, "detail", "eventName") or text(event, "detail", "eventTypeCode") or source
    return Ignored(f"events of kind {kind[:80]!r} about {what[:80]} are read by no feed")


def sends(source: str, family: ModuleType) -> bool:
    """Whether the rule of the family takes events of that source."""
    of = family.PATTERN["source"]
    return source in of or of is root_use.ANY_SERVICE


def read_by(family: ModuleType, event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """What one family reads of an envelope that its rule lets through: those of CloudTrail, the record in it."""
    parsed: Parsed = (
        family.read(of(event), received, own_role_ids)
        if family in _CLOUDTRAIL
        else family.parse(event, received, own_role_ids)
    )
    return parsed


def _routed(host: str, event: Node, received: datetime) -> Parsed:
    parsed: Parsed = ROUTED[host].parse(event["detail"], received)
    return parsed


def read_any(
    event: Node, received: datetime, own_role_ids: tuple[str, ...] = (), planted: tuple[str, ...] = ()
) -> Parsed:
    """The signals of an envelope, or of what stands in one: a record, a finding in any spelling, a Health event."""
    members = set(event)
    if "detail-type" in members:
        return read(event, received, own_role_ids, planted)
    trapped = decoys.read(event, received, own_role_ids, planted)
    if trapped:
        return trapped
    for marks, reader in _BARE:
        if marks <= members:
            return reader(event, received, own_role_ids)
    if members >= _WEBHOOK:
        return Ignored("a webhook that is not about a secret")
    return Malformed("no shape that we know")


def _any_record(record: Node, received: datetime, own_role_ids: tuple[str, ...]) -> Parsed:
    return _record(record, received, own_role_ids, _CLOUDTRAIL)


def _inner(family: ModuleType) -> Reader:
    return lambda event, received, own: family.parse({"detail": event}, received, own)


Reader = Callable[[Node, "datetime", tuple[str, ...]], "Parsed"]

ASFF, OCSF = frozenset({"ProductArn", "AwsAccountId"}), frozenset({"class_uid", "finding_info"})
"""The members that mark a finding of Security Hub, in its older and in its newer format."""

OF_MACIE, OF_ACCESS_ANALYZER = frozenset({"type", "resourcesAffected"}), frozenset({"resourceType", "isPublic"})
OF_TRUSTED_ADVISOR = frozenset({"check-name", "check-item-detail"})

_BARE: tuple[tuple[frozenset[str], Reader], ...] = (
    (frozenset({"eventName"}), _any_record),
    (frozenset({"userIdentity"}), _any_record),
    (ASFF, security_hub.read),
    (OCSF, security_hub.read),
    (OF_MACIE, macie.read),
    (OF_ACCESS_ANALYZER, _inner(access_analyzer)),
    (OF_TRUSTED_ADVISOR, _inner(trusted_advisor)),
    (frozenset({"eventTypeCode"}), _inner(health)),
    (frozenset({"alert", "repository"}), github.parse),
    (frozenset({"tokens"}), gitlab.parse),
    *(
        (frozenset(marks), guardduty.read)
        for marks in (("type", "service"), ("Type", "Service"), ("type", "resource"), ("Type", "Resource"))
    ),
)
"""Each shape by members that no other one has, in this order."""

_WEBHOOK = frozenset({"repository", "sender"})
"""What GitHub sends of anything that happens in a repository."""


def _record(record: Node, received: datetime, own_role_ids: tuple[str, ...], families: Sequence[ModuleType]) -> Parsed:
    """By the first family of its call that makes something of it, for some calls concern two; of root, any call."""
    call = (text(record, "eventSource"), text(record, "eventName"))
    reasons = []
    for family in [one for one in families if call in one.CALLS]:
        parsed: Parsed = family.read(record, received, own_role_ids)
        if not isinstance(parsed, Ignored):
            return parsed
        reasons.append(parsed.reason)
    if root_use in families or not reasons:
        parsed = root_use.read(record, received)
        if not (reasons and isinstance(parsed, Ignored)):
            return parsed
    return Ignored("; ".join(dict.fromkeys(reasons)))
