"""A table of Athena over the trail's logs: the query is made for its partitions, and the rows are read as they come.

The columns are those of its table for a trail (Athena user guide, "Query AWS CloudTrail logs"). A table that lacks some
is asked for the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.inquiry import call
from chalicelib.inquiry.looks import Looks
from chalicelib.inquiry.trail import Gap
from chalicelib.model import refusal_code

if TYPE_CHECKING:
    from chalicelib.inquiry.call import Call

_PLACE = re.compile(r"athena:(?:(?P<workgroup>[\w.-]+)/)?(?P<database>\w+)\.(?P<table>\w+)")
_AT_ONCE = 200  # marks; a query may be 262,144 bytes long (Athena user guide, "Service Quotas")
_EVERY = 1.0  # seconds between looks at a query that runs
CATALOGUE = "AwsDataCatalog"
_A_DAY = timedelta(days=1)


def place(address: str) -> tuple[str, str, str] | None:
    """Workgroup, database and table of `athena:[WORKGROUP/]DATABASE.TABLE`; None for what is no such address."""
    found = _PLACE.fullmatch(address)
    return (found["workgroup"] or "primary", found["database"], found["table"]) if found else None


@dataclass
class Table:
    """A trail of rows, of the days between two moments."""

    athena: Any
    workgroup: str
    database: str
    table: str
    begin: datetime
    end: datetime
    sleep: Callable[[float], None]
    step: Callable[[int], None] = lambda _: None
    is_over: Callable[[], bool] = lambda: False
    found: int = 0
    data: int = 0
    odd: int = 0
    regions: set[str] = field(default_factory=set)
    looks: Looks = field(default_factory=Looks)
    _done: int = 0
    _gaps: dict[Gap, None] = field(default_factory=dict)

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`. A call found by marks of several queries comes several times, with the same id."""
        new = tuple(marks[self._done :])
        self._done = len(marks)
        try:
            columns, partitions = self._described()
            for start in range(0, len(new), _AT_ONCE):
                yield from self._answered(columns, partitions, new[start : start + _AT_ONCE])
        except ClientError as error:
            self._gap(refusal_code(error.response), error)
        except BotoCoreError as error:
            self._gap(type(error).__name__, error)

    def _described(self) -> tuple[set[str], set[str]]:
        asked = {"CatalogName": CATALOGUE, "DatabaseName": self.database, "TableName": self.table}
        found = self.athena.get_table_metadata(**asked)["TableMetadata"]
        columns = {one["Name"].lower() for one in found.get("Columns", ())}
        for missing in projected(found.get("Parameters", {}), self.begin):
            self._gaps[missing] = None
        return columns, {one["Name"].lower() for one in found.get("PartitionKeys", ())}

    def _answered(self, columns: set[str], partitions: set[str], marks: Sequence[str]) -> Iterator[Call]:
        within = partitioned(partitions, self.begin, self.end)
        if not within:
            self._gaps[_whole(self.table)] = None
        selected = {path: text for path, text in _SELECTED.items() if path.partition(".")[0].lower() in columns}
        written = query(self.table, selected, (*within, _between(self.begin, self.end)), marks)
        for record in self._rows(written, [*selected]):
            made = call.of(record)
            if made:
                self.found += 1
                self.data += made.is_data
                self.regions.add(made.region or "none")
                self.step(self.found)
                yield made
            else:
                self.odd += 1

    def _rows(self, written: str, paths: list[str]) -> Iterator[dict[str, Any]]:
        """Page by page; the first row names the columns."""
        asked = {"QueryExecutionContext": {"Database": self.database}, "WorkGroup": self.workgroup}
        of = self.athena.start_query_execution(QueryString=written, **asked)["QueryExecutionId"]
        if not self._has_ended(of):
            return
        is_first = True
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=of):
            for row in page["ResultSet"]["Rows"][1 if is_first else 0 :]:
                yield record([one.get("VarCharValue") for one in row["Data"]], paths)
            is_first = False

    def _has_ended(self, of: str) -> bool:
        """Whether it has an answer. Athena itself ends one that takes too long; we end one that we cannot wait for."""
        while True:
            status = self.athena.get_query_execution(QueryExecutionId=of)["QueryExecution"]["Status"]
            match status["State"]:
                case "SUCCEEDED":
                    self.looks.answer()
                    return True
                case "FAILED" | "CANCELLED":
                    self._gap(str(status.get("StateChangeReason", status["State"]))[:200])
                    return False
                case _ if self.is_over():
                    self.athena.stop_query_execution(QueryExecutionId=of)
                    self._gap("the query was still under way when there was no time left")
                    return False
                case _:
                    self.sleep(_EVERY)

    def _gap(self, why: str, error: Exception | None = None) -> None:
        self.looks.refuse(error or OSError(0, f"Athena has no answer of {self._where()}: {why}"))
        self._gaps[Gap(self._where(), why, "see who may query it, and where its workgroup keeps results")] = None

    def _where(self) -> str:
        return f"table {self.database}.{self.table} of Athena"

    def unread(self) -> Exception | None:
        """See `Trail`."""
        return self.looks.unread()

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        return (
            *self._gaps,
            *self._unread_rows(),
            Gap(f"anything before {self.begin:%Y-%m-%d}", "the older days of the table are not asked for"),
            *self._lacking(),
            Gap("the last minutes", "CloudTrail delivers a call some minutes later", "run this again later"),
        )

    def _unread_rows(self) -> Iterator[Gap]:
        if self.odd:
            why = "they hold what is looked for, and do not say what was called and when"
            yield Gap(f"{self.odd:,} rows of {self._where()}", why, "see what they are, and whose table it is")

    def _lacking(self) -> Iterator[Gap]:
        """It answers with rows of what was looked for: where there is none, no call and no row look the same."""
        others = f"Regions other than {', '.join(sorted(self.regions))}" if self.regions else "every Region"
        why = "no row is of them: nothing was called there, or the table has none of their logs"
        yield Gap(others, why, "see which Regions and days its partitions hold")
        if not self.data:
            data = "data events, such as reading and writing S3 objects"
            yield Gap(data, "no row is one", "see whether the trail records them")

    def seen(self) -> str:
        """See `Trail`."""
        return f"{self._where()}, {self.begin:%Y-%m-%d} to {self.end:%Y-%m-%d}"


