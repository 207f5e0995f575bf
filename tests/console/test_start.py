"""Without its packages the command says what it needs, and shows no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
