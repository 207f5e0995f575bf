"""A place is shown as path, line and commit; a secret that stands in a path is not shown."""

from __future__ import annotations

import string
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from chalicelib.sources.places import describe_place, shorten_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

_ALPHABET = string.ascii_letters + string.digits + "/+"
SECRETS = st.builds(
    lambda begin, upper, lower, digit: "".join(begin) + upper + lower + digit,
    st.lists(st.sampled_from(_ALPHABET), min_size=37, max_size=37),
    st.sampled_from(string.ascii_uppercase),
    st.sampled_from(string.ascii_lowercase),
    st.sampled_from(string.digits),
).flatmap(lambda secret: st.permutations(secret).map("".join))
"""Secret access keys: 40 characters of Base64. All but one in a thousand hold all three kinds of characters."""

COMMIT = "30236e6551b05b50453876457b92746acb26ce30"


@pytest.mark.parametrize(
    ("path", "line", "commit", "shown"),
    [
        ("deploy/config.ini", 2, None, "deploy/config.ini:2"),
        ("deploy/config.ini", 2, COMMIT, "deploy/config.ini:2 in 30236e6551b0"),
        (".env", 1, "4a1acdf", ".env:1 in 4a1acdf"),
        (None, 2, None, "somewhere:2"),
        ("", None, None, "somewhere"),
        ("a b.txt", True, None, "a b.txt"),
        ("a.txt", 0, "not a commit", "a.txt"),
        ("a.txt", -1, "ABCDEF0123", "a.txt"),
        ("a.txt", 10**9, "abc", "a.txt"),
        ("a.txt", "12", None, "a.txt"),
    ],
)
def test_a_place_is_a_path_a_line_and_a_commit(path: str | None, line: object, commit: str | None, shown: str) -> None:
    assert describe_place(path, line, commit) == shown


@pytest.mark.parametrize(
    "path",
    [
        "services/backend/src/main/java/com/example/configuration/ApplicationProperties.java",
        "src/main/resources/application-production.yaml",
        "docs/2026-11-24-how-a-key-leaked.md",
        "infrastructure/terraform/environments/production/terraform.tfvars",
        "node_modules/@aws-sdk/client-secrets-manager/README.md",
        "tests/test_configuration_2.py",
        f"https://gitlab.example.com/group/project/-/blob/{COMMIT}/Deploy/config.ini#L2",
    ],
)
def test_an_ordinary_path_is_shown_whole(path: str) -> None:
    assert shorten_secrets(path) == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("keys/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.txt", "keys….txt"),
        ("wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY", "wJal…"),
        ("wJalrXUtnFEMI\\/K7MDENG\\/bPxRfiCYEXAMPLEKEY", "wJal…"),
        ("backup-q8Zr2Lk0Vt7yXb5Nd3Jf.ini", "backup-q8Zr….ini"),
        (f"tokens/{COMMIT}.txt", "tokens/3023….txt"),
        (f"x/blob/{COMMIT}7/a", "x/blob/3023…/a"),
    ],
)
def test_what_may_be_a_secret_in_a_path_is_cut(path: str, shown: str) -> None:
    assert shorten_secrets(path) == shown


@given(
    SECRETS, st.sampled_from(["", "keys/", "a-", "C:\\", "x=", "src/main/"]), st.sampled_from(["", ".txt", "/b", "-c"])
)
def test_no_secret_is_shown_wherever_it_stands_in_a_path(secret: str, before: str, after: str) -> None:
    shown = describe_place(f"{before}{secret}{after}", 3)
    assert not any(piece in shown for piece in _pieces(secret))
    assert shorten_secrets(shown) == shown


def _pieces(secret: str) -> list[str]:
    """Every twelve characters of it, from which nobody could guess the rest."""
    return [secret[at : at + 12] for at in range(len(secret) - 11)]


_FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "escaped as in an address": lambda secret: quote(secret, safe=""),
    "escaped as in JSON": lambda secret: secret.replace("/", "\\/"),
    "escaped as code points": lambda secret: secret.replace("/", "\\u002f").replace("+", "\\u002b"),
    "in Base64": lambda secret: b64encode(secret.encode()).decode(),
    "in hexadecimal": lambda secret: secret.encode().hex(),
}


@given(SECRETS, st.integers(0, 300), st.sampled_from(["a/", "Src/", "v2/"]))
@pytest.mark.parametrize("form", _FORMS)
def test_nor_where_the_path_is_cut_or_long_in_whatever_form(form: str, secret: str, long: int, folder: str) -> None:
    written = _FORMS[form](secret)
    shown = describe_place(f"{(folder * 200)[:long]}/{written}", 3)
    assert not any(piece in shown for piece in (*_pieces(secret), *_pieces(written)))
