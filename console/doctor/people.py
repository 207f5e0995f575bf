"""Whether people would hear of it: the topic, Slack, Security Hub, and the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.model import Outcome
from chalicelib.notifiers import slack
from chalicelib.report.form import Kind, Severity
from chalicelib.settings import HOME_REGION
from console.doctor.patient import Health, Line, note, well, wrong
from console.doctor.subscriptions import PAIRS, Taker, find_subscribed, find_taken, name_kinds
from console.stack.alarms import alarms as described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Patient
    from console.doctor.subscriptions import Pair, Subscribed, Subscription

_HERE = f"--region {HOME_REGION}"
_LOUD = frozenset({Severity.CRITICAL})
_ASKING = frozenset({Kind.APPROVAL_WANTED, Kind.APPROVAL_REMINDER})


def topic(patient: Patient) -> Iterator[Line]:
    """Whether a person takes the messages: somebody who said yes to the mail that asks, and filters none away."""
    subscribed = find_subscribed(patient)
    mend = _subscribe(patient)
    if subscribed.waiting:
        said = f"not confirmed yet: {', '.join(subscribed.waiting)}. The mail that asks holds the link"
        yield note(said, mend)
    if subscribed.of(Taker.CHAT):
        yield note(
            "Amazon Q Developer shows no message of the responder in a chat, only alarms: it drops what is not in its "
            "schema for custom notifications",
            f"put the URL of an incoming webhook into a secret, then {patient.deploy} --set SlackSecretId=…, or {mend}",
        )
    people = subscribed.of(Taker.PERSON)
    if people:
        yield from _filtered(people, patient)
    elif pagers := subscribed.of(Taker.PAGER):
        yield from _relayed(pagers, patient)
    else:
        yield _untold(_nobody(subscribed), mend, patient)


def _subscribe(patient: Patient) -> str:
    topic = patient.resources["Topic"]
    return f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint YOU {_HERE}"


def _nobody(subscribed: Subscribed) -> str:
    """Say why no person is subscribed."""
    if programs := sorted({found.protocol for found in subscribed.of(Taker.PROGRAM)}):
        return f"no person is subscribed to the topic, only programs ({', '.join(programs)})"
    if subscribed.of(Taker.CHAT):
        return "no person is subscribed to the topic, only a chat that shows none of its messages"
    return "nobody has confirmed a subscription to the topic"


def _untold(said: str, mend: str, patient: Patient) -> Line:
    """Say that the topic reaches nobody: Slack may be another way."""
    if patient.settings.slack_secret:
        return note(f"{said}: people hear of a leak over Slack alone", mend)
    return wrong(f"{said}: nobody is told of a leak", mend)


def _relayed(pagers: tuple[Subscription, ...], patient: Patient) -> Iterator[Line]:
    """Behind an https endpoint may be a pager, or a program that wakes nobody."""
    hosts = ", ".join(sorted({urlsplit(found.endpoint).hostname or found.endpoint for found in pagers}))
    yield note(f"no person is subscribed to the topic: whether {hosts} wakes somebody cannot be seen from here")
    yield from (line for line in _filtered(pagers, patient) if line.health is not Health.WELL)


def _filtered(takers: tuple[Subscription, ...], patient: Patient) -> Iterator[Line]:
    """Which messages reach none of them, and which may or may not."""
    taken = {pair: find_taken(takers, pair) for pair in PAIRS}
    kept_back = [pair for pair, answer in taken.items() if answer is False]
    unclear = [pair for pair, answer in taken.items() if answer is None]
    mend = _unfilter(takers)
    if len(kept_back) == len(PAIRS):
        yield _untold("the filters of the topic's subscriptions let no message through to anybody", mend, patient)
    elif kept_back:
        said = f"filters keep from everybody who subscribed to the topic: {name_kinds(kept_back)}"
        is_loud = any(severity in _LOUD or kind in _ASKING for kind, severity in kept_back)
        yield wrong(said, mend) if is_loud and not patient.settings.slack_secret else note(said, mend)
    if unclear:
        yield _unclear(takers, unclear, mend)
    if not kept_back and not unclear:
        count = f"{len(takers)} confirmed {'subscription' if len(takers) == 1 else 'subscriptions'} of people"
        yield well(f"{count}, and each message passes a filter; no message was sent to try whether it arrives")


def _unclear(takers: tuple[Subscription, ...], pairs: list[Pair], mend: str) -> Line:
    refused = sorted({found.unread for found in takers if found.unread})
    if refused:
        said = f"whether filters let messages through could not be asked: {', '.join(refused)}"
        return Line(Health.UNKNOWN, said, "use credentials that may call sns:GetSubscriptionAttributes")
    said = f"whether filters let these through cannot be told from here: {name_kinds(pairs)}"
    return Line(Health.UNKNOWN, said, mend)


def _unfilter(takers: tuple[Subscription, ...]) -> str:
    """Return what takes the first filter away."""
    arn = next((found.arn for found in takers if not found.is_open()), takers[0].arn)
    asked = f"--subscription-arn {arn} --attribute-name FilterPolicy --attribute-value '{{}}'"
    return f"aws sns set-subscription-attributes {asked} {_HERE}"


def webhook(patient: Patient) -> Iterator[Line]:
    """Whether the secret holds what Slack's notifier can use. It is never shown."""
    secret = patient.settings.slack_secret
    if not secret:
        yield well("Slack is left out")
        return
    found = slack.url_of(patient.aws, patient.settings)
    if isinstance(found, Outcome):
        put = f"aws secretsmanager put-secret-value --secret-id {secret} --secret-string file://webhook {_HERE}"
        yield wrong(found.detail, put)
    else:
        yield well("the secret of Slack's webhook holds an https URL; nothing was sent to try whether Slack takes it")


