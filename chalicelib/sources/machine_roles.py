"""CloudTrail: a machine or device gets the credentials of a role, or somebody a way in to one that has them.

Machines that are started with a role are daily work. One that runs already and is given another role, one outside AWS
that registers itself, and an endpoint with a key for SSH are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed
    from chalicelib.sources.reading import Node

READS = False

_ALWAYS = {
    "ssm": ("CreateActivation",),
    "iot": ("CreateRoleAlias", "UpdateRoleAlias"),
    "ec2": ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"),
    "glue": ("CreateDevEndpoint",),
}
_UPDATING, _KEYS = "UpdateDevEndpoint", ("publicKey", "addPublicKeys")

CALLS = (
    *(call for service, names in _ALWAYS.items() for call in of_service(f"{service}.amazonaws.com", *names)),
    *of_service("glue.amazonaws.com", _UPDATING),
)

PATTERN: dict[str, Any] = {
    "source": [f"aws.{service}" for service in _ALWAYS],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventName": sorted({name for _, name in CALLS})},
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    asked = node(record, "requestParameters")
    if text(record, "eventName") == _UPDATING and not any(asked.get(name) for name in _KEYS):
        return "the endpoint got no key for SSH"
    return Sign.MACHINE_GIVEN_ROLE
