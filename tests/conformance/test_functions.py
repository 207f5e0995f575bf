"""A function runs on Lambda's Python, under its own role, in environments with sessions of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

LOOKS = """
    import importlib.util, os, boto3

    def handler(event, context):
        found = {name: importlib.util.find_spec(name) is not None for name in ("boto3", "typer", "ministack", "drill")}
        who = boto3.client("sts").get_caller_identity()
        secrets = [value for name, value in os.environ.items() if name == "AWS_SECRET_ACCESS_KEY"]
        return {"found": found, "arn": who["Arn"], "id": who["UserId"], "secrets": secrets}
"""


def test_what_a_function_finds(cloud: Cloud) -> None:
    arn = scene.function(cloud, "looker", LOOKS, may=None)

    answer = json.loads(cloud.client("lambda").invoke(FunctionName=arn, Payload=b"{}")["Payload"].read())

    assert answer["found"] == {"boto3": True, "typer": False, "ministack": False, "drill": False}
    role_id = cloud.client("iam").get_role(RoleName="looker-role")["Role"]["RoleId"]
    assert answer["arn"] == f"arn:aws:sts::{cloud.account}:assumed-role/looker-role/looker"
    assert answer["id"] == f"{role_id}:looker"
    assert cloud.secret not in answer["secrets"]


def test_a_role_decides_what_its_function_may(cloud: Cloud) -> None:
    source = """
        import boto3

        def handler(event, context):
            return boto3.client("dynamodb").list_tables()["TableNames"]
    """
    arn, iam = (
        scene.function(cloud, "lister", source, may=scene.policy("Allow", "dynamodb:ListTables")),
        cloud.client("iam"),
    )
    invoke = cloud.client("lambda").invoke
    assert "FunctionError" not in invoke(FunctionName=arn, Payload=b"{}")

    deny = scene.policy("Deny", "*", condition={"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}})
    iam.put_role_policy(RoleName="lister-role", PolicyName="revoke", PolicyDocument=deny)

    refused = invoke(FunctionName=arn, Payload=b"{}")
    assert "AccessDenied" in json.loads(refused["Payload"].read())["errorMessage"]


def test_two_functions_of_one_zip_share_nothing_but_their_code(cloud: Cloud) -> None:
    source = """
        import os

        def handler(event, context):
            return [os.path.realpath(__file__), os.getpid(), os.environ["AWS_LAMBDA_FUNCTION_NAME"]]
    """
    answers = [_answer(cloud, scene.function(cloud, name, source)) for name in ("first", "second")]

    (code, pid, name), (other_code, other_pid, other_name) = answers
    assert code == other_code
    assert pid != other_pid
    assert (name, other_name) == ("first", "second")


def _answer(cloud: Cloud, arn: str) -> Any:
    return json.loads(cloud.client("lambda").invoke(FunctionName=arn, Payload=b"{}")["Payload"].read())
