"""The generated page says of a right and of an option what the code means."""

from __future__ import annotations

import pytest

from chalicelib.model import Permission
from console.reference.deciding import actions
from console.reference.markdown import permission


@pytest.mark.parametrize(
    ("how", "value", "said"),
    [
        ("StringEquals", "x", "`key` is `x`"),
        ("ArnLike", "x", "`key` is `x`"),
        ("Null", "false", "`key` is there"),
        ("Null", "true", "`key` is not there"),
    ],
)
def test_a_condition_reads_as_iam_reads_it(how: str, value: str, said: str) -> None:
    assert permission(Permission(("s:Call",), ("*",), {how: {"key": value}})) == f"`s:Call` on `*`, where {said}"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("enable-kms-key", "Only where a person orders it: by `--also enable-kms-key=TARGET`. TARGET is"),
        ("start-logging", "Only where it is asked for: by `--also start-logging=TARGET` or the event itself."),
    ],
)
def test_an_option_says_who_may_ask_for_it(action: str, said: str) -> None:
    assert f"- {said}" in actions().split(f"### {action}\n")[1].split("###")[0]