def hub(patient: Patient) -> Iterator[Line]:
    """Whether Security Hub takes what it is told. A channel that is off rings no alarm while another one works."""
    if patient.parameters.get("SecurityHub") != "true":
        yield well("Security Hub is left out")
        return
    hubs = patient.client("securityhub")
    try:
        hubs.describe_hub()
    except (hubs.exceptions.InvalidAccessException, hubs.exceptions.ResourceNotFoundException):
        yield wrong("Security Hub CSPM is not enabled in this Region", f"aws securityhub enable-security-hub {_HERE}")
    else:
        yield well("Security Hub CSPM is enabled")


def alarms(patient: Patient) -> Iterator[Line]:
    """Whether the alarms are there, may ring, ring where people hear them, and are quiet."""
    names = {patient.resources[one]: one for one in described() if one in patient.resources}
    cloudwatch = patient.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
    found = {one["AlarmName"]: one for page in pages for one in page["MetricAlarms"]}
    ringing = [name for name, one in found.items() if one.get("StateValue") == "ALARM"]
    muted = [name for name, one in found.items() if not one.get("ActionsEnabled", True)]
    gone = [logical for name, logical in names.items() if name not in found]
    aside = [
        names[name] for name, one in found.items() if patient.resources["Topic"] not in one.get("AlarmActions", [])
    ]
    for name in ringing:
        history = f"aws cloudwatch describe-alarm-history --alarm-name {name} {_HERE}"
        yield wrong(f"{names[name]} rings: {found[name].get('AlarmDescription', '')}", history)
    if muted:
        yield wrong(
            f"somebody muted {', '.join(names[one] for one in muted)}",
            f"aws cloudwatch enable-alarm-actions --alarm-names {' '.join(muted)} {_HERE}",
        )
    if gone:
        yield wrong(f"somebody deleted {', '.join(gone)}", patient.revert)
    if aside:
        yield wrong(f"somebody turned {', '.join(aside)} away from the topic: nobody hears it", patient.revert)
    yield from _unheard(patient)
    if not (ringing or muted or gone or aside):
        yield well(f"{len(found)} alarms, all quiet")


def _unheard(patient: Patient) -> Iterator[Line]:
    """Whether somebody takes what an alarm sends: to the topic alone, and without attributes to filter by."""
    takers = find_subscribed(patient).of(Taker.PERSON, Taker.CHAT, Taker.PAGER)
    answers = {found.takes_alarms() for found in takers}
    if True in answers:
        return
    if None in answers:
        yield note("whether filters of the topic let alarms through cannot be told from here", _unfilter(takers))
    elif takers:
        said = "an alarm that rings reaches nobody: filters by attribute keep it back, for alarms have none"
        yield note(said, _unfilter(takers))
    else:
        yield note("an alarm that rings reaches nobody: it goes to the topic alone", _subscribe(patient))
