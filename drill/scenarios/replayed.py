"""A finding that nobody delivered, replayed by its id: by command and by Lambda, the second doing nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.replay import replay
from console.incidents import ports_of
from drill.scene import Scene
from drill.theatre import STACK, Theatre, finding, user_details

if TYPE_CHECKING:
    from drill.scene import Act, Say


def play(theatre: Theatre, say: Say) -> Act:
    """GuardDuty is asked for the finding; a stand-in answers behind AWS_ENDPOINT_URL_GUARDDUTY."""
    user_id = theatre.user("judy")
    leaked, key = theatre.key("judy")
    found = finding("CredentialAccess:IAMUser/CompromisedCredentials", user_details("judy", user_id, leaked))
    theatre.guardduty.findings[found["id"]] = found
    scene = Scene("replay by finding id", f"access key {leaked} of user judy")
    scene.intruder_allowed_before = theatre.allowed(key)
    request = {"finding": found["id"], "region": "us-east-1"}
    plan = replay(request, ports_of(STACK))
    untouched = theatre.allowed(key) == scene.intruder_allowed_before
    replay({**request, "yes": True}, ports_of(STACK))
    scene.seconds_to_contained = theatre.contained(key)
    yield
    theatre.incident("judy", "held")
    again = _by_lambda(theatre, {**request, "yes": True})
    scene.intruder_allowed_after = theatre.allowed(key)
    scene.told = theatre.told("judy")
    scene.status = "held" if untouched and plan["acted"] is False and again == ["folded"] else f"second run: {again}"
    say("replayed by id: the plan first, then contained; the Lambda's second run does nothing")
    return scene


def _by_lambda(theatre: Theatre, request: dict[str, Any]) -> Any:
    name = theatre.physical("Replay")
    answer = theatre.admin("lambda").invoke(FunctionName=name, Payload=json.dumps(request))
    return json.loads(answer["Payload"].read()).get("answers")
