"""`leak-responder cloud`: the embedded AWS to try things on, with the packaged app deployed."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from console.package import build
from console.terminal import document, say
from drill import embedded

app = typer.Typer(help="An embedded AWS on this machine, with the responder deployed onto it.", no_args_is_help=True)
_STATE = embedded.ROOT / ".drill" / "cloud.json"


@app.command()
def up() -> None:
    """Start it and deploy the package; prints endpoint, administrator's credentials and stack outputs as JSON."""
    _end()
    package = build("dev", report=say)
    cloud = embedded.start(detached=True)
    try:
        outputs = embedded.deploy(cloud, package, {"Mode": "contain-confirmed"}, "leak-responder-dev")
    except BaseException:
        embedded.stop(cloud.pid, cloud.folder)
        raise
    _STATE.parent.mkdir(exist_ok=True)
    _STATE.write_text(json.dumps(asdict(cloud)))
    document({"endpoint": cloud.endpoint, "access_key": cloud.key, "secret_key": cloud.secret, "outputs": outputs})
    say("end it with `leak-responder cloud down`")


@app.command()
def down() -> None:
    """End it, without a trace; nothing running is fine too."""
    say("ended" if _end() else "nothing was running")


def _end() -> bool:
    if not _STATE.exists():
        return False
    state = json.loads(_STATE.read_text())
    _STATE.unlink()
    embedded.stop(state["pid"], state["folder"])
    return True
