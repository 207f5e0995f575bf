"""The key of a user that a secret keeps: two keys at most, nobody else's touched, none for who is contained."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.rotation import RotationError, access_key, rotate
from tests.rotation import scene
from tests.rotation.scene import STEPS, VERSION, Calls
from tests.world import KilledError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel

_STATES: tuple[Literal["Active", "Inactive"], ...] = ("Active", "Inactive")
OWNER = "arn:aws:iam::123456789012:user/ci/deploy"
AWS_CALLS = 21


@dataclass
class Kept:
    """A secret with the key of user `deploy`, and a rotation that has begun."""

    secret: str
    first: str
    calls: Calls = field(default_factory=Calls)
    owner: str = OWNER
    contained: bool = False
    caller: Callable[[str, str], str | None] | None = None
    refused: tuple[str, ...] = ()
    slept: list[float] = field(default_factory=list)

    def take(self, *steps: str, version: str = VERSION) -> None:
        """Steps of the function, in a process of their own."""
        secrets, iam = (self._counted(boto3.client(name)) for name in ("secretsmanager", "iam"))
        caller, slept = self.caller or _caller, self.slept.append
        world = access_key.World(iam, self.owner, caller, lambda _: self.contained, slept)
        for step in steps:
            event = {"Step": step, "SecretId": self.secret, "ClientRequestToken": version}
            rotate(event, secrets, access_key.kind(world))

    def _counted(self, client: Any) -> Any:
        client.meta.events.register("before-call.secretsmanager", self._refuse)
        client.meta.events.register("before-call", self.calls.before)
        client.meta.events.register("after-call", self.calls.after)
        return client

    def _refuse(self, model: OperationModel, **_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        """A new value is refused, and then the other calls; meanwhile an incident of the owner opens."""
        if model.name not in self.refused or not (self.contained or model.name == "PutSecretValue"):
            return None
        self.contained = True
        return SimpleNamespace(status_code=400), {"Error": {"Code": "AccessDeniedException", "Message": "no"}}

    def value(self, stage: str = "AWSCURRENT") -> dict[str, str]:
        """A version, as anybody who may read it sees it."""
        found = boto3.client("secretsmanager").get_secret_value(SecretId=self.secret, VersionStage=stage)
        return dict(json.loads(found["SecretString"]))


def _caller(key: str, secret: str) -> str:
    sts = boto3.client("sts", aws_access_key_id=key, aws_secret_access_key=secret)
    return sts.get_caller_identity()["Arn"]


def held() -> dict[str, str]:
    """The keys of the user, and whether each works."""
    listed = boto3.client("iam").list_access_keys(UserName="deploy")["AccessKeyMetadata"]
    return {one["AccessKeyId"]: str(one["Status"]) for one in listed}


def made() -> str:
    """One more key, by somebody else."""
    return boto3.client("iam").create_access_key(UserName="deploy")["AccessKey"]["AccessKeyId"]


@pytest.fixture
def kept() -> Iterator[Kept]:
    with scene.account():
        iam = boto3.client("iam")
        iam.create_user(UserName="deploy", Path="/ci/")
        key = iam.create_access_key(UserName="deploy")["AccessKey"]
        first, secret = key["AccessKeyId"], key["SecretAccessKey"]
        value = {"userName": "deploy", "accessKeyId": first, "secretAccessKey": secret, "note": "kept"}
        yield Kept(scene.build("", scene.Line(), json.dumps(value)).secret, first)


def test_the_new_key_is_the_users_and_works_and_the_old_one_is_inactive(kept: Kept) -> None:
    kept.take(*STEPS)
    new = kept.value()
    assert held() == {kept.first: "Inactive", new["accessKeyId"]: "Active"}
    assert _caller(new["accessKeyId"], new["secretAccessKey"]) == OWNER
    assert {"userName": new["userName"], "note": new["note"]} == {"userName": "deploy", "note": "kept"}
    assert len(kept.calls.made) == AWS_CALLS


def test_room_is_made_by_deleting_what_this_secret_held_before_and_nothing_else(kept: Kept) -> None:
    second, before = made(), json.dumps(kept.value())
    current = json.dumps({**kept.value(), "accessKeyId": second})
    kind = access_key.kind(access_key.World(boto3.client("iam"), OWNER, _caller, lambda _: False, kept.slept.append))
    with pytest.raises(RotationError, match=f"two keys, and {kept.first} is not one"):
        kind.renew(current, lambda: before)  # it works again: somebody uses it
    boto3.client("iam").update_access_key(UserName="deploy", AccessKeyId=kept.first, Status="Inactive")
    new = json.loads(kind.renew(current, lambda: before))
    assert held() == {second: "Active", new["accessKeyId"]: "Active"}


@pytest.mark.parametrize("status", _STATES)
def test_a_strangers_key_is_left_and_named(kept: Kept, status: Literal["Active", "Inactive"]) -> None:
    stranger = made()
    boto3.client("iam").update_access_key(UserName="deploy", AccessKeyId=stranger, Status=status)
    with pytest.raises(RotationError, match=f"two keys, and {stranger} is not one"):
        kept.take("createSecret")
    assert held() == {kept.first: "Active", stranger: status}


@pytest.mark.parametrize("step", STEPS)
def test_who_was_not_let_go_gets_no_new_key(kept: Kept, step: str) -> None:
    kept.take(*STEPS[: STEPS.index(step)])
    before = held()
    kept.contained = True
    with pytest.raises(RotationError, match="nobody released or restored, and gets no new key"):
        kept.take(step)
    assert held() == before
    assert kept.value()["accessKeyId"] == kept.first


@pytest.mark.parametrize("owner", ["", "arn:aws:iam::123456789012:user/somebody"])
def test_a_secret_chooses_no_user(kept: Kept, owner: str) -> None:
    kept.owner = owner
    with pytest.raises(RotationError, match="AccessKeySecrets"):
        kept.take("createSecret")
    assert list(held()) == [kept.first]


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_pending_key_that_iam_does_not_have_is_refused(kept: Kept, step: str) -> None:
    theirs = {**kept.value(), "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    boto3.client("secretsmanager").put_secret_value(
        SecretId=kept.secret,
        SecretString=json.dumps(theirs),
        ClientRequestToken=VERSION,
        VersionStages=["AWSPENDING"],
    )
    with pytest.raises(RotationError, match="no active key of user deploy"):
        kept.take(step)
    assert held() == {kept.first: "Active"}


def test_a_key_that_aws_does_not_know_yet_is_waited_for(kept: Kept) -> None:
    kept.take(*STEPS[:2])
    known = iter([None, None, OWNER])
    kept.caller = lambda _key, _secret: next(known)
    kept.take("testSecret")
    assert len(kept.slept) == 2
    kept.caller = lambda _key, _secret: None
    with pytest.raises(RotationError, match="does not know the new key"):
        kept.take("testSecret")


def test_a_key_of_somebody_else_fails_the_test(kept: Kept) -> None:
    kept.take(*STEPS[:2])
    kept.caller = lambda _key, _secret: "arn:aws:iam::123456789012:user/other"
    with pytest.raises(RotationError, match="belongs to arn:aws:iam::123456789012:user/other"):
        kept.take("testSecret")


@pytest.mark.parametrize("call", range(AWS_CALLS))
def test_killed_after_any_call_it_ends_rotated_or_names_the_key_that_nobody_knows(kept: Kept, call: int) -> None:
    """Between making a key and keeping it nothing can be written down: no one can tell such a key from a stranger's."""
    kept.calls.kill_after = call
    with pytest.raises(KilledError):
        kept.take(*STEPS)
    kept.calls.kill_after = None
    if kept.calls.made[-1] == "CreateAccessKey":
        lost = next(one for one in held() if one != kept.first)
        with pytest.raises(RotationError, match=f"{lost} is not one"):
            kept.take("createSecret")
        assert held() == {kept.first: "Active", lost: "Active"}
        boto3.client("iam").delete_access_key(UserName="deploy", AccessKeyId=lost)  # as the message says
    kept.take(*STEPS)
    assert held() == {kept.first: "Inactive", kept.value()["accessKeyId"]: "Active"}


@pytest.mark.parametrize("blind", [False, True])
def test_a_key_that_could_not_be_kept_is_taken_back_unless_it_may_have_been(kept: Kept, *, blind: bool) -> None:
    kept.refused = ("PutSecretValue", *(["GetSecretValue"] if blind else []))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        kept.take("createSecret")
    assert len(held()) == 1 + blind
    assert held()[kept.first] == "Active"


def test_no_secret_key_appears_in_an_error(kept: Kept) -> None:
    kept.take("createSecret")
    secrets = {kept.value()["secretAccessKey"], kept.value("AWSPENDING")["secretAccessKey"]}
    said = [_error(kept, "testSecret", caller=None), _error(kept, "setSecret", contained=True)]
    assert all(said)
    assert not any(secret in text for secret in secrets for text in said)


def _error(kept: Kept, step: str, *, caller: str | None = OWNER, contained: bool = False) -> str:
    kept.caller, kept.contained = lambda _key, _secret: caller, contained
    with pytest.raises(RotationError) as refused:
        kept.take(step)
    return "".join(traceback.format_exception(refused.value))
