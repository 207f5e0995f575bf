"""An ARN is read by its fields: whatever a path holds, it changes neither the kind nor the name."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chalicelib.actions import own_policy
from chalicelib.model import Principal, PrincipalKind, read_arn
from chalicelib.orders.entitled import principal_of
from chalicelib.playbook.barred import names
from chalicelib.sources.cloudtrail import caller, role, role_name, user_name
from chalicelib.sources.iam_changes import _is_deny
from tests.sources import events

ACCOUNT = "111122223333"
PARTITIONS = st.sampled_from(["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"])
MARKERS = st.sampled_from(["x:role", ":assumed-role", "x:user", "aws-service-role", "aws-reserved", ":policy", "root"])
ANYTHING = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7F), min_size=1, max_size=20)
PATHS = st.lists(MARKERS | ANYTHING, max_size=5).map(lambda found: f"/{'/'.join(found)}/" if found else "/")
NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,64}", fullmatch=True)


@given(PARTITIONS, st.sampled_from(["user", "role", "group", "policy", "instance-profile"]), PATHS, NAMES)
def test_a_path_may_hold_anything(partition: str, kind: str, path: str, name: str) -> None:
    found = read_arn(f"arn:{partition}:iam::{ACCOUNT}:{kind}{path}{name}")
    assert found
    assert (found.partition, found.service, found.account) == (partition, "iam", ACCOUNT)
    assert (found.kind, found.path, found.name, found.session) == (kind, path, name, "")


@given(PARTITIONS, NAMES, NAMES)
def test_a_session_has_the_name_of_its_role_and_one_of_its_own(partition: str, name: str, session: str) -> None:
    found = read_arn(f"arn:{partition}:sts::{ACCOUNT}:assumed-role/{name}/{session}")
    assert found
    assert (found.role, found.session, found.path, found.is_service_linked) == (name, session, "", False)


@given(PARTITIONS, PATHS, NAMES)
def test_only_the_exact_path_makes_a_role_one_of_awss_own(partition: str, path: str, name: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:role{path}{name}"
    linked = path.startswith("/aws-service-role/")
    center = path.startswith("/aws-reserved/sso.amazonaws.com/")
    kinds = {PrincipalKind.SERVICE_LINKED_ROLE: linked, PrincipalKind.IDENTITY_CENTER_ROLE: center}
    kind = next((kind for kind, holds in kinds.items() if holds), PrincipalKind.ROLE)
    assert role(name, ACCOUNT, None, arn) == Principal(kind, ACCOUNT, name)
    assert (role_name(arn), user_name(arn)) == (name, None)


@given(PATHS, NAMES)
def test_the_caller_is_the_role_behind_the_session_whatever_its_path(path: str, name: str) -> None:
    found = caller({"userIdentity": events.role_identity(name, path=path.removeprefix("/"))})
    assert found
    assert (found.name, found.lock.partition("/")[2].rpartition("/")[0].endswith("role")) == (name, True)


OWN_PATHS = {
    "/aws-service-role/x.amazonaws.com/": PrincipalKind.SERVICE_LINKED_ROLE,
    "/x:role/aws-service-role/": PrincipalKind.ROLE,
    "/a/aws-service-role/": PrincipalKind.ROLE,
    "/aws-service-role-not/": PrincipalKind.ROLE,
    "/AWS-service-role/": PrincipalKind.ROLE,
    "/aws-reserved/sso.amazonaws.com/": PrincipalKind.IDENTITY_CENTER_ROLE,
    "/aws-reserved/sso.amazonaws.com/eu-west-1/": PrincipalKind.IDENTITY_CENTER_ROLE,
    "/aws-reserved/other/": PrincipalKind.ROLE,
    "/x:role/aws-reserved/sso.amazonaws.com/": PrincipalKind.ROLE,
    "/:assumed-role/": PrincipalKind.ROLE,
}


@pytest.mark.parametrize("path", OWN_PATHS)
@pytest.mark.parametrize("name", ["worker", "AWSServiceRoleForX", "AWSReservedSSO_Admin_0a"])
def test_the_path_decides_and_the_name_does_not(path: str, name: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
    assert role(name, ACCOUNT, None, arn).kind is OWN_PATHS[path]
    assert role(name, ACCOUNT, None).kind is PrincipalKind.ROLE


@pytest.mark.parametrize("text", ["", "worker", "arn:aws:iam::1", "role/worker", "x:aws:iam::1:role/worker"])
def test_what_is_no_arn_names_nobody(text: str) -> None:
    assert (read_arn(text), role_name(text), user_name(text), principal_of(text)) == (None, None, None, None)


def test_what_another_service_has_is_nobodys_role() -> None:
    assert role_name(f"arn:aws:s3:::bucket:role/{ACCOUNT}:role/worker") is None
    assert role_name(f"arn:aws:lambda:us-east-1:{ACCOUNT}:role/worker") is None


def test_a_path_takes_nobody_for_a_protected_principal_of_another_kind() -> None:
    protected = f"arn:aws:iam::{ACCOUNT}:role/x:{ACCOUNT}:user/deploy"
    assert names(protected, Principal(PrincipalKind.ROLE, ACCOUNT, "deploy"))
    assert not names(protected, Principal(PrincipalKind.USER, ACCOUNT, "deploy"))


def test_a_policy_of_somebodys_own_is_neither_awss_deny_nor_ours() -> None:
    assert _is_deny("arn:aws:iam::aws:policy/AWSDenyAll")
    assert not _is_deny(f"arn:aws:iam::{ACCOUNT}:policy/:iam::aws:policy/AWSDenyAll")
    assert own_policy.is_of_a_role(own_policy.of_role(ACCOUNT, "worker"))
    assert not own_policy.is_of_a_role(f"arn:aws:iam::{ACCOUNT}:policy/x:policy/leak-responder/role/worker")


def test_the_path_of_a_user_makes_them_nobodys_session() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/:federated-user/:assumed-role/ana"
    assert principal_of(arn) == Principal(PrincipalKind.USER, ACCOUNT, "ana")
