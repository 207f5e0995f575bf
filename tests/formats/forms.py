"""The same four calls in every form that is read: what the leaked key did, and AWS's quarantine."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

from backports import zstd

from tests.inquiry import story
from tests.sources.events import ACCOUNT, AKIA, QUARANTINE, SIBLING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.events import Json

NAMES = ("GetCallerIdentity", "CreateAccessKey", "AttachUserPolicy", "ListBuckets")
_MADE = {"accessKey": {"userName": "second", "accessKeyId": SIBLING, "status": "Active"}}
CALLS: list[Json] = [
    story.call("sts", "GetCallerIdentity", "24T02:41:00", story.USER),
    story.call("iam", "CreateAccessKey", "24T02:42:00", story.USER, {"userName": "second"}, _MADE),
    story.call(
        "iam",
        "AttachUserPolicy",
        "24T02:43:00",
        story.USER,
        {"userName": "deploy", "policyArn": f"{QUARANTINE}V3"},
    ),
    story.call("s3", "ListBuckets", "24T02:44:00", story.USER, errorCode="AccessDenied"),
]
TEXT = json.dumps({"Records": CALLS})
_LINES = "".join(json.dumps(one) + "\n" for one in CALLS)
_STAMPED = [f"{one['eventTime'][:-1]}.000Z {json.dumps(one)}\n" for one in CALLS]
_LOG_EVENTS = [{"id": str(number), "timestamp": 1, "message": json.dumps(one)} for number, one in enumerate(CALLS)]
_SUBSCRIPTION = {"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": _LOG_EVENTS}
_CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE"}],
}


def _packed(value: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def _plainly(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def looked_up(record: Json) -> Json:
    return {"EventId": record["eventID"], "EventName": record["eventName"], "CloudTrailEvent": json.dumps(record)}


def enveloped(record: Json) -> Json:
    kind = "AWS API Call via CloudTrail"
    return {"version": "0", "id": record["eventID"], "detail-type": kind, "source": "aws.iam", "detail": record}


_COLUMNS = (
    *("eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress"),
    *("useragent", "errorcode", "requestparameters", "responseelements", "eventid", "recipientaccountid"),
    *("readonly", "eventtype"),
)


def _struct(value: Any) -> str:
    """An object as Athena and Lake write it into one column."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name.lower()}={_struct(held)}" for name, held in value.items()) + "}"
    return "null" if value is None else str(value)


def unloaded(record: Json) -> Json:
    lower = {name.lower(): held for name, held in record.items()}
    who = {name.lower(): held for name, held in record["userIdentity"].items()}
    as_text = {
        name: json.dumps(lower[name]) if lower.get(name) is not None else None
        for name in ("requestparameters", "responseelements")
    }
    return {**{name: lower.get(name) for name in _COLUMNS}, **as_text, "useridentity": who}


def _cells(record: Json) -> Json:
    row = unloaded(record)
    who = {**record["userIdentity"], "sessionContext": None, "invokedBy": None}
    return {**row, "useridentity": _struct(who), "readonly": str(record["readOnly"]).lower()}


