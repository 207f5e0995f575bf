"""Tables and lists of the generated page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalicelib.model import Permission


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what stands in a cell cannot end it."""
    lines = (head, ["---"] * len(head), *rows)
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def code(text: str) -> str:
    """As it is typed; "" stays empty."""
    return f"`{text}`" if text else ""


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "".join(f"- {line}\n" for line in lines)


def permission(one: Permission) -> str:
    """What may be called, on what, and when."""
    calls, on = ", ".join(map(code, one.actions)), ", ".join(code(_short(name)) for name in one.resources)
    tests = [_test(how, key, value) for how, pairs in one.condition.items() for key, value in pairs.items()]
    return f"{calls} on {on}" + (f", where {' and '.join(tests)}" if tests else "")


def _test(how: str, key: str, value: str) -> str:
    """A condition as IAM reads it (IAM user guide, "Condition operators")."""
    if how == "Null":
        return f"{code(key)} is {'not there' if value == 'true' else 'there'}"
    return f"{code(key)} is {code(_short(value))}"


def _short(arn: str) -> str:
    """Without what is the same in every ARN of the account."""
    return (
        arn.removeprefix("arn:${AWS::Partition}:")
        .replace("${AWS::Region}:${AWS::AccountId}:", "")
        .replace("iam::${AWS::AccountId}:", "")
    )


def sentence(text: str) -> str:
    """A capital at the start and a stop at the end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
