"""What is started cold: our handler with its calls counted, and the least that boto3 could do in its place."""

from __future__ import annotations

import os
import time
from typing import Any

_DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'

if os.environ.get("BENCH_COLD") == "ours":
    from bench import calls

    calls.install()
    import app
else:
    import boto3

    iam = boto3.client("iam")


def ours(event: dict[str, Any], context: object) -> list[tuple[str, float, float]]:
    """The deployed handler of GuardDuty findings; its calls."""
    with calls.recorded() as made:
        app.guardduty_finding(event, context)
    return [(call.name, call.began, call.ended) for call in made]


def bare(event: dict[str, Any], context: object) -> list[tuple[str, float, float]]:
    """One deny, put on the user that the finding names."""
    del context
    name = event["detail"]["resource"]["accessKeyDetails"]["userName"]
    began = time.monotonic()
    iam.put_user_policy(UserName=name, PolicyName="deny", PolicyDocument=_DENY)
    return [("iam.PutUserPolicy", began, time.monotonic())]
