"""What outlives one call: the ledger, the queues, the topic, the deny-all policy, the logs."""

from __future__ import annotations

from typing import Any

from chalicelib.actions import deny_all
from console.stack.functions import FUNCTIONS, WIDE_QUEUE, Function, Trigger
from console.stack.rules import wide_states

Json = dict[str, Any]

_HOUR = 60 * 60
_DAY = 24 * _HOUR
_LEAST_TIMES = 5  # Lambda developer guide, "Configuring a queue to use with Lambda"
_LONGEST_RETENTION = 14 * _DAY  # the most that SQS keeps a message

# What is attached to contained people must not be deleted, and what is written down must not be lost, by an
# update of a production stack; a stack for trying out leaves nothing behind.
_KEEP = {"prod": "Retain", "dev": "Delete"}
_LOG_DAYS = {"prod": 365, "dev": 30}


def storage(stage: str) -> Json:
    """All resources that hold something."""
    return {
        "LedgerTable": _ledger(stage),
        **_queues(),
        "UndeliveredEventsPolicy": _rules_may_send("UndeliveredEvents", _rules()),
        "WideEventsPolicy": _rules_may_send(WIDE_QUEUE, tuple(wide_states())),
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Leak Responder"}},
        "TopicPolicy": _alarms_may_publish(),
        "QuarantinePolicy": _quarantine(),
        "ReportBucket": _reports(),
        "ReportBucketPolicy": _reports_only_over_tls(),
        **{function.logs_id: _logs(function.name, stage) for function in FUNCTIONS},
    }


def _ledger(stage: str) -> Json:
    keep = _KEEP[stage]
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": keep,
        "UpdateReplacePolicy": keep,
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "status", "due")
            ],
            "KeySchema": _keys("pk", "sk"),
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-status",
                    "KeySchema": _keys("status", "due"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
            "DeletionProtectionEnabled": stage == "prod",
        },
    }


def _keys(partition: str, sort: str) -> list[Json]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _queues() -> Json:
    """Six timeouts of visibility: Lambda developer guide, "Using Lambda with SQS"."""
    read = [one for one in FUNCTIONS if one.trigger is Trigger.QUEUE]
    return {
        **{one.queue: _queue(VisibilityTimeout=6 * one.timeout, RedrivePolicy=_redrive(one)) for one in read},
        "FollowUpDeadLetters": _queue(),
        "UndeliveredEvents": _queue(),
        "FailedInvocations": _queue(),
    }


def _redrive(function: Function) -> Json:
    """A message counts as received where Lambda throttles the function, too: an hour of that is survived, or five times
    where each takes longer.
    """
    times = max(_LEAST_TIMES, _HOUR // (6 * function.timeout))
    return {"deadLetterTargetArn": {"Fn::GetAtt": ["FollowUpDeadLetters", "Arn"]}, "maxReceiveCount": times}


def _queue(**properties: object) -> Json:
    # SSE with a key of SQS's own: EventBridge cannot use the AWS managed KMS key of SQS.
    common = {"MessageRetentionPeriod": _LONGEST_RETENTION, "SqsManagedSseEnabled": True}
    return {"Type": "AWS::SQS::Queue", "Properties": {**common, **properties}}


def _rules() -> tuple[str, ...]:
    return (*(function.rule_id for function in FUNCTIONS if function.ruled), *wide_states())


def _rules_may_send(queue: str, rules: tuple[str, ...]) -> Json:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": [queue, "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": [{"Fn::GetAtt": [rule, "Arn"]} for rule in rules]}},
    }
    properties = {"Queues": [{"Ref": queue}], "PolicyDocument": _document(statement)}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}


def _alarms_may_publish() -> Json:
    """The functions publish by their own policies. The topic has no SSE: CloudWatch cannot use the key `alias/aws/sns`
    (AWS re:Post, "cloudwatch-configure-alarm-sns"), and an alarm that cannot ring is worse.
    """
    alarms = {"Fn::Sub": "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
        "Condition": {"ArnLike": {"aws:SourceArn": alarms}},
    }
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": _document(statement)},
    }


def _reports() -> Json:
    """Kept in every stage: CloudFormation deletes no bucket that holds anything."""
    days = {"Ref": "ReportDays"}
    expiry = {"Status": "Enabled", "ExpirationInDays": days, "NoncurrentVersionExpiration": {"NoncurrentDays": days}}
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    return {
        "Type": "AWS::S3::Bucket",
        "Condition": "KeepsReports",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
                ]
            },
            "PublicAccessBlockConfiguration": dict.fromkeys(closed, True),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {"Rules": [{"Id": "expire", **expiry}]},
        },
    }


def _reports_only_over_tls() -> Json:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [{"Fn::GetAtt": ["ReportBucket", "Arn"]}, {"Fn::Sub": "${ReportBucket.Arn}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Condition": "KeepsReports",
        "Properties": {"Bucket": {"Ref": "ReportBucket"}, "PolicyDocument": _document(statement)},
    }


def _quarantine() -> Json:
    """Attached to leaked users. Deleting the stack fails while it is attached anywhere, which is as it should be.

    Policies that narrow a quarantine are made at run time, under the path /leak-responder/narrow/.
    """
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "ManagedPolicyName": {"Fn::Sub": "leak-responder-quarantine-${AWS::StackName}"},
            "Path": "/leak-responder/",
            "Description": "Denies everything. Attached by Leak Responder to users whose credentials leaked.",
            "PolicyDocument": DENY_ALL,
        },
    }


def _logs(name: str, stage: str) -> Json:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/leak-responder/${{AWS::StackName}}/{name}"},
            "RetentionInDays": _LOG_DAYS[stage],
        },
    }


def _document(statement: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": [statement]}


DENY_ALL: Json = dict(deny_all.TEXT)
"""What a quarantined user may do."""
