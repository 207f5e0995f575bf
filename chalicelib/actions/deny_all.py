"""The policies that deny everything: ours, as it was deployed, and AWS's own, which denies where ours does not.

A customer's policy can be given another default version, or be deleted, by whoever may change IAM. Nobody in an account
can change a policy of AWS's own (IAM user guide, "Managed policies and inline policies").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.policy_text import current
from chalicelib.model import ALREADY, Outcome, Permission, Status, refusal_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_iam import IAMClient

    from chalicelib.model import Clients, Step

TEXT: Mapping[str, object] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
}
"""What our quarantine policy says, as it is deployed."""

AWSS_OWN = "arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll"
"""AWS's policy, in the words of a permission."""


def awss_own(ours: str) -> str:
    """The ARN of AWS's policy, in the partition of ours."""
    return f"arn:{ours.split(':')[1]}:iam::aws:policy/AWSDenyAll"


def is_awss_own(arn: str) -> bool:
    """Whether it is AWS's policy. An account's own have the account's number in their ARN."""
    return arn.endswith(":iam::aws:policy/AWSDenyAll")


def is_deployed(document: object) -> bool:
    """Whether a policy says what was deployed, however its JSON is written: IAM takes one value for a list of one."""
    return _plain(document) == _plain(TEXT)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else [_plain(inner) for inner in value]
    return value


def look(clients: Clients, step: Step) -> Outcome:
    """Whether the default version of the policy that the step puts on says what was deployed."""
    arn = step.arguments["policy_arn"]
    if is_awss_own(arn):
        return ALREADY
    try:
        sound = is_deployed(current(clients, arn))
    except clients.iam().exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, "the quarantine policy was deleted", unsound=True)
    if sound:
        return ALREADY
    return Outcome(Status.FAILED, "the quarantine policy was given another text than was deployed", unsound=True)


def set_back(clients: Clients, ours: str) -> Outcome | None:
    """Make the version that was deployed the default one again; None where it is. Nothing is ever written.

    A right to give the policy a text would be a right to give it any text.
    """
    iam = clients.iam()
    try:
        return None if is_deployed(current(clients, ours)) else _set_back(iam, ours)
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, f"our policy {ours} was deleted")
    except iam.exceptions.ClientError as error:
        if error.response["Error"].get("Code") != "AccessDenied":
            raise
        return Outcome(Status.FAILED, f"our policy {ours} could not be set back: {refusal_words(error.response)}")


def _set_back(iam: IAMClient, ours: str) -> Outcome:
    known = [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=ours)["Versions"]]
    deployed = next((version for version in known if _is_deployed_version(iam, ours, version)), None)
    if deployed is None:
        return Outcome(Status.FAILED, f"no version of our policy {ours} says what was deployed")
    iam.set_default_policy_version(PolicyArn=ours, VersionId=deployed)
    return Outcome(Status.DONE, f"our own policy says again what was deployed, by its version {deployed}")


def _is_deployed_version(iam: IAMClient, arn: str, version: str) -> bool:
    return is_deployed(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


READS = Permission(("iam:GetPolicy", "iam:GetPolicyVersion"), ("${QuarantinePolicy}",))
SETS_BACK = Permission(("iam:ListPolicyVersions", "iam:SetDefaultPolicyVersion"), ("${QuarantinePolicy}",))

UNRENEWED = (
    "AWS's own policy denies meanwhile; `leak-responder doctor` names the call that gives our policy its text again"
)
