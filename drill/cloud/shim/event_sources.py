"""EventBridge refuses `aws.*` sources from everyone: in a drill the administrator also speaks for AWS's services."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import eventbridge

from drill.cloud.shim.patching import Patch


def _from_the_administrator(put_events: Any, data: dict[str, Any], allow_aws_source: bool = False) -> Any:
    return put_events(data, allow_aws_source or iam_evaluator.caller_arn().endswith(":root"))


PATCHES = (
    # The only place that looks at the source; its switch is meant for ministack's own emitters.
    Patch(eventbridge, "_put_events", _from_the_administrator),
)
USES = ((iam_evaluator, "caller_arn"),)
