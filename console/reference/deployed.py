"""What runs in the account, what can be set, and what is counted."""

from __future__ import annotations

from typing import Any

from console.counters import COUNTERS
from console.reference.markdown import code, permission, table
from console.stack import FUNCTIONS, PARAMETERS, Function, Trigger
from console.stack.alarms import UNTOLD
from console.stack.policies import parts

_TRIGGERS = {
    Trigger.RULE: "its rule",
    Trigger.SCHEDULE: "a schedule",
    Trigger.QUEUE: "its queue",
    Trigger.ROUTE: "its HTTPS routes",
    Trigger.CALL: "a call",
}


def functions() -> str:
    """Each function: what calls it, its share of the machine, and the parts of the code whose rights it has."""
    head = ("function", "called by", "MB", "seconds", "reserved", "has the rights of")
    held = (
        f"- {code(name)}: {'; '.join(map(permission, permissions))}\n" for name, permissions in sorted(parts().items())
    )
    return (
        "## Functions\n\n"
        "The policies themselves are `.chalice/policy-*.json`, one for each function.\n\n"
        f"{table(head, map(_function, FUNCTIONS))}\n"
        "### Rights of each part\n\n"
        f"Every function may also write its own log, and hand its failed events to the dead-letter queue. "
        "`api_handler` is there only where a Git host is configured.\n\n"
        f"{''.join(held)}"
    )


def _function(function: Function) -> tuple[str, ...]:
    return (
        code(function.name),
        _TRIGGERS[function.trigger] + (f" `{function.queue}`" if function.queue else ""),
        str(function.memory),
        str(function.timeout),
        str(function.reserved or ""),
        ", ".join(map(code, function.needs)),
    )


def parameters() -> str:
    """Each parameter with its default."""
    head = ("parameter", "default", "what it is")
    return (
        "## Parameters\n\n"
        "Set with `leak-responder deploy --set NAME=VALUE`; what is not named keeps its value.\n\n"
        f"{table(head, (_parameter(name, one) for name, one in PARAMETERS.items()))}"
    )


def _parameter(name: str, one: dict[str, Any]) -> tuple[str, ...]:
    allowed = one.get("AllowedValues")
    choice = f" One of {', '.join(map(code, allowed))}." if allowed else ""
    return code(name), code(str(one["Default"])) or "empty", one["Description"] + choice


def counters() -> str:
    """What is counted, in CloudWatch and in the log."""
    rows = ((code(word.capitalize()), meaning) for word, meaning in COUNTERS.items())
    return (
        "## Counters\n\n"
        "Metrics of the namespace `LeakResponder` with the stack's name as `service`, and log lines of the same word. "
        f"Alarms ring for every message in a dead-letter queue, errors and throttles of any function, and `{UNTOLD}`.\n"
        f"\n{table(('metric', 'one for each'), rows)}"
    )
