"""CloudTrail: what would see or stop an intruder is switched off: trails, detectors, the organisation's guardrails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, node, nodes, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

_SIGNS: dict[Sign, dict[str, tuple[str, ...]]] = {
    Sign.LOGGING_CHANGED: {
        "cloudtrail": (
            "StopLogging",
            "DeleteTrail",
            "UpdateTrail",
            "PutEventSelectors",
            "DeleteEventDataStore",
            "StopEventDataStoreIngestion",
        ),
        "ec2": ("DeleteFlowLogs",),
        "route53resolver": ("DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
        "bedrock": ("DeleteModelInvocationLoggingConfiguration",),
        "wafv2": ("DeleteLoggingConfiguration",),
    },
    Sign.DETECTION_CHANGED: {
        "guardduty": (
            "DeleteDetector",
            "DeletePublishingDestination",
            "DisassociateFromAdministratorAccount",
            "DisassociateFromMasterAccount",
            "DisassociateMembers",
            "DeleteMembers",
            "StopMonitoringMembers",
            "DisableOrganizationAdminAccount",
            "CreateFilter",  # findings that a filter archives are not sent
            "UpdateFilter",
            "CreateIPSet",  # what comes from a trusted address raises no finding
            "UpdateIPSet",
            "CreateTrustedEntitySet",
            "UpdateTrustedEntitySet",
        ),
        "securityhub": (
            "DisableSecurityHub",
            "DisableSecurityHubV2",
            "DisableImportFindingsForProduct",
            "DisassociateFromAdministratorAccount",
            "DisassociateFromMasterAccount",
            "DisassociateMembers",
            "DeleteMembers",
            "DisableOrganizationAdminAccount",
        ),
        "access-analyzer": ("DeleteAnalyzer",),
        "detective": ("DeleteGraph",),
        "inspector2": ("Disable",),
        "macie2": ("DisableMacie",),
        "organizations": ("DisableAWSServiceAccess",),  # a detector or trail of the organisation loses its accounts
        "config": ("StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
    },
    Sign.GUARDRAIL_LIFTED: {"organizations": ("DetachPolicy", "DeletePolicy", "DisablePolicyType")},
    Sign.ORGANISATION_LEFT: {
        "organizations": ("LeaveOrganization", "DeleteOrganization", "RemoveAccountFromOrganization", "CloseAccount"),
        "account": ("CloseAccount",),
    },
    Sign.ROOT_RECOVERED: {"account": ("StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate")},
}
_PLAIN = {
    call: sign
    for sign, services in _SIGNS.items()
    for service, names in services.items()
    for call in of_service(f"{service}.amazonaws.com", *names)
}
_GUARDDUTY = "guardduty.amazonaws.com"
_DETECTORS = of_service(_GUARDDUTY, "UpdateDetector", "UpdateMemberDetectors")
_MACIE = of_service("macie2.amazonaws.com", "UpdateMacieSession")
_INVOCATIONS = of_service("bedrock.amazonaws.com", "PutModelInvocationLoggingConfiguration")

CALLS = (*_PLAIN, *_DETECTORS, *_MACIE, *_INVOCATIONS)

PATTERN: dict[str, Any] = {
    "source": sorted({f"aws.{service.partition('.')[0]}" for service, _ in CALLS}),
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventName": sorted({name for _, name in (*_PLAIN, *_INVOCATIONS)})},
            {"eventName": [name for _, name in _MACIE], "requestParameters": {"status": ["PAUSED"]}},
            *(
                {"eventName": [name for _, name in _DETECTORS], "requestParameters": off}
                for off in (
                    {"enable": [False]},
                    {"features": {"status": ["DISABLED"]}},
                    {"dataSources": {"s3Logs": {"enable": [False]}}},
                )
            ),
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _logs_invocations(asked: Node) -> bool:
    """Say whether what goes to models and comes from them is logged after the call.

    AWS does not say what a kind is that the call leaves out: text is taken as logged, and any other kind as not.
    """
    config = node(asked, "loggingConfig")
    placed = any(node(config, place) for place in ("cloudWatchConfig", "s3Config"))
    return placed and any(config.get(f"{kind}DataDeliveryEnabled", kind == "text") is not False for kind in _KINDS)


_KINDS = ("text", "image", "embedding", "video", "audio")


def _records_all(asked: Node) -> bool:
    """Say whether a trail records every management event after the call, and data events as well.

    Nobody knows which data events it recorded before: a call that asks for none of them may have ended some.
    """
    plain, advanced = nodes(asked, "eventSelectors"), nodes(asked, "advancedEventSelectors")
    if advanced:
        fields = [nodes(one, "fieldSelectors") for one in advanced]
        return any(map(_is_of_management_alone, fields)) and any(map(_is_of_data, fields))
    return any(map(_selects_all, plain)) and any(nodes(one, "dataResources") for one in plain)


def _selects_all(selector: Node) -> bool:
    """Defaults count: the API takes all of what is left out (CloudTrail API reference, EventSelector)."""
    kind, included = selector.get("readWriteType", "All"), selector.get("includeManagementEvents", True)
    return kind == "All" and included is True and not selector.get("excludeManagementEventSources")


def _is_of_management_alone(fields: list[Node]) -> bool:
    return [(text(one, "field"), one.get("equals")) for one in fields] == [("eventCategory", ["Management"])]


def _is_of_data(fields: list[Node]) -> bool:
    return any((text(one, "field"), one.get("equals")) == ("eventCategory", ["Data"]) for one in fields)


def _sign(record: Node) -> Sign | str:
    """What was switched off, or why it is of no interest."""
    call = (text(record, "eventSource") or "", text(record, "eventName") or "")
    asked = node(record, "requestParameters")
    if call in _MACIE:
        return Sign.DETECTION_CHANGED if text(asked, "status") == "PAUSED" else "Macie goes on"
    if call in _INVOCATIONS:
        return "models go on being logged" if _logs_invocations(asked) else Sign.LOGGING_CHANGED
    if call[1] == "PutEventSelectors" and _records_all(asked):
        return "the trail records every management event, and data events"
    if call not in _DETECTORS:
        passes = call[0] == _GUARDDUTY and text(asked, "action") == "NOOP"
        return "a filter that archives nothing" if passes else _PLAIN[call]
    less = node(asked, "dataSources", "s3Logs").get("enable") is False
    features = nodes(asked, "features")
    off = less or asked.get("enable") is False or any(text(one, "status") == "DISABLED" for one in features)
    return Sign.DETECTION_CHANGED if off else "the detector stays on, with all that it looks at"
