"""CloudTrail: somebody was made administrator of a Kubernetes cluster, or given other rights there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

SERVICE = "eks.amazonaws.com"
_ASSOCIATE = "AssociateAccessPolicy"
CALLS = of_service(SERVICE, "CreateAccessEntry", "UpdateAccessEntry", _ASSOCIATE)

PATTERN: dict[str, Any] = {
    "source": ["aws.eks"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": [SERVICE], "eventName": [name for _, name in CALLS]},
}

_ADMINISTRATORS = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
"""The two that may change roles of the cluster, and so take every right in it (EKS user guide, "Access policies")."""


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign:
    """Return the sign. An entry by itself gives groups, and what these may do stands in the cluster."""
    policy = text(record, "requestParameters", "policyArn") or ""
    scope = text(record, "requestParameters", "accessScope", "type")
    is_admin = text(record, "eventName") == _ASSOCIATE and policy.rpartition("/")[2] in _ADMINISTRATORS
    return Sign.CLUSTER_ADMIN_GIVEN if is_admin and scope != "namespace" else Sign.RIGHTS_CHANGED
