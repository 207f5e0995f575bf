"""Set a signing certificate inactive: the X.509 certificates with which a user signs calls of old interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.switch import Switch
from chalicelib.model import SubjectKind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from chalicelib.actions.switch import Wanted


def _listed(iam: IAMClient, user: str) -> dict[str, str]:
    pages = iam.get_paginator("list_signing_certificates").paginate(UserName=user)
    return {one["CertificateId"]: str(one["Status"]) for page in pages for one in page["Certificates"]}


def _turn(iam: IAMClient, user: str, known: str, status: Wanted) -> None:
    iam.update_signing_certificate(UserName=user, CertificateId=known, Status=status)


_SWITCH = Switch(SubjectKind.SIGNING_CERTIFICATE, "signing certificate", _listed, _turn)

ACTION = _SWITCH.action(
    "deactivate-certificate",
    "set a signing certificate of the user inactive",
    ("iam:UpdateSigningCertificate", "iam:ListSigningCertificates"),
    leaves="the deactivation of signing certificate {}",
    undone_by="the certificate gets the status it had",
    judged_by="the embedded AWS by its status alone, for nothing there takes such a certificate",
    still_works="the certificate, as soon as the deny on its user is lifted or narrowed",
    by_hand=(
        "set the certificate inactive before lifting anything: aws iam update-signing-certificate --status Inactive"
    ),
)
