"""What containment itself stands on: the deny-all policy, who is protected, and a clock that agrees with AWS's."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.actions.deny_all import is_deployed
from chalicelib.settings import SettingsError, from_environment
from console.doctor import patient as here
from console.doctor.patient import Health, Line, note, well, wrong
from console.stack import FUNCTIONS
from console.stack.storage import DENY_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.settings import Protected
    from console.doctor.patient import Patient

_APART = 5.0  # seconds; the cut-off of old sessions is set by a clock, 30 s ahead of it


def quarantine(patient: Patient) -> Iterator[Line]:
    """Whether the policy that denies everything still denies everything. Where it does not, AWS's own takes its place,
    which no guard holds.
    """
    iam, arn = patient.client("iam"), patient.settings.quarantine_policy
    try:
        default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        known = [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]]
        deployed = [version for version in known if _says_it(iam, arn, version)]
    except iam.exceptions.NoSuchEntityException:
        path, _, name = arn.partition(":policy")[2].rpartition("/")
        mend = f"aws iam create-policy --path {path}/ --policy-name {name} --policy-document '{json.dumps(DENY_ALL)}'"
        yield wrong(f"somebody deleted the quarantine policy: {_INSTEAD}", mend)
        return
    if default in deployed:
        yield well("the quarantine policy denies everything")
        return
    said = f"somebody changed the quarantine policy: version {default} does not say what was deployed: {_INSTEAD}"
    yield wrong(said, _given_back(arn, deployed))


_INSTEAD = "users are denied by AWS's AWSDenyAll instead, which no guard holds"


def _given_back(arn: str, deployed: list[str]) -> str:
    """The call after which the policy says again what was deployed. A deployment alone mends nothing: CloudFormation
    compares templates, and the template has not changed.
    """
    if deployed:
        return f"aws iam set-default-policy-version --policy-arn {arn} --version-id {deployed[0]}"
    text = json.dumps(DENY_ALL)
    return f"aws iam create-policy-version --policy-arn {arn} --policy-document '{text}' --set-as-default"


def _says_it(iam: Any, arn: str, version: str) -> bool:  # noqa: ANN401 - boto3's client
    return is_deployed(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def protected(patient: Patient) -> Iterator[Line]:
    """Whether each protected principal is still the one that was meant."""
    chosen = _protected(patient)
    lines = [line for one in chosen for line in _stranger(one, patient)]
    yield from lines
    if not chosen:
        example = f'[{{"arn": "arn:aws:iam::{patient.account}:user/NAME", "unique_id": "AIDA…"}}]'
        name = f"{patient.deploy} --set 'Protected={example}', with the id of aws iam get-user --user-name NAME"
        yield note("nobody is protected: break-glass users and the deployer are contained like anyone", name)
    elif not lines:
        yield well(f"{len(chosen)} protected principals are who they were")


def _protected(patient: Patient) -> tuple[Protected, ...]:
    """As a function reads it; what cannot be read is said where the functions are looked at."""
    name = patient.resources[FUNCTIONS[0].logical_id]
    found = patient.client("lambda").get_function_configuration(FunctionName=name)
    try:
        return from_environment(found.get("Environment", {}).get("Variables", {})).protected
    except SettingsError:
        return ()


def _stranger(one: Protected, patient: Patient) -> Iterator[Line]:
    kind, _, path = one.arn.split(":", 5)[-1].partition("/")
    mend = f"{patient.deploy} --set Protected=…, without it or with its new id"
    try:
        found = _unique_id(patient.client("iam"), kind, path.rsplit("/", 1)[-1])
    except ClientError as error:
        if error.response["Error"].get("Code") != "NoSuchEntity":
            raise
        yield wrong(f"protected {one.arn} does not exist", mend)
        return
    if found != one.unique_id:
        yield wrong(f"protected {one.arn} was made anew: it is {found} now, and is not spared", mend)


def _unique_id(iam: Any, kind: str, name: str) -> str:  # noqa: ANN401 - boto3's client
    if kind == "user":
        return str(iam.get_user(UserName=name)["User"]["UserId"])
    return str(iam.get_role(RoleName=name)["Role"]["RoleId"])


def clock(patient: Patient) -> Iterator[Line]:
    """Whether this machine and AWS agree on the time: an order that is typed here is cut off by this clock."""
    answer = patient.client("sts").get_caller_identity()
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    yield judged(said, here.now())


def judged(said: str, ours: datetime) -> Line:
    """What the Date header of an answer means for this clock."""
    try:
        apart = (ours - parsedate_to_datetime(said)).total_seconds()
    except (TypeError, ValueError):
        return Line(Health.UNKNOWN, f"AWS's answer has no date that can be read: {said!r}")
    if abs(apart) <= _APART:
        return well("this clock agrees with AWS's")
    direction = "ahead of" if apart > 0 else "behind"
    text = f"this clock is {abs(apart):.0f} s {direction} AWS's: what is ordered here would cut sessions off wrongly"
    return wrong(text, "sudo timedatectl set-ntp true (macOS: sudo sntp -sS time.apple.com)")
