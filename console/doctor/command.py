"""Every check in turn, said as it is done, with what mends what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from console.deployed import STACK, AsJson, Stack, reason, refusing, with_stack
from console.doctor import deployment, guarding, intake, people, permissions, standing
from console.doctor.patient import Health, Line, admitted
from console.terminal import document, print_result, say

if TYPE_CHECKING:
    from console.doctor.patient import Check, Patient

CHECKS: tuple[tuple[str, Check], ...] = (
    ("stack", deployment.stack),
    ("functions", deployment.functions),
    ("mode", deployment.mode),
    ("permissions", permissions.look),
    ("trail", intake.trail),
    ("guardduty", intake.detector),
    ("rules", intake.rules),
    ("queues", intake.mappings),
    ("dead letters", intake.dead_letters),
    ("topic", people.topic),
    ("slack", people.webhook),
    ("security hub", people.hub),
    ("alarms", people.alarms),
    ("quarantine", standing.quarantine),
    ("protected", standing.protected),
    ("guard", guarding.look),
    ("clock", standing.clock),
)

_ILL = 1
_STYLE = {Health.WELL: "green", Health.NOTE: "yellow", Health.WRONG: "red", Health.UNKNOWN: "red"}


def doctor(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Look at a deployed stack: would it see a leak tonight, stop it, and tell somebody? Nothing is changed.

    Each line that is not well says what mends it. Exit code 0: nothing is wrong. 1: something is, or could not be
    asked.
    """
    with refusing(stack):
        patient = admitted(stack)
        stack = patient.stack
    found = [(name, line) for name, check in CHECKS for line in _looked(name, check, patient, as_json=as_json)]
    ill = sum(line.health in {Health.WRONG, Health.UNKNOWN} for _, line in found)
    if as_json:
        document({"stack": stack, "well": not ill, "checks": [_shown(name, line, stack) for name, line in found]})
    if ill:
        words = "1 check failed: mend it" if ill == 1 else f"{ill} checks failed: mend them"
        print_result(f"{words}, then run doctor again", "bold red", as_json=as_json)
        raise typer.Exit(_ILL)
    print_result("no check failed", "green", as_json=as_json)
    say("next: `leak-responder drill` rehearses it")


def _looked(name: str, check: Check, patient: Patient, *, as_json: bool) -> list[Line]:
    """One check that cannot be made stops no other."""
    try:
        lines = list(check(patient))
    except (ClientError, BotoCoreError) as error:
        mend = "use credentials that may ask" if "AccessDenied" in str(error) else "look again"
        lines = [Line(Health.UNKNOWN, reason(error, patient.stack), mend)]
    except KeyError as error:
        lines = [Line(Health.UNKNOWN, f"the stack has no {error}", patient.deploy)]
    for line in lines:
        print_result(f"{line.health:8} {name}: {line.said}", _STYLE[line.health], as_json=as_json)
        if line.mend:
            print_result(f"{'':9}mend: {_command(line, patient.stack)}", as_json=as_json)
    return lines


def _command(line: Line, stack: str) -> str:
    """Our own commands with the stack that they are about."""
    if not line.mend.startswith("leak-responder ") or " deploy " in line.mend:
        return line.mend
    return with_stack(f"`{line.mend}`", stack).strip("`")


def _shown(name: str, line: Line, stack: str) -> dict[str, Any]:
    return {"check": name, "health": line.health, "said": line.said, "mend": _command(line, stack)}