def projected(parameters: Mapping[str, str], begin: datetime) -> Iterator[Gap]:
    """What a table that projects its partitions leaves out (Athena user guide, "Supported types for partition
    projection"): days before its first one, and Regions that it does not list.
    """
    first, _, _ = parameters.get("projection.timestamp.range", "").partition(",")
    if _DAY.fullmatch(first) and first > f"{begin:%Y/%m/%d}":
        yield Gap(f"days before {first.replace('/', '-')}", "the table projects no earlier ones")
    if listed := parameters.get("projection.region.values"):
        yield Gap(f"Regions other than {listed.replace(',', ', ')[:300]}", "the table projects no others")


_DAY = re.compile(r"\d{4}/\d\d/\d\d")


def _whole(table: str) -> Gap:
    why = "its partitions are none that we know (timestamp, or year, month and day), so all of it is read and paid for"
    return Gap(f"nothing of {table}, but at a price", why, "partition it by day")


_PLAIN = (
    *("eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode"),
    *("errorMessage", "eventID", "eventType", "recipientAccountId", "eventCategory", "managementEvent"),
    *("sessionCredentialFromConsole", "requestParameters", "responseElements"),
)
_WHO = (
    *("type", "principalId", "arn", "accountId", "invokedBy", "accessKeyId", "userName"),
    *("sessionContext.sessionIssuer.type", "sessionContext.sessionIssuer.principalId"),
    *("sessionContext.sessionIssuer.arn", "sessionContext.sessionIssuer.accountId"),
    "sessionContext.sessionIssuer.userName",
)
_RESOURCES = "resources"
_SELECTED: Mapping[str, str] = {
    **{name: name.lower() for name in _PLAIN},
    **{f"userIdentity.{name}": f"useridentity.{name.lower()}" for name in _WHO},
    _RESOURCES: "array_join(transform(resources, one -> one.arn), ' ')",
}
"""Members of a record, and how a query says them."""

_AS_JSON = {"requestParameters", "responseElements"}


def query(table: str, selected: Mapping[str, str], within: Sequence[str], marks: Sequence[str]) -> str:
    """The rows of these days that bear one of the marks."""
    columns = ", ".join(f'{said} AS "{path}"' for path, said in selected.items())
    bears = " OR ".join(map(_bears, marks))
    return f'SELECT {columns} FROM "{table}" WHERE {" AND ".join(within)} AND ({bears})'  # noqa: S608 - every text in it is quoted


def _between(begin: datetime, end: datetime) -> str:
    return f"eventtime BETWEEN '{begin:%Y-%m-%dT%H:%M:%SZ}' AND '{end:%Y-%m-%dT%H:%M:%SZ}'"


def partitioned(partitions: set[str], begin: datetime, end: datetime) -> tuple[str, ...]:
    """What keeps other days from being read. A call may be delivered the day after it was made."""
    if not knows_days(partitions):
        return ()
    after = end.replace(hour=0, minute=0, second=0, microsecond=0) + _A_DAY
    span = f"BETWEEN '{begin:%Y/%m/%d}' AND '{after:%Y/%m/%d}'"
    if "timestamp" in partitions:
        return (f'"timestamp" {span}',)
    return (f'concat("year", \'/\', "month", \'/\', "day") {span}',)


def knows_days(partitions: set[str]) -> bool:
    """Whether days can be told apart before they are read."""
    return "timestamp" in partitions or {"year", "month", "day"} <= partitions


def _bears(mark: str) -> str:
    kind, _, rest = mark.partition(":")
    name = rest.partition("/")[2]
    match kind:
        case "key":
            return f"useridentity.accesskeyid = {_quoted(rest)}"
        case "user" | "console":
            return f"useridentity.username = {_quoted(name)}"
        case "federated":
            return _holds("useridentity.arn", f":federated-user/{name}")
        case "session":
            return _holds("useridentity.arn", f":assumed-role/{name}")
        case "role":
            return _holds("useridentity.arn", f":assumed-role/{name}/")
        case "instance":
            return _holds("useridentity.arn", f"/{name}")
        case "stranger-into":
            return _holds("requestparameters", f'/{name}"')
        case _:
            return _holds("requestparameters", rest)


def _holds(column: str, text: str) -> str:
    return f"strpos({column}, {_quoted(text)}) > 0"


def _quoted(text: str) -> str:
    """Nothing but its own end ends a text of SQL (Athena user guide, "SELECT")."""
    return "'" + text.replace("'", "''") + "'"


def record(values: Sequence[str | None], paths: Sequence[str]) -> dict[str, Any]:
    """The record as CloudTrail wrote it, with what is read of it. An empty column is a member that was not there."""
    made: dict[str, Any] = {}
    for path, value in zip(paths, values, strict=False):
        if value:
            *above, name = path.split(".")
            inner = made
            for one in above:
                inner = inner.setdefault(one, {})
            inner[name] = _read(path, value)
    return made


def _read(path: str, value: str) -> Any:  # noqa: ANN401 - any JSON
    if path == _RESOURCES:
        return [{"ARN": arn} for arn in value.split()]
    if path == "managementEvent":
        return value == "true"
    if path not in _AS_JSON:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
