"""`leak-responder cloud`: the embedded AWS to try things on, with the packaged app deployed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from chalicelib.model import Mode
from console import ctrl_c
from console.terminal import document, refuse, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drill.cloud.lifecycle import Cloud

app = typer.Typer(
    help="An AWS on this machine alone, with IAM enforced and the responder deployed: nothing in it is real or costs.",
    no_args_is_help=True,
)

_STACK = "leak-responder-dev"
_STOPPED = "Stopped; nothing is left running. Next: `leak-responder cloud up`"


@app.command()
def up(
    *,
    bare: Annotated[bool, typer.Option("--bare", help="Deploy nothing: an empty AWS.")] = False,
    mode: Annotated[Mode, typer.Option(help="How far the responder may go unasked.")] = Mode.CONTAIN_CONFIRMED,
    for_shell: Annotated[bool, typer.Option("--env", help="Print what a shell is to set, not JSON.")] = False,
) -> None:
    """Start it and deploy the package onto it; it goes on until `leak-responder cloud down`.

    Prints one JSON document: endpoint, credentials of its administrator, outputs of the stack. With --env it prints
    lines for a shell, for `eval`. AWS tools then work with it. Each signature is checked: only these credentials
    are the administrator's, who may also put events of AWS's own services on the bus.

    Version 1 of the aws CLI takes no AWS_ENDPOINT_URL for sqs and rds: give it --endpoint-url there.
    """
    from drill.cloud import lifecycle

    lifecycle.only_here()
    earlier = _remembered()
    if earlier and lifecycle.is_running(earlier):
        refuse(f"One is running already, at {earlier.endpoint}. End it first: `leak-responder cloud down`")
    package = None if bare else _packaged()
    cloud = _started()
    with _ended_unless_whole(cloud), ctrl_c.ends(lambda: _end(cloud), _STOPPED):
        _remember(cloud)  # so that `down` finds it even if this process is killed while it deploys
        if package:
            cloud = lifecycle.deploy(cloud, package, _STACK, {"Mode": mode})
            _remember(cloud)
    if for_shell:
        typer.echo("\n".join(f"export {name}={value}" for name, value in environment(cloud).items()))
    else:
        document(_shown(cloud))
    say("It goes on in the background. End it with: `leak-responder cloud down`")


def environment(cloud: Cloud) -> dict[str, str]:
    """Return the variables by which the tools of AWS reach that cloud as its administrator."""
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": cloud.key,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
        "AWS_DEFAULT_REGION": cloud.region,
    }


@contextmanager
def _ended_unless_whole(cloud: Cloud) -> Iterator[None]:
    """What stops the setting up ends the cloud too, and is said in a sentence."""
    from drill.cloud import lifecycle

    try:
        yield
    except BaseException as stopped:
        _end(cloud)
        if isinstance(stopped, lifecycle.StackError):
            refuse(f"{stopped}\nNothing is left running. If it stays so, report it with these lines.")
        raise


def _shown(cloud: Cloud) -> dict[str, object]:
    return {
        "endpoint": cloud.endpoint,
        "region": cloud.region,
        "account": cloud.account,
        "access_key": cloud.key,
        "secret_key": cloud.secret,
        "outputs": cloud.outputs,
    }


@app.command()
def down() -> None:
    """End it and everything in it, leaving no file and no process. That none is running is fine, too."""
    from drill.cloud import lifecycle

    cloud = _remembered()
    running = cloud is not None and lifecycle.is_running(cloud)
    if cloud:
        _end(cloud)
    say("Ended; nothing is left of it." if running else "None was running.")


def _packaged() -> Path:
    from console.package import PackageError, build
    from console.vendor import VendorError

    try:
        return build("dev", report=say)
    except (PackageError, VendorError) as failed:
        refuse(str(failed))


def _started() -> Cloud:
    from drill.cloud import lifecycle

    say("An AWS of your own starts on this machine, with IAM enforced")
    try:
        return lifecycle.start_detached()
    except lifecycle.CloudError as failed:
        refuse(f"{failed}\nNothing is left running. If it stays so, report it with these lines.")


def _state() -> Path:
    from drill.cloud.lifecycle import ROOT

    return ROOT / ".drill" / "cloud.json"


def _remember(cloud: Cloud) -> None:
    path = _state()
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(cloud)))


def _remembered() -> Cloud | None:
    from drill.cloud.lifecycle import Cloud

    try:
        return Cloud(**json.loads(_state().read_text()))
    except FileNotFoundError:
        return None


def _end(cloud: Cloud) -> None:
    from drill.cloud import lifecycle

    lifecycle.stop(cloud)
    _state().unlink(missing_ok=True)
