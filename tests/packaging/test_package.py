"""The zip: exactly what runs, with bytecode, the same every time, and only for a Python that Lambda has."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from chalicelib.aws import SERVICES
from chalicelib.inquiry.readers.configured import SEARCHED
from console import package, vendor

ROOT = package.ROOT
_UNCHECKED = 0b01  # PEP 552: made from a hash that is not checked


def silent(line: str) -> None:
    """Nobody listens."""


def checkout(target: Path) -> Path:
    """The deployed files somewhere else."""
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, target / name)
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


@pytest.fixture(scope="session")
def unpacked(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packages["prod"] / package.ZIP) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (4, 0)])
def test_a_python_that_lambda_or_we_do_not_have_is_refused(version: tuple[int, int]) -> None:
    with pytest.raises(package.PackageError, match=r"make clean setup PYTHON=python3\.14"):
        package.refuse_unsupported(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_the_others_are_packaged(version: tuple[int, int]) -> None:
    package.refuse_unsupported(version)


def test_make_sets_up_with_what_can_be_packaged() -> None:
    """Otherwise a fresh machine would set up, and fail a minute later."""
    makefile = (ROOT / "Makefile").read_text()
    bounds = re.search(
        r"^FITS := \((\d), (\d+)\) <= sys\.version_info\[:2\] <= \((\d), (\d+)\)$", makefile, re.MULTILINE
    )
    named = re.findall(r"^(?:OLDEST|NEWEST) := ([\d.]+)$", makefile, re.MULTILINE)
    assert bounds
    assert (
        [f"{bounds[1]}.{bounds[2]}", f"{bounds[3]}.{bounds[4]}"]
        == named
        == [package.SUPPORTED[0], package.SUPPORTED[-1]]
    )


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(package.PackageError, match="dev and prod"):
        package.build("staging")


def test_the_same_files_give_the_same_bytes(
    packages: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy that does not answer, too: packaging asks nobody, not even who is signed in on this machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    again = package.build("dev", checkout(tmp_path), silent)
    for name in (package.ZIP, package.TEMPLATE):
        assert _digest(again / name) == _digest(packages["dev"] / name)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_has_not_changed_is_not_built_again(packages: dict[str, Path]) -> None:
    said: list[str] = []
    assert package.build("dev", report=said.append) == packages["dev"]
    assert said == ["Package dev: unchanged since it was built"]


@pytest.mark.parametrize("name", ["app.py", "chalicelib/incident.py", ".chalice/config.json", "requirements.txt"])
def test_what_has_changed_is_noticed(name: str, tmp_path: Path) -> None:
    root = checkout(tmp_path)
    before = package.inputs(root)
    with (root / name).open("a") as file:
        file.write("\n")
    assert package.inputs(root) != before


def test_it_starts_with_nothing_beside_it(unpacked: Path) -> None:
    """No site-packages: what the zip lacks is missing here as it would be in Lambda."""
    code = f"import sys; sys.path.insert(0, {str(unpacked)!r}); import app; print(app.app.app_name, *sys.path)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("leak-responder ")
    assert "site-packages" not in done.stdout


def test_every_module_has_bytecode_that_lambda_will_take(unpacked: Path) -> None:
    modules = list(unpacked.rglob("*.py"))
    assert modules
    for module in modules:
        header = Path(module.parent, "__pycache__", f"{module.stem}.{sys.implementation.cache_tag}.pyc").read_bytes()
        assert header[:4] == MAGIC_NUMBER
        assert int.from_bytes(header[4:8], "little") == _UNCHECKED


def test_every_service_that_is_called_is_packaged_and_no_other(unpacked: Path) -> None:
    carried = {path.name for path in (unpacked / "botocore" / "data").iterdir() if path.is_dir()}
    assert carried == set(SERVICES)
    assert _called(unpacked) | {place.service for place in SEARCHED} == set(SERVICES)


def test_of_a_service_only_the_api_that_its_client_speaks_is_packaged(unpacked: Path) -> None:
    for service in (unpacked / "botocore" / "data").glob("*/"):
        assert len(list(service.iterdir())) == 1


def _called(unpacked: Path) -> set[str]:
    """The services that the deployed code makes clients of."""
    trees = [ast.parse(path.read_text()) for path in (unpacked / "chalicelib").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in {"_client", "client"}]
    return {
        call.args[0].value
        for call in made
        if isinstance(call.args[0], ast.Constant)
        if isinstance(call.args[0].value, str)
    }


def test_nothing_is_packaged_that_does_not_run(unpacked: Path) -> None:
    names = [path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*")]
    assert [name for name in names if name.endswith((".dist-info", ".pyi", ".so"))] == []
    assert [
        name for name in names if {"tests", "examples", ".chalice", "console", "drill"} & set(name.split("/"))
    ] == []
    assert {"pip", "setuptools", "moto", "ministack"} & {name.split("/")[0] for name in names} == set()


def test_generated_files_that_are_stale_are_never_packaged(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    (root / ".chalice" / "policy-patrol.json").write_text("{}")
    with pytest.raises(package.PackageError, match=r"policy-patrol\.json: not what the code says"):
        package.build("dev", root, silent)


def test_a_handler_that_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    app = (root / "app.py").read_text()
    (root / "app.py").write_text(app.replace("def patrol(", "def stranger("))
    with pytest.raises(package.PackageError) as refused:
        package.build("dev", root, silent)
    assert "app.py has no handler patrol" in str(refused.value)
    assert "does not describe handler stranger" in str(refused.value)


WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: py3-none-any\n"
CODE = b"answer = 42\n"


def install(site: Path, *, version: str = "1.0", pure: str = "true", code: bytes = CODE) -> None:
    """A package as pip would have left it, but for what a test wants wrong."""
    digest = urlsafe_b64encode(hashlib.sha256(CODE).digest()).rstrip(b"=").decode()
    info = site / f"some_wheel-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: some-wheel\nVersion: {version}\n")
    (info / "WHEEL").write_text(WHEEL.format(pure=pure))
    (info / "RECORD").write_text(f"some_wheel.py,sha256={digest},{len(CODE)}\n{info.name}/WHEEL,,\n")
    (site / "some_wheel.py").write_bytes(code)


def collect(site: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(site)
    vendor.collect("some-wheel==1.0  # why\n", (), target)


def test_a_pinned_wheel_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site")
    collect(tmp_path / "site", tmp_path / "vendor", monkeypatch)
    assert [path.name for path in (tmp_path / "vendor").iterdir()] == ["some_wheel.py"]
    assert (tmp_path / "vendor" / "some_wheel.py").read_bytes() == CODE


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"version": "2.0"}, "requirements.txt wants some-wheel 1.0; 2.0 is installed"),
        ({"pure": "false"}, "compiled for this machine"),
        ({"code": b"answer = 43\n"}, "some_wheel.py was changed after some-wheel was installed"),
    ],
    ids=["another version", "compiled", "edited"],
)
def test_an_environment_that_is_not_what_was_pinned_is_refused(
    wrong: dict[str, object], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", **wrong)  # type: ignore[arg-type]
    with pytest.raises(vendor.VendorError, match=reason):
        collect(tmp_path / "site", tmp_path / "vendor", monkeypatch)


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(vendor.VendorError, match=r"not-there 1\.0 is not installed\..*make clean setup"):
        vendor.collect("not-there==1.0\n", (), tmp_path)
