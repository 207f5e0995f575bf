"""The command, and the inquiry itself, over records of our own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner, Result

from chalicelib.inquiry.begin import from_its_begin
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, Member, leaked_key
from chalicelib.inquiry.files import found
from chalicelib.inquiry.inquire import Inquiry, inquire
from chalicelib.inquiry.readers.logs import File, Logs
from chalicelib.sources.reading import moment
from console.main import command_line
from tests.inquiry import story
from tests.sources.events import AKIA, Json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def run(*words: object, **environment: str) -> Result:
    """`leak-responder timeline …`."""
    return run_any("timeline", *words, **environment)


def run_any(*words: object, **environment: str) -> Result:
    """Any command."""
    spelt = [*map(str, words)]
    return CliRunner().invoke(command_line(spelt), spelt, env=environment)


def answered(folder: Path, *leaked: Member, since: str | None = story.SINCE, **bounds: Any) -> Json:
    """The document of an inquiry of a folder, without what names the folder."""
    return _spelt(_asked(folder, leaked or (leaked_key(AKIA),), Bounds(since=moment(since), **bounds)))


def begun(folder: Path, sign: str) -> Json:
    """The same about the usual key, from when on a stranger used it."""
    return _spelt(
        from_its_begin(lambda bounds: _asked(folder, (leaked_key(AKIA),), bounds), Bounds(since=moment(sign)))
    )


def _asked(folder: Path, leaked: Sequence[Member], bounds: Bounds) -> Inquiry:
    return inquire(Logs(lambda: map(File, found((folder,))), "here"), leaked, bounds)


def _spelt(made: Inquiry) -> Json:
    spelt: Json = json.loads(json.dumps(document(made)))
    return spelt
