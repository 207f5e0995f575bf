"""Queues as CloudFormation makes them: delay, visibility, redrive; and a function that reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

READS = """
    import json, os, boto3

    def handler(event, context):
        for record in event["Records"]:
            said = {"body": record["body"], "count": record["attributes"]["ApproximateReceiveCount"]}
            boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(said))
            if record["body"] == "poison":
                raise ValueError("poison")
"""


def deployed(cloud: Cloud, seen: scene.Queue) -> tuple[str, str]:
    """URLs of a queue that a function reads, and of its dead letters."""
    function = scene.function(cloud, "reader", READS, Environment={"Variables": {"SEEN": seen.url}})
    dead = {"Type": "AWS::SQS::Queue"}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
    work = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 1, "RedrivePolicy": redrive}}
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]}, "FunctionName": function, "BatchSize": 1},
    }
    outputs = {"Work": {"Value": {"Ref": "Work"}}, "Dead": {"Value": {"Ref": "Dead"}}}
    resources = {"Dead": dead, "Work": work, "Mapping": mapping}
    made = scene.stack(cloud, "queues", {"Resources": resources, "Outputs": outputs})
    return made["Work"], made["Dead"]


def test_a_delayed_message_comes_when_it_is_due(cloud: Cloud) -> None:
    seen, sqs = scene.queue(cloud, "seen"), cloud.client("sqs")
    work, _ = deployed(cloud, seen)
    sqs.send_message(QueueUrl=work, MessageBody="later", DelaySeconds=2)
    sqs.send_message(QueueUrl=work, MessageBody="now")

    assert seen.next_json() == {"body": "now", "count": "1"}
    assert seen.next_json() == {"body": "later", "count": "1"}


def test_what_fails_is_seen_again_and_then_buried(cloud: Cloud) -> None:
    seen, sqs = scene.queue(cloud, "seen"), cloud.client("sqs")
    work, dead = deployed(cloud, seen)
    sqs.send_message(QueueUrl=work, MessageBody="poison")

    assert [seen.next_json()["count"], seen.next_json()["count"]] == ["1", "2"]

    def buried() -> Any:
        return sqs.receive_message(QueueUrl=dead).get("Messages")

    assert [message["Body"] for message in scene.eventually(buried)] == ["poison"]
    assert seen.is_empty


def test_a_function_whose_role_may_not_read_the_queue_is_refused(cloud: Cloud) -> None:
    work = scene.queue(cloud, "work")
    arn = scene.function(cloud, "reader", READS, may=scene.policy("Allow", "sqs:ReceiveMessage"))
    create = cloud.client("lambda").create_event_source_mapping

    assert scene.refusal(create, EventSourceArn=work.arn, FunctionName=arn) == "InvalidParameterValueException"
