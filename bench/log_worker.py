"""`python -m bench.log_worker COMMAND …`: an installed command in this process, and then what the process held.

Needs the standard library alone, for it runs in the environment of the command.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path


def main() -> None:
    """The command's output goes to stdout as ever; the last line of stderr is the most memory ever held, in kB."""
    del sys.argv[0]
    (command,) = entry_points(group="console_scripts", name=sys.argv[0])
    try:
        command.load()()
    finally:
        # Of this process alone: `ru_maxrss` begins with what the process held that started it (vfork).
        status = Path("/proc/self/status").read_text()
        print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)


if __name__ == "__main__":
    main()
