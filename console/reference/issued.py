"""What other services give a caller that works without the caller's credential, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.inquiry.issued_credentials import show_command
from chalicelib.inquiry.issuing_calls import ISSUING
from chalicelib.report.words import span
from console.reference.markdown import code, table

if TYPE_CHECKING:
    from chalicelib.inquiry.issuing_calls import Issuing

_HEAD = ("call", "what it gives", "works for", "what ends it")


def issued() -> str:
    """Return the section: one row for each call."""
    return (
        "## Credentials of other services\n\n"
        "An inquiry lists each of these calls that the credential made with success since the exposure, with the "
        "command that ends what it gave. None of them is run by the responder. Containing the principal does not end "
        "them.\n\n"
        f"{table(_HEAD, map(_row, ISSUING))}"
    )


def _row(one: Issuing) -> tuple[str, ...]:
    return (
        f"{code(one.service)} {code(one.call)}",
        one.gives,
        span(one.most) if one.most else "until somebody ends it",
        " ".join(filter(None, (code(show_command(one)), one.beside))),
    )
