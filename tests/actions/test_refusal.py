"""An error of AWS that says nothing becomes a sentence all the same."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.model import refusal_code, refusal_words
from chalicelib.steps import refused
from console.deployed import reason


def response(code: str | None, message: str | None, status: int | None = 400) -> dict[str, Any]:
    error = {name: value for name, value in (("Code", code), ("Message", message)) if value is not None}
    return {"Error": error, **({"ResponseMetadata": {"HTTPStatusCode": status}} if status else {})}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (response("LimitExceeded", "no room"), "LimitExceeded: no room"),
        (response("LimitExceeded", ""), "LimitExceeded: AWS gave no reason"),
        (response("400", ""), "HTTP 400: AWS gave no reason"),
        (response("403", "Forbidden", 403), "HTTP 403: Forbidden"),
        (response("", "", 503), "HTTP 503: AWS gave no reason"),
        (response("Unknown", "Unknown", 500), "HTTP 500: AWS gave no reason"),
        (response("404", None, None), "HTTP 404: AWS gave no reason"),
        (response(None, " ", None), "no code: AWS gave no reason"),
        ({}, "no code: AWS gave no reason"),
    ],
)
def test_words_of_a_refusal_are_never_empty(given: dict[str, Any], words: str) -> None:
    assert refusal_words(given) == words
    assert refusal_code(given) == words.partition(":")[0]


@pytest.mark.parametrize("code", ["400", "", "AccessDenied", "SomethingElse"])
def test_a_silent_refusal_is_a_whole_sentence_everywhere(code: str) -> None:
    error = ClientError(response(code, ""), "ListInstances")  # type: ignore[arg-type]
    for said in (reason(error, ""), refused(error).detail):
        assert "ListInstances" in said
        assert "AWS gave no reason" in said
