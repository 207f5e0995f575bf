"""Bring a package into an account, with the person's own credentials."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Column, Table

from chalicelib.settings import HOME_REGION, fault
from console import artifacts, change_set, modes, package
from console.change_set import DeployError
from console.deployed import reason
from console.stack import ENVIRONMENT, FUNCTIONS, PARAMETERS
from console.terminal import document, fail, print_result, prose, say
from console.vendor import VendorError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.change_set import Change


def deploy(
    session: boto3.Session,
    package_dir: Path,
    stack_name: str,
    parameters: Mapping[str, str],
    report: Callable[[str], None],
    approve: Callable[[tuple[Change, ...]], bool] = lambda _: True,
) -> dict[str, str]:
    """Create or update the stack and wait; its outputs. Parameters that are not given keep the values they have.

    DeployError with the reason and the next step, also where `approve` turns the changes down.
    """
    refuse_elsewhere(session.region_name)
    refuse_wrong(parameters)
    try:
        cloud = session.client("cloudformation")
        found = change_set.find_stack(cloud, stack_name)
        change_set.refuse_broken(found)
        url = upload(session, package_dir, report)
        report(f"Asking what changes in {stack_name}")
        proposed = change_set.propose(cloud, stack_name, url, change_set.values(parameters, tuple(PARAMETERS), found))
        if proposed is None:
            report("Nothing changes")
        elif approve(proposed.changes):
            change_set.carry_out(cloud, proposed, report)
        else:
            change_set.withdraw(cloud, proposed)
            raise DeployError("Nothing was deployed: the changes were turned down.")
        return outputs(session, stack_name)
    except (ClientError, BotoCoreError) as error:
        raise DeployError(f"{reason(error, stack_name)}.\n{_AGAIN}") from error
    except artifacts.BucketError as error:
        raise DeployError(f"{error}\n{_AGAIN}") from error


_AGAIN = "Nothing more was done. Mend that, then deploy again: it goes on from here."


def refuse_elsewhere(region: str | None) -> None:
    """DeployError for any Region but the one where IAM's events arrive."""
    if region != HOME_REGION:
        raise DeployError(
            f"Leak Responder is deployed in {HOME_REGION}, not in {region or 'no Region at all'}: IAM is global and "
            f"its events arrive in {HOME_REGION} alone, so anywhere else it would see no credential made, revived or "
            f"quarantined. Deploy with --region {HOME_REGION}. With make: ARGS='--region {HOME_REGION}'."
        )


def refuse_nobody(session: boto3.Session) -> None:
    """DeployError where there are no credentials, before a package is built for nobody."""
    if session.get_credentials() is None:
        raise DeployError(
            "No AWS credentials were found, so nothing was built and nothing deployed. Sign in (`aws sso login`, or "
            "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), see with `aws sts get-caller-identity` who "
            "you are, then deploy again."
        )


def refuse_wrong(parameters: Mapping[str, str]) -> None:
    """DeployError with every parameter that the stack would refuse, before anything is uploaded."""
    faults = [_fault(name, value) for name, value in sorted(parameters.items())]
    if any(faults):
        raise DeployError("\n".join(filter(None, faults)))


def _fault(name: str, value: str) -> str:
    if name not in PARAMETERS:
        return f"There is no parameter {name}; there are {', '.join(PARAMETERS)}."
    known = PARAMETERS[name]
    if value not in known.get("AllowedValues", (value,)):
        return f"{name} cannot be {value!r}; choose one of {', '.join(known['AllowedValues'])}."
    if not re.fullmatch(known.get("AllowedPattern", ".*"), value, re.DOTALL):
        return f"{name} cannot be {value!r}: it {known['ConstraintDescription']}."
    if known["Type"] == "Number" and not value.isdecimal():
        return f"{name} cannot be {value!r}: it is a whole number."
    unreadable = "; ".join(filter(None, (fault(variable, value) for variable in _variables(name))))
    return f"{name} cannot be read ({unreadable}). {known['Description']}" if unreadable else ""


def _variables(parameter: str) -> tuple[str, ...]:
    """The environment variables that a parameter becomes: what a function could not read would stop all of them."""
    return tuple(variable for variable, value in ENVIRONMENT.items() if value == {"Ref": parameter})


def upload(session: boto3.Session, package_dir: Path, report: Callable[[str], None]) -> str:
    """Put zip and template where CloudFormation finds them, named after their content; the template's URL."""
    bucket = artifacts.bucket(session, report)
    code = (package_dir / package.ZIP).read_bytes()
    key = f"{_hashed(code)}.zip"
    if bucket.put(key, code):
        report(f"Uploaded {len(code) / 1e6:.1f} MB to {bucket.name}")
    template = json.loads((package_dir / package.TEMPLATE).read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://{bucket.name}/{key}"
    text = json.dumps(template).encode()
    bucket.put(f"{_hashed(text)}.json", text)
    return bucket.url(f"{_hashed(text)}.json")


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def outputs(session: boto3.Session, stack_name: str) -> dict[str, str]:
    """What a deployed stack says about itself."""
    found = change_set.find_stack(session.client("cloudformation"), stack_name)
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])} if found else {}


