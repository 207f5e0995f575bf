"""What the owner of a stack chose, from a file: the same parameters that `deploy --set` takes, judged offline."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from chalicelib.model import Mode
from chalicelib.settings import Settings, SettingsError, from_environment

AS_EXPLAINED = Settings(mode=Mode.CONTAIN_CONFIRMED)
"""What `explain` decides with: everything else as it is deployed where nobody chose."""

_DEPLOYED = {
    "ACCOUNT_ID": "account",
    "TABLE_NAME": "table",
    "FOLLOW_UP_QUEUE_URL": "follow_up_queue",
    "TOPIC_ARN": "topic",
    "QUARANTINE_POLICY_ARN": "quarantine_policy",
}
"""What only a deployed stack knows, and every function needs: no decision of ours depends on it."""


class ChosenError(Exception):
    """The settings cannot be used; the text names every fault."""


def chosen(file: Path) -> Settings:
    """The settings that a JSON object of parameters gives, `{"Mode": "contain-suspected"}`. ChosenError."""
    try:
        parameters = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ChosenError(f"{file} cannot be read: {error}") from None
    if not isinstance(parameters, dict):
        raise ChosenError(f'{file} is no object of parameters, as {{"Mode": "contain-suspected"}}')
    return of_parameters(parameters, str(file))


def of_parameters(parameters: dict[str, Any], where: str) -> Settings:
    """The same of parameters that were read already."""
    from console.stack import ENVIRONMENT, PARAMETERS  # takes a while, and most runs choose nothing

    names = {given: name for name, value in ENVIRONMENT.items() if (given := _given_by(value))}
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        known = ", ".join(name for name in PARAMETERS if name in names)
        raise ChosenError(f"{where}: no parameter of the stack: {', '.join(unknown)}; there are {known}")
    lists = {name for name, one in PARAMETERS.items() if one["Type"] == "CommaDelimitedList"}
    written = {
        names[name]: _listed(value) if name in lists else _text(value)
        for name, value in parameters.items()
        if name in names
    }
    try:
        found = from_environment({**_DEPLOYED, "MODE": AS_EXPLAINED.mode, **written})
    except SettingsError as error:
        raise ChosenError(f"{where}: {error}") from None
    return replace(found, **{name: getattr(AS_EXPLAINED, name) for name in _DEPLOYED.values()})


def _given_by(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The parameter that a variable of the functions comes from; one that is a list is joined."""
    match value:
        case {"Ref": str(name)} | {"Fn::Join": [",", {"Ref": str(name)}]}:
            return name
        case _:
            return None


def _listed(value: Any) -> str:  # noqa: ANN401 - any JSON
    return ",".join(map(str, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """As a parameter of a stack, which is text: a list or object as JSON, as it is documented."""
    return value if isinstance(value, str) else json.dumps(value)


def differences(one: Settings, other: Settings) -> dict[str, tuple[Any, Any]]:
    """What is set otherwise, by the names of the settings."""
    named = ((field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(Settings))
    return {name: (here, there) for name, here, there in named if here != there}
