"""What no plan holds unless it is asked for: by a person with `--also`, a setting of the owner, or the event itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind, Signal, Step, Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable

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


@dataclass(frozen=True)
class Errand:
    """What an event calls for and no action of ours can do: a person is told why, and what to do.

    A source asks for it as it asks for an option, by NAME=TARGET; the target stands in `reason`.
    """

    name: str
    reason: str
    instead: str


def _of(service: str, kind: str, name: str) -> Callable[[str, Signal], str | None]:
    """Reads the ARN of one such thing of the principal's account; its name alone is one of the signal's Region."""
    alone = re.compile(name)
    whole = re.compile(rf"arn:aws[a-z-]*:{service}:[a-z0-9-]{{4,32}}:(?P<account>\d{{12}}):{kind}/{name}")

    def read(text: str, signal: Signal) -> str | None:
        if alone.fullmatch(text):
            return f"arn:aws:{service}:{signal.region}:{signal.account}:{kind}/{text}"
        found = whole.fullmatch(text)
        return text if found and found["account"] == signal.account else None

    return read


_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")


def _session(signal: Signal) -> str | None:
    """EC2 names the session of an instance's role after the instance (IAM user guide, "IAM roles for EC2")."""
    return signal.subject.session if _INSTANCE.fullmatch(signal.subject.session or "") else None


_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)  # as IAM's API takes it


def _device(text: str, signal: Signal) -> str | None:
    """A serial number; one that is an ARN is of the principal's account."""
    ours = not text.startswith("arn:") or text.split(":")[4:5] == [signal.account]
    return text if ours and _SERIAL.fullmatch(text) else None


_trail = _of("cloudtrail", "trail", "[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]")

OPTIONS: tuple[Option, ...] = (
    Option(
        "snapshot-instance",
        PrincipalKind.ROLE,
        "asked for: the disks as they are now, for whoever looks into it",
        "instance",
        "i-0123456789abcdef0, or the ARN of an instance",
        _of("ec2", "instance", _INSTANCE.pattern),
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
    Option(
        "record-management-events",
        None,
        "somebody chose anew what the trail records: what happens from now on is to be recorded",
        "trail",
        "the name or ARN of a trail",
        _trail,
    ),
    Option(
        "enable-detector",
        None,
        "the detector was suspended: what happens from now on is to be detected",
        "detector",
        "the id or ARN of a GuardDuty detector",
        _of("guardduty", "detector", "[0-9a-f]{32}"),
    ),
    Option(
        "deactivate-mfa",
        PrincipalKind.USER,
        "asked for: the device is not its owner's",
        "device",
        "the serial number of an MFA device, which is an ARN for all but hardware",
        _device,
    ),
)
"""One line for each; the actions themselves say what they do, what they break and how they are undone."""

ERRANDS: tuple[Errand, ...] = (
    Errand(
        "create-trail",
        "trail {} was deleted, and no event says what it was like",
        "create it again as its template or AWS Config has it; what it had delivered is still in its bucket",
    ),
    Errand(
        "compare-trail",
        "trail {} was changed, and no event says what it was like before",
        "compare its bucket, Regions, validation of log files and encryption key with its template",
    ),
    Errand(
        "create-detector",
        "detector {} was deleted, with its findings and settings",
        "create one again (`aws guardduty create-detector --enable`), with the features, filters and lists that its "
        "template has; in an organisation its administrator enables the account again",
    ),
)

_OPTION = {option.action: option for option in OPTIONS}
_ERRAND = {errand.name: errand for errand in ERRANDS}


def asked_for(signal: Signal, principal: Principal, settings: Settings) -> tuple[Step, ...]:
    """The steps that the owner's setting and the signal ask for, as far as they fit what leaked.

    They wait until the principal is contained: no option stops a credential, and none may keep the deny waiting.
    """
    return _steps((*settings.also, *signal.also), signal, principal)


def called_for(signal: Signal, principal: Principal) -> tuple[Step, ...]:
    """Those of them that the signal itself asks for."""
    return _steps(signal.also, signal, principal)


def _steps(words: Iterable[str], signal: Signal, principal: Principal) -> tuple[Step, ...]:
    steps = (_step(word, signal, principal) for word in words if not misfit(word, signal, principal))
    return tuple({step.key: step for step in steps}.values())


def errands(signal: Signal) -> tuple[Withheld, ...]:
    """What the signal asks for that only a person can do."""
    named = (word.partition("=") for word in dict.fromkeys(signal.also))
    return tuple(
        Withheld("put-back", errand.reason.replace("{}", target), errand.instead)
        for name, _, target in named
        if (errand := _ERRAND.get(name))
    )


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