def _csv(rows: list[Json], separator: str = ",") -> bytes:
    made = io.StringIO()
    writer = csv.DictWriter(made, list(rows[0]), delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue().encode()


def _answered(rows: list[Json]) -> Json:
    """GetQueryResults of Athena."""
    cells = [list(rows[0]), *([row[name] for name in rows[0]] for row in rows)]
    listed = [{"Data": [{"VarCharValue": one} if one is not None else {} for one in row]} for row in cells]
    return {"ResultSet": {"Rows": listed, "ResultSetMetadata": {"ColumnInfo": []}}}


def _of_lake(record: Json) -> Json:
    """A row of an event data store: a time without a zone, and what was asked as a map of texts."""
    asked = record["requestParameters"]
    answer = record["responseElements"]
    return {
        "eventID": record["eventID"],
        "eventTime": record["eventTime"].replace("T", " ").replace("Z", ".000"),
        "eventSource": record["eventSource"],
        "eventName": record["eventName"],
        "userIdentity": _struct(record["userIdentity"]),
        "requestParameters": _struct(asked) if asked else "null",
        "responseElements": f"{{accessKey={json.dumps(answer['accessKey'])}}}" if answer else "null",
        "errorCode": record.get("errorCode") or "",
        "recipientAccountId": ACCOUNT,
    }


def _of_console(record: Json) -> Json:
    return {
        "Event ID": record["eventID"],
        "Event time": record["eventTime"],
        "User name": "deploy",
        "Event name": record["eventName"],
        "Event source": record["eventSource"],
        "AWS access key": AKIA,
        "AWS region": record["awsRegion"],
        "Error code": record.get("errorCode", ""),
    }


def zipped(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return made.getvalue()


_HALVES = [json.dumps({"Records": CALLS[:2]}).encode(), json.dumps({"Records": CALLS[2:]}).encode()]


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


WHOLE: dict[str, bytes] = {
    # nothing of the records is lost
    "a log file": TEXT.encode(),
    "a log file, gzipped": gzip.compress(TEXT.encode()),
    "several gzip members": b"".join(map(gzip.compress, _HALVES)),
    "zstd": zstd.compress(TEXT.encode()),
    "several zstd frames": b"".join(map(zstd.compress, _HALVES)),
    "zip": zipped(("a/1.json", _HALVES[0]), ("a/2.json.gz", gzip.compress(_HALVES[1]))),
    "tar": tarred(("a/1.json", _HALVES[0]), ("a/2.json.gz", gzip.compress(_HALVES[1]))),
    "tar.gz": gzip.compress(tarred(("1.json", _HALVES[0]), ("2.json.zst", zstd.compress(_HALVES[1])))),
    "tar.zst": zstd.compress(tarred(("1.json", _HALVES[0]), ("2.json", _HALVES[1]))),
    "with a mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "as written for people": json.dumps({"Records": CALLS}, indent=4).encode(),
    "Records behind other members": _dumped({"version": "1", "logName": "x", "Records": CALLS}),
    "a list": _dumped(CALLS),
    "lines": _LINES.encode(),
    "lines ended by CRLF": _LINES.replace("\n", "\r\n").encode(),
    "objects without a line between": _LINES.replace("\n", "").encode(),
    "log files without a line between": b"".join(_HALVES),
    "envelopes": "".join(json.dumps(enveloped(one)) + "\n" for one in CALLS).encode(),
    "LookupEvents": _dumped({"Events": list(map(looked_up, CALLS)), "NextToken": "x"}),
    "events of LookupEvents, one a line": "".join(json.dumps(looked_up(one)) + "\n" for one in CALLS).encode(),
    "texts of LookupEvents": _dumped([json.dumps(one) for one in CALLS]),
    "texts of LookupEvents, as text": "\t".join(map(json.dumps, CALLS)).encode(),
    "events of LookupEvents that were taken apart": _dumped(
        [{**looked_up(one), "CloudTrailEvent": one} for one in CALLS]
    ),
    "Fluent Bit": "".join(json.dumps({"date": 1.5, "log": json.dumps(one)}) + "\n" for one in CALLS).encode(),
    "Logstash": "".join(
        json.dumps({"@timestamp": "x", "@version": "1", "message": json.dumps(one)}) + "\n" for one in CALLS
    ).encode(),
    "Vector": _dumped([{"timestamp": "x", "source_type": "aws_s3", "message": json.dumps(one)} for one in CALLS]),
    "messages of SNS": _dumped([{"TopicArn": "x", "Message": json.dumps(enveloped(one))} for one in CALLS]),
    "messages of SQS": _dumped({"Messages": [{"Body": json.dumps(one)} for one in CALLS]}),
    "an export of CloudWatch Logs": gzip.compress("".join(_STAMPED).encode()),
    "aws logs tail": "".join(f"{one.replace(' ', ' a-stream ', 1)}" for one in _STAMPED).encode(),
    "filter-log-events": _dumped({"events": _LOG_EVENTS, "searchedLogStreams": []}),
    "a subscription": _dumped(_CONTROL) + _dumped(_SUBSCRIPTION),
    "a subscription, as Lambda has it": _dumped({"awslogs": {"data": _packed(_SUBSCRIPTION)}}),
    "a subscription, as Kinesis has it": _dumped(
        {"Records": [{"kinesis": {"data": _packed(_SUBSCRIPTION), "approximateArrivalTimestamp": 1}}]}
    ),
    "GetRecords of Kinesis": _dumped(
        {"Records": [{"PartitionKey": "x", "Data": _plainly(one), "ApproximateArrivalTimestamp": 1} for one in CALLS]}
    ),
    "records of Firehose": _dumped(
        {"records": [{"recordId": "1", "approximateArrivalTimestamp": 1, "data": _plainly(CALLS)}]}
    ),
    "Logs Insights": _dumped(
        {"results": [[{"field": "@message", "value": json.dumps(one)}] for one in CALLS], "status": "Complete"}
    ),
    "Logs Insights, from the console": _dumped([{"@timestamp": "x", "@message": one} for one in CALLS]),
    "Logs Insights, as CSV": _csv([{"@timestamp": "x", "@message": json.dumps(one)} for one in CALLS]),
    "rows that Athena unloads": "".join(json.dumps(unloaded(one)) + "\n" for one in CALLS).encode(),
    "a result of Athena, as CSV": _csv(list(map(_cells, CALLS))),
    "the same from a spreadsheet": b"\xef\xbb\xbf" + _csv(list(map(_cells, CALLS)), ";"),
    "GetQueryResults of Athena": _dumped(_answered(list(map(_cells, CALLS)))),
    "eventJson of Lake": _dumped({"QueryResultRows": [[{"eventJson": json.dumps(one)}] for one in CALLS]}),
    "eventJson of Lake, as CSV": gzip.compress(_csv([{"eventJson": json.dumps(one)} for one in CALLS])),
    "a search of OpenSearch": _dumped({"took": 1, "hits": {"total": 4, "hits": [{"_source": one} for one in CALLS]}}),
    "Elastic": "".join(json.dumps({"event": {"original": json.dumps(one)}}) + "\n" for one in CALLS).encode(),
    "Splunk": "".join(json.dumps({"result": {"_raw": json.dumps(one)}}) + "\n" for one in CALLS).encode(),
    "Splunk, as CSV": _csv([{"_time": "x", "_raw": json.dumps(one)} for one in CALLS]),
}

PARTIAL: dict[str, bytes] = {
    # what was asked or answered is not in them, or cannot be told for certain
    "columns of Lake": _dumped(
        {"QueryResultRows": [[{name: held} for name, held in _of_lake(one).items()] for one in CALLS]}
    ),
    "columns of Lake, as CSV": _csv(list(map(_of_lake, CALLS))),
    "the console's event history, as CSV": _csv(list(map(_of_console, CALLS))),
}

IN_CELLS: dict[str, Callable[[list[Json]], bytes]] = {
    # tables of which a cell may hold an object
    "a result of Athena, as CSV": lambda records: _csv(list(map(_cells, records))),
    "the same from a spreadsheet": lambda records: _csv(list(map(_cells, records)), ";"),
    "GetQueryResults of Athena": lambda records: _dumped(_answered(list(map(_cells, records)))),
    "eventJson of Lake, as CSV": lambda records: _csv([{"eventJson": json.dumps(one)} for one in records]),
    "Splunk, as CSV": lambda records: _csv([{"_time": "x", "_raw": json.dumps(one)} for one in records]),
}

OF: dict[str, tuple[str, ...]] = {
    # by the names of the list that people read
    "log files of CloudTrail": ("a log file", "as written for people", "Records behind other members"),
    "records": ("a list", "lines", "objects without a line between", "log files without a line between"),
    "events of EventBridge": ("envelopes",),
    "LookupEvents": (
        *("LookupEvents", "events of LookupEvents, one a line", "texts of LookupEvents"),
        *("texts of LookupEvents, as text", "events of LookupEvents that were taken apart"),
    ),
    "Fluent Bit, Logstash and Vector": ("Fluent Bit", "Logstash", "Vector"),
    "Athena": (
        *("rows that Athena unloads", "a result of Athena, as CSV", "the same from a spreadsheet"),
        "GetQueryResults of Athena",
    ),
    "CloudTrail Lake": ("eventJson of Lake", "eventJson of Lake, as CSV", "columns of Lake", "columns of Lake, as CSV"),
    "CloudTrail's event history": ("the console's event history, as CSV",),
    "CloudWatch Logs": (
        *("an export of CloudWatch Logs", "aws logs tail", "filter-log-events", "a subscription"),
        *("a subscription, as Lambda has it", "a subscription, as Kinesis has it"),
    ),
    "Logs Insights": ("Logs Insights", "Logs Insights, from the console", "Logs Insights, as CSV"),
    "messages": ("messages of SNS", "messages of SQS", "GetRecords of Kinesis", "records of Firehose"),
    "OpenSearch and Elastic": ("a search of OpenSearch", "Elastic"),
    "Splunk": ("Splunk", "Splunk, as CSV"),
    "gzip": ("a log file, gzipped", "several gzip members"),
    "zstd": ("zstd", "several zstd frames"),
    "zip and tar": ("zip", "tar", "tar.gz", "tar.zst"),
    "UTF-8": ("with a mark", "lines ended by CRLF"),
    "UTF-16": ("UTF-16", "UTF-16, big end first"),
}

FORMS: dict[str, bytes] = WHOLE | PARTIAL
