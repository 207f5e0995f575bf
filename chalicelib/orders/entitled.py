"""Who may order something by hand: whoever STS says it is, and never a contained principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import roll
from chalicelib.model import Principal, PrincipalKind, read_arn

if TYPE_CHECKING:
    from chalicelib.ports import Ports


class RefusedError(Exception):
    """It cannot be done as asked; the text says why and what to do instead."""

    def add(self, words: str) -> None:
        """Say more of it, behind what is said."""
        self.args = (f"{self}. {words}", *self.args[1:])


def name_missing(incident_id: str) -> RefusedError:
    """Return the refusal of an order about an incident that is not there."""
    if incident_id.startswith(NOTICE):
        return RefusedError(
            f"{incident_id} is a notice: it opened no incident, so nothing was done that could be undone. "
            f"`leak-responder show {incident_id}` says what it said"
        )
    return RefusedError(f"there is no incident {incident_id}; `leak-responder incidents` lists the open ones")


NOTICE = "notice-"
"""Begins the id of a notice, where that of an incident has its day."""


def refuse_contained(by: str, ports: Ports) -> None:
    """RefusedError where the caller, an ARN as STS gives it, may be the one that leaked."""
    known = read_arn(by)
    if known and known.kind == "federated-user":
        message = f"STS does not say whose federated session {by} is: use credentials of a role, or of a user"
        raise RefusedError(message)
    caller = principal_of(by)
    if caller is not None and roll.has_open(ports.ledger, caller):
        message = (
            f"{caller.kind} {caller.name} has an open incident itself, so it may be the intruder who asks: "
            "somebody else has to do this, with other credentials"
        )
        raise RefusedError(message)


def refuse_silent(reason: str) -> None:
    """RefusedError where no reason is given."""
    if not reason.strip():
        message = "say why with --reason: it is what people are told, and what the ledger keeps"
        raise RefusedError(message)


def principal_of(arn: str) -> Principal | None:
    """The user or role behind an ARN of GetCallerIdentity; None for anyone who can have no incident.

    A user's name is the last part of its path; a role's stands before the session name, without its path.
    """
    found = read_arn(arn)
    kind = _KINDS.get(found.kind) if found else None
    return Principal(kind, found.account, found.name) if found and kind and found.name else None


_KINDS = {"user": PrincipalKind.USER, "assumed-role": PrincipalKind.ROLE}
