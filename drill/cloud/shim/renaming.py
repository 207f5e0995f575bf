"""UpdateUser: another name or path for a user, who stays the same one and keeps everything.

"UpdateUser", IAM API reference: it takes the right on the user as it is and on the user as it will be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator, responses
from ministack.services import iam, sts

from drill.cloud.call import CURRENT
from drill.cloud.shim import user_credentials
from drill.cloud.shim.patching import Addition

if TYPE_CHECKING:
    from collections.abc import Iterator


def _update(asked: dict[str, Any]) -> Any:
    name, user = iam._p(asked, "UserName"), iam._users.get(iam._p(asked, "UserName"))
    if user is None:
        return iam._error(404, "NoSuchEntity", f"The user with name {name} cannot be found.", ns="iam")
    new, path = iam._p(asked, "NewUserName") or name, iam._p(asked, "NewPath") or user["Path"]
    arn = f"arn:aws:iam::{responses.get_account_id()}:user{path}{new}"
    if not _may_become(arn):
        message = f"User is not authorized to perform: iam:UpdateUser on resource: {arn}"
        return iam._error(403, "AccessDenied", message, ns="iam")
    if any(other.lower() == new.lower() for other in iam._users if other != name):
        return iam._error(409, "EntityAlreadyExists", f"User with name {new} already exists.", ns="iam")
    iam._users[new] = iam._users.pop(name) | {"UserName": new, "Path": path, "Arn": arn}
    _take_along(name, new, arn)
    return iam._xml(200, "UpdateUserResponse", "", ns="iam")


def _may_become(arn: str) -> bool:
    """Say whether the caller has the right on the user as it will be; on the one that it is, ministack has asked."""
    call = CURRENT.get()
    key = call.caller.access_key if call.caller else ""
    return iam_evaluator.enforce(key, "iam:UpdateUser", "iam", call.region, arn) is None


def _take_along(name: str, new: str, arn: str) -> None:
    """Have everything that ministack keeps by the name go along."""
    for record, member in _named():
        if record.get(member) == name:
            record[member] = new
    for store in (iam._user_inline_policies, iam._login_profiles):
        if name in store:
            store[new] = store.pop(name)
    for group in iam._groups.values():
        group["Users"] = [new if one == name else one for one in group["Users"]]
    for session in sts._sessions.values():
        if session.get("PrincipalName") == new and session.get("PrincipalType") == "User":
            session["Arn"] = arn


def _named() -> Iterator[tuple[dict[str, Any], str]]:
    """Every record that says whose it is, and in which member."""
    for record in (*iam._access_keys.values(), *iam._login_profiles.values(), *user_credentials.records()):
        yield record, "UserName"
    for device in iam._mfa_devices.values():
        yield device, "User"
    account = responses.get_account_id()
    for session in sts._sessions.values():
        if session.get("AccountId") == account:
            yield session, "PrincipalName"


PATCHES = (
    # It has no such call.
    Addition(iam._IAM_HANDLERS, "UpdateUser", _update),
)
USES: tuple[tuple[Any, str], ...] = (
    *((iam, name) for name in ("_access_keys", "_groups", "_login_profiles", "_mfa_devices", "_users")),
    *((iam, name) for name in ("_error", "_p", "_user_inline_policies", "_xml")),
    (iam_evaluator, "enforce"),
    (sts, "_sessions"),
)
