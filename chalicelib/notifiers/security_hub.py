"""Security Hub: what became of the finding that began an incident, as its note and state; or a finding of our own.

Both are its CSPM's, whose default product takes what an account imports itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import DONE, Outcome, Permission, Status
from chalicelib.notifiers.channel import Notifier, refused
from chalicelib.report import asff_form

if TYPE_CHECKING:
    from chalicelib.notifiers.channel import Wires
    from chalicelib.report.form import Message
    from chalicelib.settings import Settings

Json = dict[str, Any]


def send(wires: Wires, settings: Settings, message: Message) -> Outcome:
    """Sign the findings that the feeds named; where Security Hub has none of them, one of our own.

    Services pass a finding on within minutes: until the incident is over, one that is not there yet is waited for. So
    is the one that an earlier message has signed or imported, as Security Hub "can take several minutes" to write it
    (Security Hub API reference, BatchUpdateFindings).
    """
    hub, named = wires.security_hub(), asff_form.named(message)
    ours = asff_form.ours(message, settings.hub_product)
    try:
        answers = _signed(hub, message, [*(one for one in named if one != ours), ours])
        wrong = next((code for code in answers if code not in {_TAKEN, _MISSING}), None)
        if wrong:
            return refused({"Error": {"Code": wrong}}, _WHERE, _ABSENT)
        if _TAKEN in answers:
            return DONE
        if named and not asff_form.is_over(message):
            return Outcome(Status.FAILED, f"{_WHERE} does not hold the finding of the feed yet", retryable=True)
        if NOTIFIER.name in message.taken_by:
            return Outcome(Status.FAILED, f"{_WHERE} does not show the finding of before yet", retryable=True)
        return _imported(hub, asff_form.finding(message, ours, settings.region))
    except hub.exceptions.ClientError as error:
        return refused(error.response, _WHERE, _ABSENT)


_WHERE = "Security Hub"
_TAKEN, _MISSING = "", "FindingNotFound"
_ABSENT = {"InvalidAccessException": "enable Security Hub CSPM in this Region, or deploy with SecurityHub=false"}


def _signed(hub: Any, message: Message, findings: list[Json]) -> list[str]:  # noqa: ANN401 - no types of Security Hub are installed
    """How each of them was taken, by its code."""
    said = {"Note": asff_form.note(message), "Workflow": asff_form.workflow(message)}
    answer = hub.batch_update_findings(FindingIdentifiers=findings, **said)
    return [
        *(one["ErrorCode"] for one in answer["UnprocessedFindings"]),
        *(_TAKEN for _ in answer["ProcessedFindings"]),
    ]


def _imported(hub: Any, finding: Json) -> Outcome:  # noqa: ANN401 - no types of Security Hub are installed
    answer = hub.batch_import_findings(Findings=[finding])
    if not answer["FailedCount"]:
        return DONE
    failed = answer.get("FailedFindings") or [{"ErrorCode": "unknown"}]
    return refused({"Error": {"Code": failed[0]["ErrorCode"]}}, _WHERE, _ABSENT)


NOTIFIER = Notifier(
    name="security-hub",
    permissions=(
        Permission(
            ("securityhub:BatchUpdateFindings",),
            ("${HubArn}",),
            {"StringNotEquals": {"securityhub:ASFFSyntaxPath/Workflow.Status": "SUPPRESSED"}},
        ),
        Permission(("securityhub:BatchImportFindings",), ("${HubProductArn}",)),
    ),
    configured=lambda settings: bool(settings.hub_product),
    send=send,
    machines=True,
    notices=False,
)
