"""A user of a Cognito user pool whose password or token leaked, judged by the sign-ins of the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Closed, Result
from chalicelib.follow_up import resume
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import RefusedError, give_back, release, restore
from chalicelib.report.form import PUT_BACK, Kind
from chalicelib.report.message import compose
from tests.after.scene import ANA, closed, on_patrol
from tests.conformance import scene
from tests.world import ACCOUNT, KilledError, build, works

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

PASSWORD = "Correct-horse-7-battery"


@dataclass(frozen=True)
class Pool:
    """A user pool with one application; an alias of each user is their address."""

    cognito: Any
    id: str
    app: str

    def user(self, name: str) -> None:
        """One more, who may sign in."""
        address = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
        self.cognito.admin_create_user(UserPoolId=self.id, Username=name, UserAttributes=address)
        self.cognito.admin_set_user_password(UserPoolId=self.id, Username=name, Password=PASSWORD, Permanent=True)

    def signed_in(self, name: str) -> Tokens:
        """What the password opens."""
        return self._tokens("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)

    def refreshed(self, tokens: Tokens) -> Tokens:
        """What the refresh token opens."""
        return self._tokens("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens.refresh)

    def _tokens(self, flow: str, **given: str) -> Tokens:
        made = self.cognito.initiate_auth(ClientId=self.app, AuthFlow=flow, AuthParameters=given)
        found = made["AuthenticationResult"]
        return Tokens(found["AccessToken"], found.get("RefreshToken", ""))

    def enabled(self, name: str) -> bool:
        """Whether an administrator is told so."""
        return bool(self.cognito.admin_get_user(UserPoolId=self.id, Username=name)["Enabled"])


@dataclass(frozen=True)
class Tokens:
    """Of one sign-in."""

    access: str
    refresh: str


def pool_of(world: World) -> Pool:
    """With a user who leaked and one who did not."""
    cognito = world.admin("cognito-idp")
    made = cognito.create_user_pool(PoolName="shop", AliasAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    app = cognito.create_user_pool_client(UserPoolId=made, ClientName="web", ExplicitAuthFlows=flows)
    pool = Pool(cognito, made, app["UserPoolClient"]["ClientId"])
    for name in ("leaked", "bystander"):
        pool.user(name)
    return pool


def opens(pool: Pool, name: str, tokens: Tokens) -> tuple[bool, bool, bool]:
    """Whether the password signs in, and what of these tokens still works: the one that refreshes, and the other."""
    calls = (
        lambda: pool.signed_in(name),
        lambda: pool.refreshed(tokens),
        lambda: pool.cognito.get_user(AccessToken=tokens.access),
    )
    found = []
    for call in calls:
        try:
            call()
            found.append(True)
        except pool.cognito.exceptions.NotAuthorizedException:
            found.append(False)
    return found[0], found[1], found[2]


def lock(pool: Pool) -> str:
    return f"{ACCOUNT}/cognito-user/{pool.id}/leaked"


def asked(pool: Pool, name: str = "leaked") -> Asked:
    return Asked(cognito_user=f"{pool.id}/{name}")


def contain(world: World, pool: Pool, name: str = "leaked") -> Incident:
    carried_out(ordered(asked(pool, name), ANA, "a phished password", world.ports()), world.ports())
    found = world.incident(lock(pool))
    assert found
    return found


def test_neither_password_nor_token_opens_anything_and_only_theirs(world: World) -> None:
    pool = pool_of(world)
    leaked, other = pool.signed_in("leaked"), pool.signed_in("bystander")
    incident = contain(world, pool, "leaked@example.com")
    assert incident.contained_at
    assert opens(pool, "leaked", leaked) == (False, False, False)
    assert opens(pool, "bystander", other) == (True, True, True)
    with pytest.raises(RefusedError, match="has no user nobody"):
        contain(world, pool, "nobody")


def test_who_enables_them_is_told_and_undone_and_it_ends_as_contested(world: World) -> None:
    pool = pool_of(world)
    incident = contain(world, pool)
    world.later(60)
    resume(lock(pool), world.ports())
    pool.cognito.admin_enable_user(UserPoolId=pool.id, Username="leaked")
    again = pool.signed_in("leaked")
    end = closed(world, lock(pool))
    assert opens(pool, "leaked", again) == (False, False, False)
    assert (end.id, [one.reapplied for one in end.undone]) == (incident.id, [True])
    assert end.closed
    assert end.closed.result == "contested"
    assert any("do not know by name" in one for one in end.unasked)


def test_after_a_true_alarm_they_sign_in_again_and_what_was_signed_in_stays_dead(world: World) -> None:
    pool = pool_of(world)
    leaked = pool.signed_in("leaked")
    incident = contain(world, pool)
    with pytest.raises(RefusedError, match="admin-set-user-password"):
        release(incident.id, ANA, "a new password", world.ports())
    given = give_back(incident.id, ANA, "the password is changed", world.ports(), only="disable-cognito-user")
    assert opens(pool, "leaked", leaked) == (True, False, False)
    told = compose(given, PUT_BACK + 1, world.ports().now(), world.ports().settings)
    assert (told.kind, given.given_back, given.closed) == (Kind.RELEASED, True, None)
    assert "false" not in told.headline.lower()
    assert closed(world, lock(pool)).closed == Closed(Result.HELD)


AFTER_THE_IMAGE = {
    4: "cognito-idp:AdminDisableUser",
    5: "cognito-idp:AdminUserGlobalSignOut",
    6: "dynamodb:TransactWriteItems",
}
"""Which call of an order comes when, from the first that changes something."""


def test_killed_in_the_midst_it_is_finished_by_patrol_and_the_state_of_before_is_known(running_cloud: Cloud) -> None:
    for number, call in AFTER_THE_IMAGE.items():
        world = build(running_cloud)
        pool = pool_of(world)
        leaked, order = pool.signed_in("leaked"), ordered(asked(pool), ANA, "why", world.ports())
        world.wire.clear()
        world.wire.kill_at = number
        with pytest.raises(KilledError, match=call):
            carried_out(order, world.ports())
        world.wire.clear()
        world.later(3600)
        on_patrol(world)
        incident = world.incident(lock(pool))
        assert incident
        assert opens(pool, "leaked", leaked) == (False, False, False), call
        restore(incident.id, ANA, "a rehearsal", world.ports())
        assert pool.enabled("leaked"), call


def test_the_sessions_of_one_identity_of_an_identity_pool_are_revoked_and_no_other(world: World) -> None:
    cloud = world.account.cloud
    pool = scene.identity_pool(cloud, f"arn:aws:iam::{ACCOUNT}:role/worker")
    (identity, leaked), (_, bystander) = scene.visitor(cloud, pool), scene.visitor(cloud, pool)
    one = ordered(Asked(role="worker", session=identity), ANA, "its credentials in a public repository", world.ports())
    carried_out(one, world.ports())
    assert (works(leaked), works(bystander)) == (False, True)
    assert closed(world, f"{ACCOUNT}/role/worker").undone == ()
    (step,) = one.plan.steps
    assert dict(step.arguments) == {"identity": identity}
