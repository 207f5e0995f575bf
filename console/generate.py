"""Write what follows from the code: the functions' settings, policies and resources, and the pages that list them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parent.parent


REFERENCE = Path("docs", "reference.md")
STOPS = Path("docs", "what-it-stops.md")
RULES = Path("docs", "rules.md")


def generated() -> dict[Path, str]:
    """Every generated file, by its path below the checkout, and what it should hold."""
    from console import reference
    from console.reference import catalogue, stops

    return {**deployed(), REFERENCE: reference.text(), STOPS: stops.text(), RULES: catalogue.text()}


def deployed() -> dict[Path, str]:
    """Those that are packaged."""
    from console.stack import FUNCTIONS, STAGES, chalice_config, merged, policy
    from console.stack.policies import parts

    declared = parts()
    documents: dict[str, Any] = {
        "config.json": chalice_config(STAGES),
        **{f"policy-{function.name}.json": policy(function, declared) for function in FUNCTIONS},
        **{f"resources-{stage}.json": merged(stage) for stage in STAGES},
    }
    return {Path(".chalice", name): json.dumps(document, indent=2) + "\n" for name, document in documents.items()}


def stale(root: Path = ROOT, wanted: dict[Path, str] | None = None) -> tuple[Path, ...]:
    """Generated files that are not what the code says, and those that nothing generates any more."""
    wanted = generated() if wanted is None else wanted
    changed = (path for path, text in wanted.items() if not _holds(root / path, text))
    there = {path.relative_to(root) for path in (root / ".chalice").glob("*.json")}
    return tuple(sorted({*changed, *(there - set(wanted))}))


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


def write(root: Path = ROOT) -> tuple[Path, ...]:
    """Bring every generated file up to date; which ones were not."""
    wanted = generated()
    outdated = stale(root, wanted)
    for path in outdated:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path])
        else:
            (root / path).unlink()
    return outdated


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Only say which files are stale, and exit 1 if any is.")
    ] = False,
) -> None:
    """Write again what follows from the code: what is in .chalice/, and the pages that list it."""
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
