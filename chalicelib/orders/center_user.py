"""Whom a person means by the name of a user of Identity Center."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.actions import center
from chalicelib.model import Principal, PrincipalKind
from chalicelib.orders.entitled import RefusedError

if TYPE_CHECKING:
    from chalicelib.ports import Ports


_NAMED = re.compile(
    r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])/(?:(?P<store>d-[0-9a-z]{10}|[0-9a-f-]{36})/)?)?(?P<name>\S{1,128})"
)


def found(text: str, ports: Ports) -> Principal:
    """The user whom an identity store that we may ask knows by that name."""
    given = _NAMED.fullmatch(text)
    if given is None:
        message = f"{text!r} is no user of Identity Center: give the username, or REGION/USERNAME"
        raise RefusedError(message)
    region, name = given["region"] or ports.settings.region, given["name"]
    stores = tuple(one["IdentityStoreId"] for one in center.seen(ports.aws, region) if "IdentityStoreId" in one)
    known = {store: _center_id(region, store, name, ports) for store in stores if given["store"] in {None, store}}
    ids = {store: one for store, one in known.items() if one}
    if len(ids) != 1:
        raise RefusedError(_unfound(region, name, tuple(ids), ports))
    [(store, unique_id)] = ids.items()
    account = ports.settings.account
    return Principal(PrincipalKind.IDENTITY_CENTER_USER, account, f"{region}/{store}/{name}", unique_id)


def _center_id(region: str, store: str, name: str, ports: Ports) -> str | None:
    client = ports.aws.identity_store(region)
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
    try:
        return client.get_user_id(IdentityStoreId=store, AlternateIdentifier=by_name)["UserId"]  # type: ignore[arg-type]
    except client.exceptions.ResourceNotFoundException:
        return None
    except client.exceptions.AccessDeniedException as error:
        message = (
            f"identity store {store} in {region} does not answer: either account {ports.settings.account} does not "
            "administer Identity Center, and you want a stack in the account that does, or your credentials lack "
            "identitystore:GetUserId. Nothing was done"
        )
        raise RefusedError(message) from error


def _unfound(region: str, name: str, stores: tuple[str, ...], ports: Ports) -> str:
    if stores:
        both = " or ".join(f"{region}/{store}/{name}" for store in stores)
        return f"more than one identity store in {region} has a user {name}: say which, {both}. Nothing was done"
    return (
        f"Identity Center, as account {ports.settings.account} sees it in {region}, has no user {name}: give the order "
        "with a stack in the account that administers it, and as REGION/USERNAME where that is in another Region. "
        "Nothing was done"
    )
