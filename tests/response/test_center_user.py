"""A user of Identity Center whose password or session leaked. The state is moto's: nothing here judges a call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws

from chalicelib.actions import BY_NAME
from chalicelib.entries import Result
from chalicelib.follow_up import resume
from chalicelib.model import ALREADY, DONE, Facts, Outcome, Status, UnseenError
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import RefusedError, release, restore
from chalicelib.report import commands
from chalicelib.report.words import owner
from tests.after.scene import ANA, closed, on_patrol
from tests.world import ACCOUNT, Account, KilledError, World, account_on_moto, on_moto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

    from chalicelib.incident import Incident
    from chalicelib.model import Step

DENY, REVOKE = BY_NAME["deny-in-permission-set"], BY_NAME["revoke-center-access"]
ELSEWHERE = "210987654321"
TEXT = '{ "Version": "2012-10-17",\n  "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"} }'


@dataclass
class Center:
    """An instance with two permission sets: `admin` of users, with an inline policy, and `reader` of a group, without.

    `behind` are the permission sets that were changed since the account got them; `seen` is whether our account sees
    the instance at all.
    """

    world: World
    instance: str
    store: str
    sets: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    group: str = ""
    behind: set[str] = field(default_factory=set)
    seen: bool = True

    @property
    def sso(self) -> Any:
        """The administrator's client."""
        return self.world.admin("sso-admin")

    @property
    def kept(self) -> Any:
        """The same of the identity store."""
        return self.world.admin("identitystore")

    def text(self, name: str) -> str:
        """The inline policy of a permission set."""
        known = {"InstanceArn": self.instance, "PermissionSetArn": self.sets[name]}
        return str(self.sso.get_inline_policy_for_permission_set(**known).get("InlinePolicy", ""))

    def denied(self, name: str) -> list[str]:
        """The ids of the users whom a permission set denies everything."""
        found = json.loads(self.text(name) or '{"Statement": []}')["Statement"]
        mine = [one for one in (found if isinstance(found, list) else [found]) if "Condition" in one]
        assert all((one["Effect"], one["Action"], one["Resource"]) == ("Deny", "*", "*") for one in mine)
        return [one["Condition"]["StringEquals"]["identitystore:userId"] for one in mine]

    def has(self, name: str) -> tuple[list[str], bool]:
        """The accounts in which a user is `admin`, and whether they are in the group."""
        asked = {"InstanceArn": self.instance, "PrincipalId": self.users[name], "PrincipalType": "USER"}
        assigned = self.sso.list_account_assignments_for_principal(**asked)["AccountAssignments"]
        return [one["AccountId"] for one in assigned], bool(self.joined(self.users[name]))

    def state(self, name: str) -> Any:
        """Both permission sets to the byte, and all that leads a user into accounts."""
        return self.text("admin"), self.text("reader"), self.has(name)

    def joined(self, user: str) -> list[Any]:
        """Their memberships."""
        found = self.kept.list_group_memberships_for_member(IdentityStoreId=self.store, MemberId={"UserId": user})
        return list(found["GroupMemberships"])

    def add(self, name: str) -> None:
        """One more user, who is `admin` and in the group."""
        about = {"UserName": name, "DisplayName": name, "Name": {"GivenName": name, "FamilyName": name}}
        self.users[name] = self.kept.create_user(IdentityStoreId=self.store, **about)["UserId"]
        self.assign("USER", self.users[name], "admin")
        self.join(name)

    def make(self, name: str) -> None:
        """One more permission set."""
        made = self.sso.create_permission_set(Name=name, InstanceArn=self.instance)
        self.sets[name] = made["PermissionSet"]["PermissionSetArn"]

    def assign(self, kind: str, who: str, name: str, account: str = ELSEWHERE) -> None:
        """A permission set given to somebody in an account."""
        self.sso.create_account_assignment(
            InstanceArn=self.instance,
            TargetId=account,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=self.sets[name],
            PrincipalType=kind,
            PrincipalId=who,
        )
        self.sso.provision_permission_set(
            InstanceArn=self.instance, PermissionSetArn=self.sets[name], TargetType="ALL_PROVISIONED_ACCOUNTS"
        )

    def join(self, user: str) -> None:
        """Into the group."""
        member = {"UserId": self.users[user]}
        self.kept.create_group_membership(IdentityStoreId=self.store, GroupId=self.group, MemberId=member)


