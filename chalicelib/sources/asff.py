"""The AWS Security Finding Format, turned back into the finding that the service sent directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import OURSELVES
from chalicelib.sources.cloudtrail import role_name, user_name
from chalicelib.sources.reading import Node, document, node, nodes, text, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "AWS::IAM::AccessKey:"


def is_ours(finding: Node) -> bool:
    """Whether we wrote it about an incident. None of AWS's own products has ids that begin so."""
    return (text(finding, "Id") or "").startswith(f"{OURSELVES}/")


_TYPES = ("FindingProviderFields", "Types")


def is_as_found(finding: Node) -> bool:
    """Say whether the types are the product's own. Whoever may call BatchUpdateFindings writes those beside them.

    Security Hub keeps what the product said in FindingProviderFields, which customers cannot update (API reference,
    "FindingProviderFields"); a finding from before that was so, or one that a person wrote down, may lack it.
    """
    return bool(words(finding, *_TYPES))


def is_closed(finding: Node) -> bool:
    """Whether somebody has dealt with it, or it no longer holds.

    What we resolved ourselves still counts: Security Hub leaves it resolved when its product sees more of the same.
    """
    status, by = text(finding, "Workflow", "Status"), text(finding, "Note", "UpdatedBy")
    dealt_with = status == "SUPPRESSED" or (status == "RESOLVED" and by != OURSELVES)
    return dealt_with or text(finding, "RecordState") == "ARCHIVED"


def as_guardduty(finding: Node) -> Node:
    """As GuardDuty spells it."""
    credentials = [one for one in map(_credential, nodes(finding, "Resources")) if one]
    return {
        **_head(finding),
        "resource": {
            "accessKeyDetails": credentials[0] if credentials else {},
            "instanceDetails": _instance(finding),
            "lambdaDetails": _function(finding),
        },
        "service": {
            "eventFirstSeen": text(finding, "FirstObservedAt"),
            "eventLastSeen": text(finding, "LastObservedAt") or text(finding, "UpdatedAt"),
            "additionalInfo": {"sample": _is_sample(finding)},
            "action": {"awsApiCallAction": {**node(finding, "Action", "AwsApiCallAction"), **_caller(finding)}},
            "detection": {"sequence": _sequence(finding, credentials)},
        },
    }


def _instance(finding: Node) -> Node:
    """The first instance among the resources, with the profile whose credentials it has."""
    found = next((one for one in nodes(finding, "Resources") if text(one, "Type") == "AwsEc2Instance"), {})
    return {
        "instanceId": (text(found, "Id") or "").rpartition("/")[2],
        "iamInstanceProfile": {"arn": text(found, "Details", "AwsEc2Instance", "IamInstanceProfileArn")},
    }


def _caller(finding: Node) -> Node:
    """The account that the call came from: the format has no place for it but among the flattened members."""
    fields, path = node(finding, "ProductFields"), "aws/guardduty/service/action/awsApiCallAction/remoteAccountDetails"
    affiliated = text(fields, f"{path}/affiliated") == "true"
    return {"remoteAccountDetails": {"accountId": text(fields, f"{path}/accountId"), "affiliated": affiliated}}


def _function(finding: Node) -> Node:
    """The first function among the resources, with the role whose credentials it has."""
    found = next((one for one in nodes(finding, "Resources") if text(one, "Type") == "AwsLambdaFunction"), {})
    arn, told = text(found, "Id"), node(found, "Details", "AwsLambdaFunction")
    name = text(told, "FunctionName") or (arn or "").rpartition(":")[2]
    return {"functionArn": arn, "functionName": name or None, "role": text(told, "Role")}


def apart(finding: Node) -> list[Node]:
    """One finding for each credential among its resources: whoever picks it out means them all."""
    held = [one for one in nodes(finding, "Resources") if _credential(one)]
    return [{**finding, "Resources": [one]} for one in held] or [finding]


def as_macie(finding: Node) -> Node:
    """As Macie spells it, as far as the format keeps it."""
    return {
        **_head(finding),
        "sample": _is_sample(finding),
        "updatedAt": text(finding, "LastObservedAt") or text(finding, "UpdatedAt"),
        "resourcesAffected": {
            "s3Bucket": {"name": _of_s3(finding, "AwsS3Bucket")},
            "s3Object": {"path": _of_s3(finding, "AwsS3Object")},
        },
        "classificationDetails": {"result": {"sensitiveData": list(_sensitive(finding))}},
    }


