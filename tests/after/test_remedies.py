"""What was read is rotated where the configuration says so; each other thing is named with owner, reason and steps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from chalicelib.follow_up.remedies import Remedy, remedies
from chalicelib.inquiry.touched import Sort, Thing
from chalicelib.ports import Ports
from chalicelib.settings import Settings
from tests.sources.events import ACCOUNT

ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"
PARAMETER = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:"
TAGGED = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSMySQLRotationMultiUser"
SECRETS: dict[str, dict[str, Any]] = {
    "named": {"RotationEnabled": True, "OwningService": "rds"},
    "linked": {"RotationEnabled": True, "RotationLambdaARN": f"{FUNCTION}single"},
    "prod/turns": {"RotationEnabled": True, "RotationLambdaARN": f"{FUNCTION}SecretsManagerRotationMultiUser"},
    "prod/renamed": {"RotationEnabled": True, "RotationLambdaARN": f"{FUNCTION}renamed"},
    "other": {"RotationEnabled": True, "Tags": [{"Key": "Team", "Value": "orders"}]},
    "bare": {"RotationEnabled": False},
    "copied": {"RotationEnabled": False, "PrimaryRegion": "us-west-2"},
    f"{ARN.replace('eu-west-1', 'us-west-2')}copied-AbCdEf": {
        "ARN": f"{ARN.replace('eu-west-1', 'us-west-2')}copied-AbCdEf",
        "PrimaryRegion": "us-west-2",
        "RotationEnabled": True,
    },
}


class _Aws:
    """Answers as AWS does."""

    def secretsmanager(self, region: str) -> Any:
        """One of the secrets above, by its name or ARN."""

        def describe_secret(**asked: str) -> Any:
            name = asked["SecretId"]
            assert region == (name.split(":")[3] if name.startswith("arn:") else "eu-west-1")
            name = name.removeprefix(ARN).removesuffix("-AbCdEf") if name.startswith(ARN) else name
            if name not in SECRETS:
                codes = {"gone": "ResourceNotFoundException", "hidden": "AccessDeniedException"}
                raise ClientError({"Error": {"Code": codes[name]}}, "DescribeSecret")
            return {"ARN": f"{ARN}{name}-AbCdEf", **SECRETS[name]}

        return SimpleNamespace(describe_secret=describe_secret)

    def functions(self, _: str) -> Any:
        """The tags of a function."""
        return SimpleNamespace(list_tags=lambda Resource: {"Tags": _tags(Resource)})  # noqa: N803 - AWS's own name

    def parameters(self, _: str) -> Any:
        """Whoever changed a parameter last."""
        answer = {"Parameters": [{"LastModifiedUser": "arn:aws:iam::1:user/ops"}]}
        return SimpleNamespace(describe_parameters=lambda **_: answer)


def _tags(function: str) -> dict[str, str]:
    return {"serverlessrepo:applicationId": TAGGED} if function.endswith("renamed") else {}


SETTINGS = Settings(
    account=ACCOUNT,
    rotate_if_read=(f"{ARN}named-*", f"{ARN}prod/*", "arn:aws:secretsmanager:us-west-2:*:secret:copied-*"),
    linked_secrets={"arn:aws:iam::1:user/somebody": (f"{ARN}linked-AbCdEf",)},
    secret_parameters={
        f"{ARN}named-AbCdEf": (f"{PARAMETER}prod/db#password", f"{PARAMETER}flat"),
        f"{ARN}other-AbCdEf": (f"{PARAMETER}prod/other",),
    },
)


def remedy(sort: Sort, name: str, account: str = ACCOUNT) -> Remedy:
    """Of one thing in Ireland."""
    nothing: Any = None
    ports = Ports(SETTINGS, cast("Any", _Aws()), nothing, nothing, nothing, nothing)
    (found,) = remedies([Thing(sort, account, "eu-west-1", name)], ports)
    return found


@pytest.mark.parametrize(("name", "times"), [("named", 1), ("linked", 1), ("prod/turns", 2), ("prod/renamed", 2)])
def test_a_secret_with_a_rotation_that_the_owner_names_is_rotated(name: str, times: int) -> None:
    found = remedy(Sort.SECRET, name)
    assert (found.rotate, found.times, found.reason) == (f"{ARN}{name}-AbCdEf", times, "")


def test_of_a_replica_the_primary_is_rotated() -> None:
    found = remedy(Sort.SECRET, "copied")
    assert (found.rotate, found.times) == (f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:copied-AbCdEf", 1)


@pytest.mark.parametrize("name", ["/prod/db", "flat"])
def test_a_parameter_that_holds_the_value_of_a_secret_is_rotated_with_it(name: str) -> None:
    found = remedy(Sort.PARAMETER, name)
    assert (found.rotate, found.times, found.reason) == (f"{ARN}named-AbCdEf", 1, "")


NOT_OURS = {
    # what, and where: owner, why not, what the steps hold
    "not named": (Sort.SECRET, "other", ACCOUNT, "orders, as its tag team says", "RotateIfRead", "rotate-secret"),
    "no rotation": (Sort.SECRET, "bare", ACCOUNT, "", "no rotation", "put-secret-value --secret-id bare"),
    "deleted": (Sort.SECRET, "gone", ACCOUNT, "", "deleted since", "put-secret-value"),
    "not to be seen": (Sort.SECRET, "hidden", ACCOUNT, "", "AccessDeniedException", "put-secret-value"),
    "elsewhere": (Sort.SECRET, "named", "999988887777", "account 999988887777", "another account", "owner"),
    "parameter": (Sort.PARAMETER, "/a b", ACCOUNT, "user/ops", "no rotation", "--overwrite --name '/a b'"),
    "parameter of a secret that is not ours": (
        Sort.PARAMETER,
        "/prod/other",
        ACCOUNT,
        "orders, as its tag team says",
        "RotateIfRead",
        "rotate-secret",
    ),
    "key": (Sort.DATA_KEY, "k-1", ACCOUNT, "", "decrypted with it", "worthless"),
}


@pytest.mark.parametrize("case", NOT_OURS)
def test_everything_else_has_an_owner_a_reason_and_steps(case: str) -> None:
    sort, name, account, owner, reason, steps = NOT_OURS[case]
    found = remedy(sort, name, account)
    assert not found.rotate
    assert owner in found.owner
    assert reason in found.reason
    assert steps in found.steps


def test_of_no_end_of_things_not_all_are_asked_about() -> None:
    nothing: Any = None
    ports = Ports(SETTINGS, cast("Any", _Aws()), nothing, nothing, nothing, nothing)
    things = [Thing(Sort.SECRET, ACCOUNT, "eu-west-1", "bare")] * 201
    assert [one.reason for one in remedies(things, ports)][198:] == [
        *["it has no rotation"] * 2,
        "more than 200 things were read, and AWS was not asked about this one",
    ]
