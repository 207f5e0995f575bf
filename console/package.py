"""The deployed package: Chalice's template and zip, pruned, with bytecode, and the same bytes every time."""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import generate
from console.stack import FUNCTIONS, ROUTES, STAGES
from console.terminal import fail
from console.vendor import VendorError, collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = (
    "3.11",
    "3.12",
    "3.13",
    "3.14",
)  # Lambda's runtimes that the lock has wheels for; the Makefile says the same
TEMPLATE, ZIP, BUILT_FROM = "sam.json", "deployment.zip", "built-from"
_DEPLOYED = ("app.py", "chalicelib", ".chalice", "requirements.txt")


class PackageError(Exception):
    """There is no package; the text says why and what to do."""


def _progress(line: str) -> None:
    print(line, file=sys.stderr)


def build(stage: str, root: Path = ROOT, report: Callable[[str], None] = _progress) -> Path:
    """The folder with the stage's template and zip, made again only if something that goes into it has changed."""
    refuse_unsupported(sys.version_info[:2])
    if stage not in STAGES:
        raise PackageError(f"There is no stage {stage}; there are {' and '.join(STAGES)}.")
    target, built_from = root / "build" / "package" / stage, inputs(root)
    with _alone(root / "build"):
        if _holds(target, built_from):
            report(f"Package {stage}: unchanged since it was built")
            return target
        _refuse_undescribed(handlers(root))
        _refuse_stale(root)
        with tempfile.TemporaryDirectory(dir=root / "build") as made:
            _made(stage, root, Path(made), report)
            (Path(made) / "package" / BUILT_FROM).write_text(built_from)
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            (Path(made) / "package").rename(target)
    report(f"Package {stage}: {(target / ZIP).stat().st_size / 1e6:.1f} MB in {target.relative_to(root)}")
    return target


def refuse_unsupported(version: tuple[int, int]) -> None:
    """PackageError for a Python that Lambda does not have, or the lock: Chalice deploys for the one that it runs on."""
    name = ".".join(map(str, version))
    if name not in SUPPORTED:
        last = SUPPORTED[-1]
        raise PackageError(
            f"Python {name} cannot be packaged: Lambda would have to run it, and Leak Responder is made for Lambda's "
            f"Python {SUPPORTED[0]} to {last}. Set up again with one of those: make clean setup PYTHON=python{last}"
        )


def _refuse_stale(root: Path) -> None:
    """Policies that are not what the code says would be too wide, or fail at the worst moment."""
    outdated = generate.stale(root, generate.deployed())
    if outdated:
        names = ", ".join(map(str, outdated))
        raise PackageError(f"{names}: not what the code says. Run `leak-responder generate`, then package again.")


def inputs(root: Path) -> str:
    """The hash of everything that a package is made of, this code and the Python included."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (*_sources(root), *sorted(Path(__file__).parent.glob("*.py"))):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources(root: Path) -> list[Path]:
    files = [
        path for name in _DEPLOYED for path in ((root / name).rglob("*") if (root / name).is_dir() else [root / name])
    ]
    return sorted(path for path in files if path.is_file() and path.suffix in {".py", ".json", ".txt"})


def _holds(target: Path, built_from: str) -> bool:
    noted = target / BUILT_FROM
    return noted.is_file() and noted.read_text() == built_from and (target / ZIP).is_file()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Tests and a drill may want the same package at the same time."""
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made(stage: str, root: Path, made: Path, report: Callable[[str], None]) -> None:
    project, unpacked = made / "project", made / "unpacked"
    report(f"Package {stage}: collecting")
    for path in _sources(root):
        copy = project / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    # Chalice takes `vendor` as it is. Its own way, downloading what requirements.txt names, needs the network and knows
    # no hashes; with nothing named there it calls no pip.
    collect((project / "requirements.txt").read_text(), _services(root), project / "vendor")
    (project / "requirements.txt").write_text("")
    report(f"Package {stage}: chalice package")
    _chalice(stage, project, made / "package")
    report(f"Package {stage}: bytecode")
    with zipfile.ZipFile(made / "package" / ZIP) as archive:
        archive.extractall(unpacked)
    _compile(unpacked)
    _zip(unpacked, made / "package" / ZIP)


def _services(root: Path) -> tuple[str, ...]:
    """`SERVICES` of the checkout that is packaged, read without importing it."""
    for line in ast.parse((root / "chalicelib" / "aws.py").read_text()).body:
        if isinstance(line, ast.AnnAssign) and line.value and ast.unparse(line.target) == "SERVICES":
            return tuple(ast.literal_eval(line.value))
    raise PackageError("chalicelib/aws.py does not say in SERVICES what it calls.")


def _chalice(stage: str, project: Path, out: Path) -> None:
    chalice = "import sys; from chalice.cli import main; sys.exit(main())"
    merge = project / ".chalice" / f"resources-{stage}.json"
    _run(
        [sys.executable, "-c", chalice, "package", "--stage", stage, "--merge-template", str(merge), str(out)], project
    )


def handlers(root: Path) -> set[str]:
    """The functions of app.py that AWS calls, read without importing it."""
    functions = (one for one in ast.parse((root / "app.py").read_text()).body if isinstance(one, ast.FunctionDef))
    marked = ((one.name, ast.unparse(mark)) for one in functions for mark in one.decorator_list)
    return {ROUTES if mark.startswith("app.route(") else name for name, mark in marked if mark.startswith("app.")}


def _refuse_undescribed(found: set[str]) -> None:
    """Chalice would end in a traceback, or lay our resources over a function that is not there."""
    wanted = {function.name for function in FUNCTIONS}
    faults = [
        *(f"app.py has no handler {name}" for name in sorted(wanted - found)),
        *(f"console/stack/functions.py does not describe handler {name} of app.py" for name in sorted(found - wanted)),
    ]
    if faults:
        raise PackageError("; ".join(faults))


def _compile(folder: Path) -> None:
    """Chalice's zips have no bytecode, which doubles the cold start. Unchecked, because unzipping changes the times."""
    options = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task"]
    _run([sys.executable, "-m", "compileall", *options, str(folder)], folder)


def _run(command: list[str], folder: Path) -> str:
    """Run it where no setting of this machine can change what comes out. PackageError with what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    fixed = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",  # Chalice looks for credentials, which it does not use
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(command, cwd=folder, env={**kept, **fixed}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackageError(f"{' '.join(command[1:6])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _zip(folder: Path, target: Path) -> None:
    """The same files give the same bytes: sorted, without times, readable by everyone."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def command(
    stage: Annotated[
        str, typer.Option(help="dev or prod. With prod, deleting the stack keeps the ledger.", metavar="STAGE")
    ] = "dev",
) -> None:
    """Build the zip and the CloudFormation template; prints their folder."""
    try:
        typer.echo(build(stage))
    except (PackageError, VendorError) as error:
        fail(str(error), 1)
