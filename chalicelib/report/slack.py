"""A message as Slack Block Kit. Everything in it may be the intruder's: nothing is markup, nobody is pinged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.report.text import clean

if TYPE_CHECKING:
    from chalicelib.report.message import Message

_HEADER, _SECTION, _FALLBACK = 150, 3000, 3000  # characters (Slack, Block Kit reference)


def blocks(message: Message) -> dict[str, Any]:
    """The body of an incoming webhook."""
    parts: list[dict[str, Any]] = [_header(message.headline)]
    for section in message.sections:
        lines = "\n".join(escaped(line) for line in section.lines)
        parts.append(_section(f"*{escaped(section.title)}*\n{lines}"))
    if message.commands:
        commands = "\n".join(escaped(command) for command in message.commands)
        parts.append(_section(f"*What to run next*\n```{commands}```"))
    foot = f"incident {escaped(message.incident)} · message {message.number}"
    parts.append({"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]})
    return {"text": escaped(message.headline)[:_FALLBACK], "blocks": parts}


def escaped(raw: str) -> str:
    """Text that Slack shows as it stands: entities escaped, formatting characters replaced by look-alikes."""
    plain = clean(raw).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.translate(_LOOK_ALIKES)


# mrkdwn has no escape for these, so a zero-width-free look-alike stands in their place
_LOOK_ALIKES = str.maketrans(
    {"`": "\N{MODIFIER LETTER GRAVE ACCENT}", "*": "\N{ASTERISK OPERATOR}", "~": "\N{TILDE OPERATOR}"}
)


def _header(headline: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": clean(headline)[:_HEADER], "emoji": False}}


def _section(markup: str) -> dict[str, Any]:
    text = {"type": "mrkdwn", "text": markup[:_SECTION], "verbatim": True}
    return {"type": "section", "text": text}
