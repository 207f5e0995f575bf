"""CloudTrail: what would see or stop an intruder is switched off: trails, detectors, the organisation's guardrails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Sign
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
        ),
        "access-analyzer": ("DeleteAnalyzer",),
        "detective": ("DeleteGraph",),
        "inspector2": ("Disable",),
        "macie2": ("DisableMacie",),
        "config": ("StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
    },
    Sign.GUARDRAIL_LIFTED: {"organizations": ("DetachPolicy", "DeletePolicy", "DisablePolicyType")},
    Sign.ORGANISATION_LEFT: {
        "organizations": ("LeaveOrganization", "DeleteOrganization", "RemoveAccountFromOrganization", "CloseAccount"),
        "account": ("CloseAccount",),
    },
}
_PLAIN = {
    call: sign
    for sign, services in _SIGNS.items()
    for service, names in services.items()
    for call in of_service(f"{service}.amazonaws.com", *names)
}
_TRAILS, _GUARDDUTY = "cloudtrail.amazonaws.com", "guardduty.amazonaws.com"
_DETECTORS = of_service(_GUARDDUTY, "UpdateDetector", "UpdateMemberDetectors")
_MENDED_BY = {
    (_TRAILS, "StopLogging"): ("start-logging", "name"),
    (_TRAILS, "PutEventSelectors"): ("record-management-events", "trailName"),
    (_TRAILS, "DeleteTrail"): ("create-trail", "name"),
    (_TRAILS, "UpdateTrail"): ("compare-trail", "name"),
    (_GUARDDUTY, "UpdateDetector"): ("enable-detector", "detectorId"),
    (_GUARDDUTY, "DeleteDetector"): ("create-detector", "detectorId"),
}
"""The option or errand that each calls for, and the parameter that names its target."""

CALLS = (*_PLAIN, *_DETECTORS)

PATTERN: dict[str, Any] = {
    "source": sorted({f"aws.{service.partition('.')[0]}" for service, _ in CALLS}),
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventName": [name for _, name in _PLAIN]},
            *(
                {"eventName": [name for _, name in _DETECTORS], "requestParameters": off}
                for off in ({"enable": [False]}, {"features": {"status": ["DISABLED"]}})
            ),
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    found = of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)
    if isinstance(found, Ignored | Malformed):
        return found
    return tuple(replace(one, also=_mending(record)) for one in found)


def _mending(record: Node) -> tuple[str, ...]:
    """What undoes it, for the day on which whoever did it is contained."""
    wanted = _MENDED_BY.get((text(record, "eventSource") or "", text(record, "eventName") or ""))
    if wanted is None:
        return ()
    what, named = wanted
    target, stays_on = text(record, "requestParameters", named), what == "enable-detector" and not _suspended(record)
    return (f"{what}={target}",) if target and not stays_on else ()


def _suspended(record: Node) -> bool:
    return node(record, "requestParameters").get("enable") is False


def _sign(record: Node) -> Sign | str:
    """What was switched off, or why it is of no interest."""
    call = (text(record, "eventSource") or "", text(record, "eventName") or "")
    if call not in _DETECTORS:
        return _PLAIN[call]
    features = nodes(record, "requestParameters", "features")
    off = _suspended(record) or any(text(one, "status") == "DISABLED" for one in features)
    return Sign.DETECTION_CHANGED if off else "the detector stays on, with all that it looks at"
