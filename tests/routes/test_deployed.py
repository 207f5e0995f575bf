"""The routes as they are deployed: the real package under its own policies, asked over HTTP."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
import urllib3
from hypothesis import HealthCheck, given, settings
from requests import Request, Session
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.package import build
from drill.cloud import lifecycle
from tests.conformance import scene
from tests.routes.bodies import SECRET, alert, bearer, signed, token, written
from tests.routes.openapi import PROMISED

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


PROMISE = schemathesis.openapi.from_dict(PROMISED)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
PATIENCE = 60.0  # seconds; all of it takes five


@pytest.fixture
def deployed(cloud: Cloud) -> Cloud:
    """The stack with both hosts configured."""
    held = cloud.client("secretsmanager").create_secret(Name="of-the-hosts", SecretString=SECRET)["ARN"]
    chosen = {"Mode": "contain-confirmed", "GitHubSecretId": held, "GitLabSecretId": held, "Inquiry": "false"}
    return lifecycle.deploy(cloud, build("dev"), "leak-responder-dev", chosen)


def base(cloud: Cloud) -> str:
    """Where the routes begin; on AWS it is the output EndpointURL."""
    return f"{cloud.endpoint}/restapis/{cloud.outputs['RestAPIId']}/api/_user_request_"


def status(cloud: Cloud, path: str, headers: Any, body: bytes, method: str = "POST") -> int:
    return urllib3.request(method, base(cloud) + path, headers=headers, body=body, timeout=PATIENCE).status


def incidents(cloud: Cloud) -> set[str]:
    """The locks of all principals that have an incident."""
    found = cloud.client("dynamodb").scan(TableName=cloud.outputs["LedgerTableName"], ConsistentRead=True)["Items"]
    return {item["pk"]["S"] for item in found if item["pk"]["S"].startswith("LOCK#")}


def mailbox(cloud: Cloud) -> str:
    """A queue that is given what people are told."""
    arn = f"arn:aws:sqs:{cloud.region}:{cloud.account}:people"
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    cloud.client("sns").subscribe(TopicArn=cloud.outputs["TopicArn"], Protocol="sqs", Endpoint=arn)
    return str(cloud.client("sqs").create_queue(QueueName="people", Attributes={"Policy": policy})["QueueUrl"])


def told(cloud: Cloud, queue: str) -> str:
    """What people have been told so far and not been given yet."""
    found = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return "".join(one["Body"] for one in found)


def test_what_hosts_report_is_verified_told_and_asked_about(deployed: Cloud) -> None:
    queue, key = mailbox(deployed), scene.key_id(scene.user(deployed))
    body = written(alert(validity="active"))

    assert status(deployed, "/github", signed(body, "somebody else's"), body) == 401
    assert status(deployed, "/gitlab/v1/revoke_tokens", bearer("wrong"), written([token(key)])) == 401
    assert status(deployed, "/gitlab/v1/revocable_token_types", bearer(), b"", "GET") == 200

    assert [status(deployed, "/github", signed(body), body) for _ in range(2)] == [202, 202]
    assert scene.eventually(lambda: "secret-scanning/42" in told(deployed, queue), within=PATIENCE)
    assert incidents(deployed) == set()

    assert status(deployed, "/gitlab/v1/revoke_tokens", bearer(), written([token(key)])) == 204
    assert scene.eventually(lambda: incidents(deployed), within=PATIENCE) == {f"LOCK#{deployed.account}/user/ada"}
    assert deployed.client("iam").list_access_keys(UserName="ada")["AccessKeyMetadata"][0]["Status"] == "Active"


def test_whatever_is_sent_is_answered_as_it_is_promised(deployed: Cloud) -> None:
    answered: set[int] = set()
    for operation, proven in product(PROMISE.get_all_operations(), (True, False)):
        kept, broken = (operation.ok().as_strategy(generation_mode=mode) for mode in MODES)
        answered |= answers(deployed, kept | broken, proven=proven)
    assert {200, 202, 204, 400, 401} <= answered


def answers(cloud: Cloud, cases: Any, *, proven: bool) -> set[int]:
    """Ask a few times; the statuses that came, each with what is promised of it."""
    answered: set[int] = set()

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases)
    def ask(case: Any) -> None:
        asked = Request(**case.as_transport_kwargs(base_url=base(cloud))).prepare()
        body = asked.body if isinstance(asked.body, bytes) else str(asked.body or "").encode()
        asked.headers.update(signed(body) | bearer() if proven else {"content-type": "application/json"})
        answer = Session().send(asked, timeout=PATIENCE)
        answered.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        assert proven or answer.status_code == 401

    ask()
    return answered


def test_where_no_host_is_configured_there_is_no_endpoint(cloud: Cloud) -> None:
    outputs = lifecycle.deploy(cloud, build("dev"), "leak-responder-dev").outputs
    assert not {"EndpointURL", "RestAPIId", "APIHandlerArn"} & set(outputs)
    assert cloud.client("apigateway").get_rest_apis()["items"] == []
    functions = cloud.client("lambda").list_functions()["Functions"]
    assert [one for one in functions if "apihandler" in one["FunctionName"].lower()] == []
