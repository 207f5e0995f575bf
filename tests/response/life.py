"""A leak from the event to the very end, every run of it begun again where it was cut off."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib import sources
from chalicelib.follow_up import resume
from chalicelib.model import Signal
from chalicelib.orders.undo import RefusedError, release, restore
from chalicelib.respond import UnfinishedError, respond
from chalicelib.tell import UntoldError
from tests import signals
from tests.conformance import scene
from tests.world import ACCOUNT, KilledError, World, changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

PERSON = f"arn:aws:sts::{ACCOUNT}:assumed-role/SecurityOnCall/ana"
USER, ROLE = f"{ACCOUNT}/user/victim", f"{ACCOUNT}/role/worker"
FENCE = (
    '{"Version": "2012-10-17",\n "Statement": {"Sid": "Fence", "Effect": "Allow", '
    '"Action": ["dynamodb:*", "s3:*"], "Resource": "*"}}'
)
"""A boundary as people write one."""
MINUTE = 61  # seconds: no lease is longer
A_MINUTE = timedelta(seconds=MINUTE)


def read(event: dict[str, Any], world: World) -> Signal:
    """The one signal of an event."""
    (signal,) = sources.read(event, world.at)  # type: ignore[misc]
    assert isinstance(signal, Signal)
    return signal


def user_key(world: World) -> dict[str, Any]:
    """A leaked key whose sibling did not leak."""
    world.new_key("victim")
    return signals.guardduty(world.new_key("victim"))


def bare_key_id(world: World) -> dict[str, Any]:
    """A feed that names a key id and nothing else."""
    return signals.health(world.new_key("victim"))


def role_session(world: World) -> dict[str, Any]:
    """Credentials of an instance, used elsewhere."""
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    return signals.exfiltration("worker", role_id, "i-0abc")


def ten_policies(world: World) -> dict[str, Any]:
    """A user with no room for one more policy."""
    fill(world, "victim")
    return signals.guardduty(world.new_key("victim"))


def neutralised_user(world: World) -> dict[str, Any]:
    """A user whom our own policy would deny nothing."""
    neutralise(world)
    return user_key(world)


def linked_secret(world: World) -> dict[str, Any]:
    """A user whose secret our configuration knows."""
    link_secret(world)
    return signals.guardduty(world.new_key("victim"))


def link_secret(world: World) -> None:
    """A secret of the victim, with a rotation function that leaves the work to `finish_rotations`."""
    made = world.admin("secretsmanager").create_secret(Name="prod/db", SecretString="old")["ARN"]
    function = scene.function(world.account.cloud, "rotate", "def handler(event, context): pass")
    scene.let_invoke(world.account.cloud, function, "secretsmanager.amazonaws.com")
    rules = {"AutomaticallyAfterDays": 30}
    scene.configure_rotation(world.account.cloud, made, function, RotationRules=rules)
    world.with_settings(linked_secrets={f"arn:aws:iam::{ACCOUNT}:user/victim": (made,)})


def hold(world: World, user: str) -> None:
    """Give the user a service-specific credential, an SSH public key and a certificate."""
    iam = world.admin("iam")
    iam.create_service_specific_credential(UserName=user, ServiceName="codecommit.amazonaws.com")
    iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=f"ssh-rsa AAAAB3 {user}")
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    iam.upload_signing_certificate(UserName=user, CertificateBody=pem)


def full_user_with_secret(world: World) -> dict[str, Any]:
    """Both at once, where lives are long."""
    link_secret(world)
    return ten_policies(world)


def fullest_role(world: World) -> dict[str, Any]:
    """A role with no room for one more policy of any kind, and a boundary of its own."""
    fill_inline(world)
    fill(world, "worker", kind="role")
    bound_worker(world)
    return role_session(world)


LEAKS = (user_key, bare_key_id, role_session, ten_policies, linked_secret)
"""What can leak, each as it is told."""


def fill_inline(world: World) -> None:
    """Leave the worker no room for one more inline policy, however short."""
    document = json.loads(scene.policy("Allow", "s3:ListAllMyBuckets"))
    for number in range(6):
        document["Statement"][0]["Sid"] = "s" * (2000 - len(json.dumps(document, separators=(",", ":"))))
        text = json.dumps(document, separators=(",", ":"))
        try:
            world.admin("iam").put_role_policy(RoleName="worker", PolicyName=f"full-{number}", PolicyDocument=text)
        except ClientError:
            break
        document["Statement"][0]["Sid"] = ""


def bound_worker(world: World, name: str = "fence", document: str = FENCE) -> str:
    """Give the worker a boundary of its own; the ARN."""
    iam = world.admin("iam")
    arn = str(iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=arn)
    return arn


def fill(world: World, name: str, count: int = 10, kind: str = "user") -> None:
    """Attach so many policies that allow nothing of interest."""
    iam = world.admin("iam")
    document = scene.policy("Allow", "s3:ListAllMyBuckets")
    for number in range(count):
        arn = iam.create_policy(PolicyName=f"team-{number}", PolicyDocument=document)["Policy"]["Arn"]
        getattr(iam, f"attach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=arn)


HARMLESS = scene.policy("Allow", "s3:ListAllMyBuckets")


def as_deployed(world: World) -> None:
    """Leave our policy alone."""
    del world


def neutralise(world: World) -> None:
    """Give our policy a default version that denies nothing."""
    arn = world.settings.quarantine_policy
    world.admin("iam").create_policy_version(PolicyArn=arn, PolicyDocument=HARMLESS, SetAsDefault=True)


def neutralise_for_good(world: World) -> None:
    """The same, and take away the version that was deployed."""
    neutralise(world)
    world.admin("iam").delete_policy_version(PolicyArn=world.settings.quarantine_policy, VersionId="v1")


def delete_policy(world: World) -> None:
    """Delete our policy, which nobody has attached."""
    world.admin("iam").delete_policy(PolicyArn=world.settings.quarantine_policy)


ATTACKS: dict[str, Callable[[World], None]] = {
    "another default version": neutralise,
    "no deployed version": neutralise_for_good,
    "deleted": delete_policy,
}
"""What an intruder does to our own policy before we come."""


def finish_rotations(world: World) -> None:
    """What the owner's rotation function does with a version that waits."""
    secrets = world.admin("secretsmanager")
    for secret in secrets.list_secrets()["SecretList"]:
        stages = secrets.describe_secret(SecretId=secret["ARN"])["VersionIdsToStages"]
        pending = next((version for version, held in stages.items() if "AWSPENDING" in held), None)
        current = next(version for version, held in stages.items() if "AWSCURRENT" in held)
        if pending and pending != current:
            secrets.put_secret_value(
                SecretId=secret["ARN"], ClientRequestToken=pending, SecretString="new", VersionStages=["AWSPENDING"]
            )
            secrets.update_secret_version_stage(
                SecretId=secret["ARN"],
                VersionStage="AWSCURRENT",
                MoveToVersionId=pending,
                RemoveFromVersionId=current,
            )


