"""Whether people would hear of it: the topic, Slack, Security Hub, and the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Outcome
from chalicelib.notifiers import slack
from chalicelib.settings import HOME_REGION
from console.doctor.patient import note, well, wrong
from console.stack.alarms import alarms as described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Line, Patient

_PENDING = "PendingConfirmation"
_HERE = f"--region {HOME_REGION}"


def topic(patient: Patient) -> Iterator[Line]:
    """Whether somebody has subscribed, and said yes to the mail that asks."""
    topic = patient.resources["Topic"]
    pages = patient.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [one for page in pages for one in page["Subscriptions"]]
    waiting = [one["Endpoint"] for one in found if one["SubscriptionArn"] == _PENDING]
    confirmed = len(found) - len(waiting)
    mend = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint YOU {_HERE}"
    if waiting:
        yield note(f"not confirmed yet: {', '.join(waiting)}. The mail that asks holds the link", mend)
    if confirmed:
        yield well(f"{confirmed} confirmed {'subscription' if confirmed == 1 else 'subscriptions'}")
    elif patient.settings.slack_secret:
        yield note("nobody has confirmed a subscription to the topic: people hear of a leak over Slack alone", mend)
    else:
        yield wrong("nobody has confirmed a subscription to the topic: nobody is told of a leak", mend)


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
        yield well("the secret of Slack's webhook holds an https URL")


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
    """Whether the alarms are there, may ring, and are quiet."""
    names = {patient.resources[one]: one for one in described() if one in patient.resources}
    cloudwatch = patient.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=list(names))
    found = {one["AlarmName"]: one for page in pages for one in page["MetricAlarms"]}
    ringing = [name for name, one in found.items() if one.get("StateValue") == "ALARM"]
    muted = [name for name, one in found.items() if not one.get("ActionsEnabled", True)]
    gone = [logical for name, logical in names.items() if name not in found]
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
    if not (ringing or muted or gone):
        yield well(f"{len(found)} alarms, all quiet")
