"""What every command's help adds to its options: a line for the list, examples, and what each exit code means."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console import forms
from console.arguments import Command

if TYPE_CHECKING:
    import typer
    from typer.models import CommandInfo, TyperInfo

WRONG = {2: "the command line is wrong"}
REFUSED = {2: "refused, or the command line is wrong; the reason is given"}


@dataclass(frozen=True)
class Taught:
    """One command: `brief` stands in lists, `ends` beside 0, which is always `done`.

    `reads` says that it reads files of logs or events.
    """

    brief: str
    examples: tuple[str, ...]
    ends: Mapping[int, str]
    reads: bool = False


TAUGHT: dict[str, Taught] = {
    "drill": Taught(
        "Leak credentials on an embedded AWS, watch the response",
        (
            "leak-responder drill",
            "leak-responder drill --only 'user key'",
            "leak-responder drill --report",
            "leak-responder drill --json > facts.json",
        ),
        {1: "something that it promises does not hold; it says what", **WRONG, 130: "stopped by Ctrl-C"},
    ),
    "explain": Taught(
        "Say what would be decided about event files, offline",
        ("leak-responder explain event.json", "leak-responder explain --json events/*.json"),
        {1: "a file cannot be read; the others were explained", **WRONG},
        reads=True,
    ),
    "test": Taught(
        "Compare your own event files with what they expect",
        ("leak-responder test rules/", "leak-responder test rules/ --settings settings.json --json"),
        {1: "something is not decided as a file expects, or a file cannot be read", **REFUSED},
        reads=True,
    ),
    "backtest": Taught(
        "Say what would have been contained, from recorded logs",
        (
            "leak-responder backtest AWSLogs/",
            "leak-responder backtest AWSLogs/ findings.jsonl.gz --mode contain-suspected",
            "leak-responder backtest AWSLogs/ --compare next.json --html difference.html",
            "leak-responder backtest AWSLogs/ --json > result.json",
        ),
        {
            1: "done, and no event stands in what was read",
            **REFUSED,
            3: "done, and somebody would have been contained (--compare: somebody more)",
        },
        reads=True,
    ),
    "timeline": Taught(
        "Say what a credential did, made, read and broke",
        (
            "leak-responder timeline --access-key AKIAIOSFODNN7EXAMPLE",
            "leak-responder timeline --user deploy --logs AWSLogs/ --since 2026-11-24",
            "leak-responder timeline --role worker --logs AWSLogs/ --json > found.json",
            "leak-responder timeline --user deploy --logs AWSLogs/ --html found.html",
        ),
        {1: "done, and no call of it was found", **REFUSED},
        reads=True,
    ),
    "where-used": Taught(
        "Say where an access key is written down",
        (
            "leak-responder where-used --access-key AKIAIOSFODNN7EXAMPLE",
            "leak-responder where-used --access-key AKIAIOSFODNN7EXAMPLE --json",
        ),
        {1: "done, and it was found nowhere", **REFUSED},
    ),
    "deploy": Taught(
        "Package, and deploy to your AWS account",
        (
            "leak-responder deploy --stage prod",
            "leak-responder deploy --stage prod --set Mode=contain-confirmed",
            "leak-responder deploy --stage prod --modes modes.json \\\n    --organization-profile management",
            "leak-responder deploy --stage prod --yes --json",
        ),
        {1: "not deployed, or not all of it; the reason is given", **WRONG},
    ),
    "doctor": Taught(
        "Say whether a deployed stack would do its work",
        ("leak-responder doctor --stack leak-responder-prod", "leak-responder doctor --json"),
        {1: "something is wrong, or could not be asked; each line says what mends it", **REFUSED},
    ),
    "guard": Taught(
        "Print the policy that keeps our denies in place",
        ("leak-responder guard --break-glass arn:aws:iam::111122223333:role/oncall \\\n    > guard.json",),
        REFUSED,
    ),
    "package": Taught(
        "Build the zip and the CloudFormation template",
        ("leak-responder package", "leak-responder package --stage prod"),
        {1: "no package was built; the reason is given", **WRONG},
    ),
    "incidents": Taught(
        "List open incidents, show one, or watch it live",
        ("leak-responder incidents --stack leak-responder-prod", "leak-responder incidents watch"),
        REFUSED,
    ),
    "incidents list": Taught(
        "List open incidents, and how far each has come",
        ("leak-responder incidents list --stack leak-responder-prod", "leak-responder incidents list --json"),
        REFUSED,
    ),
    "incidents show": Taught(
        "Say what happened in an incident, step by step",
        ("leak-responder incidents show 20261124-1a2b3c4d",),
        REFUSED,
    ),
    "incidents watch": Taught(
        "Follow an open incident live until it is closed",
        ("leak-responder incidents watch 20261124-1a2b3c4d", "leak-responder incidents watch --json > entries.jsonl"),
        {1: "it ended as failed: somebody must act by hand", **REFUSED},
    ),
    "replay": Taught(
        "Answer a finding, an event or an incident again",
        (
            "leak-responder replay 3ec2b4f6a8d04c1e9f5a7b6c8d9e0f12 --region eu-west-1",
            "leak-responder replay 20261124-1a2b3c4d --yes",
            "leak-responder replay event.json --mode observe",
        ),
        {1: "with --yes: something is left for a person; it says what", **REFUSED},
        reads=True,
    ),
    "show": Taught(
        "Say what happened in an incident, step by step",
        ("leak-responder show 20261124-1a2b3c4d", "leak-responder show 20261124-1a2b3c4d --json"),
        REFUSED,
    ),
    "plan": Taught(
        "Say what contain would do, and change nothing",
        (
            "leak-responder plan --access-key AKIAIOSFODNN7EXAMPLE",
            "leak-responder plan --role worker --session i-0abc12345678 --json",
        ),
        REFUSED,
    ),
    "contain": Taught(
        "Contain a credential that you know has leaked",
        (
            "leak-responder contain --access-key AKIAIOSFODNN7EXAMPLE --reason public",
            "leak-responder contain --user deploy --reason 'laptop stolen' --yes",
            "leak-responder contain --access-key AKIAIOSFODNN7EXAMPLE --reason public \\\n    --since 2026-11-20",
            "leak-responder contain --role worker --reason theft --plan 3f9a2c-81d0be",
            "leak-responder contain --cognito-user us-east-1_Ab1Cd2Ef3/ana \\\n    --reason phished",
            "leak-responder contain --identity-center-user ana --reason phished",
        ),
        {1: "not all of it was done; the message says what is left", **REFUSED},
    ),
    "scan": Taught(
        "Answer what a secret scanner found, key by key",
        (
            "leak-responder scan gitleaks.json",
            "leak-responder scan --yes --json trufflehog.jsonl",
            "leak-responder scan --offline -",
        ),
        {
            0: "done: read to its end, and no credential of AWS in it can do harm",
            1: "not understood, not read whole, or not all was done; it says which",
            **REFUSED,
            3: "a credential of AWS was found, and is not contained",
        },
    ),
    "report": Taught(
        "Write the report on an incident",
        (
            "leak-responder report 20261124-1a2b3c4d --html report.html",
            "leak-responder report 20261124-1a2b3c4d --logs AWSLogs/ --json",
            "leak-responder report 20261124-1a2b3c4d --support > reply.txt",
            "leak-responder report 20261124-1a2b3c4d --ocsf --no-inquiry",
            "leak-responder report 20261124-1a2b3c4d --link",
        ),
        REFUSED,
        reads=True,
    ),
    "approve": Taught(
        "Let a plan run that waits for a person",
        (
            "leak-responder approve 20261124-1a2b3c4d",
            "leak-responder approve 20261124-1a2b3c4d --plan 3f9a2c-81d0be",
        ),
        REFUSED,
    ),
    "decline": Taught(
        "Close an incident that waits; nothing is done",
        ("leak-responder decline 20261124-1a2b3c4d --reason 'it was our scanner'",),
        REFUSED,
    ),
    "release": Taught(
        "After a true alarm: the owner works again",
        ("leak-responder release 20261124-1a2b3c4d --reason 'owner has new keys'",),
        REFUSED,
    ),
    "restore": Taught(
        "After a false alarm: all is as it was",
        (
            "leak-responder restore 20261124-1a2b3c4d --false-positive --reason 'why'",
            "leak-responder restore 20261124-1a2b3c4d --false-positive --reason 'why' \\\n    --action deactivate-key",
            "leak-responder restore 20261124-1a2b3c4d --false-positive --reason 'why' \\\n    --force bound-user",
            "leak-responder restore 20261124-1a2b3c4d --true-alarm --reason why \\\n    --action disable-cognito-user",
            "leak-responder restore 20261124-1a2b3c4d --false-positive --reason 'why' \\\n    --keep-newer",
        ),
        {1: "something of it is left, which a newer incident cannot do without", **REFUSED},
    ),
    "replace-key": Taught(
        "Make a new key that one role alone can read",
        (
            "leak-responder replace-key 20261124-1a2b3c4d --reader orders \\\n    --reason 'the old host has no role'",
            "leak-responder replace-key 20261124-1a2b3c4d --reader orders \\\n    --reason 'no role' --yes --json",
        ),
        REFUSED,
    ),
    "pause": Taught(
        "Contain nothing from now on; signals are still told",
        ("leak-responder pause --reason 'every finding of today is our own test'",),
        REFUSED,
    ),
    "resume": Taught("Contain again", ("leak-responder resume --reason 'the test is over'",), REFUSED),
    "dead-letters": Taught(
        "Look at events that failed, send them again",
        ("leak-responder dead-letters list", "leak-responder dead-letters redrive"),
        REFUSED,
    ),
    "dead-letters list": Taught(
        "Count the messages in each dead-letter queue",
        ("leak-responder dead-letters list --stack leak-responder-prod",),
        REFUSED,
    ),
    "dead-letters redrive": Taught(
        "Send every dead letter to where it failed",
        ("leak-responder dead-letters redrive --stack leak-responder-prod",),
        REFUSED,
    ),
    "cloud": Taught(
        "Start or end the embedded AWS, with the app deployed",
        ("leak-responder cloud up > cloud.json", "leak-responder cloud down"),
        REFUSED,
    ),
    "cloud up": Taught(
        "Start it and deploy onto it",
        (
            "leak-responder cloud up --env > cloud.env",
            "leak-responder cloud up > cloud.json",
            "leak-responder cloud up --mode observe",
        ),
        REFUSED,
    ),
    "cloud down": Taught("End it, leaving nothing", ("leak-responder cloud down",), WRONG),
    "generate": Taught(
        "Write policies, resources and docs/reference.md again",
        ("leak-responder generate", "leak-responder generate --check"),
        {1: "with --check: a file is not what the code says", **WRONG},
    ),
}

START = Taught(
    "",
    ("leak-responder drill", "leak-responder explain event.json", "leak-responder COMMAND --help"),
    {1: "it could not be done, or does not hold", **REFUSED},
)


def teach(app: typer.Typer) -> typer.Typer:
    """The same command, whose help ends with examples and exit codes at every level. KeyError for one unknown here."""
    _teach(app, "")
    app.info.epilog = epilog(START)
    return app


def _teach(app: typer.Typer, above: str) -> None:
    for command in app.registered_commands:
        command.cls = Command
        _say(command, f"{above}{name_of(command)}")
    for group in app.registered_groups:
        _say(group, f"{above}{group.name}")
        if group.typer_instance:
            _teach(group.typer_instance, f"{above}{group.name} ")


def name_of(command: CommandInfo) -> str:
    """As typer makes it of a function where none is given."""
    return command.name or (command.callback.__name__.replace("_", "-") if command.callback else "")


def _say(info: CommandInfo | TyperInfo, path: str) -> None:
    info.short_help, info.epilog = TAUGHT[path].brief, epilog(TAUGHT[path])


def epilog(taught: Taught) -> str:
    """A paragraph that begins with a backspace keeps its lines as they are."""
    examples = "\n".join(f"  {line}" for line in taught.examples)
    codes = "\n".join(f"  {code}  {meaning}" for code, meaning in {0: "done", **taught.ends}.items())
    said = inspect.cleandoc("\b\nExamples:\n{}\n\n\b\nExit codes:\n{}").format(examples, codes)
    return f"{said}\n\n\b\n{forms.in_help()}" if taught.reads else said
