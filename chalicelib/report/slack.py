"""A message as Slack Block Kit. Everything in it may be the intruder's: nothing is markup, nobody is pinged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.report.escape import mrkdwn, printable
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from chalicelib.report.form import Message, Section

Block = dict[str, Any]

HEADER, TEXT, FIELD = 150, 3000, 2000  # characters (Slack, Block Kit reference)
FIELDS, BLOCKS = 10, 50  # of a section, of a message
ALL = 12_000
"""Characters of all blocks as JSON: Slack refuses about 13,200 (slackapi/bolt-js issue 2509), and says so nowhere."""

_NARROW = 48  # characters that fit beside a second field


def blocks(message: Message) -> dict[str, Any]:
    """Return the body of an incoming webhook. Where not all fits, the commands stay and the last sections go."""
    run = _commands(message)
    head = [_header(f"{message.severity.upper()} {message.subject}"), _text(mrkdwn(message.headline))]
    head += run if message.is_urgent else []
    foot = [*([] if message.is_urgent else run), *_opens(message), _context(message)]
    body = _fitting(message.sections, ALL - _size(head) - _size(foot), BLOCKS - len(head) - len(foot))
    return {
        "text": _cut(f"{mrkdwn(message.subject)}\n{mrkdwn(message.headline)}", TEXT),
        "blocks": [*head, *body, *foot],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _fitting(sections: tuple[Section, ...], room: int, most: int) -> list[Block]:
    taken: list[Block] = []
    shorter = _text("_The rest does not fit into Slack: read it in the email or on the event bus._")
    for section in (one for one in sections if one.lines or one.pairs):
        block = _fields(section) if _short(section) else _text(_section(section))
        if _size([*taken, block, shorter]) > room or len(taken) + 2 > most:
            return [*taken, shorter]
        taken.append(block)
    return taken


def _short(section: Section) -> bool:
    texts = [text for pair in section.pairs for text in pair]
    return (
        not section.lines and not section.foreign and len(section.pairs) <= FIELDS and max(map(len, texts)) <= _NARROW
    )


def _fields(section: Section) -> Block:
    fields = [_mrkdwn(_cut(f"*{mrkdwn(label)}*\n{mrkdwn(value)}", FIELD)) for label, value in section.pairs]
    return {**_text(f"*{mrkdwn(section.title)}*"), "fields": fields}


def _section(section: Section) -> str:
    lines = [f"• {mrkdwn(line)}" for line in section.lines]
    shown = "`{}`" if section.foreign else "{}"
    pairs = [f"• {mrkdwn(label)}: {shown.format(mrkdwn(value))}" for label, value in section.pairs]
    return "\n".join((f"*{mrkdwn(section.title)}*", *lines, *pairs))


def _commands(message: Message) -> list[Block]:
    occasions = dict.fromkeys(one.when for one in message.commands)
    return [_text(f"{mrkdwn(when)}\n```{_typed(message, when)}```") for when in occasions]


def _typed(message: Message, when: str) -> str:
    return "\n".join(mrkdwn(one.line) for one in message.commands if one.when == when)


def _opens(message: Message) -> list[Block]:
    """A link with words for it, for the address alone would fill the screen."""
    return [_text(f"<{message.link}|Open the report> (within the hour)")] if message.link else []


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": _cut(printable(text), HEADER), "emoji": False}}


def _text(markup: str) -> Block:
    # `expand`: otherwise Slack folds a long text behind "see more" (Block Kit reference, section block)
    return {"type": "section", "text": _mrkdwn(_cut(markup, TEXT)), "expand": True}


def _mrkdwn(markup: str) -> Block:
    # verbatim: names of channels, people and addresses are not looked for in plain words
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def _context(message: Message) -> Block:
    words = f"Incident {mrkdwn(message.incident)}, message {message.ordinal}, written {moment(message.at)}"
    return {"type": "context", "elements": [_mrkdwn(f"{words}. {_explained(message)}")]}


def _explained(message: Message) -> str:
    """Where the runbook explains it: no address of it is one that everybody can open."""
    return f"What it means: docs/runbook.md, “The message says {mrkdwn(message.subject.partition(':')[0])}”"


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters, and no half of an entity at the end."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 2]
    start = kept.rfind("&", len(kept) - 5)
    return f"{kept[:start] if start >= 0 and ';' not in kept[start:] else kept}…"


def _size(blocks: list[Block]) -> int:
    return len(json.dumps(blocks))
