"""Without its packages, or in any locale, the command says what there is to say, and shows no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.scans.shapes import KEY, SECRET

ROOT = Path(__file__).parents[2]


def test_without_its_packages_the_command_says_what_to_do() -> None:
    """As after `pip install .`: an interpreter that sees the code and none of the packages."""
    started = "import sys; sys.path.insert(0, sys.argv[1]); from console.start import start; start()"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", started, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert "make setup" in said.stderr


def test_a_locale_that_knows_ascii_alone_breaks_no_result(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps([{"RuleID": "aws", "Secret": KEY, "File": f"keys/{SECRET}/é.txt", "StartLine": 1}]))
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [str(Path(sys.executable).with_name("leak-responder")), "scan", "--offline", str(file)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, "keys/kX3b\\u2026/\\xe9.txt:1" in ended.stdout) == (3, True)
    assert SECRET not in ended.stdout + ended.stderr
