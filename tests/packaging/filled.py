"""A template's functions filled in with plausible values, as far as policies use them."""

from __future__ import annotations

import re
from typing import Any

_VALUES = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "leak-responder-x",
    "LedgerTable.Arn": "arn:aws:dynamodb:us-east-1:123456789012:table/ledger",
    "FollowUpQueue.Arn": "arn:aws:sqs:us-east-1:123456789012:follow-up",
    "Inquiries.Arn": "arn:aws:sqs:us-east-1:123456789012:inquiries",
    "TrailBucket": "our-trail",
    "TrailPrefix": "AWSLogs/",
    "TrailTable": "trail",
    "TrailDatabase": "logs",
    "TrailWorkgroup": "primary",
    "TrailResultsBucket": "our-results",
    "WideEvents.Arn": "arn:aws:sqs:us-east-1:123456789012:wide",
    "FailedInvocations.Arn": "arn:aws:sqs:us-east-1:123456789012:failed",
    "Topic": "arn:aws:sns:us-east-1:123456789012:topic",
    "QuarantinePolicy": "arn:aws:iam::123456789012:policy/leak-responder/leak-responder-quarantine-x",
    "SlackSecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-a1b2c3",
    "GitHubSecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:github-a1b2c3",
    "GitHubTokenId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token-a1b2c3",
    "GitLabSecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:gitlab-a1b2c3",
    "IdentityCenter": "ssoins-0123456789abcdef",
    "IdentityStore": "d-0123456789",
    "BusName": "default",
    "ReportBucket": "stack-reports",
    "ReportBucket.Arn": "arn:aws:s3:::stack-reports",
}
_LISTS = {
    "LinkedSecretArns": [
        f"arn:aws:secretsmanager:us-east-1:123456789012:secret:linked-{letter * 6}" for letter in "ab"
    ],
    "RotateIfRead": ["arn:aws:secretsmanager:*:123456789012:secret:prod/*"],
    "AccessKeyUserArns": ["arn:aws:iam::123456789012:user/kept"],
    "SecretParameterArns": ["arn:aws:ssm:us-east-1:123456789012:parameter/prod/orders"],
    "RotationFunctionArns": ["arn:aws:lambda:us-east-1:123456789012:function:rotate-database"],
}


def filled(node: Any) -> Any:
    """The node with its functions evaluated: every condition true. KeyError for a name that nothing defines."""
    match node:
        case {"Ref": name} if name in _LISTS:
            return _LISTS[name]
        case {"Ref": name}:
            return _value(name)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _value(found[1]), text)
        case {"Fn::If": [_, chosen, _]}:
            return filled(chosen)
        case dict():
            return {key: filled(value) for key, value in node.items()}
        case list():
            return [filled(value) for value in node]
        case _:
            return node


def _value(name: str) -> str:
    logs = re.fullmatch(r"(\w+)Logs\.Arn", name)
    if logs:
        return f"arn:aws:logs:us-east-1:123456789012:log-group:/leak-responder/x/{logs[1]}:*"
    return _VALUES[name]