def furnished() -> Center:
    """Ana and Bob are both `admin` and in the group, which is `reader`."""
    account, answers = stage()
    world = on_moto(account)
    found = world.admin("sso-admin").list_instances()["Instances"][0]
    center = Center(world, found["InstanceArn"], found["IdentityStoreId"])
    center.make("admin")
    center.make("reader")
    center.sso.put_inline_policy_to_permission_set(
        InstanceArn=center.instance, PermissionSetArn=center.sets["admin"], InlinePolicy=TEXT
    )
    group = center.kept.create_group(IdentityStoreId=center.store, DisplayName="readers")
    center.group = group["GroupId"]
    center.assign("GROUP", center.group, "reader")
    for name in ("ana", "bob"):
        center.add(name)
    answers.center = center
    return center


@cache
def stage() -> tuple[Account, _Answers]:
    """Made once, for to make a client takes longer than all that it is asked here."""
    account, answers = account_on_moto(), _Answers()
    answers.given(account.aws.session)
    return account, answers


@dataclass
class _Answers:
    """Where moto says less than AWS: a user has what their groups have, an account has a permission set of before until
    it is provisioned anew, and an instance may not be seen.
    """

    center: Center = field(init=False)
    asked: dict[str, str] = field(default_factory=dict)

    def given(self, responder: boto3.Session) -> None:
        """The responder is answered so from now on."""
        after: dict[str, Callable[..., None]] = {
            "ListAccountAssignmentsForPrincipal": self.with_groups,
            "PutInlinePolicyToPermissionSet": self.changed,
            "DeleteInlinePolicyFromPermissionSet": self.changed,
            "ProvisionPermissionSet": self.provisioned,
        }
        for operation, then in after.items():
            responder.events.register(f"before-call.sso-admin.{operation}", self.remember)
            responder.events.register(f"after-call.sso-admin.{operation}", then)
        responder.events.register("before-call.sso-admin.ListAccountsForProvisionedPermissionSet", self.still_behind)
        responder.events.register("before-call.sso-admin.ListInstances", self.none_seen)
        responder.events.register("before-call.cloudtrail.LookupEvents", lambda **_: _answer(Events=[]))

    def remember(self, params: Any, **_: object) -> None:
        self.asked = json.loads(params["body"])

    def with_groups(self, parsed: Any, **_: object) -> None:
        if self.center.joined(self.asked["PrincipalId"]):
            through = {"PermissionSetArn": self.center.sets["reader"], "PrincipalType": "GROUP"}
            parsed["AccountAssignments"].append({"AccountId": ELSEWHERE, "PrincipalId": self.center.group, **through})

    def changed(self, parsed: Any, **_: object) -> None:
        if "Error" not in parsed:
            self.center.behind.add(self.asked["PermissionSetArn"])

    def provisioned(self, parsed: Any, **_: object) -> None:
        if "Error" not in parsed:
            self.center.behind.discard(self.asked["PermissionSetArn"])

    def still_behind(self, params: Any, **_: object) -> Any:
        if b"NOT_PROVISIONED" not in params["body"]:
            return None
        behind = json.loads(params["body"])["PermissionSetArn"] in self.center.behind
        return _answer(AccountIds=[ELSEWHERE] if behind else [])

    def none_seen(self, **_: object) -> Any:
        return None if self.center.seen else _answer(Instances=[])


def _answer(**said: object) -> Any:
    return AWSResponse("", 200, HTTPHeaders(), None), said


