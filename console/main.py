"""The command and its parts."""

from __future__ import annotations

import typer

from console import cloud, dead_letters, deploy, drill, explain, generate, incidents, package

app = typer.Typer(
    name="leak-responder",
    help="Contain leaked AWS credentials: try it on an event file, deploy it, replay, release, restore.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command()(explain.explain)
app.command()(incidents.replay)
app.command()(incidents.approve)
app.command()(incidents.release)
app.command()(incidents.restore)
app.command("incidents")(incidents.listed)
app.command()(drill.drill)
app.command("generate")(generate.command)
app.command("package")(package.command)
app.command("deploy")(deploy.command)
app.add_typer(cloud.app, name="cloud")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(incidents.pause, name="pause")
