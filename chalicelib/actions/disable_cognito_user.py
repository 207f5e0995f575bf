"""Disable a user of a Cognito user pool, then sign them out everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from chalicelib.model import Clients, Facts, Image, Step

_ON, _OFF = "enabled", "disabled"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Whether the user could sign in, "" where there is no such user any more."""
    del facts
    return {"user": _state(clients, step)}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """Enabled, where somebody set it so."""
    return {"user": _ON} if _state(clients, step) == _ON else image


def apply(clients: Clients, step: Step) -> Outcome:
    """In this order: who is signed out first signs in again meanwhile.

    A user who is disabled refreshes nothing. Of refresh tokens after that AWS says nothing, so they are revoked as
    well: who is enabled again has to sign in (Cognito user pools API reference, AdminDisableUser and
    AdminUserGlobalSignOut).
    """
    if not _state(clients, step):
        return Outcome(Status.ALREADY, "the user was deleted, or the name is somebody else's")
    client, (pool, name) = _client(clients, step), _named(step)
    client.admin_disable_user(UserPoolId=pool, Username=name)
    client.admin_user_global_sign_out(UserPoolId=pool, Username=name)
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether nobody signs in as the user. That somebody was signed out can be neither read nor undone."""
    enabled = Outcome(Status.FAILED, "the user is enabled", retryable=True)
    return enabled if _state(clients, step) == _ON else ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """One who was enabled before us is enabled again; in any other case nothing was changed."""
    if image.get("user") != _ON or _state(clients, step) != _OFF:
        return ALREADY
    pool, name = _named(step)
    _client(clients, step).admin_enable_user(UserPoolId=pool, Username=name)
    return Outcome(Status.DONE, "who was signed in signs in again")


def _state(clients: Clients, step: Step) -> str:
    """A name may be given anew, and `sub` never is."""
    client, (pool, name) = _client(clients, step), _named(step)
    try:
        found = client.admin_get_user(UserPoolId=pool, Username=name)
    except (client.exceptions.UserNotFoundException, client.exceptions.ResourceNotFoundException):
        return ""
    known = {one["Name"]: one.get("Value") for one in found.get("UserAttributes", [])}
    if step.principal.unique_id not in {None, known.get("sub")}:
        return ""
    return _ON if found.get("Enabled") else _OFF


def _named(step: Step) -> tuple[str, str]:
    pool, _, name = step.principal.name.partition("/")
    return pool, name


def _client(clients: Clients, step: Step) -> CognitoIdentityProviderClient:
    return clients.cognito(step.principal.name.partition("_")[0])


_POOLS = ("arn:${AWS::Partition}:cognito-idp:*:${AWS::AccountId}:userpool/*",)
_READS = "cognito-idp:AdminGetUser"

ACTION = Action(
    name="disable-cognito-user",
    summary="disable the user of a Cognito user pool, and sign them out everywhere",
    undo=Undo.COMPENSABLE,
    leaves="the disabling of the user and their sign-out everywhere",
    undone_by="the user is enabled again, if they were before us; who was signed in signs in again",
    judged_by="the embedded AWS: no sign-in, no refresh and no call with a token of before",
    still_works="whoever signs in as the user, or holds a token of theirs",
    by_hand="disable the user, then sign them out: aws cognito-idp admin-disable-user, then admin-user-global-sign-out",
    permissions=(Permission(("cognito-idp:AdminDisableUser", "cognito-idp:AdminUserGlobalSignOut", _READS), _POOLS),),
    restore_permissions=(Permission(("cognito-idp:AdminEnableUser", _READS), _POOLS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    replaced=replaced,
    image_first=True,
    service="Cognito",
)