@pytest.fixture
def center() -> Iterator[Center]:
    with mock_aws():
        yield furnished()


def lock(center: Center, name: str = "ana") -> str:
    return f"{ACCOUNT}/identity-center-user/us-east-1/{center.store}/{name}"


def contain(center: Center, name: str = "ana") -> Incident:
    world = center.world
    carried_out(ordered(Asked(center_user=name), ANA, "a phished password", world.ports()), world.ports())
    found = world.incident(lock(center, name))
    assert found
    return found


def test_denied_wherever_they_have_a_session_then_removed_and_nobody_else(center: Center) -> None:
    incident, ana = contain(center), center.users["ana"]
    assert incident.contained_at
    assert (center.denied("admin"), center.denied("reader")) == ([ana], [ana])
    assert json.loads(TEXT)["Statement"] in json.loads(center.text("admin"))["Statement"]
    assert center.has("ana") == ([], False)
    assert center.has("bob") == ([ELSEWHERE], True)
    with pytest.raises(RefusedError, match=r"12 hours at most.* --action revoke-center-access"):
        release(incident.id, ANA, "a new password", center.world.ports())
    restore(incident.id, ANA, "a rehearsal", center.world.ports())
    assert (center.text("admin"), center.text("reader")) == (TEXT, "")
    assert center.has("ana") == ([ELSEWHERE], True)
    assert center.has("bob") == ([ELSEWHERE], True)


def test_who_gives_it_back_is_undone_and_what_they_gave_beside_it_is_denied_by_another_order(center: Center) -> None:
    world, ana = center.world, center.users["ana"]
    incident = contain(center)
    world.later(60)
    resume(lock(center), world.ports())
    center.make("late")
    center.assign("USER", ana, "late")
    center.join("ana")
    assert contain(center).id == incident.id
    assert center.denied("late") == [ana]
    end = closed(world, lock(center))
    assert center.has("ana") == ([], False)
    assert [one.step for one in end.undone] == ["revoke-center-access"]
    assert end.closed
    assert end.closed.result is Result.CONTESTED
    assert any("about one account" in one for one in end.unasked)


def steps_of(center: Center, name: str) -> tuple[Any, Step]:
    """What an order would deny in `admin`, and the clients to do it with."""
    order = ordered(Asked(center_user=name), ANA, "why", center.world.ports())
    of_admin = [one for one in order.plan.steps if center.sets["admin"] in one.arguments.values()]
    return center.world.account.aws, of_admin[0]


def test_accounts_that_take_their_time_are_begun_again_and_nobody_is_accused(center: Center) -> None:
    world, late = center.world, center.sets["reader"]
    incident = contain(center)
    for seconds, begun in ((60, 0), (600, 1)):
        center.behind.add(late)
        world.wire.clear()
        world.later(seconds)
        incident = resume(lock(center), world.ports()).incident or incident
        assert world.wire.calls.count("sso-admin:ProvisionPermissionSet") == begun
        assert (incident.undone, incident.unfinished()) == ((), ())
    [slow] = [one for one in incident.withheld if one.action == "verify"]
    assert f"is not in place everywhere yet: the roles of account {ELSEWHERE} do not have the deny" in slow.reason
    assert not center.behind
    world.wire.refuse = {"sso-admin:ProvisionPermissionSet": "ConflictException"}
    [step] = [one for one in incident.steps if late in one.arguments.values()]
    assert DENY.apply(world.account.aws, step).retryable


def test_of_a_text_that_others_changed_since_only_our_statement_goes(center: Center) -> None:
    (aws, of_ana), (_, of_bob) = steps_of(center, "ana"), steps_of(center, "bob")
    image = DENY.capture(aws, of_ana, Facts())
    for step in (of_ana, of_bob, of_ana):
        assert DENY.apply(aws, step) == DONE
    assert sorted(center.denied("admin")) == sorted(center.users.values())
    assert DENY.restore(aws, of_ana, image) == DONE
    assert center.denied("admin") == [center.users["bob"]]
    assert DENY.restore(aws, of_ana, image) == ALREADY
    assert DENY.verify(aws, of_ana).retryable


