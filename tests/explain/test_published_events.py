"""Events that other people published, where their folder is present: none crashes, and no decision is unjustified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.explain.command import row, run

FOLDER = Path(__file__).parents[3] / "shared" / "events" / "dev"
FILES = {file.stem[:3]: file for file in sorted(FOLDER.glob("*.json"))}

pytestmark = pytest.mark.skipif(not FILES, reason=f"{FOLDER} is not there: its events are not part of the project")

BOTH = ["quarantine-user", "deactivate-key"]
EXPECTED: dict[str, tuple[str, str, list[str]]] = {
    # by the number of the file: decision, confidence, actions
    "001": ("tell", "informational", []),  # a key created, by somebody under no suspicion yet
    "002": ("tell", "informational", []),
    "006": ("tell", "informational", []),  # a console password set
    "037": ("tell", "informational", []),  # a federated session minted
    "055": ("act", "confirmed", ["quarantine-user"]),  # AWS's quarantine; no feed says which key
    "057": ("tell", "suspected", []),  # root without a second factor: a person must act
    "059": ("tell", "suspected", []),  # a finding that names nobody: a person must read it
    "060": ("tell", "suspected", []),  # samples
    "061": ("tell", "confirmed", []),
    "064": ("tell", "suspected", []),
    "071": ("act", "confirmed", BOTH),  # AWS Health; whose key it is, IAM is asked first
    "073": ("tell", "suspected", []),
}
SAMPLES = {"060", "061", "064", "073"}
IGNORED = {
    "is not among the credential events": (
        "003 005 008 009 010 011 012 013 014 015 016 017 018 019 020 021 022 023 024 025 026 027 028 029 030 031 032 "
        "033 034 035 036 038 039 040 041 042 043 045 046 047 048 049 050 051 052 053 054 058 075 076"
    ),
    "not AWS's quarantine": "004 056",
    "not a sign-in of the root user": "007 044",
    "are not supported yet": "062 063 066 067 068 070 072 077",
    "names no credential": "065 074",
    "is not about a credential": "069",
}
REASONS = {number: reason for reason, numbers in IGNORED.items() for number in numbers.split()}


@pytest.mark.parametrize("number", FILES)
def test_each_event_is_decided_as_we_expect(number: str) -> None:
    found = row(FILES[number])
    assert found.get("dry", False) is (number in SAMPLES)
    if number in REASONS:
        assert (found["decision"], found["confidence"], found["actions"]) == ("ignore", None, [])
        assert REASONS[number] in found["reason"]
    else:
        assert (found["decision"], found["confidence"], found["actions"]) == EXPECTED[number]


@pytest.mark.parametrize("number", FILES)
def test_nobody_is_contained_for_what_is_benign_or_settles_nothing(number: str) -> None:
    label: str = _wrapper(number)["label"]
    if label.startswith(("benign", "ambiguous", "malign if live")):
        assert row(FILES[number])["decision"] in {"tell", "ignore"}


def test_there_is_an_expectation_for_every_event_and_a_line_for_every_file() -> None:
    assert sorted(EXPECTED.keys() | REASONS.keys()) == sorted(FILES)
    assert EXPECTED.keys() & REASONS.keys() == set()
    result = run("--json", *FILES.values())
    assert result.exit_code == 0
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [str(file) for file in FILES.values()]


@pytest.mark.parametrize("number", FILES)
def test_the_wrapper_makes_no_difference(number: str, tmp_path: Path) -> None:
    bare = tmp_path / "event.json"
    bare.write_text(json.dumps(_wrapper(number)["event"]))
    assert {**row(bare), "file": ""} == {**row(FILES[number]), "file": ""}


@pytest.mark.parametrize("number", FILES)
def test_the_prose_ends_with_the_next_step(number: str) -> None:
    result = run(FILES[number])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("Next: ")


def _wrapper(number: str) -> dict[str, Any]:
    wrapper: dict[str, Any] = json.loads(FILES[number].read_text())
    return wrapper
