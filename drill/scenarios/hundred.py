"""The same finding a hundred times, from two Regions: one incident, one first message."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING

from drill.scene import Scene
from drill.theatre import Theatre, compromised

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """Fifty deliveries of each Region's finding."""
    user_id = theatre.user("heidi")
    leaked, key = theatre.key("heidi")
    scene = Scene("the same finding a hundred times from two Regions", f"access key {leaked} of user heidi")
    scene.intruder_allowed_before = theatre.allowed(key)
    here = compromised("heidi", user_id, leaked)
    there = copy.deepcopy(here)
    there["Detail"] = json.dumps({**json.loads(here["Detail"]), "region": "eu-west-1", "id": "f" * 32})
    theatre.send(here)
    scene.seconds_to_contained = theatre.contained(key)
    for _ in range(50):
        theatre.send(here, there)
        time.sleep(0.04)  # as feeds do it, one after the other; each that finds its function busy costs a cold start
    yield
    theatre.incident("heidi", "held")
    first = {(one["incident"], one["number"], one["channel"]) for one in theatre.messages("heidi")}
    repeated = len(theatre.messages("heidi")) - len(first)
    incidents = {incident for incident, _, _ in first if not incident.startswith("notice")}
    scene.intruder_allowed_after = theatre.allowed(key)
    scene.told = theatre.told("heidi")
    scene.status = "held" if len(incidents) == 1 and not repeated else f"{len(incidents)} incidents, {repeated} repeats"
    say(f"a hundred deliveries from two Regions: {len(incidents)} incident, no message twice")
    return scene
