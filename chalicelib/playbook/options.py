"""What no plan holds unless it is asked for: by a person with `--also`, a setting of the owner, or the event itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind, Signal, Step

if TYPE_CHECKING:
    from chalicelib.model import Principal
    from chalicelib.settings import Settings


@dataclass(frozen=True)
class Option:
    """An action that is taken only where it is asked for: as NAME=TARGET, or by its name alone.

    `argument` is what the step calls its target, "" where the principal is all that it needs. `read` makes that
    argument of what was written, None where it is no such thing; `found` is the target that a signal itself names.
    `kind` is None where it may be asked for of everybody, and `found` where no signal can say it: then a setting cannot
    ask for it either.
    """

    action: str
    kind: PrincipalKind | None
    reason: str
    argument: str = ""
    form: str = ""
    read: Callable[[str, Signal], str | None] = lambda text, _: text
    found: Callable[[Signal], str | None] | None = None

    @property
    def standing(self) -> bool:
        """Whether it can be asked for once and for all."""
        return not self.argument or self.found is not None

    def target(self, text: str, signal: Signal) -> str:
        """What it is to be done to, as it was written or as the signal says; "" where nothing says it."""
        return text or (self.found(signal) if self.found else "") or ""


_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_INSTANCE_ARN = re.compile(r"arn:aws[a-z-]*:ec2:[a-z0-9-]{4,32}:(?P<account>\d{12}):instance/i-[0-9a-f]{8,17}")


def _instance(text: str, signal: Signal) -> str | None:
    """The ARN of an instance of the principal's account; an id alone is one of the signal's Region."""
    if _INSTANCE.fullmatch(text):
        return f"arn:aws:ec2:{signal.region}:{signal.account}:instance/{text}"
    found = _INSTANCE_ARN.fullmatch(text)
    return text if found and found["account"] == signal.account else None


def _session(signal: Signal) -> str | None:
    """EC2 names the session of an instance's role after the instance (IAM user guide, "IAM roles for EC2")."""
    return signal.subject.session if _INSTANCE.fullmatch(signal.subject.session or "") else None


_TRAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
_TRAIL_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:[a-z0-9-]{4,32}:(?P<account>\d{12}):trail/" + _TRAIL.pattern)


def _trail(text: str, signal: Signal) -> str | None:
    """The ARN of a trail of the principal's account; a name alone is one of the signal's Region."""
    if _TRAIL.fullmatch(text):
        return f"arn:aws:cloudtrail:{signal.region}:{signal.account}:trail/{text}"
    found = _TRAIL_ARN.fullmatch(text)
    return text if found and found["account"] == signal.account else None


OPTIONS: tuple[Option, ...] = (
    Option(
        "snapshot-instance",
        PrincipalKind.ROLE,
        "asked for: the disks as they are now, for whoever looks into it",
        "instance",
        "i-0123456789abcdef0, or the ARN of an instance",
        _instance,
        _session,
    ),
    Option(
        "start-logging",
        None,
        "the trail was stopped: what happens from now on is to be recorded",
        "trail",
        "the name or ARN of a trail",
        _trail,
    ),
)
"""One line for each; the actions themselves say what they do, what they break and how they are undone."""

_OPTION = {option.action: option for option in OPTIONS}


def asked_for(signal: Signal, principal: Principal, settings: Settings) -> tuple[Step, ...]:
    """The steps that the owner's setting and the signal ask for, as far as they fit what leaked.

    They wait until the principal is contained: no option stops a credential, and none may keep the deny waiting.
    """
    words = dict.fromkeys((*settings.also, *signal.also))
    steps = (_step(word, signal, principal) for word in words if not misfit(word, signal, principal))
    return tuple({step.key: step for step in steps}.values())


def misfit(word: str, signal: Signal, principal: Principal) -> str:
    """Why this cannot be asked for here; "" where it can."""
    name, given, target = word.partition("=")
    option = _OPTION.get(name)
    if option is None:
        return f"{name!r} cannot be asked for; what can: {', '.join(_OPTION)}"
    if option.kind not in {None, principal.kind}:
        return f"{name} is about a {option.kind}, and {principal.name} is a {principal.kind}"
    if not option.argument:
        return f"{name} takes nothing behind it" if given else ""
    text = option.target(target, signal)
    if not text:
        return f"{name} needs to know which: {name}=TARGET, where TARGET is {option.form}"
    return "" if option.read(text, signal) else f"{text!r} is not what {name} takes: {option.form}"


def _step(word: str, signal: Signal, principal: Principal) -> Step:
    name, _, target = word.partition("=")
    option = _OPTION[name]
    argument = {option.argument: option.read(option.target(target, signal), signal) or ""} if option.argument else {}
    return Step(name, principal, option.reason, argument, later=True)
