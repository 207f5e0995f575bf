"""A CloudTrail record of a call: names and spellings as CloudTrail has them, and no secret value.

"CloudTrail record contents" and "CloudTrail userIdentity element", CloudTrail user guide.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.model import ServiceModel, Shape, StructureShape
from botocore.parsers import create_parser
from ministack.services import iam

from drill.cloud.call import Call, Caller, Response, failure

if TYPE_CHECKING:
    from drill.cloud.shim.patching import Patch

# Members that CloudTrail leaves out although the API's model does not call them sensitive.
_LEFT_OUT = frozenset({"SessionToken", "SecretAccessKey", "SecretString", "SecretBinary", "RandomPassword"})
# What reading calls answer is not recorded, except for the credentials that STS mints.
_MINTING = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken"})
_WRITES_LIKE_READS = frozenset({"GetFederationToken"})  # its records say readOnly false
_OK = 200


def of(call: Call, response: Response) -> dict[str, Any]:
    failed = failure(response)
    denied = failed is not None and failed[0].startswith("AccessDenied")
    reading = _is_reading(call.operation)
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity(call.caller) if call.caller else {"type": "Unknown"},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(call.at)),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": home_region(call),
        "sourceIPAddress": call.source_address,
        "userAgent": call.headers.get("user-agent", ""),
        "requestParameters": None if denied else _asked(call),
        "responseElements": None if failed else _answered(call, response, reading=reading),
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": reading,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.account,
        "eventCategory": "Management",
    }
    if failed:
        record |= {"errorCode": _error_code(call, failed[0]), "errorMessage": failed[1]}
    return record


def home_region(call: Call) -> str:
    """IAM is global: its records are in us-east-1, wherever the caller sits."""
    return "us-east-1" if call.service == "iam" else call.region


def identity(caller: Caller) -> dict[str, Any]:
    who: dict[str, Any] = {
        "type": "IAMUser" if caller.kind == "User" else caller.kind,
        "principalId": caller.unique_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key,
    }
    if caller.kind == "User":
        who["userName"] = caller.arn.rsplit("/", 1)[-1]
    if caller.session is None:
        return who
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(caller.session["IssuedAt"]))
    attributes = {"creationDate": created, "mfaAuthenticated": "false"}
    return who | {"sessionContext": {"sessionIssuer": _issuer(caller), "attributes": attributes}}


def _issuer(caller: Caller) -> dict[str, Any]:
    if caller.kind == "AssumedRole":
        name = caller.arn.split("/")[1]
        role = iam._roles.get(name) or {}
        arn = role.get("Arn", f"arn:aws:iam::{caller.account}:role/{name}")
        unique_id = caller.unique_id.split(":")[0]
        return {"type": "Role", "principalId": unique_id, "arn": arn, "accountId": caller.account, "userName": name}
    user_name = (caller.session or {}).get("PrincipalName")
    user = iam._users.get(user_name)
    if caller.kind != "FederatedUser" or not user:  # a user's own session has no issuer but itself
        return {}
    of_user = {"type": "IAMUser", "principalId": user["UserId"], "arn": user["Arn"]}
    return of_user | {"accountId": caller.account, "userName": user_name}


def _is_reading(operation: str) -> bool:
    named = operation.startswith(("Get", "List", "Describe", "BatchGet", "Simulate", "Generate", "Validate"))
    return (named or operation.startswith("AssumeRole")) and operation not in _WRITES_LIKE_READS


def _error_code(call: Call, code: str) -> str:
    """IAM's records call NoSuchEntity by the name of the exception."""
    bare = call.service != "iam" or code.startswith(("AccessDenied", "Throttling")) or code.endswith("Exception")
    return code if bare else f"{code}Exception"


def _asked(call: Call) -> dict[str, Any] | None:
    shape = _model(call.service).operation_model(call.operation).input_shape
    if shape is None:
        return None
    sent = call.parameters
    if "Action" in sent:
        sent = _unflattened(sent, "", shape)
    return _spelt(sent, shape) or None


def _answered(call: Call, response: Response, *, reading: bool) -> dict[str, Any] | None:
    if reading and call.operation not in _MINTING:
        return None
    operation = _model(call.service).operation_model(call.operation)
    if operation.output_shape is None:
        return None
    parser = create_parser(operation.service_model.protocol)
    status, headers, body = response
    parsed = parser.parse({"status_code": status, "headers": headers, "body": body}, operation.output_shape)
    return _spelt(parsed, operation.output_shape) or None


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _unflattened(form: dict[str, str], prefix: str, shape: Any) -> Any:
    """A query form as the document it stands for: `Tags.member.1.Key` is a key in a list."""
    if shape.type_name == "structure":
        members = ((name, f"{prefix}.{name}" if prefix else name, member) for name, member in shape.members.items())
        return {name: _unflattened(form, path, member) for name, path, member in members if _sent(form, path)}
    if shape.type_name == "list":
        paths = (f"{prefix}.member.{number}" for number in range(1, len(form) + 1))
        return [_unflattened(form, path, shape.member) for path in paths if _sent(form, path)]
    text = form.get(prefix, "")
    if shape.type_name == "boolean":
        return text.lower() == "true"
    return int(text) if shape.type_name in {"integer", "long"} and text.isdigit() else text


def _sent(form: dict[str, str], path: str) -> bool:
    return path in form or any(name.startswith(f"{path}.") for name in form)


def _spelt(value: Any, shape: Shape) -> Any:
    """Members in camelCase, `ARN` as `arn`, times as Java prints them, secrets left out."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name.lower() if name.isupper() else name[:1].lower() + name[1:]: _spelt(value[name], member)
            for name, member in shape.members.items()
            if name in value and name not in _LEFT_OUT and not member.metadata.get("sensitive")
        }
    if isinstance(value, list) and hasattr(shape, "member"):
        return [_spelt(one, shape.member) for one in value]
    if isinstance(value, datetime):
        return value.strftime("%b %-d, %Y, %-I:%M:%S %p")
    return value


PATCHES: tuple[Patch, ...] = ()
USES: tuple[tuple[Any, str], ...] = ((iam, "_roles"), (iam, "_users"))
