"""A filter policy read for a message of ours: it passes, it does not, or that cannot be told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from ministack.services import sns

from console.doctor.filter_policy import VARIES, lets_through

MESSAGE = {"kind": "not-contained", "severity": "critical", "incident": VARIES, "number": VARIES}

CASES: tuple[tuple[str, Any, bool | None], ...] = (
    ("no rule", {}, True),
    ("its kind", {"kind": ["held", "not-contained"]}, True),
    ("another kind", {"kind": ["no-such-kind"]}, False),
    ("other letters", {"kind": ["Not-Contained"]}, False),
    ("no value", {"kind": []}, False),
    ("both", {"kind": ["not-contained"], "severity": ["critical"]}, True),
    ("the first alone", {"kind": ["not-contained"], "severity": ["low"]}, False),
    ("the second alone", {"kind": ["held"], "severity": ["critical"]}, False),
    ("an attribute that no message has", {"team": ["red"]}, False),
    ("prefix", {"kind": [{"prefix": "not-"}]}, True),
    ("another prefix", {"kind": [{"prefix": "contained"}]}, False),
    ("suffix", {"kind": [{"suffix": "contained"}]}, True),
    ("another suffix", {"kind": [{"suffix": "held"}]}, False),
    ("wildcard", {"kind": [{"wildcard": "not*ed"}]}, True),
    ("another wildcard", {"kind": [{"wildcard": "not.*"}]}, False),
    ("in any letters", {"severity": [{"equals-ignore-case": "CRITICAL"}]}, True),
    ("other words in any letters", {"severity": [{"equals-ignore-case": "HIGH"}]}, False),
    ("all but others", {"kind": [{"anything-but": ["notice", "sample"]}]}, True),
    ("all but it", {"kind": [{"anything-but": ["not-contained"]}]}, False),
    ("all but it, as a text", {"kind": [{"anything-but": "not-contained"}]}, False),
    ("all but a prefix of it", {"kind": [{"anything-but": {"prefix": "not-"}}]}, False),
    ("all but another suffix", {"kind": [{"anything-but": {"suffix": "held"}}]}, True),
    ("all but a number", {"kind": [{"anything-but": [1]}]}, True),
    ("all but a value of what is absent", {"team": [{"anything-but": "red"}]}, False),
    ("there", {"kind": [{"exists": True}]}, True),
    ("absent", {"kind": [{"exists": False}]}, False),
    ("what is absent, there", {"team": [{"exists": True}]}, False),
    ("what is absent, absent", {"team": [{"exists": False}]}, True),
    ("absent or red", {"team": ["red", {"exists": False}]}, True),
    ("a number", {"severity": [{"numeric": [">", 1]}]}, False),
    ("an address", {"severity": [{"cidr": "10.0.0.0/8"}]}, False),
    ("a literal that is no text", {"severity": [None, True, 1]}, False),
    ("one of two", {"$or": [{"kind": ["held"]}, {"severity": ["critical"]}]}, True),
    ("none of two", {"$or": [{"kind": ["held"]}, {"severity": ["low"]}]}, False),
    ("one of two and more", {"$or": [{"kind": ["held"]}, {"severity": ["critical"]}], "team": ["red"]}, False),
    ("an attribute of that name", {"$or": [{"kind": ["not-contained"]}]}, None),
    ("what differs from message to message", {"number": [1]}, None),
    ("what is there in each", {"incident": [{"exists": True}]}, True),
    ("what differs, beside what is not so", {"number": [1], "kind": ["held"]}, False),
    ("what differs, or what is so", {"$or": [{"number": [1]}, {"severity": ["critical"]}]}, True),
    ("all but what differs", {"incident": [{"anything-but": ["a"]}]}, None),
    ("an operator that we do not know", {"kind": [{"sounds-like": "knot"}]}, None),
    ("all but an operator that we do not know", {"kind": [{"anything-but": {"sounds-like": "knot"}}]}, None),
    ("an operator that we do not know, of what is absent", {"team": [{"sounds-like": "knot"}]}, None),
    ("an operand that we do not know", {"kind": [{"prefix": ["not-"]}]}, None),
    ("two operators at once", {"kind": [{"prefix": "not-", "suffix": "x"}]}, None),
    ("a nested policy", {"kind": {"inner": ["x"]}}, None),
    ("a list", [], None),
    ("a text", "not JSON", None),
)


@pytest.mark.parametrize(("policy", "passes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_policy_is_read_as_sns_reads_it(policy: Any, passes: bool | None) -> None:
    assert lets_through(policy, MESSAGE) is passes


_TEXTS = st.sampled_from(("not-contained", "critical", "contained", "Critical", "held", "not-", "*ed", ""))
_OPERATORS = st.sampled_from(("prefix", "suffix", "equals-ignore-case", "wildcard"))
_COMPARISONS = st.builds(lambda operator, text: {operator: text}, _OPERATORS, _TEXTS)
_RULES = st.one_of(
    _TEXTS,
    _COMPARISONS,
    st.builds(lambda wanted: {"exists": wanted}, st.booleans()),
    st.builds(lambda but: {"anything-but": but}, st.one_of(_TEXTS, st.lists(_TEXTS, min_size=1), _COMPARISONS)),
)
_FLAT = st.dictionaries(st.sampled_from(("kind", "severity", "team")), st.lists(_RULES, min_size=1), min_size=1)
_POLICIES = st.one_of(
    _FLAT, st.builds(lambda flat, others: {**flat, "$or": others}, _FLAT, st.lists(_FLAT, min_size=2))
)


@given(_POLICIES)
def test_the_embedded_sns_delivers_what_is_said_to_pass(policy: Any) -> None:
    texts = {name: value for name, value in MESSAGE.items() if value is not VARIES}
    sent = {name: {"DataType": "String", "StringValue": value} for name, value in texts.items()}
    delivers = sns._matches_filter_policy({"attributes": {"FilterPolicy": json.dumps(policy)}}, sent)
    assert lets_through(policy, texts) is delivers
