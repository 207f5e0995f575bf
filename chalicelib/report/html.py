"""A page that needs nothing but itself: no script, no picture, no font, no address that anything is loaded from.

Built as a tree by the standard library, which escapes every text and attribute when it is written: there is no place
where a name could become markup. A template engine would add a compiled package to the Lambda (MarkupSafe).
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from xml.etree.ElementTree import Element, tostring  # building and writing only: nothing is parsed

from chalicelib.report.escape import printable
from chalicelib.report.style import STYLE


def element(tag: str, *inside: Element | str, **attributes: str) -> Element:
    """An element. `class_` is `class`, and in other names an underscore is a hyphen; an empty attribute is left out."""
    given = {name.rstrip("_").replace("_", "-"): printable(one) for name, one in attributes.items() if one}
    made = Element(tag, given)
    last: Element | None = None
    for one in inside:
        if isinstance(one, Element):
            made.append(one)
            last = one
        elif last is None:
            made.text = (made.text or "") + printable(one)
        else:
            last.tail = (last.tail or "") + printable(one)
    return made


_QUOTED = re.compile(r"`((?:leak-responder|aws) [^`]+)`")


def coded(text: str) -> list[Element | str]:
    """Return a text whose commands in backticks are elements for code; what an intruder quotes is none."""
    parts = _QUOTED.split(text)
    return [element("code", part) if number % 2 else part for number, part in enumerate(parts)]


def policy(style: str = STYLE) -> str:
    """All that a browser may do with the page: apply this one style."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(title: str, *body: Element, style: str = STYLE) -> str:
    """The whole document. The policy stands before everything that it is about."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(style)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
    )
    written = element("style")
    written.text = style
    head.append(written)
    tree = element("html", head, element("body", *body), lang="en")
    return f"<!doctype html>\n{tostring(tree, encoding='unicode', method='html')}\n"
