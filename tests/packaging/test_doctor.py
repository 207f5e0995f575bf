"""`leak-responder doctor` on the deployed stack: it names everything that is broken, and its own commands mend it."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.stub import Stubber

from console.doctor import intake, people, standing
from console.doctor.patient import Health, Patient
from console.stack import FUNCTIONS
from drill.cloud import levers, lifecycle
from tests.console.stack import STACK, one_document, typed
from tests.response import life
from tests.world import ALLOW

if TYPE_CHECKING:
    from pathlib import Path

    from drill.cloud.lifecycle import Cloud
    from tests.world import World

NOT_A_URL = "xoxb-not-a-url"


@pytest.fixture
def stack(packages: dict[str, Path], running_cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The deployed stack of an owner who set up everything: a trail, a subscription, and somebody protected."""
    levers.reset(running_cloud)
    monkeypatch.setenv("AWS_ENDPOINT_URL", running_cloud.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", running_cloud.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", running_cloud.secret)
    chief = running_cloud.client("iam").create_user(UserName="chief")["User"]
    secret = running_cloud.client("secretsmanager").create_secret(Name="slack", SecretString="https://example.com/x")
    chosen = {
        "Mode": "contain-confirmed",
        "SlackSecretId": secret["ARN"],
        "Protected": json.dumps([{"arn": chief["Arn"], "unique_id": chief["UserId"]}]),
    }
    cloud = lifecycle.deploy(running_cloud, packages["dev"], STACK, chosen)
    cloudtrail, queue = cloud.client("cloudtrail"), cloud.client("sqs").create_queue(QueueName="oncall")["QueueUrl"]
    cloud.client("s3").create_bucket(Bucket="logs")
    cloudtrail.create_trail(Name="management", S3BucketName="logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="management")
    endpoint = f"arn:aws:sqs:{cloud.region}:{cloud.account}:{queue.rsplit('/', 1)[-1]}"
    cloud.client("sns").subscribe(TopicArn=cloud.outputs["TopicArn"], Protocol="sqs", Endpoint=endpoint)
    return cloud


def resources(cloud: Cloud) -> dict[str, str]:
    pages = cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]
    }


def break_everything(cloud: Cloud) -> None:
    here, iam, functions = resources(cloud), cloud.client("iam"), cloud.client("lambda")
    cloud.client("events").disable_rule(Name=here[next(one.rule_id for one in FUNCTIONS if one.ruled)])
    (mapping,) = functions.list_event_source_mappings(FunctionName=here["FollowUp"])["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    functions.put_function_concurrency(FunctionName=here["HealthExposure"], ReservedConcurrentExecutions=0)
    iam.put_role_permissions_boundary(
        RoleName=here["GuarddutyFindingRole"], PermissionsBoundary=_boundary(iam, "only-logs")
    )
    quarantine = here["QuarantinePolicy"]
    iam.create_policy_version(PolicyArn=quarantine, PolicyDocument=ALLOW, SetAsDefault=True)
    cloud.client("secretsmanager").put_secret_value(SecretId="slack", SecretString=NOT_A_URL)
    cloud.client("cloudwatch").set_alarm_state(
        AlarmName=here["UntoldAlarm"], StateValue="ALARM", StateReason="a test says so"
    )
    cloud.client("cloudwatch").disable_alarm_actions(AlarmNames=[here["FollowUpDeadLettersAlarm"]])
    cloud.client("cloudtrail").stop_logging(Name="management")
    (subscription,) = cloud.client("sns").list_subscriptions()["Subscriptions"]
    cloud.client("sns").unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    cloud.client("sqs").send_message(QueueUrl=here["UndeliveredEvents"], MessageBody='{"lock": "nobody"}')
    iam.delete_user(UserName="chief")
    iam.create_user(UserName="chief")


def _boundary(iam: Any, name: str) -> str:
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    )
    return str(iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])


def run(cloud: Cloud, command: str) -> None:
    """An `aws` command as its command line is read: the API's names with dashes, and a flag alone for true."""
    _, service, operation, *words = shlex.split(command)
    client, verb = cloud.client(service), operation.replace("-", "_")
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[verb])
    names = {xform_name(name, "-"): name for name in model.input_shape.members}
    given: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            given[word.removeprefix("--")] = []
        else:
            given[next(reversed(given))].append(word)
    given.pop("region", None)
    asked = {names[name]: _read(model.input_shape.members[names[name]].type_name, said) for name, said in given.items()}
    getattr(client, verb)(**asked)


