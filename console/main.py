"""The command and its parts."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from console import cloud, contain, dead_letters, deploy, drill, explain, generate, incidents, package, replay, show
from console.backtest.command import backtest
from console.scans.command import report
from console.teaching import teach
from console.timeline.command import timeline

app = typer.Typer(
    name="leak-responder",
    help="Contain leaked AWS credentials: rehearse it, try it on an event file, deploy it, answer its messages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain text: the same on a terminal, in a pipe and in a page of documentation
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"leak-responder {version('leak-responder')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Contain leaked AWS credentials: rehearse it, try it on an event file, deploy it, answer its messages."""


app.command()(drill.drill)
app.command()(explain.explain)
app.command()(backtest)
app.command()(timeline)
app.command("deploy")(deploy.command)
app.command("package")(package.command)
app.command("incidents")(incidents.listed)
app.command()(replay.replay)
app.command()(show.show)
app.command()(contain.plan)
app.command()(contain.contain)
app.command()(report)
app.command()(incidents.approve)
app.command()(incidents.decline)
app.command()(incidents.release)
app.command()(incidents.restore)
app.add_typer(incidents.pause, name="pause")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(cloud.app, name="cloud")
app.command("generate")(generate.command)
teach(app)