def test_a_permission_set_or_group_that_is_gone_is_not_missed_unless_nothing_at_all_is_seen(center: Center) -> None:
    aws, step = steps_of(center, "ana")
    image = REVOKE.capture(aws, step, Facts())
    assert REVOKE.apply(aws, step) == DONE
    assert REVOKE.apply(aws, step) == ALREADY
    center.sso.delete_permission_set(InstanceArn=center.instance, PermissionSetArn=center.sets["admin"])
    center.kept.delete_group(IdentityStoreId=center.store, GroupId=center.group)
    restored = REVOKE.restore(aws, step, image)
    assert isinstance(restored, Outcome)
    assert center.group in restored.detail
    assert DENY.capture(aws, step, Facts()) == {"policy": ""}
    assert (DENY.apply(aws, step).status, DENY.verify(aws, step).good) == (Status.ALREADY, True)
    assert DENY.restore(aws, step, {"policy": ""}) == ALREADY
    center.seen = False
    for look in (DENY.apply, DENY.verify, REVOKE.apply, REVOKE.verify):
        with pytest.raises(UnseenError, match="where the instance was deleted, nobody comes in by it"):
            look(aws, step)


def test_one_that_is_refused_stops_no_other_and_is_named_and_one_under_way_is_no_failure(center: Center) -> None:
    """As one of the management account is, to whom the administration of the others is delegated."""
    (aws, step), refuse = steps_of(center, "ana"), center.world.wire.refuse
    image = REVOKE.capture(aws, step, Facts())
    refuse["identitystore:DeleteGroupMembership"] = "AccessDeniedException"
    left = REVOKE.apply(aws, step)
    assert center.has("ana") == ([], True)
    assert (left.status, left.retryable) == (Status.FAILED, False)
    assert left.detail.startswith(f"not removed: group {center.group}; DeleteGroupMembership: AccessDeniedException: ")
    refuse.clear()
    REVOKE.restore(aws, step, image)
    assert center.has("ana") == ([ELSEWHERE], True)
    refuse["sso-admin:DeleteAccountAssignment"] = "ConflictException"
    assert REVOKE.apply(aws, step) == DONE
    assert center.has("ana") == ([ELSEWHERE], False)
    assert REVOKE.verify(aws, step).retryable
    refuse.clear()
    assert REVOKE.apply(aws, step) == DONE
    refuse["sso-admin:CreateAccountAssignment"] = "ThrottlingException"
    back = REVOKE.restore(aws, step, image)
    assert isinstance(back, Outcome)
    assert center.has("ana") == ([], True)
    assert (back.status, back.retryable) == (Status.FAILED, True)
    assert back.detail.startswith(f"not given back: {center.sets['admin'].rpartition('/')[2]} in account {ELSEWHERE}; ")


def test_a_center_that_is_not_seen_is_never_called_done(center: Center) -> None:
    """Nothing is written down as what stood there, either: it would be put back some day in the place of what did."""
    world, order = center.world, ordered(Asked(center_user="ana"), ANA, "why", center.world.ports())
    center.seen = False
    carried_out(order, world.ports())
    incident = world.incident(lock(center))
    assert incident
    assert "We could NOT stop it" in world.wire.published[-1]
    *_, step = incident.steps
    outcome = incident.outcome(step)
    assert (step.action, outcome.status, outcome.retryable) == (REVOKE.name, Status.FAILED, False)
    assert "give the order with a stack in the account that administers it" in outcome.detail
    assert step.key not in incident.images
    with pytest.raises(RefusedError, match="sees no instance of Identity Center in us-east-1"):
        restore(incident.id, ANA, "a rehearsal", world.ports(), only=REVOKE.name)
    center.seen = True
    world.later(60)
    resume(lock(center), world.ports())
    assert center.has("ana") == ([], False)
    center.seen = False
    world.later(600)
    resume(lock(center), world.ports())
    looked = world.incident(lock(center))
    assert looked
    assert not looked.undone
    assert any(f"{REVOKE.summary}: this was done, and could not be read again" in one.reason for one in looked.withheld)


