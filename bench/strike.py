"""From the call of the handler until the credential is powerless and its key inactive, against one bare call.

Floor and response take turns on the same server, so that whatever else the machine does falls on both.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench import events, handler
from bench.account import BenchError
from bench.figures import Figures, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.account import Account
    from bench.handler import Run

_DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
_WARM_UP = 3  # the first call of each makes its client


def rounds(repeats: int) -> int:
    """How often `measure` calls its step."""
    return repeats + _WARM_UP


def measure(account: Account, repeats: int, step: Callable[[], None]) -> Figures:
    """The figures of `repeats` rounds, after some that are thrown away; `step` is called after each."""
    iam = account.admin("iam")
    denied: list[float] = []
    deactivated: list[float] = []
    runs: list[Run] = []
    for number in range(rounds(repeats)):
        round_ = (_bare_deny(account, iam), _bare_deactivation(account, iam), _answered(account))
        if number >= _WARM_UP:
            denied.append(round_[0])
            deactivated.append(round_[1])
            runs.append(round_[2])
        step()
    return _figures(denied, deactivated, runs)


def _bare_deny(account: Account, iam: Any) -> float:  # noqa: ANN401 - boto3 makes its clients at run time
    victim = account.victim()
    began = time.monotonic()
    iam.put_user_policy(UserName=victim.name, PolicyName="deny", PolicyDocument=_DENY)
    return (time.monotonic() - began) * 1e3


def _bare_deactivation(account: Account, iam: Any) -> float:  # noqa: ANN401 - boto3 makes its clients at run time
    victim = account.victim()
    began = time.monotonic()
    iam.update_access_key(UserName=victim.name, AccessKeyId=victim.key, Status="Inactive")
    return (time.monotonic() - began) * 1e3


def _answered(account: Account) -> Run:
    victim = account.victim(sessions=True)
    if not all(account.may_act(session) for session in victim.stolen):
        raise BenchError("the intruder cannot act before the response: there is nothing to measure")
    run = handler.run("guardduty_finding", events.compromised_key(account, victim))
    if any(account.may_act(session) for session in victim.stolen):
        raise BenchError("the intruder can still act after the response")
    if run.powerless is None or run.key_inactive is None:
        raise BenchError("the handler returned without a deny or without deactivating the key")
    return run


def _figures(denied: list[float], deactivated: list[float], runs: list[Run]) -> Figures:
    powerless = [run.powerless for run in runs if run.powerless is not None]
    inactive = [run.key_inactive for run in runs if run.key_inactive is not None]
    return {
        "floor": {"PutUserPolicy": spread(denied), "UpdateAccessKey": spread(deactivated)},
        "powerless": {
            **spread(powerless),
            "ratio": ratio(powerless, denied),
            "serial_calls": _fewest([run.serial_to_powerless for run in runs]),
        },
        "key_inactive": {
            **spread(inactive),
            "ratio": ratio(inactive, deactivated),
            "serial_calls": _fewest([run.serial_to_key_inactive for run in runs]),
        },
        "returned": {**spread([run.returned for run in runs]), "serial_calls": _fewest([run.serial for run in runs])},
        "calls": len(runs[-1].calls),
        "calls_by_name": list(runs[-1].calls),
    }


def _fewest(chains: list[int | None]) -> int:
    """Calls made side by side may still follow each other on a busy machine; the fewest seen in a row is what must."""
    return min(chain for chain in chains if chain is not None)
