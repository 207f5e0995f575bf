"""Records as tables give them back: names in lower case, text in place of objects, or the columns of a spreadsheet.

The columns are those of Athena's table for a trail (Athena user guide, "Query AWS CloudTrail logs"), of an event data
store (CloudTrail user guide, "Supported SQL schemas for event data stores") and of the console's event history.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.reading import Note, parsed_strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

_NAMES = (
    *("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData"),
    *("requestID", "eventID", "readOnly", "resources", "eventType", "apiVersion", "recipientAccountId"),
    *("serviceEventDetails", "sharedEventID", "vpcEndpointId", "tlsDetails", "managementEvent", "eventCategory"),
    *("principalId", "arn", "accountId", "invokedBy", "accessKeyId", "userName", "sessionContext", "attributes"),
    *("mfaAuthenticated", "creationDate", "sessionIssuer", "ec2RoleDelivery", "webIdFederationData", "type"),
    *("federatedProvider", "sourceIdentity", "identityProvider", "onBehalfOf", "userId", "identityStoreArn"),
    *("sessionCredentialFromConsole", "credentialId", "inScopeOf", "ec2IssuedInVpc", "assumedRoot"),
)
_SPELT = {name.lower(): name for name in _NAMES}
_AS_TEXT = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")
_AS_STRUCT = ("userIdentity", "resources", "tlsDetails")
_SWITCHES = ("readOnly", "managementEvent")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.0+)?(?:Z| UTC)?")

_OF_CONSOLE = {
    "event id": "eventID",
    "event time": "eventTime",
    "event source": "eventSource",
    "event name": "eventName",
    "aws region": "awsRegion",
    "source ip address": "sourceIPAddress",
    "user agent": "userAgent",
    "error code": "errorCode",
    "request id": "requestID",
    "read-only": "readOnly",
}
"""The columns of the console's event history that a record has, too (CloudTrail user guide, "Viewing recent management
events with the console").
"""


class UnreadableRow(ValueError):
    """A row that cannot be read back for certain."""


def is_row(value: Json) -> bool:
    """Whether it is a record of such a table."""
    if isinstance(value.get("eventname"), str) and "eventsource" in value:
        return True
    if isinstance(value.get("eventName"), str):
        return any(isinstance(value.get(name), str) for name in _IN_TEXT)
    return _is_of_console(value)


_IN_TEXT = ("userIdentity", "requestParameters", "responseElements")


def _is_of_console(value: Json) -> bool:
    return isinstance(value.get("Event name"), str) and "Event source" in value


def record_of(value: Json, note: Note) -> Json:
    """The record as CloudTrail wrote it, with what readers look at. An empty column is a member that was not there.

    Notes what could not be read back. Raises UnreadableRow where it cannot be told who called.
    """
    if _is_of_console(value):
        note("the console's event history, as CSV, does not say what was asked and answered: download it as JSON")
        return _of_console({name.lower(): held for name, held in value.items()})
    record: Json = _spelt(value)
    for name in _AS_STRUCT:
        if isinstance(record.get(name), str):
            record[name] = _object(record[name])
    _refuse_no_text(record.get("userIdentity"))
    for name in _AS_TEXT:
        if name in record:
            record[name] = _parameters(record[name])
    if any(isinstance(record.get(name), str) for name in _IN_TEXT):
        note(
            "what was asked or answered stands there in a form that cannot be read back: select eventJson of the store"
        )
    return {name: _plain(name, held) for name, held in record.items() if held is not None}


_OF_WHO = ("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy")


def _refuse_no_text(who: object) -> None:
    """Of a caller these are texts: what stands there as an object was a text that looks like one."""
    if isinstance(who, dict) and not all(isinstance(who.get(name), str | None) for name in _OF_WHO):
        raise UnreadableRow("a column that cannot be read back for certain")


def _spelt(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {_SPELT.get(name, name): _spelt(one) for name, one in value.items() if one is not None}
    return value


def _plain(name: str, held: Any) -> Any:  # noqa: ANN401 - any JSON
    if name in _SWITCHES and isinstance(held, str):
        return held.lower() == "true"
    if name == "eventTime" and isinstance(held, str) and (time := _TIME.fullmatch(held)):
        return f"{time[1]}T{time[2]}Z"
    return held


def _parameters(written: Any) -> Any:  # noqa: ANN401 - any JSON
    """What stands as JSON in a text, or as the map of an event data store. Text that is neither stays text."""
    if not isinstance(written, str):
        return written
    if written in {"", "null"}:
        return None
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return _of_map(written)
    return found if isinstance(found, dict) else written


_MEMBER = re.compile(r"(?P<name>[\w.-]+)=")
_json_at = json.JSONDecoder().raw_decode


def _of_map(written: str) -> Any:  # noqa: ANN401 - any JSON
    """A map of texts, as Lake writes it: {name={"a":1}, other=[…]}, or one member alone.

    With two plain members nobody can tell whether the second was part of the first one's value, which the caller chose:
    that stays text.
    """
    if not (written.startswith("{") and written.endswith("}")):
        return written
    members: Json = {}
    inner, at = written[1:-1], 0
    while at < len(inner):
        named = _MEMBER.match(inner, at)
        if not named or named["name"] in members:
            return written
        if inner[named.end() : named.end() + 1] not in {"{", "["}:
            value = inner[named.end() :]
            return written if members or ", " in value else {named["name"]: value}
        try:
            members[named["name"]], at = _json_at(inner, named.end())
        except (ValueError, RecursionError):
            return written
        if at < len(inner) and not inner.startswith(", ", at):
            return written
        at += len(", ")
    return members


def _object(written: str) -> Any:  # noqa: ANN401 - any JSON
    """An object that stands as text: as JSON, or as Athena and Lake write a column of several members."""
    try:
        found = parsed_strictly(written)
    except (ValueError, RecursionError):
        found, end = _struct(written, 0, 0)
        if end != len(written):
            raise UnreadableRow("a column that cannot be read back for certain") from None
    return _spelt(found) if isinstance(found, dict) else _spelt_each(found)


def _spelt_each(found: Any) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(found, list):
        raise UnreadableRow("a column that holds no object")
    return [{"ARN" if name == "arn" else name: held for name, held in _spelt(one).items()} for one in found if one]


_DEEPEST = 8
_ENDS = re.compile(r"(?=, (?P<next>[A-Za-z][\w.-]*)=|[}\]](?:, |[}\]]|$))")


def _struct(written: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that begins there, and its end: {name=text, other={…}}, [{…}, {…}], or a text.

    Every column has all of its members, so a name that stands there twice was forged by who chose a text.
    """
    if depth > _DEEPEST:
        raise UnreadableRow("a column with too many levels")
    match written[at : at + 1]:
        case "{":
            return _members(written, at + 1, depth)
        case "[":
            return _elements(written, at + 1, depth)
        case _:
            end = _end_of_text(written, at)
            text = written[at:end]
            return (None if text == "null" else text), end