def test_a_name_of_128_characters_is_asked_for_and_named_in_full(center: Center) -> None:
    name, world = f"{'a' * 60}@{'b' * 67}", center.world
    center.add(name)
    signal = ordered(Asked(center_user=name), ANA, "why", world.ports()).signal
    assert signal.principal
    assert signal.principal.unique_id == center.users[name]
    assert name in owner(signal.principal)
    [again] = commands.contain(signal, world.settings)
    assert again.words[2:4] == ("--identity-center-user", f"us-east-1/{center.store}/{name}")
    assert ordered(Asked(center_user=again.words[3]), ANA, "why", world.ports()).signal.principal == signal.principal


REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("nobody", {}, "has no user nobody"),
    ("eu-west-1/ana", {}, "sees it in eu-west-1, has no user ana"),
    ("us-east-1/d-0000000000/ana", {}, "has no user ana"),
    ("an a", {}, "give the username, or REGION/USERNAME"),
    ("ana", {"identitystore:GetUserId": "AccessDeniedException"}, "you want a stack in the account that does"),
)


def test_an_order_about_nobody_we_may_ask_for_is_refused(center: Center) -> None:
    for name, refuse, said in REFUSED:
        center.world.wire.refuse = refuse
        with pytest.raises(RefusedError, match=said):
            contain(center, name)


def test_an_order_is_refused_where_the_center_is_gone_once_the_user_was_found(center: Center) -> None:
    def goes(**_: object) -> None:
        center.seen = False

    events = center.world.account.aws.identity_store("us-east-1").meta.events
    events.register_first("before-call.identitystore.GetUserId", goes)
    with pytest.raises(RefusedError, match=r"sees no instance of Identity Center in us-east-1.* Nothing was done"):
        contain(center)
    events.unregister("before-call.identitystore.GetUserId", goes)


def test_killed_before_any_call_a_step_is_taken_and_put_back_by_the_next_run(center: Center) -> None:
    (aws, step), before = steps_of(center, "ana"), center.state("ana")
    for action in (DENY, REVOKE):
        image = action.capture(aws, step, Facts())
        taken, back = partial(action.apply, aws, step), partial(action.restore, aws, step, image)
        taken()
        after = center.state("ana")
        for way, other, state in ((taken, back, after), (back, taken, before)):
            assert survived(center, way, other, state) > 3


def survived(center: Center, way: Callable[[], object], other: Callable[[], object], state: Any) -> int:
    """How many calls one way has. Killed before each of them, the next run ends in that state, from the same start."""
    wire = center.world.wire
    for number in count():
        wire.clear()
        other()
        wire.clear()
        wire.kill_at = number
        try:
            way()
        except KilledError:
            wire.clear()
            way()
        else:
            wire.clear()
            return number
        assert (center.state("ana"), center.behind) == (state, set()), number
    raise AssertionError


def test_killed_in_the_midst_of_an_order_it_is_finished_by_patrol_and_the_state_of_before_is_known(
    center: Center,
) -> None:
    world, order = center.world, ordered(Asked(center_user="ana"), ANA, "why", center.world.ports())
    before = center.state("ana")
    world.wire.clear()
    world.wire.kill_at = 20
    with pytest.raises(KilledError, match="sso-admin:DeleteAccountAssignment"):
        carried_out(order, world.ports())
    world.wire.clear()
    world.later(3600)
    on_patrol(world)
    incident = world.incident(lock(center))
    assert incident
    assert center.denied("admin") == center.denied("reader") == [center.users["ana"]]
    assert center.has("ana") == ([], False)
    restore(incident.id, ANA, "a rehearsal", world.ports())
    assert center.state("ana") == before
