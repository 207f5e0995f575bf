"""The template that `chalice package --merge-template` lays over what it made of app.py."""

from __future__ import annotations

from typing import Any

from console.stack.alarms import alarms
from console.stack.functions import FUNCTIONS, WIDE_QUEUE, Function, Trigger
from console.stack.parameters import CONDITIONS, ENVIRONMENT, PARAMETERS, RULES
from console.stack.rules import delivery, wide_rules
from console.stack.storage import storage

Json = dict[str, Any]

STAGES = ("dev", "prod")

_HOUR = 60 * 60


def merged(stage: str) -> Json:
    """Everything beside the functions and rules themselves. Dictionaries merge deeply, anything else replaces."""
    return {
        "Description": f"Leak Responder ({stage}): makes leaked AWS credentials powerless.",
        "Parameters": PARAMETERS,
        "Rules": RULES,
        "Conditions": CONDITIONS,
        "Globals": {"Function": {"Environment": {"Variables": ENVIRONMENT}}},
        "Resources": {
            **storage(stage),
            **alarms(),
            **wide_rules(),
            **{function.logical_id: _function(function) for function in FUNCTIONS},
            "RotationPermission": _rotation_permission("RotateGeneratedPassword"),
            "KeyRotationPermission": _rotation_permission("RotateAccessKey"),
            **_api(),
        },
        "Outputs": _outputs(),
    }


def _function(function: Function) -> Json:
    properties: Json = {"LoggingConfig": {"LogGroup": {"Ref": function.logs_id}}}
    if function.reserved is not None:
        ceiling = {"Fn::If": ["Reserved", function.reserved, {"Ref": "AWS::NoValue"}]}
        properties["ReservedConcurrentExecutions"] = ceiling
    if function.recursive:
        # Lambda ends a chain of about 16 calls otherwise (Lambda developer guide, "Recursive loop detection"), and what
        # is looked at every minute is a longer one. `Ports` slows a chain that does not end.
        properties["RecursiveLoop"] = "Allow"
    if function.asynchronous:
        properties["EventInvokeConfig"] = _invoke_config()
    if function.event_id:
        properties["Events"] = {function.event_id: {"Properties": _event(function)}}
    return {**_only_if(function.condition), "Properties": properties}


def _only_if(condition: str) -> Json:
    return {"Condition": condition} if condition else {}


def _api() -> Json:
    """The routes are there only for a host that is configured, and let few requests a second through."""
    every = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}
    only = _only_if("HasHosts")
    return {"RestAPI": {**only, "Properties": {"MethodSettings": [every]}}, "APIHandlerInvokePermission": only}


def _invoke_config() -> Json:
    """Two retries after an error; six hours, the most there is, for an event that waits behind a throttle."""
    lost = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedInvocations", "Arn"]}}
    return {
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 6 * _HOUR,
        "DestinationConfig": {"OnFailure": lost},
    }


def _event(function: Function) -> Json:
    if function.trigger is Trigger.QUEUE:
        # A ceiling on the mapping, not on the function: throttled messages would end among the dead letters.
        ceiling = {"MaximumConcurrency": 10}
        # `Fn::Sub`, because Chalice writes a `Fn::Sub` for a queue by name, and dictionaries merge.
        return {"Queue": {"Fn::Sub": f"${{{function.queue}.Arn}}"}, "BatchSize": 1, "ScalingConfig": ceiling}
    return delivery()


def _rotation_permission(function: str) -> Json:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Ref": function},
            "Action": "lambda:InvokeFunction",
            "Principal": "secretsmanager.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
        },
    }


def _outputs() -> Json:
    outputs: Json = {
        "Mode": {"Ref": "Mode"},
        "LedgerTableName": {"Ref": "LedgerTable"},
        "FollowUpQueueUrl": {"Ref": "FollowUpQueue"},
        "WideEventsUrl": {"Ref": WIDE_QUEUE},
        "FollowUpDeadLettersUrl": {"Ref": "FollowUpDeadLetters"},
        "UndeliveredEventsUrl": {"Ref": "UndeliveredEvents"},
        "FailedInvocationsUrl": {"Ref": "FailedInvocations"},
        "TopicArn": {"Ref": "Topic"},
        "QuarantinePolicyArn": {"Ref": "QuarantinePolicy"},
        "BusName": {"Ref": "BusName"},
    }
    made: Json = {name: {"Value": value} for name, value in outputs.items()}
    for function in FUNCTIONS:
        only = _only_if(function.condition)
        made[f"{function.logical_id}Name"] = {"Value": {"Ref": function.logical_id}, **only}
        made[f"{function.logical_id}Arn"] = {"Value": {"Fn::GetAtt": [function.logical_id, "Arn"]}, **only}
    made["ReportBucketName"] = {"Value": {"Ref": "ReportBucket"}, **_only_if("KeepsReports")}
    return {**made, **dict.fromkeys(("RestAPIId", "EndpointURL"), _only_if("HasHosts"))}  # Chalice says their values