def _members(written: str, at: int, depth: int) -> tuple[Json, int]:
    found: Json = {}
    while True:
        if written.startswith("}", at):
            return found, at + 1
        at += len(", ") if found else 0
        named = _MEMBER.match(written, at)
        if not named or named["name"] in found:
            raise UnreadableRow("a column that cannot be read back for certain")
        found[named["name"]], at = _struct(written, named.end(), depth + 1)
        if not written.startswith((", ", "}"), at):
            raise UnreadableRow("a column that cannot be read back for certain")


def _elements(written: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while not written.startswith("]", at):
        at += len(", ") if found else 0
        one, at = _struct(written, at, depth + 1)
        if not isinstance(one, dict) or not written.startswith((", ", "]"), at):
            raise UnreadableRow("a column that cannot be read back for certain")
        found.append(one)
    return found, at + 1


def _end_of_text(written: str, at: int) -> int:
    found = _ENDS.search(written, at)
    if not found:
        raise UnreadableRow("a column that does not end")
    return found.start()


def _of_console(row: Mapping[str, Any]) -> Json:
    """A row of the event history. It has neither what was asked nor what was answered."""
    record: Json = {name: _plain(name, row[column]) for column, name in _OF_CONSOLE.items() if row.get(column)}
    key, name = row.get("aws access key"), row.get("user name")
    who = {"accessKeyId": key, "userName": name}
    if isinstance(key, str) and key.startswith("AKIA") and name != "root":
        who["type"] = "IAMUser"  # root's keys begin so, too
    record["userIdentity"] = {member: held for member, held in who.items() if held}
    return record
