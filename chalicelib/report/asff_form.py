"""An incident in the AWS Security Finding Format: a note on the findings that began it, or a finding of our own.

Names and longest texts: Security Hub API reference, "AwsSecurityFinding"; required syntax: Security Hub user guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.entries import Result
from chalicelib.model import OURSELVES, Confidence, PrincipalKind
from chalicelib.report.escape import plain
from chalicelib.report.form import Severity
from chalicelib.report.words import OWNERS

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.report.form import Message

Json = dict[str, Any]

_TITLE, _DESCRIPTION, _NOTE, _ADVICE, _RESOURCES = 256, 1024, 512, 512, 32
_UNSETTLED = frozenset({Result.CONTESTED, Result.FAILED})
_URGENT = frozenset({Severity.CRITICAL, Severity.HIGH})


def named(message: Message) -> list[Json]:
    """The findings of others that the incident is about."""
    facts: Any = message.facts
    return [{"Id": one["id"], "ProductArn": one["product"]} for one in facts["findings"]]


def ours(message: Message, product: str) -> Json:
    """Our own finding: the same one for all messages of an incident."""
    return {"Id": f"{OURSELVES}/{message.incident}", "ProductArn": product}


def is_over(message: Message) -> bool:
    """Whether the incident is closed."""
    return message.facts["closed_at"] is not None


def workflow(message: Message) -> Json:
    """Resolved where nothing is left to be done, and else told to the owner.

    What ended contested or failed is resolved by a person, with a release, and nothing by a message that wants one.
    Nothing is ever suppressed: Security Hub shows no later activity of such a finding.
    """
    facts: Any = message.facts
    answered = facts["result"] not in _UNSETTLED or facts["released_by"] is not None
    settled = is_over(message) and answered and message.severity not in _URGENT
    return {"Status": "RESOLVED" if settled else "NOTIFIED"}


def note(message: Message) -> Json:
    """What happened, what was done, and where to read on."""
    more = f"Incident {message.incident}: leak-responder show {message.incident}"
    return {"Text": f"{_cut(_told(message), _NOTE - len(more) - 1)} {more}", "UpdatedBy": OURSELVES}


def finding(message: Message, identifier: Json, region: str) -> Json:
    """The incident as a finding of ours, with the state and note that Security Hub takes from a new one alone."""
    facts: Any = message.facts
    kinds = ["TTPs/Credential Access/Leaked Credential"]
    return {
        "SchemaVersion": "2018-10-08",
        **identifier,
        "ProductName": "Leak Responder",
        "CompanyName": "Leak Responder",
        "GeneratorId": OURSELVES,
        "AwsAccountId": message.account,
        "Types": kinds,
        "FirstObservedAt": min(one["since"] for one in facts["signals"]),
        "LastObservedAt": max(one["at"] for one in facts["signals"]),
        "CreatedAt": facts["opened_at"],
        "UpdatedAt": _moment(message.at),
        "FindingProviderFields": {"Severity": {"Label": message.severity.upper()}, "Types": kinds},
        "Title": _cut(_title(facts), _TITLE),
        "Description": _cut(_told(message), _DESCRIPTION),
        "Remediation": {"Recommendation": {"Text": _cut(_advice(message), _ADVICE)}},
        "ProductFields": {f"{OURSELVES}/stage": facts["stage"], f"{OURSELVES}/incident": message.incident},
        "Resources": _resources(facts, identifier["ProductArn"].split(":")[1], region),
        "Workflow": workflow(message),
        "Note": {**note(message), "UpdatedAt": _moment(message.at)},
        "RecordState": "ACTIVE",
    }


def _title(facts: Any) -> str:  # noqa: ANN401 - plain JSON values
    sure = "leaked" if facts["confidence"] == Confidence.CONFIRMED else "may have leaked"
    who = facts["principal"]
    name = "" if who["kind"] == PrincipalKind.ROOT else f" {who['name']}"
    return f"A credential of {OWNERS[who['kind']]}{name} {sure}"


def _told(message: Message) -> str:
    facts: Any = message.facts
    done = ", ".join(f"{one['action']} {one['target']} {one['status']}" for one in facts["steps"])
    return f"{message.headline} What was done: {done or 'nothing'}."


def _advice(message: Message) -> str:
    commands = "; ".join(f"{one.when}: {one.line}" for one in message.commands)
    return commands or f"leak-responder show {message.incident}"


def _resources(facts: Any, partition: str, region: str) -> list[Json]:  # noqa: ANN401 - plain JSON values
    who = facts["principal"]
    keys = dict.fromkeys(one["subject"]["id"] for one in facts["signals"] if one["subject"]["id"])
    return [_key(one, who, region) for one in keys][:_RESOURCES] or [_owner(who, partition)]


def _owner(who: Json, partition: str) -> Json:
    """Where no key is known: whoever acts on a finding by its resources would else act on more than what leaked.

    No feed names the path of a user or role, so that its ARN here has none.
    """
    kind = {PrincipalKind.USER: "User", PrincipalKind.ROLE: "Role"}.get(who["kind"])
    if kind is None:
        return {"Type": "AwsAccount", "Id": f"AWS::::Account:{who['account']}"}
    named = {f"{kind}Name": who["name"], **({f"{kind}Id": who["unique_id"]} if who["unique_id"] else {})}
    arn = f"arn:{partition}:iam::{who['account']}:{kind.lower()}/{who['name']}"
    return {"Type": f"AwsIam{kind}", "Id": arn, "Details": {f"AwsIam{kind}": named}}


def _key(key: str, who: Json, region: str) -> Json:
    """As GuardDuty's findings name a key in Security Hub."""
    details = {"AccessKeyId": key, "PrincipalName": who["name"], "AccountId": who["account"]}
    named = {"Type": "AwsIamAccessKey", "Id": f"AWS::IAM::AccessKey:{key}", "Region": region}
    return {**named, "Details": {"AwsIamAccessKey": details}}


def _cut(text: str, most: int) -> str:
    """As `plain`, within a limit that AWS holds to the letter."""
    shown = plain(text, len(text) + 1)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
