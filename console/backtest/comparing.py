"""Two configurations over the same events: about whom they decide differently."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.model import Decision
from console.backtest.result import decision_of, person
from console.chosen import differences

if TYPE_CHECKING:
    from chalicelib.settings import Settings
    from console.backtest.counting import Verdicts

Json = dict[str, Any]


def compared(one: Verdicts, other: Verdicts, here: Settings, there: Settings) -> Json:
    """What is set otherwise there, and each principal about whom that changes what is done."""
    known = {**one.people, **other.people}
    before, after = _decisions(one), _decisions(other)
    changed = [
        {"from": before.get(key, Decision.IGNORE), "to": after.get(key, Decision.IGNORE), **person(known[key])}
        for key in sorted(known)
        if before.get(key) != after.get(key)
    ]
    return {
        "settings": {name: [_said(mine), _said(theirs)] for name, (mine, theirs) in differences(here, there).items()},
        "incidents": {"act": other.incidents(Decision.ACT), "ask": other.incidents(Decision.ASK)},
        "more": sum(each["to"] is Decision.ACT for each in changed),
        "principals": sorted(changed, key=_rank),
    }


def _said(value: Any) -> str:  # noqa: ANN401 - any setting
    """A setting as a person writes it: of a list each part, of an entry what it says."""
    if isinstance(value, tuple | frozenset):
        return ", ".join(map(_said, value)) or "none"
    if is_dataclass(value):
        return " ".join(_said(held) for field in fields(value) if (held := getattr(value, field.name)))
    return str(value)


def _decisions(verdicts: Verdicts) -> dict[str, Decision]:
    return {key: decision_of(each) for key, each in verdicts.people.items()}


def _rank(changed: Json) -> tuple[int, str]:
    return tuple(Decision).index(changed["to"]), changed["first"]
