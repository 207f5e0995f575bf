"""Events that others published, where LEAK_RESPONDER_EVENTS names their folder, and what the page says of them."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = os.environ.get("LEAK_RESPONDER_EVENTS")
FILES = {file.stem[:3]: file for file in sorted(Path(FOLDER).glob("*.json"))} if FOLDER else {}
PAGE = Path(__file__).parents[2] / "docs" / "published-events.md"

TABLE = {
    cells[0]: cells[1:]
    for line in PAGE.read_text().splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].endswith(".json")
}
"""What we decide about each file: the decision, the rule, the actions and the reason."""
