"""The configuration as it could be read last, in the ledger's table: an unreadable one must not stop the responder.

Patrol keeps it, so that the strike path pays nothing for it; it is read only where the environment cannot be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.ledger import rows
from chalicelib.settings import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.ledger.table import Table


def keep(table: Table, environment: Mapping[str, str]) -> None:
    """Remember an environment that can be read."""
    known = {name: environment[name] for name in VARIABLES if environment.get(name)}
    table.client.put_item(TableName=table.name, Item={**rows.SETTINGS, "variables": {"S": json.dumps(known)}})


def kept(table: Table) -> dict[str, str]:
    """The variables that were remembered last; none where nothing ever was."""
    found = table.item(rows.SETTINGS)
    return dict(json.loads(found["variables"]["S"])) if found else {}
