"""A function runs on Lambda's Python, which brings boto3 and nothing else that happens to be in our `.venv`."""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

from drill.cloud.shim.patching import Patch

# "Runtime-included SDK versions", Lambda developer guide: boto3 and what it stands on.
_BROUGHT_ALONG = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


def _interpreter(detect: Any, runtime: str) -> tuple[str, str]:
    binary, script = detect(runtime)
    return (_bare_python(), script) if runtime.startswith("python") else (binary, script)


@cache
def _bare_python() -> str:
    """A launcher in the cloud's own temporary folder; -S keeps site-packages out."""
    folder = Path(tempfile.mkdtemp(prefix="lambda-python-"))
    packages = folder / "packages"
    packages.mkdir()
    for name in _BROUGHT_ALONG:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"Lambda's Python brings {name}, and this environment has none", name=name)
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (packages / source.name).symlink_to(source)
    launcher = folder / "python"
    launcher.write_text(f'#!/bin/sh\nPYTHONPATH="{packages}" exec "{sys.executable}" -S "$@"\n')
    launcher.chmod(0o700)
    return str(launcher)


PATCHES = (
    # It starts functions with the server's own interpreter, where a package that the zip forgot would be found.
    Patch(lambda_runtime, "_detect_runtime_binary", _interpreter),
)
USES: tuple[tuple[Any, str], ...] = ()
