"""Whatever a user or a role looks like: contained, nothing of theirs works and nobody else feels it; restored, all of
it is back, to the byte, wherever the restore was cut off; released, what is old stays dead.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings, strategies as st

from chalicelib.entries import Restored
from chalicelib.orders.undo import RefusedError, release
from chalicelib.respond import respond
from tests import signals
from tests.conformance import scene
from tests.response import life
from tests.response.life import Life
from tests.world import ALLOW, TRUST, build, key_id, works

if TYPE_CHECKING:
    import boto3

    from drill import cast
    from drill.cloud.lifecycle import Cloud
    from tests.world import World


DOCUMENTS = (
    ALLOW,
    '{\n  "Statement": {"Sid": "\\u00fcber+all%20", "Effect": "Allow", "NotAction": ["iam:x"], "Resource": "*"}}\n',
)
"""Policies as people write them: what is read and written back through a parser loses order, blanks and escapes."""

SESSIONS: dict[str, dict[str, str]] = {
    "get_session_token": {},
    "get_federation_token": {"Name": "guest", "Policy": ALLOW},
}
"""What STS makes of a user's key, and with what."""


@dataclass(frozen=True)
class Looks:
    """What a user has: the status of each key, attached policies, and the rest; `leaked` is a key's place, if any.

    `minted` is the call by which each key got a session; `held` the status of each API key of Bedrock, SSH public key
    and certificate, a triple for each; `linked` says that our configuration knows a secret of theirs; `spares` is set
    where the leak began before anything of it was made. `attack` is what was done to our own policy, if anything.
    """

    keys: tuple[bool, ...]
    attached: int
    inline: tuple[str, ...]
    bounded: bool
    groups: tuple[str, ...]
    password: bool
    leaked: int | None
    minted: str
    held: tuple[tuple[bool, bool, bool], ...]
    linked: bool
    spares: bool
    attack: str | None = None


@st.composite
def looks(draw: st.DrawFn) -> Looks:
    keys = tuple(draw(st.lists(st.booleans(), max_size=2)))
    leaked = draw(st.one_of(st.none(), st.integers(0, len(keys) - 1))) if keys else None
    attached = draw(st.one_of(st.sampled_from((0, 9, 10)), st.integers(0, 10)))
    few = st.lists(st.sampled_from(DOCUMENTS), max_size=2).map(tuple)
    return Looks(
        keys=keys,
        attached=attached,
        inline=draw(few),
        bounded=draw(st.booleans()),
        groups=draw(few),
        password=draw(st.booleans()),
        leaked=leaked,
        minted=draw(st.sampled_from(tuple(SESSIONS))),
        linked=draw(st.booleans()),
        held=tuple(draw(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=1))),
        spares=draw(st.booleans()),
        attack=draw(st.one_of(st.none(), st.sampled_from(tuple(life.ATTACKS)))),
    )


