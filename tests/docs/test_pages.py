"""What the pages name exists: commands, targets, files, links, settings, messages."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from chalicelib.report.form import Kind
from console.reference.deciding import heading
from console.stack import PARAMETERS
from tests.docs.pages import EXECUTABLE, PAGES, ROOT, Command, anchor, commands, headings, links, paths
from tests.docs.parsing import parse

if TYPE_CHECKING:
    from pathlib import Path

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

ALL = list(dict.fromkeys(command for page in PAGES for command in commands(page)))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("command", [one for one in ALL if one.line.startswith("make ")], ids=str)
def test_make_has_the_target(command: Command) -> None:
    words = [word for word in shlex.split(command.line)[1:] if not word.startswith("-") and "=" not in word]
    assert words
    assert set(words) <= TARGETS


@pytest.mark.parametrize("command", [one for one in ALL if not one.line.startswith("make ")], ids=str)
def test_the_command_takes_what_is_typed(command: Command) -> None:
    words = shlex.split(command.line.removeprefix(EXECUTABLE).removeprefix("leak-responder"), comments=True)
    parse(words, whole=command.whole)


def test_there_is_something_to_check() -> None:
    """The extraction has not gone blind."""
    assert {"README.md", "runbook.md", "contributing.md"} <= {command.page for command in ALL}
    assert any(command.whole for command in ALL if not command.line.startswith("make "))


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "reference.md"], ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    below = (ROOT, ROOT / "chalicelib", ROOT / "docs")
    gone = [name for name in paths(page) if not any(list(folder.glob(name)) for folder in below)]
    made = {".venv/bin/leak-responder", ".venv", ".drill", "build"}
    assert [name for name in gone if name not in made] == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        name, _, fragment = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        assert not fragment or fragment in {anchor(heading) for heading in headings(target)}, link


def test_every_page_is_reached_from_the_readme() -> None:
    reached = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert {page for page in PAGES if page.parent.name == "docs"} <= reached


def test_the_runbook_has_a_heading_for_every_message_and_no_other() -> None:
    said = [one for one in headings(ROOT / "docs" / "runbook.md") if one.startswith("The message says ")]
    assert sorted(said) == sorted(heading(kind) for kind in Kind)


def test_what_opens_a_subject_line_is_what_the_runbook_says() -> None:
    """A person who was woken up searches for the word before the colon."""
    said = " or ".join(heading(kind).removeprefix("The message says ") for kind in Kind).split(" or ")
    golden = sorted((ROOT / "tests" / "report" / "golden").glob("*.txt"))
    subjects = [re.match(r"Subject: ([^:]+):", path.read_text()) for path in golden]
    assert {subject[1] for subject in subjects if subject} <= set(said)


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "reference.md").read_text()


def test_the_message_of_the_readme_was_really_written() -> None:
    golden = (ROOT / "tests" / "report" / "golden" / "contained-user-key.txt").read_text().splitlines()
    block = (ROOT / "README.md").read_text().partition("<!-- message -->\n")[2].partition("<!-- message: end -->")[0]
    shown = [line.removeprefix("    ") for line in block.splitlines() if line.strip() not in {"", "…"}]
    assert shown
    assert [line for line in shown if line not in golden] == []


def test_the_version_is_the_same_everywhere() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert headings(ROOT / "CHANGELOG.md")[1] == version[1]