@dataclass
class Life:
    """One leak in its world. Each of its runs is begun again, as Lambda, the queue or a person would, until it ends.

    Once, every run is killed before its call number `kill`, and loses the answer to its write number `lose`. Calls of
    the name `throttle` are refused in a run where they were not in the one before. `turns` are the numbers of the calls
    before which another state stands than before the call in front of it, in any of the runs.
    """

    world: World
    signal: Signal
    kill: int | None = None
    lose: int | None = None
    throttle: str | None = None
    longest: int = 0
    most_writes: int = 0
    killed: int = 0
    throttled: bool = False
    turns: set[int] = field(default_factory=lambda: {0})

    def responded(self) -> Incident:
        """The event answered."""
        self._run(lambda ports: respond(self.signal, ports))
        return self.incident()

    def closed(self) -> Incident:
        """Followed up to the end of the watch."""
        for _ in range(60):
            incident = self.incident()
            if incident.closed:
                return incident
            self.world.later(self.world.settings.verify_every)
            finish_rotations(self.world)
            self._run(partial(resume, incident.principal.lock))
        raise AssertionError("the incident never closed")

    def released(self) -> Incident:
        """A person lets the owner work again."""
        incident = self.incident()
        self._run(lambda ports: release(incident.id, PERSON, "a new key was handed over", ports))
        return self.incident()

    def restored(self) -> Incident:
        """A person says that it was a false alarm."""
        incident = self.incident()
        self._run(lambda ports: restore(incident.id, PERSON, "a load test", ports))
        return self.incident()

    def incident(self) -> Incident:
        """The newest incident, as the ledger holds it."""
        role = self.signal.principal is not None and self.signal.principal.name == "worker"
        found = self.world.incident(ROLE if role else USER)
        assert found is not None
        return found

    def _run(self, run: Callable[[Ports], object]) -> None:
        wire = self.world.wire
        before, written = len(wire.calls), len(wire.writes)
        wire.kill_at = None if self.kill is None else before + self.kill
        wire.lose_at = None if self.lose is None else written + self.lose
        wire.refuse = {self.throttle: "Throttling"} if self.throttle and not self.throttled else {}
        for _ in range(4):
            try:
                run(self.world.ports())
            except KilledError:
                self.killed += 1
            except (UnfinishedError, UntoldError):
                pass
            except (ClientError, RefusedError):
                assert wire.refuse, "nothing was refused"
            else:
                self.longest = max(self.longest, len(wire.calls) - before)
                self.most_writes = max(self.most_writes, len(wire.writes) - written)
                self.turns |= {number for number, name in enumerate(wire.calls[before:], start=1) if changes(name)}
                self._undisturb(before)
                return
            self._undisturb(before)
            self.world.later(MINUTE)
        raise AssertionError("the run never ended")

    def _undisturb(self, before: int) -> None:
        wire = self.world.wire
        self.throttled = bool(wire.refuse) and self.throttle in wire.calls[before:]
        wire.kill_at = wire.lose_at = None
        wire.refuse = {}