def command(
    *,
    stage: Annotated[
        str, typer.Option(help="dev or prod. With prod, deleting the stack keeps the ledger.", metavar="STAGE")
    ] = "dev",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A parameter; the others stay as they are.",
            autocompletion=complete_parameter,
        ),
    ] = None,
    modes_file: Annotated[
        Path | None,
        typer.Option("--modes", help="Take the mode of the account, or of its unit, from this file.", metavar="FILE"),
    ] = None,
    organization_profile: Annotated[
        str | None, typer.Option(help="Whose credentials may ask in which unit the account is.", metavar="PROFILE")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help=f"Only {HOME_REGION}, where IAM's events arrive.", metavar="REGION")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changing the stack.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the stack's outputs as JSON.")] = False,
) -> None:
    """Package and deploy to the AWS account of your credentials."""
    stack_name = f"leak-responder-{stage}"
    try:
        session = boto3.Session(region_name=region or boto3.Session().region_name or HOME_REGION)
        parameters = dict(_pair(text) for text in settings or [])
        refuse_elsewhere(session.region_name)
        refuse_wrong(parameters)
        refuse_nobody(session)
        if modes_file:
            parameters = with_mode(parameters, session, modes_file, organization_profile)
        package_dir = package.build(stage, report=say)
        held = deploy(session, package_dir, stack_name, parameters, say, _approval(yes=yes))
    except (DeployError, package.PackageError, VendorError) as error:
        fail(str(error), 1)
    except (ClientError, BotoCoreError) as error:
        fail(reason(error, stack_name), 1)
    if as_json:
        document(held)
    else:
        _show(held, stage)


def complete_parameter(incomplete: str) -> list[str]:
    """Return what `--set` may go on with: the names of parameters, then the values of one that has a list of them."""
    name, sign, value = incomplete.partition("=")
    if not sign:
        return [f"{known}=" for known in PARAMETERS if known.startswith(name)]
    allowed = PARAMETERS.get(name, {}).get("AllowedValues", [])
    return [f"{name}={one}" for one in allowed if str(one).startswith(value)]


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise DeployError(f"--set takes NAME=VALUE, not {text!r}.")
    return name, value


def with_mode(
    parameters: Mapping[str, str], session: boto3.Session, file: Path, organization_profile: str | None
) -> dict[str, str]:
    """The parameters with the mode that the file gives to the account of the session."""
    if "Mode" in parameters:
        raise DeployError(f"--set Mode={parameters['Mode']} and --modes {file} both say the mode: give one of them.")
    account = session.client("sts").get_caller_identity()["Account"]
    asked = boto3.Session(profile_name=organization_profile) if organization_profile else session
    organizations = asked.client("organizations", region_name=HOME_REGION)
    found = modes.settled(account, modes.written(file), modes.units_of(account, organizations))
    say(f"Mode {found.mode} for account {account}, as {file} says of {found.entry}")
    return {**parameters, "Mode": found.mode}


def _approval(*, yes: bool) -> Callable[[tuple[Change, ...]], bool]:
    def approve(changes: tuple[Change, ...]) -> bool:
        _show_changes(changes)
        if yes:
            return True
        if not sys.stdin.isatty():
            say("Nobody is there to ask: deploy with --yes to carry these changes out.")
            return False
        return typer.confirm("Carry these changes out?", err=True)

    return approve


def _show_changes(changes: tuple[Change, ...]) -> None:
    """What is new is counted; what is changed or removed is named."""
    added = sum(change.action == "Add" for change in changes)
    say(f"{added} resources are added, {len(changes) - added} changed or removed.")
    table = Table("change", Column("resource", overflow="fold"), "type", box=None)
    for change in changes:
        if change.action != "Add":
            action = f"{change.action}, replaced" if change.replaced else change.action
            table.add_row(action, change.resource, change.kind, style="red" if change.replaced else "")
    if table.row_count:
        prose.print(table)


def _show(held: Mapping[str, str], stage: str) -> None:
    functions = {f"{function.logical_id}{what}" for function in FUNCTIONS for what in ("Name", "Arn")}
    for name, value in held.items():
        if name not in functions:
            print_result(f"{name}: {value}")
    say(f"\nDeployed, in mode {held.get('Mode')}. Next:", "bold")
    for step in _next_steps(held, stage):
        say(f"  - {step}")


def _next_steps(held: Mapping[str, str], stage: str) -> tuple[str, ...]:
    subscribe = f"aws sns subscribe --topic-arn {held.get('TopicArn')} --protocol email --notification-endpoint YOU"
    act = f"leak-responder deploy --stage {stage} --set Mode=contain-confirmed"
    return (
        f"be told: {subscribe} --region {HOME_REGION}",
        f"see whether it would do its work: leak-responder doctor --stack leak-responder-{stage}",
        f"be sure that a trail logs management events in {HOME_REGION}: without one EventBridge sees no IAM call",
        "name who is never touched: yourselves, the deployer, break-glass users: --set 'Protected=[…]'",
        *((f"let it act, once the messages have convinced you: {act}",) if held.get("Mode") == "observe" else ()),
    )
