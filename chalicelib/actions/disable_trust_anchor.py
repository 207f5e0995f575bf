"""Have Roles Anywhere trust an authority no more. Only by order: a trust anchor is not the principal's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_rolesanywhere import IAMRolesAnywhereClient

    from chalicelib.model import Clients, Facts, Image, Step

_ON, _OFF = "enabled", "disabled"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Whether it was enabled, "" where there is no such anchor."""
    del facts
    return {"anchor": _state(clients, step)}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """Enabled, where somebody set it so."""
    return {"anchor": _ON} if _state(clients, step) == _ON else image


def apply(clients: Clients, step: Step) -> Outcome:
    """New sessions only: what was issued goes on (Roles Anywhere API reference, DisableTrustAnchor)."""
    client = _client(clients, step)
    try:
        client.disable_trust_anchor(trustAnchorId=_id(step))
    except client.exceptions.ResourceNotFoundException:
        return Outcome(Status.ALREADY, "there is no such trust anchor any more")
    return Outcome(Status.DONE, "sessions that it opened work until they expire: contain the roles that trust it")


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether it opens no session: disabled, or gone."""
    enabled = Outcome(Status.FAILED, "the trust anchor is enabled", retryable=True)
    return enabled if _state(clients, step) == _ON else ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """One that was enabled before us is enabled again; in any other case nothing was changed."""
    if image.get("anchor") != _ON or _state(clients, step) != _OFF:
        return ALREADY
    _client(clients, step).enable_trust_anchor(trustAnchorId=_id(step))
    return DONE


def _state(clients: Clients, step: Step) -> str:
    client = _client(clients, step)
    try:
        found = client.get_trust_anchor(trustAnchorId=_id(step))["trustAnchor"]
    except client.exceptions.ResourceNotFoundException:
        return ""
    return _ON if found["enabled"] else _OFF


def _id(step: Step) -> str:
    return step.arguments["anchor"].rpartition("/")[2]


def _client(clients: Clients, step: Step) -> IAMRolesAnywhereClient:
    return clients.rolesanywhere(step.arguments["anchor"].split(":")[3])


_ANCHORS = ("arn:${AWS::Partition}:rolesanywhere:*:${AWS::AccountId}:trust-anchor/*",)
_READS = "rolesanywhere:GetTrustAnchor"

ACTION = Action(
    name="disable-trust-anchor",
    summary="have Roles Anywhere open no session by the trust anchor",
    undo=Undo.REVERSIBLE,
    leaves="the disabling of trust anchor {}",
    undone_by="the trust anchor is enabled again, if it was enabled before us",
    judged_by="answers made from AWS's own model of the service, for nothing here plays it",
    still_works="whoever has a certificate of the authority that the trust anchor names, as each role that trusts it",
    by_hand="disable the trust anchor: aws rolesanywhere disable-trust-anchor",
    permissions=(Permission(("rolesanywhere:DisableTrustAnchor", _READS), _ANCHORS),),
    restore_permissions=(Permission(("rolesanywhere:EnableTrustAnchor", _READS), _ANCHORS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    replaced=replaced,
    image_first=True,
    breaks="What gets its credentials by a trust anchor that was disabled, once those that it has expire.",
    service="Roles Anywhere",
)
