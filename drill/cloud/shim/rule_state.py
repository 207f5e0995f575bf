"""Which events a rule sees: none while disabled, and read-only management events only where its state asks for them."""

from __future__ import annotations

import logging
from typing import Any

from ministack.services import eventbridge

from drill.cloud.shim.patching import Patch

ALL_MANAGEMENT_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

# EventBridge goes by the name of the event ("Receiving read-only management events", EventBridge user guide).
# An older text of that page counts GetFederationToken and GetSessionToken among the change events, the present one
# does not: here they are hidden too, so that what works here works either way.
_READING = ("Get", "List", "Describe", "BatchGet")
_ALSO_READING = frozenset(
    {
        *("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot"),
        *("AuthorizeOAuth2Access", "CreateOAuth2Token", "CreateOAuth2TokenWithIAM"),  # `readOnly` in AWS's examples
    }
)

logger = logging.getLogger("drill.rules")


def _dispatch(_original: Any, event: dict[str, Any], view: Any = None) -> None:
    """As ministack's, by state; and a rule is known by its ARN, so that one name in two Regions is no loop."""
    view = view or eventbridge._pattern_event_view(event)
    states = ("ENABLED", ALL_MANAGEMENT_EVENTS)[is_read_only(event, view) :]
    been = event.get("_DispatchPath") or ()
    for key, rule in eventbridge._rules.items():
        if rule.get("EventBusName", "default") != event.get("EventBusName", "default"):
            continue
        if rule.get("State") not in states or not rule.get("EventPattern") or rule["Arn"] in been:
            continue
        if eventbridge._matches_pattern_view(rule["EventPattern"], view, f"rule {key}"):
            for target in list(eventbridge._targets.get(key, [])):
                eventbridge._invoke_target(target, event, rule, view)


def is_read_only(event: dict[str, Any], view: Any) -> bool:
    if event.get("DetailType") != "AWS API Call via CloudTrail":
        return False
    detail = view.event_with_detail()["detail"]
    if not isinstance(detail, dict) or detail.get("managementEvent") is False:  # data events are not concerned
        return False
    name = str(detail.get("eventName", ""))
    return bool(detail.get("readOnly")) or name.startswith(_READING) or name in _ALSO_READING


PATCHES = (
    # ministack knows the states ENABLED and DISABLED alone, and shows an enabled rule everything.
    Patch(eventbridge, "_dispatch_event", _dispatch),
)
USES = (
    (eventbridge, "_invoke_target"),
    (eventbridge, "_matches_pattern_view"),
    (eventbridge, "_pattern_event_view"),
    (eventbridge, "_rules"),
    (eventbridge, "_targets"),
)
