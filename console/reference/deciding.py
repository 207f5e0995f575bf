"""What is read, decided, done and told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.actions import ACTIONS
from chalicelib.model import Decision, Mode, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.playbook import OPTIONS, RULES, strike
from chalicelib.report.form import Kind
from chalicelib.settings import Settings
from chalicelib.sources import ROUTED, SOURCES, guardduty, health
from console.reference.markdown import bullets, code, permission, sentence, table

if TYPE_CHECKING:
    from types import ModuleType

    from chalicelib.model import Action
    from chalicelib.playbook import Rule

_WORDS = {
    Decision.ACT: "contains",
    Decision.ASK: "asks a person",
    Decision.TELL: "tells",
    Decision.IGNORE: "nothing",
}


def rules() -> str:
    """Each sign with its worth, and its fate in each mode as the playbook itself decides it."""
    head = ("sign", "what it shows", "ATT&CK", "confidence", *map(code, Mode))
    return (
        "## Rules\n\n"
        "The decision about a user's key, from the sign alone. One step up where the owner is contained and nobody let "
        "them work again, or where who made the call is contained; an open question raises nothing. A "
        "credential made by one counts as confirmed; one step down where the call failed. A sample finding is only "
        "told. Root, service-linked roles, roles of Identity Center, protected principals and other accounts are never "
        "touched: the message says what a person must do.\n\n"
        f"{table(head, (_rule(rule) for rule in RULES))}"
    )


def _rule(rule: Rule) -> tuple[str, ...]:
    linked = f"[{code(rule.sign)}](rules.md#{rule.sign})"
    return (
        linked,
        sentence(rule.reason),
        technique(rule),
        rule.confidence,
        *(fate(example_of(rule), mode) for mode in Mode),
    )


def technique(rule: Rule) -> str:
    """The technique of ATT&CK, with its page."""
    return f"[{rule.technique}](https://attack.mitre.org/techniques/{rule.technique.replace('.', '/')}/)"


def fate(signal: Signal, mode: Mode) -> str:
    """What happens about it in a mode, as the playbook itself decides it."""
    settings = Settings(account=signal.account, mode=mode, quarantine_policy=signal.policy or "")
    return _WORDS[strike(signal, settings).decision]


def example_of(rule: Rule) -> Signal:
    """Its sign about a user's key."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    owner = Principal(PrincipalKind.USER, "1", "somebody", "AIDAEXAMPLE")
    subject = Subject(SubjectKind.ACCESS_KEY, "AKIAEXAMPLE")
    return Signal("reference", "1", rule.sign, "", when, when, "1", "us-east-1", subject, owner, policy="ours")


def actions() -> str:
    """Each action, with all that a person or an auditor asks about it."""
    return "## Actions\n\n" + "\n".join(map(_action, ACTIONS))


def _action(action: Action) -> str:
    said = (
        *_wanted(action),
        f"Class: {action.undo}. Undone: {action.undone_by}.",
        f"Judged by {action.judged_by}.",
        *((f"May break: {action.breaks}",) if action.breaks else ()),
        f"If it fails, still works: {action.still_works}.",
        f"If it fails, by hand: {action.by_hand}.",
        *(f"May call {permission(one)}." for one in action.permissions),
        *(f"To undo it, a person calls {permission(one)}." for one in action.restore_permissions),
    )
    return f"### {action.name}\n\n{sentence(action.summary)}\n\n{bullets(said)}"


def _wanted(action: Action) -> tuple[str, ...]:
    """How to ask for what no plan holds by itself."""
    option = next((one for one in OPTIONS if one.action == action.name), None)
    if option is None:
        return ()
    words = f"--also {option.action}=TARGET" if option.argument else f"--also {option.action}"
    target = f" TARGET is {option.form}." if option.argument else ""
    if option.ordered:
        return (f"Only where a person orders it: by {code(words)}.{target}",)
    where = f"by {code(words)} or {'the parameter `Also`' if option.standing else 'the event itself'}"
    return (f"Only where it is asked for: {where}.{target}",)


def sources() -> str:
    """Each feed with the pattern that is deployed."""
    return (
        "## Sources\n\n"
        "An event that matches and names no credential is counted as ignored; one that cannot be read ends in the "
        "dead-letter queue.\n\n" + "\n".join(map(_source, SOURCES)) + "\n" + _routed() + "\n" + _by_type()
    )


def _source(source: ModuleType) -> str:
    pattern = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in source.PATTERN.items())
    return f"### {source.__name__.rsplit('.', 1)[-1]}\n\n{_about(source)}\n\n{pattern}"


def _about(source: ModuleType) -> str:
    return (source.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def _routed() -> str:
    """Those that come through a route, and so have no pattern."""
    return "\n".join(f"### {name}\n\n{_about(source)}\n" for name, source in ROUTED.items())


def _by_type() -> str:
    findings = [
        *((code(kind), code(sign)) for kind, sign in guardduty.SIGNS),
        ("any other that names a credential", code(Sign.SUSPICIOUS)),
    ]
    codes = [
        *((code(name), code(sign)) for name, sign in health.CODES.items()),
        ("any other of a risk to credentials", code(Sign.WARNED)),
    ]
    return "\n".join(
        (
            "### Findings and Health codes\n",
            table(("a GuardDuty finding whose type begins with", "sign"), findings),
            table(("Health code", "sign"), codes),
        )
    )


_WORDS_OF = {
    "follow-up": "HOLDS or INCOMPLETE",
    "also-contained": "ALSO CONTAINED or NOT ALL CONTAINED",
    "question": "IS THIS EXPECTED",
    "approval-reminder": "STILL WAITING",
    "undone": "UNDONE, DONE AGAIN or UNDONE, STILL OPEN",
    "given-up": "UNDONE, GIVEN UP",
    "observed": "OBSERVED, NOT TOUCHED",
    "by-hand": "ACT BY HAND",
}


def heading(kind: Kind) -> str:
    """Where the runbook explains a kind: most subject lines open with the kind itself."""
    return f"The message says {_WORDS_OF.get(kind, kind.upper().replace('-', ' '))}"


def messages() -> str:
    """Each kind of message, and where it is explained."""
    links = (f"`{kind}`: [{heading(kind)}](runbook.md#{_anchor(heading(kind))})" for kind in Kind)
    return f"## Messages\n\nThe member `kind` of the JSON form and of the outgoing event.\n\n{bullets(links)}"


def _anchor(title: str) -> str:
    """As GitHub makes it of a heading."""
    return title.lower().replace(",", "").replace(" ", "-")