def begin(world: World, leak: Callable[[World], dict[str, Any]]) -> Life:
    """A world in which that leaks, and a watch of two looks."""
    world.with_settings(watch=60)
    return Life(world, read(leak(world), world))


def seen(world: World, incident: Incident) -> dict[str, Any]:
    """The end of a stretch, but for ids, times, attempts and repeated messages."""
    return {"aws": _plain(world, incident), "incident": _ended(incident)}


def _plain(world: World, incident: Incident) -> Any:
    leaked = {signal.subject.id for signal in incident.signals}
    state = world.state()
    state["policies"] = sorted(state["policies"])  # what ours say depends on when a run came again
    for user in state["users"].values():
        user["held"] = sorted(user["held"].values())
        user["keys"] = sorted(("leaked" if key in leaked else "other", now) for key, now in user["keys"].items())
    text = json.dumps(state, sort_keys=True).replace(incident.id, "INCIDENT")
    text = re.sub(r"INCIDENT-[0-9a-f]{8}", "INCIDENT-SESSION", text)
    text = text.replace(f"{incident.cut_off:%Y-%m-%dT%H:%M:%SZ}", "CUT-OFF")
    return json.loads(text.replace(incident.principal.unique_id or "no role", "ROLE"))


def _ended(incident: Incident) -> dict[str, Any]:
    return {
        "principal": replace(incident.principal, unique_id=None),
        "decision": incident.judgement.decision,
        "steps": {step.action: incident.outcome(step).good for step in incident.steps},
        "withheld": sorted(one.action for one in incident.withheld),
        "contained": incident.contained_at is not None,
        "reached": sorted(incident.reached),
        "undone": len(incident.undone),
        "released": incident.released is not None,
        "restored": {key.partition(":")[0]: outcome.good for key, outcome in incident.restored.items()},
        "closed": incident.closed and incident.closed.result,
        "told": sorted({number for number, _ in incident.told}),
        "signals": len(incident.signals),
    }
