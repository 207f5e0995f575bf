"""A managed policy of our own, under `/leak-responder/`: written, given its text again, and deleted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.actions.policy_text import current
from chalicelib.model import ALREADY, DONE, Outcome, read_arn, refusal_words

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from chalicelib.model import Clients

_PATH_OF_ROLES = "/leak-responder/role/"
OF_ROLES = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/leak-responder/role/*"
"""What denies the sessions of roles, in the words of a permission."""

WRITES = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicyVersion",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListPolicyVersions",
)
DELETES = ("iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListPolicyVersions")


def of_role(account: str, name: str) -> str:
    """The ARN of the policy of that name that denies sessions of a role."""
    return f"arn:aws:iam::{account}:policy{_PATH_OF_ROLES}{name}"


def is_of_a_role(arn: str) -> bool:
    """Whether a policy is one of those."""
    found = read_arn(arn)
    return found is not None and found.kind == "policy" and found.path == _PATH_OF_ROLES


def said(error: ClientError) -> str:
    """The words of IAM, which say what limit it was."""
    return error.response["Error"].get("Message") or refusal_words(error.response)


def write(clients: Clients, arn: str, document: str) -> None:
    """Create the policy; where it stands from an earlier attempt, give it that text."""
    iam = clients.iam()
    path, name = arn.partition(":policy")[2].rsplit("/", 1)
    try:
        iam.create_policy(Path=f"{path}/", PolicyName=name, PolicyDocument=document)
    except iam.exceptions.EntityAlreadyExistsException:
        _mend(clients, arn, document)


def _mend(clients: Clients, arn: str, document: str) -> None:
    """Give the policy its text where it has another. There is room for five versions (IAM user guide, "Versioning IAM
    policies"), and those that do not count may go.
    """
    if says(clients, arn, document):
        return
    _drop_versions(clients, arn)
    clients.iam().create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)


def is_limit(clients: Clients, arn: str, error: ClientError) -> bool:
    """Whether IAM had no room for the policy. What was refused, for that or for more, is not left in the account."""
    with suppress(clients.iam().exceptions.DeleteConflictException):  # it is in force from an earlier attempt
        delete(clients, arn)
    return error.response["Error"].get("Code") == "LimitExceeded"


def says(clients: Clients, arn: str, document: str) -> bool:
    """Whether the policy has that text now."""
    return bool(current(clients, arn) == json.loads(document))


def delete(clients: Clients, arn: str) -> Outcome:
    """Delete the policy with all its versions."""
    iam = clients.iam()
    try:
        _drop_versions(clients, arn)
        iam.delete_policy(PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    return DONE


def _drop_versions(clients: Clients, arn: str) -> None:
    """Delete all versions but the default one, which can only go with its policy, and without which no policy can."""
    iam = clients.iam()
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
