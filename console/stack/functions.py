"""The functions that app.py declares: how each is called, what it may use, and how much of the machine it gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Trigger(StrEnum):
    """What calls a function."""

    RULE = "rule"
    SCHEDULE = "schedule"
    QUEUE = "queue"
    ROUTE = "route"
    CALL = "call"


WIDE_QUEUE = "WideEvents"
"""What the rules off the strike path fill."""

INQUIRIES = "Inquiries"
"""Which incidents are to be looked into."""

_EVENT_SUFFIX = {Trigger.RULE: "Event", Trigger.SCHEDULE: "Event", Trigger.QUEUE: "SqsEventSource"}


def logical(name: str) -> str:
    """A name of Python's as the template can have it."""
    return "".join(word.capitalize() for word in name.split("_"))


@dataclass(frozen=True)
class Function:
    """One handler of app.py. `needs` names parts of `policies.parts`; memory in MB, timeout in seconds.

    `queue` is the one in the template that a function of that trigger reads. Some are deployed on a `condition` only.
    `recursive` ones mean to call themselves by their queue.
    """

    name: str
    trigger: Trigger
    needs: tuple[str, ...]
    memory: int
    timeout: int = 60
    reserved: int | None = None
    queue: str = ""
    condition: str = ""
    recursive: bool = False

    @property
    def logical_id(self) -> str:
        """Its name in the template, as Chalice makes it: that of all routes together is not made like the others."""
        return "APIHandler" if self.trigger is Trigger.ROUTE else logical(self.name)

    @property
    def event_id(self) -> str:
        """The name of its event in the template, as Chalice makes it; "" where nothing in the stack calls it."""
        suffix = _EVENT_SUFFIX.get(self.trigger)
        return self.logical_id + suffix if suffix else ""

    @property
    def rule_id(self) -> str:
        """The rule that the SAM transform makes of its event; "" where there is none."""
        return self.logical_id + self.event_id if self.ruled else ""

    @property
    def role_id(self) -> str:
        """Its role in the template."""
        return f"{logical(self.name)}Role"

    @property
    def logs_id(self) -> str:
        """Its log group in the template."""
        return f"{self.logical_id}Logs"

    @property
    def ruled(self) -> bool:
        """Whether EventBridge calls it."""
        return self.trigger in {Trigger.RULE, Trigger.SCHEDULE}

    @property
    def asynchronous(self) -> bool:
        """Whether Lambda queues its events, retries them, and needs to know where lost ones go."""
        return self.trigger not in {Trigger.QUEUE, Trigger.ROUTE}


# Lambda gives CPU by memory, one whole core at 1,769 MB (Lambda developer guide, "Configure memory"). A cold start is
# all imports, and the strike path is cold nearly every time.
_WHOLE_CORE = 1769
_SMALL = 512

_TELLS = ("ledger", "queue", "notifiers")
_ROLES = ("revoke-role-sessions", "attach-role-deny", "bound-role")
_USERS = (
    *_TELLS,
    "incident-notifiers",
    "facts",
    "names",
    "quarantine-user",
    "attach-deny-all",
    "bound-user",
    "deactivate-key",
    "deactivate-service-specific",
    "deactivate-ssh-key",
    "deactivate-certificate",
)
# What waits until the principal is contained: the strike path has no need of these rights.
_LATER = (
    "narrow-user",
    "rotate-secret",
    "snapshot-instance",
    "isolate-instance",
    "start-logging",
    "record-management-events",
    "enable-detector",
    "deactivate-mfa",
    "enable-kms-key",
    "revoke-kms-grant",
    "disable-trust-anchor",
)
_FOLLOWS = ("lift", "proof", "turns", "filing", "links", "inquiries")
# No feed names a user of Cognito or Identity Center: an order does, and what follows it up does it again.
_ORDERED = ("disable-cognito-user", "deny-in-permission-set", "revoke-center-access")
_ALL = (*_USERS, *_ROLES, *_ORDERED, *_LATER)

ROUTES = "api_handler"
"""What Chalice calls the function that answers every route."""

FUNCTIONS: tuple[Function, ...] = (
    # The strike path: reserved, so that nothing else in the account can starve it. GuardDuty names role sessions, and a
    # credential event can be our deny taken off a role; nothing else on this path may write role policies.
    Function("guardduty_finding", Trigger.RULE, (*_USERS, *_ROLES), _WHOLE_CORE, reserved=10),
    Function("credential_event", Trigger.RULE, (*_USERS, *_ROLES), _WHOLE_CORE, reserved=10),
    Function("health_exposure", Trigger.RULE, _USERS, _WHOLE_CORE, reserved=5),
    # Reads the queue of the wide rules. It touches nobody: what is to be contained or asked about, follow_up takes on.
    Function("wide_event", Trigger.QUEUE, (*_TELLS, "facts", "hosts"), _SMALL, timeout=30, queue=WIDE_QUEUE),
    # Every route: the one function that strangers can call. It may read what senders prove themselves with and fill the
    # queue of what touches nobody, no more; the reservation is a ceiling. It is there only where a host is configured.
    Function(ROUTES, Trigger.ROUTE, ("routes",), _SMALL, timeout=10, reserved=2, condition="HasHosts"),
    Function("follow_up", Trigger.QUEUE, (*_ALL, *_FOLLOWS), 1024, timeout=30, queue="FollowUpQueue", recursive=True),
    # Reads the trail for minutes, and touches nobody: what it finds is contained by follow_up. It alone may read where
    # keys are written down, and it is there only where the owner of the stack has not switched the inquiry off.
    Function(
        "inquire",
        Trigger.QUEUE,
        ("ledger", "queue", "inquiry", "filing"),
        _WHOLE_CORE,
        timeout=900,
        queue=INQUIRIES,
        condition="Inquires",
        recursive=True,
    ),
    Function("patrol", Trigger.SCHEDULE, ("ledger", "queue"), _SMALL),
    Function("replay", Trigger.CALL, (*_ALL, "replay"), 1024),
    # Two, so that what changes passwords makes no keys.
    Function("rotate_generated_password", Trigger.CALL, ("rotation",), _SMALL),
    Function("rotate_access_key", Trigger.CALL, ("key-rotation",), _SMALL),
)


def chalice_config(stages: tuple[str, ...]) -> Json:
    """`.chalice/config.json`. No `log_retention_in_days`: beside a route Chalice would emit a broken template."""
    return {
        "version": "2.0",
        "app_name": "leak-responder",
        "autogen_policy": False,
        "lambda_functions": {function.name: _settings(function) for function in FUNCTIONS},
        "stages": {stage: {"environment_variables": {"STAGE": stage}} for stage in stages},
    }


def _settings(function: Function) -> Json:
    return {
        "iam_policy_file": f"policy-{function.name}.json",
        "lambda_memory_size": function.memory,
        "lambda_timeout": function.timeout,
    }
