"""Findings of the newer Security Hub, in the Open Cybersecurity Schema Framework, turned into its older format."""

from __future__ import annotations

from chalicelib.sources.reading import Node, node, nodes, text, words

_TYPES = {
    "AWS::IAM::AccessKey": "AwsIamAccessKey",
    "AWS::IAM::User": "AwsIamUser",
    "AWS::IAM::Role": "AwsIamRole",
    "AWS::S3::Object": "AwsS3Object",
    "AWS::S3::Bucket": "AwsS3Bucket",
}
_CLOSED = {"Archived": "ARCHIVED"}


def as_asff(finding: Node) -> Node:
    """The same finding, as far as it concerns a credential."""
    info, status = node(finding, "finding_info"), text(finding, "status")
    return {
        "ProductArn": text(finding, "metadata", "product", "uid"),
        "Id": text(info, "uid"),
        "AwsAccountId": text(finding, "cloud", "account", "uid"),
        "Region": text(finding, "cloud", "region"),
        "FindingProviderFields": {"Types": list(words(info, "types"))},  # not among what BatchUpdateFindingsV2 writes
        "Title": text(info, "title"),
        "FirstObservedAt": text(info, "first_seen_time_dt"),
        "LastObservedAt": text(info, "last_seen_time_dt") or text(info, "modified_time_dt"),
        "RecordState": _CLOSED.get(status or "", "ACTIVE"),
        "Workflow": {"Status": (status or "").upper()},
        "Sample": (text(info, "title") or "").startswith("[SAMPLE]"),
        "Resources": list(map(_resource, nodes(finding, "resources"))),
    }


def _resource(resource: Node) -> Node:
    """The key's id is the resource's own, or stands in its data beside whose it is."""
    written, data = text(resource, "type") or "", node(resource, "data")
    details = {
        "AccessKeyId": text(data, "access_key_id") or text(resource, "uid"),
        "PrincipalId": text(data, "principal_id"),
        "PrincipalName": text(data, "user_name") or text(resource, "user", "name"),
        "PrincipalType": text(data, "user_type"),
    }
    kind = _TYPES.get(written, written)
    keyed = {"Details": {"AwsIamAccessKey": details}} if kind == "AwsIamAccessKey" else {}
    return {"Type": kind, "Id": text(resource, "uid_alt") or text(resource, "uid"), **keyed, **_classified(resource)}


def _classified(resource: Node) -> Node:
    """What was found in an object (OCSF 1.4, "Data Classification"); no sample of Macie's was seen."""
    found = [
        {
            "Category": (text(one, "category") or "").upper(),
            "Detections": [{"Type": text(detail, "type")} for detail in nodes(one, "discovery_details")],
        }
        for one in (node(resource, "data_classification"), *nodes(resource, "data_classifications"))
        if one
    ]
    return {"DataClassification": {"Result": {"SensitiveData": found}}} if found else {}