def dressed(world: World, user: Looks) -> tuple[dict[str, Any], list[boto3.Session | cast.ApiKey]]:
    """The victim made to look like that: the event of the leak, and everybody who holds a credential of theirs."""
    iam = world.admin("iam")
    life.fill(world, "victim", user.attached)
    if user.linked:
        life.link_secret(world)
        world.admin("secretsmanager").create_secret(Name="prod/of-others", SecretString="old")
    for number, document in enumerate(user.inline):
        iam.put_user_policy(UserName="victim", PolicyName=f"own-{number}", PolicyDocument=document)
    for number, document in enumerate(user.groups):
        iam.create_group(GroupName=f"team-{number}")
        iam.put_group_policy(GroupName=f"team-{number}", PolicyName="may", PolicyDocument=document)
        iam.add_user_to_group(GroupName=f"team-{number}", UserName="victim")
    if user.bounded:
        arn = iam.create_policy(PolicyName="fence", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.put_user_permissions_boundary(UserName="victim", PermissionsBoundary=arn)
    if user.password:
        iam.create_login_profile(UserName="victim", Password="Long-Enough-1")
    holders = [world.holder("victim") for _ in user.keys]
    api_keys = [world.api_key("victim") for _ in user.held]
    people: list[boto3.Session | cast.ApiKey] = [*holders, *(_minted(world, one, user) for one in holders), *api_keys]
    assert all(map(works, people))
    _hold(iam, user, [one.id for one in api_keys])
    for holder, active in zip(holders, user.keys, strict=True):
        iam.update_access_key(UserName="victim", AccessKeyId=key_id(holder), Status="Active" if active else "Inactive")
    if user.attack:
        life.ATTACKS[user.attack](world)
    event = _event(world, None if user.leaked is None else key_id(holders[user.leaked]))
    return signals.long_ago(event) if user.spares and user.leaked is not None else event, people


def _minted(world: World, holder: boto3.Session, user: Looks) -> boto3.Session:
    return world.minted(holder, user.minted, **SESSIONS[user.minted])


def _hold(iam: Any, user: Looks, api_keys: list[str]) -> None:
    """SSH public keys and certificates beside the API keys, and each with its status."""
    for number, (api_key, statuses) in enumerate(zip(api_keys, user.held, strict=True)):
        ssh = iam.upload_ssh_public_key(UserName="victim", SSHPublicKeyBody=f"ssh-rsa AAAAB3{number}")["SSHPublicKey"]
        pem = f"-----BEGIN CERTIFICATE-----\nMIIB{number}\n-----END CERTIFICATE-----\n"
        made = iam.upload_signing_certificate(UserName="victim", CertificateBody=pem)["Certificate"]
        service, key, certificate = ("Active" if active else "Inactive" for active in statuses)
        iam.update_service_specific_credential(UserName="victim", ServiceSpecificCredentialId=api_key, Status=service)
        iam.update_ssh_public_key(UserName="victim", SSHPublicKeyId=ssh["SSHPublicKeyId"], Status=key)
        iam.update_signing_certificate(UserName="victim", CertificateId=made["CertificateId"], Status=certificate)


def _event(world: World, key: str | None) -> dict[str, Any]:
    if key:
        return signals.guardduty(key)
    own = signals.user_identity("victim") | {"principalId": world.unique_id("victim")}
    asked = {"userName": "victim", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
    return signals.call("AttachUserPolicy", by=own, requestParameters=asked)


def others(state: dict[str, Any], name: str = "victim") -> dict[str, Any]:
    """All that is nobody's but that user's or role's; a policy of ours that nobody else has is not theirs either."""
    apart = {kind: {**state[kind], name: None} for kind in ("users", "roles", "trusts")}
    policies = {one: said for one, said in state["policies"].items() if not one.startswith("leak-responder-inc")}
    return {**state, **apart, "policies": policies}


def secrets_of_others(world: World) -> dict[str, Any]:
    """The versions of each secret that is linked to nobody."""
    client = world.admin("secretsmanager")
    names = [one["Name"] for one in client.list_secrets()["SecretList"] if one["Name"] != "prod/db"]
    return {name: client.describe_secret(SecretId=name)["VersionIdsToStages"] for name in names}


def restored_although_cut_off(leak: Life, cut: int | None) -> None:
    """Put back, newest first, with its reason in the ledger; a second time touches nobody."""
    world, leak.kill = leak.world, cut
    leak.restored()
    leak.kill = None
    incident = leak.incident()
    lines = [one.body for one in world.ports().ledger.entries(incident.id)]
    written = [one for one in lines if isinstance(one, Restored)]
    assert {(one.by, one.reason) for one in written} == {(life.PERSON, "a load test")}
    put_back = list(dict.fromkeys(one.step for one in written))
    assert put_back == [step.key for step in reversed(incident.steps) if step.key in put_back]

    world.wire.clear()
    leak.restored()
    assert not [call for call in world.wire.calls if call.startswith(("iam:", "secretsmanager:"))]


CUTS = st.one_of(st.none(), st.integers(0, 30))
"""The call before which a restore is cut off, to be begun again."""


@settings(max_examples=15)
@given(user=looks(), closed=st.booleans(), cut=CUTS)
def test_contain_stops_all_of_it_and_restore_gives_back_all_of_it(
    running_cloud: Cloud, user: Looks, closed: bool, cut: int | None
) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    bystander = world.holder("bystander")
    event, people = dressed(world, user)
    before, secrets = world.state(), secrets_of_others(world)
    leak = Life(world, life.read(event, world))

    leak.responded()
    contained = world.state()
    assert not any(map(works, people))
    assert works(bystander)
    assert others(contained) == others(before)
    world.later(life.MINUTE)
    leak.responded()
    assert world.state() == contained

    if closed:
        leak.closed()
        assert others(world.state()) == others(before)
    assert secrets_of_others(world) == secrets
    restored_although_cut_off(leak, cut)
    assert world.state() == before


@dataclass(frozen=True)
class Post:
    """What a role has, the sessions that somebody opened of it, and which of them the feed names, if it names one.

    `full` says that there is no room for one more inline policy.
    """

    inline: tuple[str, ...]
    full: bool
    attached: int
    bounded: bool
    sessions: tuple[str, ...]
    leaked: str | None


@st.composite
def posts(draw: st.DrawFn) -> Post:
    sessions = tuple(draw(st.lists(st.sampled_from(("i-0abc", "i-0def", "ana@example.com")), min_size=1, max_size=3)))
    return Post(
        inline=tuple(draw(st.lists(st.sampled_from(DOCUMENTS), max_size=2))),
        full=draw(st.booleans()),
        attached=draw(st.sampled_from((0, 2, 9, 10))),
        bounded=draw(st.booleans()),
        sessions=sessions,
        leaked=draw(st.one_of(st.none(), st.sampled_from(sessions))),
    )


def manned(world: World, post: Post) -> tuple[dict[str, Any], list[boto3.Session]]:
    """The worker made to look like that: the event of the leak, and who has its sessions."""
    iam = world.admin("iam")
    for number, document in enumerate(post.inline):
        iam.put_role_policy(RoleName="worker", PolicyName=f"own-{number}", PolicyDocument=document)
    life.fill(world, "worker", post.attached, kind="role")
    if post.bounded:
        life.bound_worker(world)
    if post.full:
        life.fill_inline(world)
    opener = world.holder("bystander")
    people = [world.assumed(opener, name) for name in post.sessions]
    assert all(map(works, people))
    role_id = iam.get_role(RoleName="worker")["Role"]["RoleId"]
    event = signals.exfiltration("worker", role_id, post.leaked or "")
    return event, people


FULLEST = Post((ALLOW,), True, 10, True, ("i-0abc", "i-0def"), "i-0abc")
"""A role with no room for anything, and a boundary of its own."""


@settings(max_examples=8)
@example(post=FULLEST, closed=True, released=True, cut=None)
@example(post=FULLEST, closed=False, released=False, cut=4)
@given(post=posts(), closed=st.booleans(), released=st.booleans(), cut=CUTS)
def test_of_a_role_what_leaked_dies_and_stays_dead_and_all_the_rest_is_as_before(
    running_cloud: Cloud, post: Post, closed: bool, released: bool, cut: int | None
) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    event, people = manned(world, post)
    another = world.assumed(world.holder("victim"), "i-0abc", role=_another_role(world))
    before = world.state()
    leak = Life(world, life.read(event, world))
    spared = [post.leaked not in {None, name} for name in post.sessions]

    leak.responded()
    contained = world.state()
    assert [works(one) for one in people] == spared
    assert works(another)
    assert others(contained, "worker") == others(before, "worker")
    if closed:
        leak.closed()
        assert world.state() == contained
    world.later(life.MINUTE)
    if released:
        leak.released()
        leak.responded()
        assert [works(one) for one in people] == spared
        assert world.state() == contained
    restored_although_cut_off(leak, cut)
    assert world.state() == before
    assert all(map(works, people))


def _another_role(world: World) -> str:
    world.admin("iam").create_role(RoleName="another", AssumeRolePolicyDocument=TRUST)
    world.admin("iam").put_role_policy(RoleName="another", PolicyName="may", PolicyDocument=ALLOW)
    return "another"


def refused(user: Looks) -> bool:
    """Whether a release has to be: what no feed named and is active may be what leaked, and a boundary of the user's
    own leaves no place for the narrower deny.
    """
    active = any(user.keys) or any(map(any, user.held))
    return user.bounded or (user.leaked is None and active)


LEAKED = Looks((True, True), 0, (ALLOW,), False, (), False, 0, "get_session_token", ((True, True, True),), False, False)
"""A user whom a release lets work again."""


@settings(max_examples=10)
@example(user=LEAKED, closed=False)
@example(user=LEAKED, closed=True)
@given(user=looks(), closed=st.booleans())
def test_released_the_leaked_key_and_every_old_session_stay_dead_and_a_new_key_works(
    running_cloud: Cloud, user: Looks, closed: bool
) -> None:
    world = build(running_cloud)
    world.with_settings(watch=60)
    event, people = dressed(world, user)
    leak = Life(world, life.read(event, world))
    incident = leak.responded()
    if closed:
        leak.closed()
    world.later(life.MINUTE)
    count = len(user.keys)
    keys, sessions, api_keys = people[:count], people[count : 2 * count], people[2 * count :]
    if refused(user):
        contained = world.state()
        with pytest.raises(RefusedError, match=r"may be what leaked and is still active|boundary of their own"):
            release(incident.id, life.PERSON, "handed over in person", world.ports())
        assert world.state() == contained
        assert not any(map(works, people))
        return
    release(incident.id, life.PERSON, "handed over in person", world.ports())
    if not closed:
        leak.closed()  # the watch goes on
    leaked = keys[user.leaked] if user.leaked is not None else None
    assert leaked is None or not works(leaked)
    assert not any(map(works, sessions))
    mine = user.leaked is not None and not user.spares  # older than the leak, and named by nobody
    assert [works(one) for one in api_keys] == [mine and status[0] for status in user.held]
    for one in world.admin("iam").list_access_keys(UserName="victim")["AccessKeyMetadata"][1:]:
        world.admin("iam").delete_access_key(UserName="victim", AccessKeyId=one["AccessKeyId"])
    assert works(world.holder("victim"))


def test_a_session_that_a_new_key_obtains_after_the_release_works(world: World) -> None:
    world.with_settings(cut_off_ahead=1, watch=60)
    intruder = world.holder("victim")
    old = world.minted(intruder)
    world.at = datetime.now(UTC)  # noqa: TID251 - the cut-off is to pass on the clock of the embedded AWS
    leak = Life(world, life.read(signals.guardduty(key_id(intruder)), world))
    leak.responded()
    world.at += life.A_MINUTE
    leak.released()
    fresh = world.holder("victim")
    assert scene.eventually(lambda: works(world.minted(fresh)))
    assert not works(old)
    assert not works(intruder)


@pytest.mark.parametrize("leak", life.LEAKS)
def test_two_lambdas_with_the_same_event_do_it_once(world: World, leak: Any) -> None:
    signal = life.read(leak(world), world)
    with ThreadPoolExecutor(32) as pool, ThreadPoolExecutor(4) as lambdas:
        ports = [world.ports(pool) for _ in range(4)]
        words = [answer.result().what for answer in [lambdas.submit(respond, signal, one) for one in ports]]
    assert words.count("contained") == 1
    assert set(words) <= {"contained", "repeated", "queued", "overtaken"}
    assert world.wire.calls.count("sns:Publish") == 1
    strikes = ("iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:PutUserPermissionsBoundary")
    assert sum(world.wire.calls.count(name) for name in strikes) == 1


@settings(max_examples=10)
@given(order=st.permutations(range(4)), again=st.lists(st.integers(0, 3), max_size=4), pause=st.sampled_from((1, 61)))
def test_in_whatever_order_the_feeds_come_there_is_one_incident_and_one_end(
    running_cloud: Cloud, order: list[int], again: list[int], pause: int
) -> None:
    world = build(running_cloud)
    first, second = world.new_key("victim"), world.new_key("victim")
    events = (signals.guardduty(first), signals.health(first), signals.guardduty(second), _event(world, None))
    for number in (*order, *again):
        respond(life.read(events[number], world), world.ports())
        world.later(pause)
    victim, incident = world.state()["users"]["victim"], world.incident(life.USER)
    assert victim["keys"] == {first: "Inactive", second: "Inactive"}
    assert victim["attached"] == ["leak-responder-quarantine"]
    assert incident is not None
    assert incident.id == "inc-1"
    assert {signal.subject.id for signal in incident.signals} == {first, second, None}
    assert not incident.unfinished()