def _read(kind: str, said: list[str]) -> Any:
    match kind:
        case "list":
            return said
        case "boolean":
            return True
        case "integer":
            return int(said[0])
        case _:
            return said[0]


def test_everything_broken_is_named_and_its_commands_mend_it(stack: Cloud) -> None:
    whole = typed("doctor")
    assert whole.exit_code == 0, whole.stderr
    assert "well     stack: " in whole.stdout
    assert "wrong" not in whole.stdout
    assert typed("doctor", "--stack", "nobodys").exit_code == 2

    break_everything(stack)
    typed("pause", "--reason", "a test")
    looked = typed("doctor", "--json")
    assert looked.exit_code == 1, looked.stderr
    assert NOT_A_URL not in looked.output
    found = one_document(looked)
    ill = {one["check"]: one for one in found["checks"] if one["health"] in {"wrong", "unknown"}}
    assert found["well"] is False
    assert [one for one in ill.values() if one["health"] == "unknown" or not one["mend"]] == []
    assert set(ill) == {
        "functions", "mode", "permissions", "trail", "rules", "queues", "dead letters", "slack", "alarms", "quarantine",
        "protected",
    }  # fmt: skip
    assert "guardduty_finding is kept from" in ill["permissions"]["said"]
    assert "iam:AttachUserPolicy" in ill["permissions"]["said"]
    assert [one["health"] for one in found["checks"] if one["check"] == "topic"] == ["note"]  # Slack is there

    mends = [one["mend"] for one in found["checks"] if one["health"] == "wrong"]
    begun = ("aws lambda", "aws events", "aws cloudtrail", "aws cloudwatch enable", "aws iam set-default")
    for mend in mends:
        if mend.startswith(begun):
            run(stack, mend)
    typed("resume", "--reason", "a test")
    again = one_document(typed("doctor", "--json"))
    left = {one["check"] for one in again["checks"] if one["health"] == "wrong"}
    # The others are a person's or time's to mend.
    assert left == {"permissions", "dead letters", "slack", "alarms", "protected"}


@pytest.mark.parametrize("attack", life.ATTACKS)
def test_whatever_was_done_to_the_quarantine_policy_its_command_mends_it(world: World, attack: str) -> None:
    patient = Patient("s", "", {"QuarantinePolicy": world.settings.quarantine_policy}, {}, "1", world.account.session)
    life.ATTACKS[attack](world)
    (line,) = standing.quarantine(patient)
    assert line.health is Health.WRONG
    run(world.account.cloud, line.mend)
    (line,) = standing.quarantine(patient)
    assert line.health is Health.WELL


@pytest.mark.parametrize(
    ("seconds", "health"), [(0, Health.WELL), (5, Health.WELL), (40, Health.WRONG), (-40, Health.WRONG)]
)
def test_a_clock_that_is_off_is_wrong(seconds: int, health: Health) -> None:
    theirs = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    line = standing.judged("Tue, 24 Nov 2026 03:00:00 GMT", theirs + timedelta(seconds=seconds))
    assert line.health is health


def test_an_answer_without_a_date_is_not_taken_for_agreement() -> None:
    assert standing.judged("", datetime(2026, 11, 24, tzinfo=UTC)).health is Health.UNKNOWN


@pytest.mark.parametrize(
    ("fields", "logs"),
    [
        ({"eventCategory": ["Management"]}, True),
        ({"eventCategory": ["Management"], "readOnly": ["true"]}, False),
        ({"eventCategory": ["Data"]}, False),
    ],
)
def test_a_trail_of_advanced_selectors_counts_where_it_takes_writes(fields: dict[str, list[str]], logs: bool) -> None:
    selector = {"FieldSelectors": [{"Field": name, "Equals": values} for name, values in fields.items()]}
    assert intake._takes_management(selector) is logs


@pytest.mark.parametrize(
    ("parameters", "refusal", "health"),
    [
        ({}, "", Health.WELL),
        ({"SecurityHub": "true"}, "", Health.WELL),
        ({"SecurityHub": "true"}, "InvalidAccessException", Health.WRONG),
    ],
)
def test_a_security_hub_that_is_told_must_be_enabled(parameters: dict[str, str], refusal: str, health: Health) -> None:
    client = boto3.client("securityhub", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    if refusal:
        stub.add_client_error("describe_hub", refusal)
    else:
        stub.add_response("describe_hub", {"HubArn": "arn"})
    nobody = boto3.Session(region_name="us-east-1")
    with stub:
        (line,) = people.hub(Patient("s", "", {}, parameters, "1", nobody, {"securityhub": client}))
    assert (line.health, bool(line.mend)) == (health, health is Health.WRONG)
