"""Where a key is written down: found in each kind of place, and shown with nothing that stands beside it."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.aws import Aws
from chalicelib.inquiry.limit import Limit
from chalicelib.inquiry.places import PLACES, objects_of
from chalicelib.inquiry.places.place import Place, Sought
from chalicelib.inquiry.readers import configured
from chalicelib.inquiry.where_used import Found, looked, where_used
from chalicelib.ports import Ports
from chalicelib.settings import Settings
from console import where_used as command
from tests.inquiry.asking import run_any
from tests.sources.events import AKIA, SECRET, SIBLING, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDS = f"export AWS_ACCESS_KEY_ID={AKIA} AWS_SECRET_ACCESS_KEY={SECRET}"
USER_DATA = b64encode(gzip.compress(HOLDS.encode())).decode()
TASK = "arn:aws:ecs:us-east-1:111122223333:task-definition/web:{}"
CONTAINER: Json = {
    "name": "app",
    "environment": [{"name": "KEY", "value": AKIA}, {"name": "SIZE", "value": "3"}],
    "command": ["sh", "-c", HOLDS],
}
TEMPLATE: Json = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web"}
STACK: Json = {"StackName": "web", "CreationTime": "2026-11-24T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}

ANSWERS: dict[str, tuple[tuple[str, Json], ...]] = {
    "Lambda function": (
        (
            "list_functions",
            {
                "Functions": [
                    {"FunctionName": "job", "Environment": {"Variables": {"KEY": b64encode(HOLDS.encode()).decode()}}},
                    {"FunctionName": "none"},
                    {"FunctionName": "sealed", "Environment": {"Error": {"ErrorCode": "AccessDenied", "Message": "x"}}},
                ]
            },
        ),
    ),
    "ECS task definition": (
        ("list_task_definitions", {"taskDefinitionArns": [TASK.format(one) for one in (5, 4, 3, 2, 1)]}),
        ("describe_task_definition", {"taskDefinition": {"containerDefinitions": [CONTAINER]}}),
        ("describe_task_definition", {"taskDefinition": {"containerDefinitions": [{"name": "app"}]}}),
        ("describe_task_definition", {"taskDefinition": {"containerDefinitions": []}}),
    ),
    "EC2 instance": (
        ("describe_instances", {"Reservations": [{"Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}]}),
        ("describe_instance_attribute", {"UserData": {"Value": USER_DATA}}),
        ("describe_instance_attribute", {"UserData": {}}),
        ("describe_launch_templates", {"LaunchTemplates": [TEMPLATE]}),
        (
            "describe_launch_template_versions",
            {
                "LaunchTemplateVersions": [
                    {"VersionNumber": 7, "LaunchTemplateData": {"UserData": b64encode(HOLDS.encode()).decode()}}
                ]
            },
        ),
    ),
    "CodeBuild project": (
        ("list_projects", {"projects": ["site"]}),
        (
            "batch_get_projects",
            {
                "projects": [
                    {
                        "name": "site",
                        "environment": {
                            "type": "LINUX_CONTAINER",
                            "image": "x",
                            "computeType": "BUILD_GENERAL1_SMALL",
                            "environmentVariables": [{"name": "KEY", "value": AKIA}],
                        },
                        "source": {"type": "NO_SOURCE", "buildspec": HOLDS},
                    }
                ]
            },
        ),
    ),
    "SSM parameter": (
        ("describe_parameters", {"Parameters": [{"Name": "/app/key"}, {"Name": "/app/size"}]}),
        (
            "get_parameters",
            {
                "Parameters": [
                    {"Name": "/app/key", "Value": AKIA, "Version": 4},
                    {"Name": "/app/size", "Value": "3", "Version": 1},
                ]
            },
        ),
    ),
    "CloudFormation stack": (
        (
            "describe_stacks",
            {
                "Stacks": [
                    {
                        **STACK,
                        "Parameters": [
                            {"ParameterKey": "Key", "ParameterValue": AKIA},
                            {"ParameterKey": "Secret", "ParameterValue": "****"},
                        ],
                        "Outputs": [{"OutputKey": "Shown", "OutputValue": AKIA}],
                    }
                ]
            },
        ),
    ),
}

FOUND = {
    "Lambda function": [("job", "variable KEY")],
    "ECS task definition": [("web:5", "container app, variable KEY"), ("web:5", "container app, command")],
    "EC2 instance": [("i-1", "user data"), ("launch template web:7", "user data")],
    "CodeBuild project": [("site", "variable KEY"), ("site", "build specification")],
    "SSM parameter": [("/app/key", "value, version 4")],
    "CloudFormation stack": [("web", "parameter Key"), ("web", "output Shown")],
}


def answered(place: Place) -> Found:
    """A search whose answers are as botocore's model says they can be."""
    client = boto3.client(place.service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # type: ignore[call-overload]
    stub = Stubber(client)
    for operation, answer in ANSWERS[place.thing]:
        stub.add_response(operation, answer)
    with stub:
        found = looked(client, place, "us-east-1", Sought((SIBLING, AKIA)))
        stub.assert_no_pending_responses()
    return found


@pytest.mark.parametrize("place", PLACES, ids=lambda one: one.thing)
def test_a_key_is_found_in_each_place_with_where_it_should_live(place: Place) -> None:
    found = answered(place)
    assert [(one.name, one.where) for one in found.hits] == FOUND[place.thing]
    assert {(one.key, one.region, one.instead) for one in found.hits} == {(AKIA, "us-east-1", place.instead)}
    assert SECRET not in json.dumps(asdict(found))


@pytest.mark.parametrize("place", PLACES, ids=lambda one: one.thing)
def test_what_a_search_calls_is_what_it_declares(place: Place) -> None:
    client = boto3.client(place.service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # type: ignore[call-overload]
    called = {client.meta.method_to_api_mapping[operation] for operation, _ in ANSWERS[place.thing]}
    assert {one.partition(":")[2] for one in place.actions} == called


def test_what_cannot_be_looked_into_is_said() -> None:
    sealed, older = (answered(place).gaps for place in PLACES[:2])
    assert ("variables of Lambda function sealed", "AccessDenied") in {(one.what, one.why) for one in sealed}
    assert [one.what for one in older] == ["2 older ECS task definitions"]


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_base64_hides_no_key_wherever_it_begins(before: str) -> None:
    coded = b64encode(f"{before}{HOLDS}".encode()).decode()
    assert Sought((SIBLING, AKIA)).found(coded) == [AKIA]
    assert Sought((SIBLING,)).found(coded) == []


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's, of no account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_objects_that_are_named_are_searched_and_a_person_reads_where(credentials: None) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="our-builds")
        for key, body in (
            ("config/a.env.gz", gzip.compress((" " * 400_000 + HOLDS).encode())),
            ("config/cut.gz", gzip.compress(b"x" * 1000)[:-6]),
            ("config/none", b"nothing"),
            ("else/b", HOLDS.encode()),
        ):
            s3.put_object(Bucket="our-builds", Key=key, Body=body)
        addresses = ["s3://our-builds/config/", "s3://nobodys-bucket"]
        found = where_used(boto3.Session(), [AKIA], [(objects_of(addresses), "us-east-1")])
    assert [(one.name, one.where) for one in found.hits] == [("s3://our-builds/config/a.env.gz", "content")]
    assert [one.what for one in found.gaps[:2]] == ["s3://our-builds/config/cut.gz", "each S3 object in us-east-1"]


REFUSED = {"no key": ("--access-key", "wJalr/x"), "no bucket": ("--access-key", AKIA, "--objects", "our-builds")}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_order_is_refused(case: str) -> None:
    said = run_any("where-used", *REFUSED[case])
    assert (said.exit_code, said.stdout) == (2, "")


def test_the_inquiry_of_a_stack_says_what_it_had_no_time_or_right_for(
    credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = ((name, "variable KEY", [AKIA]) for name in ("first", "second"))
    place = Place("Lambda function", "lambda", "a role", lambda *_: things, ())
    monkeypatch.setattr(configured, "SEARCHED", (place,))
    monkeypatch.setattr(configured, "enabled", lambda _: ("us-east-1",))
    nothing: Any = None
    ports = Ports(Settings(), Aws(boto3.Session(), "us-east-1"), nothing, nothing, nothing, nothing)
    times = iter((0.0, 9.0))
    found = configured.written_down(ports, Limit(lambda: next(times), 5), [AKIA])
    assert [one.name for one in found.hits] == ["first"]
    assert {"SSM parameters", "S3 objects", "more places where a key may be written down"} < {
        one.what for one in found.gaps
    }


def test_a_person_reads_where_it_is_and_what_was_not_seen(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PLACES", tuple(one for one in PLACES if one.service == "ssm"))
    with mock_aws():
        ssm = boto3.client("ssm", region_name="eu-west-1")
        ssm.put_parameter(Name="/app/key", Value=HOLDS, Type="String")
        words = ("where-used", "--access-key", AKIA, "--region", "eu-west-1")
        said, program = run_any(*words), run_any(*words, "--json")
        nowhere = run_any("where-used", "--access-key", SIBLING, "--region", "eu-west-1")
    assert f"{AKIA}: SSM parameter /app/key in eu-west-1, value, version 1" in said.stdout
    assert "instead: a role" in said.stdout
    assert "secrets and SecureString parameters: their values are not read" in said.stdout
    assert SECRET not in said.stdout + program.stdout
    assert json.loads(program.stdout)["hits"][0]["name"] == "/app/key"
    assert nowhere.exit_code == 1
    assert "Found nowhere." in nowhere.stdout


def test_where_some_places_are_refused_nowhere_is_said_of_the_others_alone(
    credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListFunctions")

    def refuse(*_: object) -> Iterator[tuple[str, str, list[str]]]:
        raise refused
        yield

    open_to_us = Place("SSM parameter", "ssm", "a role", lambda *_: iter(()), ())
    closed = Place("Lambda function", "lambda", "a role", refuse, ("lambda:ListFunctions",))
    words = ("where-used", "--access-key", SIBLING, "--region", "eu-west-1")
    with mock_aws():
        monkeypatch.setattr(command, "PLACES", (open_to_us, closed))
        said, program = run_any(*words), run_any(*words, "--json")
        monkeypatch.setattr(command, "PLACES", (closed,))
        blind = run_any(*words)
    assert said.exit_code == 1
    assert "Found nowhere that was looked into: 1 of 2 kinds of places" in said.stdout
    assert "each Lambda function in eu-west-1: AccessDeniedException" in said.stdout
    assert json.loads(program.stdout)["places"] == {"asked": 2, "looked_into": 1}
    assert (blind.exit_code, blind.stdout) == (2, "")
    assert (
        "nothing was looked at, so nothing is known of it: your credentials may not do this: ListFunctions"
        in blind.stderr
    )
