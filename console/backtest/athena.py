"""Records as Athena unloads them: names in lower case, and as text what its table of CloudTrail keeps as text.

The columns are those of its table for a trail (Athena user guide, "Query AWS CloudTrail logs").
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]

_NAMES = (
    *("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData"),
    *("requestID", "eventID", "readOnly", "resources", "eventType", "apiVersion", "recipientAccountId"),
    *("serviceEventDetails", "sharedEventID", "vpcEndpointId", "tlsDetails", "managementEvent", "eventCategory"),
    *("principalId", "arn", "accountId", "invokedBy", "accessKeyId", "userName", "sessionContext", "attributes"),
    *("mfaAuthenticated", "creationDate", "sessionIssuer", "ec2RoleDelivery", "webIdFederationData", "type"),
    *("federatedProvider", "sourceIdentity", "identityProvider", "onBehalfOf", "userId", "identityStoreArn"),
)
_SPELT = {name.lower(): name for name in _NAMES}
_AS_TEXT = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")


def is_unloaded(value: Json) -> bool:
    """Whether it is a record of such an export."""
    return isinstance(value.get("eventname"), str) and "eventsource" in value


def recorded(value: Json) -> Json:
    """The record as CloudTrail wrote it, with what readers look at. An empty column is a member that was not there."""
    record: Json = _spelt(value)
    return {name: _parsed(held) if name in _AS_TEXT else held for name, held in record.items()}


def _spelt(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {_SPELT.get(name, name): _spelt(one) for name, one in value.items() if one is not None}
    return value


def _parsed(written: Any) -> Any:  # noqa: ANN401 - any JSON
    """Text that is no JSON stays text."""
    try:
        return json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        return written
