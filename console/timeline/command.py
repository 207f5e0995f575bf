"""`leak-responder timeline`: what a credential did, what it made, how it leaked, what breaks, what to rotate."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.inquiry.document import document as made_of
from chalicelib.inquiry.family import Bounds, Member, leaked_key, leaked_role, leaked_user
from chalicelib.inquiry.files import found
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.readers.logs import File, Logs
from chalicelib.inquiry.readers.lookup import KEPT, LookUp, enabled
from chalicelib.sources.reading import key_id
from chalicelib.wiring import now
from console import moments
from console.deployed import STACK, refusing, session
from console.progress import progress
from console.terminal import console, document, refuse, say
from console.timeline.page import show

if TYPE_CHECKING:
    from chalicelib.inquiry.trail import Trail

_NOTHING = 1


def timeline(
    *,
    access_key: Annotated[
        str | None, typer.Option(help="The key that leaked, AKIA… or ASIA….", metavar="AKIA…")
    ] = None,
    user: Annotated[str | None, typer.Option(help="A user, with all credentials.", metavar="NAME")] = None,
    role: Annotated[str | None, typer.Option(help="A role, with all sessions.", metavar="NAME")] = None,
    role_session: Annotated[
        str | None, typer.Option("--session", help="Only this session of the role.", metavar="NAME")
    ] = None,
    logs: Annotated[
        str | None, typer.Option(help="CloudTrail logs; without them CloudTrail is asked.", metavar="FOLDER")
    ] = None,
    since: Annotated[str | None, typer.Option(help="The exposure, as 2026-11-24T02:58Z.", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="Look at nothing later.", metavar="TIME")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Say what a credential did: its calls, what it made, how it leaked, what breaks without it, what to rotate.

    Follows what the credential made, and what that made in turn, over all Regions and accounts in the logs. Needs no
    deployment, and changes nothing in AWS.

    Without --logs it asks CloudTrail with your AWS credentials, which may call cloudtrail:LookupEvents and
    ec2:DescribeRegions: management events of 90 days, in every Region that the account uses.

    With --since, calls before it are the owner's habits: by them the first foreign call is found, and who stands still
    without the credential. Children and secrets count from then on.
    """
    leaked = _leaked(access_key, user, role, role_session)
    words = _words(access_key, user, role, role_session)
    bounds = Bounds(since=moments.given("--since", since), until=moments.given("--until", until))
    with _trail(logs, bounds) as trail:
        answer = made_of(inquire(trail, leaked, bounds))
    if as_json:
        document(answer)
    else:
        show(answer, console(stderr=False), _following(answer, words))
    if not answer["calls"]:
        raise typer.Exit(_NOTHING)


def _leaked(key: str | None, user: str | None, role: str | None, own: str | None) -> list[Member]:
    if key and not key_id(key):
        refuse(f"{key} is no key id: it begins with AKIA or ASIA, and is not the secret key")
    if own and not role:
        refuse("say with --role whose session it is")
    leaked = [leaked_key(key)] if key else []
    leaked += [leaked_user(user)] if user else []
    leaked += [leaked_role(role, own)] if role else []
    if not leaked:
        refuse("say what leaked, with --access-key, --user or --role")
    return leaked


def _words(key: str | None, user: str | None, role: str | None, own: str | None) -> list[str]:
    """The options that name it again. Of a key and its user the key says more."""
    if key or user:
        return ["--access-key", key] if key else ["--user", user or ""]
    return ["--role", role or "", *(("--session", own) if own else ())]


@contextmanager
def _trail(logs: str | None, bounds: Bounds) -> Iterator[Trail]:
    """A folder of logs, or what CloudTrail itself remembers."""
    if logs is None:
        with refusing(STACK), progress("calls") as step:
            yield _memory(bounds, step)
        return
    folder = Path(logs)
    if not folder.exists():
        refuse(f"{logs} does not exist: name a folder of .json or .json.gz logs, such as a copy of AWSLogs/")
    with progress("calls", lambda: sum(1 for _ in found((folder,)))) as step:
        yield Logs(lambda: map(File, found((folder,))), logs, step=step)


def _memory(bounds: Bounds, step: Callable[[int], None]) -> LookUp:
    mine = session()
    account = mine.client("sts").get_caller_identity()["Account"]
    end = min(bounds.until or now(), now())
    regions = enabled(mine)
    say(f"looking up {len(regions)} Regions of account {account}, two calls a second in each …", "dim")
    return LookUp(mine, account, regions, now() - KEPT, end, time.monotonic, time.sleep, step)


def _following(answer: dict[str, Any], words: list[str]) -> str:
    if not answer["calls"]:
        return "nothing was found. Are these the logs of its account, and of the time in question?"
    plan = f"`leak-responder plan {shlex.join(words)}` says what containing it would do"
    return f"{plan}; then the same for what it made." if answer["children"] else f"{plan}."
