"""What the Lambda package carries of other people's code: the installed, pinned wheels, checked and pruned."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.loaders import create_loader

if TYPE_CHECKING:
    from importlib.metadata import Distribution, PackagePath

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s#]+)", re.MULTILINE)
_AGAIN = "Set the environment up again, so that what is tested is what is deployed: make clean setup"


class VendorError(Exception):
    """The environment is not what requirements.txt says; the text names the package and the next step."""


def pins(requirements: str) -> dict[str, str]:
    """The packages of a requirements file, and the one version of each."""
    return dict(_PIN.findall(requirements))


def collect(requirements: str, services: tuple[str, ...], target: Path) -> None:
    """Copy the pinned packages from this environment, without what no function reads. VendorError otherwise.

    They were installed from the lock with its hashes, so no network is needed. Each file is compared with the hash
    in its wheel's RECORD: an edit made while debugging is found, not deployed.
    """
    for name, version in pins(requirements).items():
        found = _installed(name, version)
        for file in found.files or ():
            if wanted(file.as_posix(), services):
                _copy(name, file, target)


def _installed(name: str, version: str) -> Distribution:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise VendorError(f"{name} {version} is not installed. {_AGAIN}") from None
    if found.version != version:
        raise VendorError(f"requirements.txt wants {name} {version}; {found.version} is installed. {_AGAIN}")
    if "Root-Is-Purelib: true" not in (found.read_text("WHEEL") or ""):
        raise VendorError(f"{name} {version} is compiled for this machine; the package may only carry pure Python.")
    return found


def wanted(path: str, services: tuple[str, ...]) -> bool:
    """Whether a file of a wheel is needed at run time. Paths are relative to site-packages."""
    top, _, rest = path.partition("/")
    if path.startswith("..") or top.endswith(".dist-info") or "__pycache__" in path:
        return False
    if top == "boto3":
        return not rest.startswith(("data/", "examples/"))  # resources, which nothing here uses
    if top == "botocore" and rest.startswith("data/"):
        return _model(rest.removeprefix("data/"), services)
    return not path.endswith(_FOR_OTHERS)


_FOR_OTHERS = (".pyi", "py.typed", ".js", ".css")  # type checkers, and the web page of powertools' API documentation


def _model(path: str, services: tuple[str, ...]) -> bool:
    service, _, rest = path.partition("/")
    return not rest or (service in services and "/examples-" not in path and not _is_superseded(service, rest))


def _is_superseded(service: str, rest: str) -> bool:
    """Botocore keeps older versions of a service's API, which no client uses unless it is told to."""
    version = rest.partition("/")[0]
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", version)) and version != _newest(service)


@cache
def _newest(service: str) -> str:
    return create_loader().determine_latest_version(service, "service-2")


def _copy(name: str, file: PackagePath, target: Path) -> None:
    content = Path(file.locate()).read_bytes()
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    if file.hash is None or file.hash.value != digest:
        raise VendorError(f"{file} was changed after {name} was installed. {_AGAIN}")
    path = target / file.as_posix()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
