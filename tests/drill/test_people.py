"""Everybody of a whole drill plays in one account: no two scenarios make a user of one name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import drill.scenarios

_LEAKS = re.compile(r'story\.leak\(cloud, scene, "([a-z]+)"')


def test_no_two_scenarios_leak_the_key_of_one_user() -> None:
    folder = Path(drill.scenarios.__file__).parent
    people = Counter(name for file in folder.glob("*.py") for name in set(_LEAKS.findall(file.read_text())))
    assert len(people) > 5
    assert [name for name, files in people.items() if files > 1] == []
