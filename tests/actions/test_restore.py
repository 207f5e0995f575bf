"""Whatever was captured and whatever somebody did since: all back, or nothing touched and the difference shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, strategies as st

from chalicelib.actions import BY_NAME, revoke_role_sessions
from chalicelib.model import ALREADY, DONE, Facts, Moved, Outcome, Status
from tests.actions.test_errors import KEY, NARROW, QUARANTINE, STEPS

OWN, OTHER = "arn:aws:iam::111122223333:policy/own", "arn:aws:iam::111122223333:policy/other"


class NoSuchEntityError(Exception):
    """What IAM answers about what is not there."""


@dataclass
class Iam:
    """One user and one role, as far as restoring looks at them: "" is what is not there."""

    boundary: str = ""
    key: str = ""
    deny: str = ""
    policies: set[str] = field(default_factory=set)

    @property
    def exceptions(self) -> Any:
        return type("Exceptions", (), {"NoSuchEntityException": NoSuchEntityError})

    def get_user(self, **_: str) -> Any:
        held = {"PermissionsBoundary": {"PermissionsBoundaryArn": self.boundary}}
        return {"User": held if self.boundary else {}}

    def put_user_permissions_boundary(self, **asked: str) -> None:
        self.boundary = asked["PermissionsBoundary"]

    def delete_user_permissions_boundary(self, **_: str) -> None:
        self.boundary = ""

    def list_policy_versions(self, **asked: str) -> Any:
        if asked["PolicyArn"] not in self.policies:
            raise NoSuchEntityError
        return {"Versions": [{"VersionId": "v1", "IsDefaultVersion": True}]}

    def delete_policy(self, **asked: str) -> None:
        if asked["PolicyArn"] not in self.policies:
            raise NoSuchEntityError
        self.policies.remove(asked["PolicyArn"])

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: str) -> Any:
        return [{"AccessKeyMetadata": [{"AccessKeyId": KEY, "Status": self.key}] if self.key else []}]

    def update_access_key(self, **asked: str) -> None:
        if not self.key:
            raise NoSuchEntityError
        self.key = asked["Status"]

    def get_role_policy(self, **_: str) -> Any:
        if not self.deny:
            raise NoSuchEntityError
        return {"PolicyDocument": json.loads(self.deny)}

    def delete_role_policy(self, **_: str) -> None:
        if not self.deny:
            raise NoSuchEntityError
        self.deny = ""


@dataclass
class Anchor:
    """A trust anchor of Roles Anywhere, "" where there is none."""

    state: str

    @property
    def exceptions(self) -> Any:
        return type("Exceptions", (), {"ResourceNotFoundException": NoSuchEntityError})

    def get_trust_anchor(self, **_: str) -> Any:
        if not self.state:
            raise NoSuchEntityError
        return {"trustAnchor": {"enabled": self.state == "enabled"}}

    def enable_trust_anchor(self, **_: str) -> None:
        self.state = "enabled"

    def disable_trust_anchor(self, **_: str) -> None:
        self.get_trust_anchor()
        self.state = "disabled"


@dataclass
class Clients:
    """The clients that the reversible actions use."""

    made: Any

    def iam(self) -> Any:
        return self.made

    def rolesanywhere(self, _: str) -> Any:
        return self.made


def restored(iam: Iam, action: str, image: dict[str, str], left: str) -> None:
    """Once: all back, or untouched. Over it: all back. Once more: nothing."""
    clients: Any = Clients(iam)
    found, before = BY_NAME[action].restore(clients, STEPS[action], image), vars(iam).copy()
    if isinstance(found, Moved):
        assert left in found.left
        overwrite = BY_NAME[action].overwrite
        assert overwrite is not None
        assert overwrite(clients, STEPS[action], image).good
        assert vars(iam) != before or "deleted" in found.now
    else:
        assert found.good
    after = vars(iam).copy()
    again = BY_NAME[action].restore(clients, STEPS[action], image)
    assert vars(iam) == after
    assert isinstance(again, Moved) is (isinstance(found, Moved) and "deleted" in found.now)


@given(before=st.sampled_from(("", OWN)), now=st.sampled_from(("", OWN, OTHER, QUARANTINE)))
def test_a_boundary(before: str, now: str) -> None:
    iam = Iam(boundary=now)
    restored(iam, "bound-user", {"boundary": before}, QUARANTINE)
    assert iam.boundary == before


@given(before=st.sampled_from(("", OWN)), now=st.sampled_from(("", OWN, OTHER, NARROW)), made=st.booleans())
def test_a_narrower_deny(before: str, now: str, made: bool) -> None:
    iam = Iam(boundary=now, policies={NARROW} if made else set())
    restored(iam, "narrow-user", {"boundary": before}, NARROW)
    assert (iam.boundary, iam.policies) == (before, set())


@given(before=st.sampled_from(("Active", "Inactive")), now=st.sampled_from(("", "Active", "Inactive")))
def test_a_key(before: str, now: str) -> None:
    iam = Iam(key=now)
    restored(iam, "deactivate-key", {"status": before}, "inactive")
    assert iam.key == (before if now else "")  # a deleted key is not given back, and stops no second restore


@given(now=st.sampled_from(("", "ours", '{"Statement": []}')))
def test_a_deny_on_sessions(now: str) -> None:
    ours = revoke_role_sessions.document(STEPS["revoke-role-sessions"])
    iam = Iam(deny=ours if now == "ours" else now)
    restored(iam, "revoke-role-sessions", {}, ours)
    assert iam.deny == ""


@given(before=st.sampled_from(("", "enabled", "disabled")), deleted=st.booleans())
def test_a_trust_anchor(before: str, deleted: bool) -> None:
    anchor, name = Anchor(before), "disable-trust-anchor"
    clients: Any = Clients(anchor)
    action, step = BY_NAME[name], STEPS[name]
    image = action.capture(clients, step, Facts())
    assert action.apply(clients, step).good
    assert anchor.state in {"", "disabled"}
    anchor.state = "" if deleted else anchor.state
    for _ in range(2):
        assert action.restore(clients, step, image) in {DONE, ALREADY}
        assert anchor.state == ("" if deleted else before)


def test_a_deleted_key_is_left_behind_once_a_person_says_so() -> None:
    clients: Any = Clients(Iam())
    overwrite = BY_NAME["deactivate-key"].overwrite
    assert overwrite is not None
    outcome = overwrite(clients, STEPS["deactivate-key"], {"status": "Active"})
    assert isinstance(outcome, Outcome)
    assert (outcome.status, "AWS gives none back" in outcome.detail) == (Status.ALREADY, True)
