"""Whether a role or an AWS service may do something: asked where ministack acts for them without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator, responses
from ministack.services import lambda_svc, sqs

if TYPE_CHECKING:
    from drill.cloud.shim.patching import Patch


def role_may(role_arn: str, action: str, resource: str) -> bool:
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
    )
    return bool(iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(name, account)).decision == "Allow")


def service_may_invoke(service: str, function_arn: str, source_arn: str) -> bool:
    """By the function's own policy, the one that `AWS::Lambda::Permission` writes."""
    found = lambda_svc.function_policy_for_arn(function_arn)
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=responses.get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": responses.get_account_id()},
    )
    policy = found[0] if found else None
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def service_may_send(service: str, queue_arn: str, source_arn: str) -> bool:
    return bool(sqs.queue_policy_allows(queue_arn, service, source_arn, responses.get_account_id()))


PATCHES: tuple[Patch, ...] = ()
USES: tuple[tuple[Any, str], ...] = (
    (iam_evaluator, "EvalContext"),
    (iam_evaluator, "_gather_role_policies"),
    (iam_evaluator, "evaluate"),
    (iam_evaluator, "evaluate_resource_policy"),
    (lambda_svc, "function_policy_for_arn"),
    (sqs, "queue_policy_allows"),
)
