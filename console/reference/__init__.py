"""docs/reference.md, made from the code: what it does, on which signs, with which rights, and what can be set."""

from __future__ import annotations

from console.reference import command, deciding, deliveries, deployed, files, issued

_HEAD = """\
# Reference

Written by `make docs` from the code; `make fresh` fails where the two differ. Do not edit it by hand.

- [Rules](#rules): what each sign is worth, and what happens in each mode
- [Actions](#actions): what is done, how it is undone, and what it may call
- [Sources](#sources): the events that are read
- [Deliveries](#deliveries): what each pattern lets through of a million events
- [Credentials of other services](#credentials-of-other-services): what an inquiry lists, and what ends it
- [Functions](#functions): what runs, and with which rights
- [Parameters](#parameters): what the owner of a stack can set
- [Counters](#counters): what is counted, and what rings
- [Messages](#messages): the kinds, for whoever filters them
- [Files](#files): the forms of logs and events that are read
- [Commands](#commands): each with its exit codes
"""


def text() -> str:
    """The whole page."""
    parts = (
        deciding.rules(),
        deciding.actions(),
        deciding.sources(),
        deliveries.deliveries(),
        issued.issued(),
        deployed.functions(),
        deployed.parameters(),
        deployed.counters(),
        deciding.messages(),
        files.files(),
        command.commands(),
    )
    return "\n".join((_HEAD, *parts))
