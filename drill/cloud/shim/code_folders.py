"""The code of a function is unpacked once and shared by its execution environments, as /var/task is: nobody writes it.

Unpacking our package takes longer than Python and botocore take to start, so a drill would mostly wait for that.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

from drill.cloud.shim.patching import Patch

_folders: dict[str, Path] = {}
_unpacking = threading.Lock()


def _extract(extract: Any, archive: zipfile.ZipFile, path: Any = None, *more: Any, **named: Any) -> None:
    target = Path(path or ".")
    if target.name != "code" or not target.parent.name.startswith("ministack-lambda-"):
        extract(archive, path, *more, **named)
        return
    digest = hashlib.sha256(Path(str(archive.filename)).read_bytes()).hexdigest()
    with _unpacking:
        if digest not in _folders:
            folder = Path(tempfile.mkdtemp(prefix="lambda-code-"))
            extract(archive, folder)
            _folders[digest] = folder
    target.rmdir()
    target.symlink_to(_folders[digest])


PATCHES = (
    # Every worker of every function unpacks the whole zip anew.
    Patch(zipfile.ZipFile, "extractall", _extract),
)
USES: tuple[tuple[Any, str], ...] = ((lambda_runtime, "zipfile"),)
