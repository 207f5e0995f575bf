"""Scenarios wait in turns, and a promise that is broken is named and stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from drill import acts
from drill.acts import Until

if TYPE_CHECKING:
    from drill.acts import Act


def began(*playing: Act) -> dict[str, Act]:
    for act in playing:
        next(act)
    return {str(number): act for number, act in enumerate(playing)}


def test_each_gets_the_stage_and_then_what_it_waited_for() -> None:
    heard: list[object] = []

    def act() -> Act:
        heard.append((yield None))
        heard.append((yield Until("it comes", lambda: "there")))

    assert list(acts.play(began(act()), "the stage")) == []
    assert heard == ["the stage", "there"]


def test_one_that_waits_lets_others_go_on() -> None:
    order: list[str] = []

    def first() -> Act:
        yield None
        yield Until("the second has been", lambda: "second" in order)
        order.append("first")

    def second() -> Act:
        yield None
        yield None
        order.append("second")

    assert list(acts.play(began(first(), second()), None)) == []
    assert order == ["second", "first"]


def test_a_broken_promise_is_named_and_stops_no_other() -> None:
    ended: list[str] = []

    def broken() -> Act:
        yield None
        yield Until("it never comes", lambda: None, deadline=0.0)

    def refused() -> Act:
        yield None
        acts.promise("it holds", holds=False)

    def fine() -> Act:
        yield None
        yield None
        ended.append("fine")

    def failed() -> Act:
        yield None
        yield Until("it comes", lambda: acts.promise("it works", holds=False))

    def denied() -> Act:
        yield None
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "CreateAccessKey")

    playing = began(broken(), refused(), fine(), failed(), denied())
    *named, (last, said) = sorted(acts.play(playing, None))
    assert named == [("0", "it never comes"), ("1", "it holds"), ("3", "it works")]
    assert last == "4"
    assert "CreateAccessKey" in said
    assert ended == ["fine"]


def test_a_clock_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "PATIENCE", 0.0)
    with pytest.raises(acts.BrokenPromiseError, match="it comes"):
        acts.at_once("it comes", lambda: None)
