"""Two configurations over the same events: about whom they decide differently."""

from __future__ import annotations

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
        "settings": {name: [str(mine), str(theirs)] for name, (mine, theirs) in differences(here, there).items()},
        "incidents": {"act": other.incidents(Decision.ACT), "ask": other.incidents(Decision.ASK)},
        "more": sum(each["to"] is Decision.ACT for each in changed),
        "principals": sorted(changed, key=_rank),
    }


def _decisions(verdicts: Verdicts) -> dict[str, Decision]:
    return {key: decision_of(each) for key, each in verdicts.people.items()}


def _rank(changed: Json) -> tuple[int, str]:
    return tuple(Decision).index(changed["to"]), changed["first"]
