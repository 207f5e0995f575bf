"""Write what follows from the code: the functions' settings, their policies, and the resources around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[Path, str]:
    """Every generated file, by its path below the checkout, and what it should hold."""
    from console.stack import FUNCTIONS, STAGES, chalice_config, merged, policy
    from console.stack.policies import parts

    declared = parts()
    documents: dict[str, Any] = {
        "config.json": chalice_config(STAGES),
        **{f"policy-{function.name}.json": policy(function, declared) for function in FUNCTIONS},
        **{f"resources-{stage}.json": merged(stage) for stage in STAGES},
    }
    return {Path(".chalice", name): json.dumps(document, indent=2) + "\n" for name, document in documents.items()}


def stale(root: Path = ROOT) -> tuple[Path, ...]:
    """Generated files that are not what the code says, and those that nothing generates any more."""
    wanted = generated()
    there = {path.relative_to(root) for path in (root / ".chalice").glob("*.json")}
    changed = (path for path, text in wanted.items() if path not in there or (root / path).read_text() != text)
    return tuple(sorted({*changed, *(there - set(wanted))}))


def write(root: Path = ROOT) -> tuple[Path, ...]:
    """Bring every generated file up to date; which ones were not."""
    wanted, outdated = generated(), stale(root)
    for path in outdated:
        if path in wanted:
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(wanted[path])
        else:
            (root / path).unlink()
    return outdated


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Only say which files are stale, and exit 1 if any is.")
    ] = False,
) -> None:
    """Write the generated files in .chalice/ again: functions, policies, resources."""
    say_what(stale() if check else write(), check=check)


def say_what(outdated: tuple[Path, ...], *, check: bool) -> None:
    """Name the files that were written, or that should be; with `check` those end the command with code 1."""
    for path in outdated:
        typer.echo(f"{path}: {'is not what the code says' if check else 'written'}", err=True)
    if check and outdated:
        typer.echo("Run `leak-responder generate` and commit what it changes.", err=True)
        raise typer.Exit(1)
    if not outdated:
        typer.echo("All generated files are fresh.", err=True)
