"""What makes somebody look: lost events, errors, throttles, and messages that reached nobody."""

from __future__ import annotations

from typing import Any

from console.stack.functions import FUNCTIONS, Function, Trigger
from console.stack.policies import substituted

Json = dict[str, Any]

DEAD_LETTERS = ("FollowUpDeadLetters", "UndeliveredEvents", "FailedInvocations")
UNTOLD = "Untold"
"""The metric that counts messages which no channel of people took; `chalicelib.counting` emits it."""
MISCONFIGURED = "Misconfigured"
"""The metric that counts runs without a configuration of their own that can be read."""


def alarms() -> Json:
    """One alarm for each dead-letter queue, two for each function, one for silence, one for settings.

    None for a throttled route: strangers could ring it, and a Git host tries again.
    """
    return {
        **{f"{queue}Alarm": _dead_letters(queue) for queue in DEAD_LETTERS},
        **{
            f"{function.logical_id}{what}Alarm": _calls(function, what)
            for function in FUNCTIONS
            for what in _rung(function)
        },
        "UntoldAlarm": _counted(
            UNTOLD,
            "A message about a leaked credential reached no channel. Read what it was about: "
            "leak-responder incidents --stack ${AWS::StackName}",
        ),
        "MisconfiguredAlarm": _counted(
            MISCONFIGURED,
            "A function cannot read its settings and works with those that it could read last. Which and why: "
            "leak-responder doctor --stack ${AWS::StackName}",
        ),
    }


def _dead_letters(queue: str) -> Json:
    return _alarm(
        f"{queue} is not empty. How full: leak-responder dead-letters list --stack ${{AWS::StackName}}. "
        "Once the cause is mended: leak-responder dead-letters redrive --stack ${AWS::StackName}",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
        Statistic="Maximum",
    )


_CALLS = {
    "Errors": "fails. Whoever calls it tries again by itself; its log group says why",
    "Throttles": "is throttled: events wait. Look at its reserved concurrency and the account's quota",
}


def _rung(function: Function) -> tuple[str, ...]:
    return ("Errors",) if function.trigger is Trigger.ROUTE else ("Errors", "Throttles")


def _calls(function: Function, what: str) -> Json:
    alarm = _alarm(
        f"Function {function.name} {_CALLS[what]}.",
        Namespace="AWS/Lambda",
        MetricName=what,
        Dimensions=[{"Name": "FunctionName", "Value": {"Ref": function.logical_id}}],
        Statistic="Sum",
    )
    return {**alarm, "Condition": function.condition} if function.condition else alarm


def _counted(metric: str, description: str) -> Json:
    return _alarm(
        description,
        Namespace="LeakResponder",
        MetricName=metric,
        Dimensions=[{"Name": "service", "Value": {"Ref": "AWS::StackName"}}],
        Statistic="Sum",
    )


def _alarm(description: str, **metric: object) -> Json:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": substituted(description),
            "AlarmActions": [{"Ref": "Topic"}],
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "EvaluationPeriods": 1,
            "Period": 60,
            "TreatMissingData": "notBreaching",
            **metric,
        },
    }