def _sensitive(finding: Node) -> Iterator[Node]:
    """What was found in the objects (Security Hub user guide, "DataClassification")."""
    for resource in nodes(finding, "Resources"):
        for found in nodes(resource, "DataClassification", "Result", "SensitiveData"):
            kinds = [{"type": text(one, "Type")} for one in nodes(found, "Detections")]
            yield {"category": text(found, "Category"), "detections": kinds}


def _of_s3(finding: Node, kind: str) -> str | None:
    """What comes last in the ARN of the first resource of that kind."""
    named = [text(one, "Id") or "" for one in nodes(finding, "Resources") if text(one, "Type") == kind]
    return named[0].rsplit(":", 1)[-1] if named else None


def _head(finding: Node) -> Node:
    """What both services say of every finding; their own id is the end of the ARN that Security Hub goes by."""
    return {
        "type": _kind(finding),
        "id": (text(finding, "Id") or "").rsplit("/", 1)[-1],
        "arn": text(finding, "Id"),
        "accountId": text(finding, "AwsAccountId"),
        "region": _region(finding),
        "title": text(finding, "Title"),
    }


def _kind(finding: Node) -> str:
    """The service's own type is the last in a path, with a dash in place of its slash; OCSF keeps it as it was."""
    types = words(finding, *_TYPES) or words(finding, "Types")
    own = next((one for one in types if ":" in one), types[0] if types else "unknown")
    head, colon, rest = own.partition(":")
    if not colon:  # TTPs/Credential Access/IAMUser-AnomalousBehavior: the tactic stands for what GuardDuty begins with
        head, _, rest = own.rpartition("/")
        head, colon = head.replace(" ", ""), ":" if head else ""
    return f"{head.rsplit('/', 1)[-1]}{colon}{rest if '/' in rest else rest.replace('-', '/', 1)}"


def _region(finding: Node) -> str | None:
    named = (text(finding, "Id") or "").split(":")
    return text(finding, "Region") or (named[3] if named[0] == "arn" and len(named) > 4 else None)  # noqa: PLR2004 - the fourth part of an ARN


def _credential(resource: Node) -> Node:
    """As `accessKeyDetails`; an empty one where the resource is no credential and nobody's."""
    arn = text(resource, "Id") or ""
    match text(resource, "Type"):
        case "AwsIamAccessKey":
            return _of_key(node(resource, "Details", "AwsIamAccessKey"), arn)
        case "AwsIamUser":
            unique = text(resource, "Details", "AwsIamUser", "UserId")
            return {"userType": "IAMUser", "userName": user_name(arn), "principalId": unique}
        case "AwsIamRole":
            unique = text(resource, "Details", "AwsIamRole", "RoleId")
            return {"userType": "Role", "userName": role_name(arn), "principalId": unique}
        case _:
            return {}


def _of_key(details: Node, written: str) -> Node:
    named = written.removeprefix(_PREFIX) if written.startswith(_PREFIX) else None
    return {
        "accessKeyId": text(details, "AccessKeyId") or (named if named != "null" else None),
        "principalId": text(details, "PrincipalId"),
        "userName": text(details, "PrincipalName") or text(details, "UserName"),
        "userType": text(details, "PrincipalType"),
    }


def _sequence(finding: Node, credentials: list[Node]) -> Node:
    """The actors of an attack sequence; its access keys stand among the finding's resources."""
    keys = [
        {"resourceType": "ACCESS_KEY", "uid": one["accessKeyId"], "data": {"accessKey": one}}
        for one in credentials
        if one.get("accessKeyId")
    ]
    return {**node(finding, "Detection", "Sequence"), "resources": keys}


def _is_sample(finding: Node) -> bool:
    """GuardDuty's flag is flattened: once a JSON text, later a member of its own."""
    fields: dict[str, Any] = node(finding, "ProductFields")
    named = any(name.endswith("additionalInfo/sample") and value == "true" for name, value in fields.items())
    told = document(fields, "additionalInfo").get("sample") is True
    return finding.get("Sample") is True or named or told
