"""`leak-responder where-used`: where an access key is written down, and where it should live instead."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from chalicelib.inquiry.places import PLACES, objects_of
from chalicelib.inquiry.readers.auto import enabled
from chalicelib.inquiry.readers.bucket import place
from chalicelib.inquiry.where_used import SEALED, where_used as search
from chalicelib.report.escape import plain
from chalicelib.settings import HOME_REGION
from chalicelib.sources.reading import key_id
from console.deployed import STACK, AsJson, me, refusing, session
from console.looks import refuse_unread
from console.progress import progress
from console.terminal import console, document, refuse, say

if TYPE_CHECKING:
    from rich.console import Console

    from chalicelib.inquiry.where_used import Found

_NOWHERE = 1


def where_used(
    *,
    access_key: Annotated[list[str], typer.Option(help="The key; more than one may be given.", metavar="AKIA…")],
    objects: Annotated[
        list[str] | None, typer.Option(help="Objects to search too, below this address.", metavar="s3://…")
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="Only this Region; all that the account uses where not given.", metavar="REGION"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say where an access key is written down: what breaks without it, and where an intruder may have hidden it.

    Looks with your AWS credentials into variables of Lambda functions and of CodeBuild projects, ECS task definitions,
    user data of EC2 instances and launch templates, SSM parameters that are not encrypted, parameters and outputs of
    CloudFormation stacks, and objects of S3 that you name. Finds the key id as it is and in Base64. Changes nothing,
    and shows nothing of what stands around a key. What could not be looked into is named; where that is every place,
    nothing is known, and the exit code is 2.
    """
    _refuse(access_key, objects or [])
    with refusing(STACK):
        me()  # whoever is nobody to AWS is told so once, and not by each place of each Region
        mine = session()
        regions = tuple(region or enabled(mine))
        looks = [(one, where) for one in PLACES for where in regions]
        looks += [(objects_of(objects), HOME_REGION)] if objects else []
        say(f"looking into {len(PLACES)} kinds of places in {len(regions)} Regions …", "dim")
        with progress("found", lambda: len(looks)) as step:
            found = search(mine, access_key, looks, step)
    if error := found.unread():
        refuse_unread(error)
    if as_json:
        looked = {"asked": found.looks, "looked_into": found.looks - found.refused}
        hits, gaps = ([asdict(one) for one in these] for these in (found.hits, found.gaps))
        document({"hits": hits, "places": looked, "gaps": gaps})
    else:
        _show(found, console(stderr=False))
    if not found.hits:
        raise typer.Exit(_NOWHERE)


def _refuse(keys: list[str], objects: list[str]) -> None:
    for key in keys:
        if not key_id(key):
            refuse(f"{key} is no key id: it begins with AKIA or ASIA, and is not the secret key")
    for address in objects:
        if not place(address):
            refuse(f"{address} is no bucket: write it as s3://BUCKET or s3://BUCKET/PREFIX")


def _nowhere(found: Found) -> str:
    """Say that nothing was found, and of how much that can be said."""
    if found.gaps == (SEALED,):
        return "Found nowhere."
    looked = f"{found.looks - found.refused:,} of {found.looks:,} kinds of places, counted by Region"
    return f"Found nowhere that was looked into: {looked}. What could not be seen stands below."


def _show(found: Found, page: Console) -> None:
    for one in found.hits:
        page.print(Text(f"{one.key}: {one.thing} {plain(one.name)} in {one.region}, {plain(one.where)}"))
        page.print(Text(f"    instead: {one.instead}"))
    if not found.hits:
        page.print(Text(_nowhere(found)))
    page.print("\nWhat could not be seen", style="bold")
    for gap in found.gaps:
        instead = f" ({gap.instead})" if gap.instead else ""
        page.print(Text(f"  {plain(gap.what, 300)}: {plain(gap.why)}{instead}"))
