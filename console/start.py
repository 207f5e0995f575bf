"""The command as it is installed: it runs from a checkout, where `make setup` has installed what it needs."""

from __future__ import annotations

import sys

_NEEDS_CHECKOUT = (
    "leak-responder runs from a checkout of its repository: its packages are locked there, and `pip install` does not "
    "bring them ({missing} is missing). Next: clone the repository, then `make setup`, then .venv/bin/leak-responder"
)


def start() -> None:
    """Run the command, or say in one sentence what it needs. Exit code 2 without its packages."""
    try:
        from console.main import app
    except ModuleNotFoundError as error:
        print(_NEEDS_CHECKOUT.format(missing=error.name), file=sys.stderr)
        sys.exit(2)
    app()
