"""The size of the zip that is deployed, and of one that carried everything its packages hold."""

from __future__ import annotations

import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.aws import SERVICES
from console.package import ROOT, ZIP
from console.vendor import pins, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Figures


def measure(package: Path) -> Figures:
    """Bytes: of the zip, unzipped, and of the same zip with what was pruned, compressed alike."""
    archive = package / ZIP
    with zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
    deployed = archive.stat().st_size
    unpruned = deployed + _zipped(_pruned())
    return {
        "zip_bytes": deployed,
        "unzipped_bytes": sum(entry.file_size for entry in entries),
        "files": len(entries),
        "unpruned_zip_bytes": unpruned,
        "ratio": round(deployed / unpruned, 2),
    }


def _pruned() -> Iterator[Path]:
    for name in pins((ROOT / "requirements.txt").read_text()):
        for file in distribution(name).files or ():
            path = Path(str(file.locate()))
            kept = wanted(file.as_posix(), SERVICES) or file.as_posix().startswith("..")
            if not kept and "__pycache__" not in path.parts and path.is_file():
                yield path


def _zipped(paths: Iterator[Path]) -> int:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in paths:
                archive.write(path)
        return file.tell()
