"""The command, as its own help describes it."""

from __future__ import annotations

from console.reference.markdown import code, table
from console.teaching import TAUGHT
from console.terminal import VERSION


def commands() -> str:
    """Each command, what its exit codes mean where they are its own, and what `--json` prints."""
    rows = ((code(f"leak-responder {path}"), one.brief, one.ends.get(1, "")) for path, one in TAUGHT.items())
    own = "; ".join(f"`{path}` {number}: {meaning}" for path, number, meaning in _own_codes())
    return (
        "## Commands\n\n"
        "`leak-responder COMMAND --help` says more, with examples. Exit code 0: done. 1: see the table. 2: refused, or "
        f"the command line is wrong; the reason is given. Some commands have more: {own}.\n\n"
        f"{table(('command', 'what it does', 'exit code 1'), rows)}\n"
        "### JSON\n\n"
        "With `--json` a command prints one document on stdout and nothing else; `explain` and `incidents watch` print "
        "one a line, and `report --ocsf` writes the form of OCSF. Prose goes to stderr. Each document has `version`, "
        f"now {VERSION}: it rises when a member goes or means something else, not when one is added. A command that "
        "fails prints a document too:\n\n"
        f'    {{"version": {VERSION}, "error": "no AWS credentials: …", "next": ["aws configure list"], '
        '"exit_code": 2}\n\n'
        "`error` is the reason, as on stderr, and `next` holds the commands that it names, or the one that shows the "
        "help. A result that ends with an exit code of its own is no failure: it is printed as always. "
        "What Ctrl-C ends may print none.\n"
    )


def _own_codes() -> list[tuple[str, int, str]]:
    """Return the exit codes that are neither 0, 1 nor 2: command, code and meaning."""
    return [(path, number, one.ends[number]) for path, one in TAUGHT.items() for number in one.ends if number > 2]  # noqa: PLR2004 - see above
