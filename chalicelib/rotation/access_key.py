"""An IAM user's access key that a secret keeps.

The value is JSON with `userName`, `accessKeyId` and `secretAccessKey`; members beyond the three are kept as they are.
Whose key a secret keeps says the configuration: whoever can write the secret chooses no user. A user has two keys at
most (IAM user guide, "IAM and STS quotas"), so room is made by deleting one: that which this very secret held before,
and only once it is inactive. Any other is a stranger's, and stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.rotation.kind import Kind, RotationError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient  # noqa: TC004 - only a checker reads the annotation

_MEMBERS = ("userName", "accessKeyId", "secretAccessKey")
_MOST = 2
_LOOKS, _PAUSE = 8, 3  # IAM shows a new key within seconds (IAM user guide, "eventual consistency")


@dataclass(frozen=True)
class World:
    """What is needed beside the values. `owner` is the ARN of the user whose key the secret keeps, "" for nobody's.

    `caller` says by which ARN STS knows a key, None where it does not know it; `contained` whether a user has an
    incident that nobody released or restored.
    """

    iam: IAMClient
    owner: str
    caller: Callable[[str, str], str | None]
    contained: Callable[[str], bool]
    sleep: Callable[[float], None]

    @property
    def user(self) -> str:
        """The name of the owner."""
        return self.owner.rpartition("/")[2]


@dataclass(frozen=True)
class _Key:
    user: str
    id: str
    secret: str = field(repr=False)


def kind(world: World) -> Kind:
    """The kind, for the secret of this user."""
    return Kind(
        "access-key",
        lambda value: _key(value) is not None,
        lambda current, before: _renew(world, current, before),
        lambda current, pending: _change(world, current, pending),
        lambda current, pending: _check(world, current, pending),
        lambda current: _confirm(world, current),
        lambda current, pending: _retire(world, current, pending),
        lambda value: _drop(world, value),
    )


def _renew(world: World, current: str, before: Callable[[], str | None]) -> str:
    old = _own(world, current)
    held = _held(world)
    if len(held) >= _MOST:
        _make_room(world, held, old, _key(before() or ""))
    made = world.iam.create_access_key(UserName=world.user)["AccessKey"]
    new = {"accessKeyId": made["AccessKeyId"], "secretAccessKey": made["SecretAccessKey"]}
    return json.dumps({**_json(current), **new})


def _make_room(world: World, held: dict[str, str], old: _Key, before: _Key | None) -> None:
    others = [one for one in held if one != old.id]
    spare = before.id if before and before.user == world.user and before.id in others else ""
    if len(others) < len(held) and held.get(spare) == "Inactive":
        world.iam.delete_access_key(UserName=world.user, AccessKeyId=spare)
        return
    raise RotationError(
        f"user {world.user} has two keys, and {' and '.join(others)} is not one that this secret held and that is "
        "inactive: it may be somebody's, or left of a rotation that was cut off. Delete it if nobody uses it, then "
        "rotate again"
    )


def _change(world: World, current: str, pending: str) -> None:
    """IAM knows the new key since it was made."""
    _pair(world, current, pending)


def _check(world: World, current: str, pending: str) -> None:
    _, new = _pair(world, current, pending)
    if not _is_known(world, new):
        raise RotationError(f"AWS does not know the new key {new.id} yet: the step comes again")


def _confirm(world: World, current: str) -> None:
    key = _own(world, current)
    if _held(world).get(key.id) != "Active" or not _is_known(world, key):
        raise RotationError(f"the secret does not hold a key of user {world.user} that works: put one, then rotate")


def _is_known(world: World, key: _Key) -> bool:
    """Return whether AWS takes it for the owner's; it may take some seconds until AWS knows a new one."""
    for _ in range(_LOOKS):
        known = world.caller(key.id, key.secret)
        if known == world.owner:
            return True
        if known is not None:
            raise RotationError(f"key {key.id} belongs to {known}, not to {world.owner}")
        world.sleep(_PAUSE)
    return False


def _retire(world: World, current: str, pending: str) -> None:
    """The old key, before the label moves: a rotation that is cut off in between is taken up, and never forgets it."""
    old, _ = _pair(world, current, pending)
    if _held(world).get(old.id) == "Active":
        world.iam.update_access_key(UserName=world.user, AccessKeyId=old.id, Status="Inactive")


def _drop(world: World, value: str) -> None:
    made = _of_owner(world, value)
    world.iam.delete_access_key(UserName=world.user, AccessKeyId=made.id)


def _pair(world: World, current: str, pending: str) -> tuple[_Key, _Key]:
    """Both keys. Whoever can write a pending version brings no key of another user's in."""
    old, new = _own(world, current), _own(world, pending)
    if old.id == new.id or _held(world).get(new.id) != "Active":
        raise RotationError(f"the pending version holds no active key of user {world.user} but the current one")
    return old, new


def _own(world: World, value: str) -> _Key:
    found = _of_owner(world, value)
    if world.contained(world.owner):
        raise RotationError(
            f"user {world.user} has an incident that nobody released or restored, and gets no new key: do that, then "
            "rotate again"
        )
    return found


def _of_owner(world: World, value: str) -> _Key:
    found = _key(value)
    if found is None:
        raise RotationError("the value must be JSON with userName, accessKeyId and secretAccessKey, each a text")
    if not world.owner or found.user != world.user:
        raise RotationError("AccessKeySecrets does not say that this secret keeps a key of the user it names")
    return found


def _held(world: World) -> dict[str, str]:
    listed = world.iam.list_access_keys(UserName=world.user)["AccessKeyMetadata"]
    return {one["AccessKeyId"]: str(one["Status"]) for one in listed}


def _key(text: str) -> _Key | None:
    value = _json(text)
    if not all(isinstance(value.get(member), str) and value[member] for member in _MEMBERS):
        return None
    return _Key(value["userName"], value["accessKeyId"], value["secretAccessKey"])


def _json(text: str) -> dict[str, Any]:
    # json's error carries the whole text, so it is not let out of here.
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
