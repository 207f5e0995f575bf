"""Security Hub: findings of other services passed on, in both of its formats, and a person's click on a custom action.

Anyone who may call BatchImportFindings can write a finding, though none of a product of AWS's own: only those that are
listed here count as what they claim. Whoever may call BatchUpdateFindings can write on those, too: its members (Note,
Severity, VerificationState, Confidence, Criticality, Types, UserDefinedFields, Workflow and RelatedFindings, by its API
reference) can have a finding left alone, and never make more of it. They become the findings that GuardDuty and Macie
send directly, so that what comes both ways is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.model import Finding, Ignored, Malformed, Sign
from chalicelib.sources import asff, guardduty, macie, ocsf
from chalicelib.sources.reading import Node, node, nodes, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

ACTION = "Contain credential"
"""The name of the custom action by which a person orders containment."""

_CUSTOM = "Security Hub Findings - Custom Action"
_PRODUCTS = ("guardduty", "macie")
_ARNS = [{"suffix": f"::product/aws/{one}"} for one in _PRODUCTS]
_ARNS_V2 = [{"suffix": f"::productv2/aws/{one}"} for one in _PRODUCTS]

PATTERN: dict[str, Any] = {
    "source": ["aws.securityhub"],
    "detail-type": ["Security Hub Findings - Imported", "Findings Imported V2", _CUSTOM],
    "detail": {
        "$or": [
            {"findings": {"ProductArn": _ARNS}},
            {"findings": {"metadata": {"product": {"uid": _ARNS_V2}}}},
            {"actionName": [ACTION]},
        ]
    },
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope: an import brings one finding, a click as many as were picked out."""
    detail = node(event, "detail")
    ordered = text(event, "detail-type") == _CUSTOM and text(detail, "actionName") == ACTION
    return _together([read(finding, received, own_role_ids, ordered=ordered) for finding in nodes(detail, "findings")])


def _together(found: list[Parsed]) -> Parsed:
    signals = [one for some in found if not isinstance(some, Ignored | Malformed) for one in some]
    if signals:
        return tuple(dict.fromkeys(signals))
    return found[0] if found else Malformed("a Security Hub event without findings")


def read(finding: Node, received: datetime, own_role_ids: tuple[str, ...] = (), *, ordered: bool = False) -> Parsed:
    """The signals of one finding in either format. `ordered` where a person picked it out to have it contained."""
    del own_role_ids
    finding = finding if "ProductArn" in finding else ocsf.as_asff(finding)
    product = text(finding, "ProductArn")
    if product is None or not text(finding, "Id"):
        return Malformed("a Security Hub finding without product or id")
    if asff.is_ours(finding):
        return Ignored("our own finding, which orders nothing: `leak-responder contain` does, about whom you name")
    if asff.is_closed(finding):
        return Ignored("the finding is archived, resolved or suppressed in Security Hub")
    name = _listed(product)
    if ordered:
        alone = [guardduty.read(asff.as_guardduty(one), received) for one in asff.apart(finding)]
        return _together([_ordered(one, _picked(finding, product)) for one in alone])
    match name:
        case "guardduty":
            found = guardduty.read(asff.as_guardduty(finding), received)
            return found if asff.is_as_found(finding) else _doubted(found)
        case "macie":
            return macie.read(asff.as_macie(finding), received)
        case _:
            return Ignored("of a product of which anybody may write findings, or one that reports no leaks")


def _listed(product: str) -> str | None:
    """The name of a product of AWS's own whose findings count; its ARN names no account."""
    owner, _, name = product.rpartition("/")
    parts = owner.split(":")
    own = parts[2:3] == ["securityhub"] and parts[4:] in (["", "product/aws"], ["", "productv2/aws"])
    return name if own and name in _PRODUCTS else None


def _doubted(found: Parsed) -> Parsed:
    """Suspected at most: anybody who may update findings could have written what the finding is."""
    if isinstance(found, Ignored | Malformed):
        return found
    return tuple(replace(one, sign=Sign.SUSPICIOUS) if one.sign in _SURE else one for one in found)


_SURE = frozenset({Sign.COMPROMISED, Sign.EXFILTRATED, Sign.ATTACK_SEQUENCE})
"""What GuardDuty says for certain."""


def _picked(finding: Node, product: str) -> Finding | None:
    """As BatchUpdateFindings takes it; the newer Security Hub has a call of its own for its own findings."""
    return Finding(text(finding, "Id") or "", product) if ":product/" in product else None


def _ordered(found: Parsed, picked: Finding | None) -> Parsed:
    """A person says so, whatever the product."""
    if isinstance(found, Ignored | Malformed):
        return found
    return tuple(
        replace(one, source="security-hub", sign=Sign.REPORTED, finding=picked or one.finding) for one in found
    )
