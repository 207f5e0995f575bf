"""The wide rules: not on the strike path, so they feed one queue, which no flood of events can throttle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.sources import WIDE, decoys
from console.stack.functions import WIDE_QUEUE, logical

if TYPE_CHECKING:
    from types import ModuleType

Json = dict[str, Any]

_HOUR = 60 * 60

ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""Read-only calls reach only rules in this state (EventBridge user guide, "Read-only management events")."""


def delivery() -> Json:
    """What becomes of an event that a target does not take."""
    return {
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}},
        "RetryPolicy": {"MaximumEventAgeInSeconds": _HOUR, "MaximumRetryAttempts": 20},
    }


def wide_rules() -> Json:
    """One rule for each wide source, and one for each member of a record that may name one of the owner's decoys."""
    wide = {rule_id(source): _rule(source, source.PATTERN) for source in WIDE}
    return wide | {_decoy(name): _rule(decoys, pattern) for name, pattern in decoys.patterns({"Ref": "Decoys"}).items()}


def wide_states() -> dict[str, str]:
    """The state in which each of them sees what it must, by its name in the template."""
    return {name: rule["Properties"]["State"] for name, rule in wide_rules().items()}


def _decoy(member: str) -> str:
    return f"DecoyBy{member}Rule"


def rule_id(source: ModuleType) -> str:
    """The name of a source's rule in the template."""
    return logical(source.__name__.rsplit(".", 1)[-1]) + "Rule"


def _rule(source: ModuleType, pattern: Json) -> Json:
    properties: Json = {
        "EventPattern": pattern,
        "State": ALL_MANAGEMENT_EVENTS if source.READS else "ENABLED",
        "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": [WIDE_QUEUE, "Arn"]}, **delivery()}],
    }
    return {"Type": "AWS::Events::Rule", "Properties": properties}
