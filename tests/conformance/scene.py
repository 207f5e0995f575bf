"""What the tests put into the embedded AWS, and how they look at it."""

from __future__ import annotations

import io
import json
import textwrap
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from drill import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

    from drill.cloud.lifecycle import Cloud  # noqa: TC004 - only a checker reads the annotation

PATIENCE = 10.0  # seconds; nothing here takes one


def policy(
    effect: str, action: str | list[str], resource: str = "*", condition: Mapping[str, Any] | None = None
) -> str:
    statement: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": resource}
    statement |= {"Condition": condition} if condition else {}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ALLOW_ALL = policy("Allow", "*")


def user(cloud: Cloud, name: str = "ada", may: str | None = ALLOW_ALL) -> boto3.Session:
    """A user with a key, who may do everything unless told otherwise."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    if may:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=may)
    return key(cloud, name)


def key(cloud: Cloud, name: str) -> boto3.Session:
    return cast.key(cloud, name).session


def configure_rotation(cloud: Cloud, secret: str, function: str, **more: Any) -> None:
    """Give a secret its rotation function, and rotate nothing: until Secrets Manager has tested it."""
    manager = cloud.client("secretsmanager")
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotateImmediately=False, **more)
    eventually(lambda: len(manager.describe_secret(SecretId=secret)["VersionIdsToStages"]) == 1)


def key_id(session: boto3.Session) -> str:
    credentials = session.get_credentials()
    assert credentials is not None
    return str(credentials.access_key)


def role(cloud: Cloud, name: str, may: str | None = ALLOW_ALL, trusts: Mapping[str, str] | None = None) -> str:
    """A role that Lambda may assume, unless it trusts somebody else; its ARN."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusts or {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    if may:
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=may)
    return str(made["Arn"])


def function(cloud: Cloud, name: str, source: str, may: str | None = ALLOW_ALL, **settings: Any) -> str:
    """A function whose module is `source`, with a role of its own; its ARN."""
    made = cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="code.handler",
        Role=role(cloud, f"{name}-role", may),
        Code={"ZipFile": zipped(source)},
        Timeout=10,
        **settings,
    )
    return str(made["FunctionArn"])


def zipped(source: str) -> bytes:
    """The same source always gives the same bytes: without a date of its own, an entry carries the time of day."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("code.py"), textwrap.dedent(source))
    return packed.getvalue()


def let_invoke(cloud: Cloud, function_arn: str, principal: str) -> None:
    cloud.client("lambda").add_permission(
        FunctionName=function_arn, StatementId="may", Action="lambda:InvokeFunction", Principal=principal
    )


@dataclass(frozen=True)
class Queue:
    """A queue that AWS's services may send to."""

    cloud: Cloud
    url: str
    arn: str

    def next(self) -> dict[str, Any]:
        """The next message, which is then gone."""
        sqs = self.cloud.client("sqs", region=self.arn.split(":")[3])

        def arrived() -> Any:
            return sqs.receive_message(QueueUrl=self.url, MessageAttributeNames=["All"], WaitTimeSeconds=1).get(
                "Messages"
            )

        message: dict[str, Any] = eventually(arrived)[0]
        sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def next_json(self) -> Any:
        return json.loads(self.next()["Body"])

    @property
    def is_empty(self) -> bool:
        sqs = self.cloud.client("sqs", region=self.arn.split(":")[3])
        return not sqs.receive_message(QueueUrl=self.url).get("Messages")


def queue(cloud: Cloud, name: str, region: str | None = None, open_to: str = "*") -> Queue:
    sqs = cloud.client("sqs", region=region)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": open_to, "Action": "sqs:SendMessage", "Resource": arn}
    if open_to:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return Queue(cloud, url, arn)


def rule(cloud: Cloud, pattern: Mapping[str, Any], target: str, region: str | None = None, **settings: Any) -> str:
    """A rule on the default bus; `State` is the rule's, every other setting the target's. Its ARN."""
    events = cloud.client("events", region=region)
    state, name = settings.pop("State", "ENABLED"), f"rule-{len(events.list_rules()['Rules'])}"
    made = events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=state)
    events.put_targets(Rule=name, Targets=[{"Id": "target", "Arn": target, **settings}])
    return str(made["RuleArn"])


def send(cloud: Cloud, source: str, kind: str, detail: Mapping[str, Any], region: str | None = None) -> None:
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
    answer = cloud.client("events", region=region).put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


def refusal(call: Callable[..., Any], **asked: Any) -> str | None:
    """The error code with which AWS refuses a call; None where it does not."""
    try:
        call(**asked)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return None


def eventually(holds: Callable[[], Any], within: float = PATIENCE) -> Any:
    """What `holds` gives, as soon as it gives something."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return found


def stack(cloud: Cloud, name: str, template: Mapping[str, Any]) -> dict[str, str]:
    """A stack of plain CloudFormation; its outputs."""
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])

    def done() -> Any:
        found = formation.describe_stacks(StackName=name)["Stacks"][0]
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    found = eventually(done)
    assert found["StackStatus"] == "CREATE_COMPLETE", formation.describe_stack_events(StackName=name)["StackEvents"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def identity_pool(cloud: Cloud, role_arn: str) -> str:
    """One that gives everybody sessions of the role."""
    pools = cloud.client("cognito-identity")
    made = pools.create_identity_pool(IdentityPoolName="shop", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    pools.set_identity_pool_roles(IdentityPoolId=made, Roles={"unauthenticated": role_arn})
    return str(made)


def visitor(cloud: Cloud, pool: str) -> tuple[str, boto3.Session]:
    """The identity of one more who came by, and whoever holds its session."""
    pools = cloud.client("cognito-identity")
    identity = pools.get_id(IdentityPoolId=pool)["IdentityId"]
    given = pools.get_credentials_for_identity(IdentityId=identity)["Credentials"]
    return identity, cloud.session(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
