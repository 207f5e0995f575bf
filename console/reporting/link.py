"""A link to an incident's page in the bucket of reports, signed with the rights of whoever types the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.orders.entitled import RefusedError
from console.deployed import ask, refusing, session
from console.show import recorded
from console.terminal import say

if TYPE_CHECKING:
    from chalicelib.settings import Settings

SECONDS = 900


def link(incident: str, stack: str) -> None:
    """To stdout, and nothing else there. Whoever has the link can read the page until it dies."""
    with refusing(stack):
        ports = ask(stack)
        recorded(incident, ports)
        # What KMS has encrypted takes signature version 4, which is not what botocore signs a link with unasked.
        address = signed(session().client("s3", config=Config(signature_version="s3v4")), incident, ports.settings)
    say(
        f"whoever has this link can read the report for {SECONDS // 60} minutes, or until your credentials expire: "
        "send it to nobody who may not",
        "yellow",
    )
    typer.echo(address)


def signed(s3: Any, incident: str, settings: Settings) -> str:  # noqa: ANN401 - a client of S3
    """The link; RefusedError where there is nothing that it could open."""
    otherwise = f"`leak-responder report {incident} --html FILE` writes the report as it stands now"
    if not settings.report_bucket:
        message = (
            f"the stack keeps no reports (its parameter Reports is not true), so a link would open nothing: {otherwise}"
        )
        raise RefusedError(message)
    page = {"Bucket": settings.report_bucket, "Key": f"{incident}/report.html"}
    try:
        s3.head_object(**page, ExpectedBucketOwner=settings.account)
    except ClientError as error:
        raise RefusedError(f"{_why(incident, page, error)}: {otherwise}") from None
    return str(s3.generate_presigned_url("get_object", Params=page, ExpiresIn=SECONDS))


def _why(incident: str, page: dict[str, str], error: ClientError) -> str:
    """S3 says 404 only to who may list the bucket (S3 API reference, HeadObject)."""
    if error.response["Error"].get("Code") in {"404", "NoSuchKey"}:
        return f"no report on incident {incident} is filed yet"
    where = f"s3://{page['Bucket']}/{page['Key']}"
    return f"{where} is not there yet, or your credentials may not read it"
