"""docs/rules.md: each rule with its feeds, its worth, what happens in each mode, an example, and how to change it.

The examples are the event files of docs/rules, which `leak-responder test` runs; a rule's feeds are those that read
them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from chalicelib.model import Confidence, Mode, Sign, Signal
from chalicelib.playbook import RULES
from chalicelib.sources import SOURCES, read_by, sends
from chalicelib.sources.escalation import WAYS
from chalicelib.sources.reading import text as written
from console.reference.deciding import example_of, fate, technique
from console.reference.left_out import left_out
from console.reference.markdown import bullets, code, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.playbook import Rule

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "rules"

_HEAD = (
    "# Rules\n\n"
    "Written by `make docs` from the code and from the examples in `docs/rules`; `make fresh` fails where they differ. "
    "Do not edit it by hand.\n\n"
    "Each rule says what one sign is worth on its own, and what then happens in each mode about its first example, or "
    "about a user's key where it has none. An example is an event with the decision that it gets; all of them run "
    "offline:\n\n"
    "    .venv/bin/leak-responder test docs/rules\n\n"
    "About an owner who is contained, or by a caller who is, a sign is worth a step more; an open question raises "
    "nothing. It is worth a step less where the call failed, or the caller is configured to make it. A call that an "
    "AWS service makes with the caller's rights, as CloudFormation does, is the caller's own; only what services do "
    "for people all day (reads, sessions, our own deployment) is worth a step less. What one caller does through one "
    "service within two minutes is one notice. Findings that Security Hub passes on are read as those that came "
    "directly. Why an event was not acted on stands in `why_not` of `leak-responder explain --json`, and in the log "
    "lines of the counters.\n\n"
    "To change all rules at once: the parameter `Mode`. To change one: the last line of each says what makes it "
    "quieter; what it is worth is a line of `RULES` in `playbook/judging.py`, and which events show it is decided in "
    "the file that is named as its feed. `leak-responder backtest` says on recorded logs what a change would have "
    "done.\n\n"
)

BESIDE: Mapping[Sign, tuple[str, ...]] = {
    Sign.DECOY_USED: ("[decoys](../chalicelib/sources/decoys.py), for what the parameter `Decoys` names",),
    Sign.FOUND: ("`leak-responder scan`", "Git hosts through the HTTPS routes"),
    Sign.FOUND_WORKING: ("`leak-responder scan`", "Git hosts through the HTTPS routes"),
    Sign.REPORTED: ("`leak-responder contain`",),
    Sign.MINTED: ("the inquiry into an incident",),
}
"""Who says so without an event of AWS that shows it by itself."""

_WAYS = ", ".join(code(action) for actions in WAYS.values() for action in actions)

COUNTS: Mapping[Sign, str] = {
    Sign.RIGHTS_GRANTED: (
        "It counts what a policy allows, with actions, resources, variables and denies matched as IAM matches them. A "
        "policy reaches everything where it allows calls that it does not name; or, on any user, role, group or policy "
        f"there is, one of {_WAYS}; or, on its holder alone, to attach or put a policy. Of conditions count those that "
        "bound which policy is attached, or want a permissions boundary: any other an intruder is taken to meet. It "
        "does not count `iam:PassRole` and `sts:AssumeRole`, which most deployers have on all roles: how far they "
        "reach depends on what the roles of the account may do and whom they trust, and the policy shows neither"
    ),
    Sign.RIGHTS_TAKEN: (
        "It counts what a user, or the session of a role, gives to itself: any policy attached or put, a group joined, "
        "its permissions boundary changed or taken off, and an existing role that from now on trusts it. It does not "
        "count a new role that trusts its maker, for it has no rights until it is given some, by a call of its own; "
        "nor trust in the whole account, whose own policies say who of it may take on the role; nor a policy taken "
        "off, a group left, a new version of a policy, or another role for an instance profile, for the record does "
        "not say what the policy held, or who has it. Another version put in force is `version-switched`. Nor does it "
        "count the policy of a key, secret or bucket that names its writer: owners write those all day"
    ),
}
"""What shows a sign and what does not, where the name of the call does not say it."""

_QUIETER = {
    "cloudtrail": "name the caller and the call in the parameter `Automation`",
    "guardduty": "a suppression rule in GuardDuty, for what it archives is not sent",
    "macie": "a suppression rule in Macie",
    "access-analyzer": "an archive rule in Access Analyzer",
}


@dataclass(frozen=True)
class Example:
    """An event file, the feed that reads it, and what it says."""

    name: str
    feed: ModuleType
    signal: Signal


def text() -> str:
    """The whole page."""
    known = examples()
    return _HEAD + "\n".join((*(_rule(rule, known.get(rule.sign, ())) for rule in RULES), left_out()))


def examples() -> dict[Sign, list[Example]]:
    """The examples of each sign."""
    found = defaultdict(list)
    for file in sorted(EXAMPLES.glob("*.json")):
        feed, signal = _read(json.loads(file.read_text())["event"])
        found[signal.sign].append(Example(file.name, feed, signal))
    return dict(found)


def _read(event: dict[str, Any]) -> tuple[ModuleType, Signal]:
    kind, source, when = written(event, "detail-type"), written(event, "source"), datetime(2026, 12, 1, tzinfo=UTC)
    for feed in SOURCES:
        if sends(source or "", feed) and kind in feed.PATTERN["detail-type"]:
            parsed = read_by(feed, event, when)
            if isinstance(parsed, tuple):
                return feed, parsed[0]
    message = f"no feed reads the example of {kind} by {source}"
    raise ValueError(message)


def _rule(rule: Rule, known: Sequence[Example]) -> str:
    names = dict.fromkeys(one.feed.__name__.rsplit(".", 1)[-1] for one in known)
    feeds = [f"[{name}](../chalicelib/sources/{name}.py)" for name in names]
    signal = known[0].signal if known else example_of(rule)
    lines = [
        f"{rule.confidence.capitalize()}, {technique(rule)}",
        "Feeds: " + ", ".join((*feeds, *BESIDE.get(rule.sign, ()))),
        "; ".join(f"{code(mode)} {fate(signal, mode)}" for mode in Mode),
        *filter(None, (COUNTS.get(rule.sign),)),
        *_remarks(rule),
        *(f"Example: [{one.name}](rules/{one.name})" for one in known),
        _quieter(rule, known),
    ]
    return f"## {rule.sign}\n\n{sentence(rule.reason)}\n\n{bullets(lines)}"


def _remarks(rule: Rule) -> list[str]:
    """What a rule does otherwise than the rest."""
    remarks = {
        "Daily work: it counts only about an owner who is contained, or by a caller who is": rule.quiet,
        "Even an attempt that failed is told": rule.attempts,
        "Told once a day, however often it is seen": rule.daily,
    }
    return [remark for remark, holds in remarks.items() if holds]


def _quieter(rule: Rule, known: Sequence[Example]) -> str:
    ways = dict.fromkeys(_QUIETER[one.signal.source] for one in known if one.signal.source in _QUIETER)
    if rule.confidence is Confidence.CONFIRMED or not ways:
        return "Nothing makes it quieter: it may be about a credential that is abused right now"
    return f"To hear less of it: {'; '.join(ways)}"
