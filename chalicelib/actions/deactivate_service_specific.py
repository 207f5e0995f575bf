"""Set a service-specific credential inactive: for CodeCommit, Keyspaces, or as an API key of Bedrock and Logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.switch import Switch
from chalicelib.model import SubjectKind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from chalicelib.actions.switch import Wanted


def _listed(iam: IAMClient, user: str) -> dict[str, str]:
    found = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
    return {one["ServiceSpecificCredentialId"]: str(one["Status"]) for one in found}


def _turn(iam: IAMClient, user: str, known: str, status: Wanted) -> None:
    iam.update_service_specific_credential(UserName=user, ServiceSpecificCredentialId=known, Status=status)


_SWITCH = Switch(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, "service-specific credential", _listed, _turn)

ACTION = _SWITCH.action(
    "deactivate-service-specific",
    "set a service-specific credential inactive: a Git or Keyspaces password, an API key of Bedrock or Logs",
    ("iam:UpdateServiceSpecificCredential", "iam:ListServiceSpecificCredentials"),
    leaves="the deactivation of service-specific credential {}",
    undone_by="the credential gets the status it had",
    judged_by="the embedded AWS",
    still_works="the credential at its one service, as soon as the deny on its user is lifted or narrowed",
    by_hand=(
        "set the credential inactive before lifting anything: aws iam update-service-specific-credential "
        "--status Inactive"
    ),
)
