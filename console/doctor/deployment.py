"""The stack and its functions: there, current, able to read their settings, and allowed to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.settings import HOME_REGION, SettingsError, from_environment
from console.doctor.patient import note, well, wrong
from console.stack import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.doctor.patient import Line, Patient
    from console.stack import Function


def stack(patient: Patient) -> Iterator[Line]:
    """Whether the last deployment ended well, and was one of this version."""
    status = patient.status
    if "ROLLBACK" in status and status.endswith("COMPLETE"):
        yield wrong(f"the last deployment was rolled back ({status}): an older version runs", patient.deploy)
    elif status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = f"aws cloudformation describe-stack-events --stack-name {patient.stack} --region {HOME_REGION}"
        yield wrong(f"the stack is in {status}", events)
    missing = [one.logical_id for one in FUNCTIONS if not one.condition and one.logical_id not in patient.resources]
    if missing:
        yield wrong(f"another version is deployed: it has no {', '.join(missing)}", patient.deploy)
    if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"} and not missing:
        yield well(f"{patient.stack} in account {patient.account}: {status}, {len(patient.resources)} resources")


def functions(patient: Patient) -> Iterator[Line]:
    """Whether each function is there, runs, and can read its settings."""
    lines = [line for one in _deployed(patient) for line in _function(one, patient)]
    yield from lines
    if not lines:
        yield well(f"{len(_deployed(patient))} functions are active and can read their settings")


def _deployed(patient: Patient) -> list[Function]:
    return [one for one in FUNCTIONS if one.logical_id in patient.resources]


def _function(function: Function, patient: Patient) -> Iterator[Line]:
    name, functions = patient.resources[function.logical_id], patient.client("lambda")
    found = functions.get_function_configuration(FunctionName=name)
    if found.get("State", "Active") not in {"Active", "Inactive"}:  # Inactive wakes up when it is called
        yield wrong(
            f"function {name} is {found['State']}: {found.get('StateReason', 'no reason given')}", patient.deploy
        )
    yield from _settings(name, found, patient)
    ceiling = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    if ceiling == 0:
        back = (
            f"put-function-concurrency --reserved-concurrent-executions {function.reserved}"
            if function.reserved and patient.parameters.get("ReserveConcurrency", "true") == "true"
            else "delete-function-concurrency"
        )
        mend = f"aws lambda {back} --function-name {name} --region {HOME_REGION}"
        yield wrong(f"function {name} may not run at all: its reserved concurrency is 0", mend)


def _settings(name: str, found: Any, patient: Patient) -> Iterator[Line]:  # noqa: ANN401 - any JSON
    environment = found.get("Environment", {}).get("Variables", {})
    try:
        from_environment({**environment, "AWS_REGION": HOME_REGION})
    except SettingsError as error:
        yield wrong(f"function {name} cannot read its settings: {'; '.join(error.faults)}", patient.revert)
    chosen, runs = patient.parameters.get("Mode"), environment.get("MODE")
    if chosen != runs:
        said = f"function {name} runs in mode {runs}, and the stack says {chosen}: somebody changed it by hand"
        yield wrong(said, patient.revert)


def mode(patient: Patient) -> Iterator[Line]:
    """How far it may go unasked, and whether a person paused it."""
    from chalicelib.ledger import switch
    from chalicelib.ledger.table import Table
    from chalicelib.model import Mode

    if paused := switch.said(Table(patient.aws.dynamodb(), patient.settings.table)):
        by, reason = paused
        said = (
            f"the responder is paused, by {by or 'nobody knows whom'}: leaks are told, and nothing is stopped. {reason}"
        )
        yield wrong(said.strip(), "leak-responder resume --reason …")
    chosen = patient.parameters.get("Mode", "")
    if chosen == Mode.OBSERVE:
        act = f"{patient.deploy} --set Mode={Mode.CONTAIN_CONFIRMED}"
        yield note("the mode is observe: leaks are told, and nothing is stopped", act)
    else:
        yield well(f"the mode is {chosen}")
