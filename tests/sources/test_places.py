"""A place is shown as path, line and commit; a secret that stands in a path is not shown."""

from __future__ import annotations

import random
import re
import string
import unicodedata
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


ORDINARY = (
    "services/backend/src/main/java/com/example/configuration/ApplicationPropertiesFactoryBean.java",
    "src/components/AuthenticationProvider/index.tsx",
    "src/main/resources/application-production.yaml",
    "docs/2026-11-24-how-a-key-leaked.md",
    "docs/ADR-0042-use-OAuth2-for-B2B-SSO.md",
    "infrastructure/terraform/environments/production/terraform.tfvars",
    "node_modules/@aws-sdk/client-secrets-manager/README.md",
    "vendor/github.com/aws/aws-sdk-go-v2/service/secretsmanager/api_op_GetSecretValue.go",
    "Sources/NetworkingKit/HTTPClient+AsyncAwait.swift",
    "com.example.myapp.services.authentication.OAuth2TokenProviderImpl",
    "bin/Debug/net8.0/MyCompany.MyProduct.Infrastructure.Persistence.dll",
    "C:\\Users\\Administrator\\AppData\\Local\\Temp\\config.ini",
    "dist/assets/index-BxYz12Ab.js",
    "main.a1b2c3d4e5f6a7b8c9d0.js",
    "static/js/main.8f3a2b1c.chunk.js",
    "uploads/6f9619ff-8b86-d011-b42d-00c04fc964ff/config.json",
    "backup-6F9619FF-8B86-D011-B42D-00C04FC964FF.sql",
    "logs/2026/11/24/application-2026-11-24T10-15-00Z.log.gz",
    "db/migrate/20261124093000_add_encrypted_credentials_to_users.rb",
    "s3://acme-logs-123456789012-eu-central-1/AWSLogs/123456789012/CloudTrail/eu-central-1/2026/11/24/a.json.gz",
    "sklearn/_hist_gradient_boosting/histogram.cpython-312-x86_64-linux-gnu.so",
    "tests/test_configuration_2.py",
    "My%20Documents/AWS%20keys%20(old).txt",
    "%D0%B4%D0%B0%D0%BD%D0%BD%D1%8B%D0%B5/%D0%BA%D0%BE%D0%BD%D1%84.yml",
    "übung/Schlüsselverwaltung.java",
    f"https://gitlab.example.com/group/project/-/blob/{COMMIT}/Deploy/config.ini#L2",
    f"https://bitbucket.org/acme/shop/commits/{COMMIT}",
)


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_path_is_shown_whole(path: str) -> None:
    assert shorten_secrets(path) == path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("keys/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.txt", "keys/wJal….txt"),
        ("wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY", "wJal…"),
        ("wJalrXUtnFEMI\\/K7MDENG\\/bPxRfiCYEXAMPLEKEY", "wJal…"),
        ("wJalrXUt/nFEMIK7M/DENGbPxR/fiCYEXAM.py", "wJal….py"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY.py", "AWS_SECRET_ACCESS_KEY=wJal….py"),
        ("key:wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "key:wJal…"),
        ("wJalrXUt\u200bnFEMIK7M\u200bDENGbPxR", "wJal…"),
        ("backup-q8Zr2Lk0Vt7yXb5Nd3Jf.ini", "backup-q8Zr….ini"),
        ("xoxb-359428231415-1411619118198-jd81axUcUQddZvrp4fqqLNGz/b", "xoxb…/b"),
        ("a/glpat-kicffeytvusvrbcuef2w.txt", "a/glpa…"),
        ("q8zr2lk0vt7yxb5nd3jfw1mg/a", "q8zr…/a"),
        ("!zHisc_IC#ocZBG*po9Op39Gj/b", "!zHis…/b"),
        ("87654321/0fedcba9/87654321.d", "8765….d"),
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
    "escaped twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "each character escaped as in an address": lambda secret: "".join(f"%{ord(char):02X}" for char in secret),
    "escaped as in JSON": lambda secret: secret.replace("/", "\\/"),
    "escaped as code points": lambda secret: secret.replace("/", "\\u002f").replace("+", "\\u002b"),
    "each character escaped as a code point": lambda secret: "".join(f"\\u{ord(char):04x}" for char in secret),
    "escaped as in HTML": lambda secret: secret.replace("/", "&#x2F;").replace("+", "&#43;"),
    "with characters that nobody sees": "\u200b".join,
    "in wide letters": lambda secret: "".join(chr(ord(char) + 0xFEE0) for char in secret),
    "in Base64": lambda secret: b64encode(secret.encode()).decode(),
    "in Base64 for addresses": lambda secret: secret.replace("/", "_").replace("+", "-"),
    "in hexadecimal": lambda secret: secret.encode().hex(),
    "in folders of eight characters": lambda secret: "/".join(re.findall(".{1,8}", secret)),
    "in files of ten characters": lambda secret: ".".join(re.findall(".{1,10}", secret)),
}
_BEFORE = ("", "keys/", "src/components/AuthenticationProvider/", "AWS_SECRET_ACCESS_KEY=", "key:", "a.b.", "v2/")
_AFTER = ("", ".py", "/index.tsx", "_old", "@host/x", ".json.bak")


@pytest.mark.parametrize("form", _FORMS)
def test_no_piece_of_a_secret_is_shown_in_whatever_form(form: str) -> None:
    """Each of 400 secrets, which are the same in each run: nobody can tell a secret from a word for certain."""
    draw = random.Random(20)  # noqa: S311 - it is for a test
    for number in range(400):
        secret = "".join(draw.choices(_ALPHABET, k=40))
        written = _FORMS[form](secret)
        before = ("a/" * 200)[: draw.randrange(330)] if number % 2 else draw.choice(_BEFORE)
        shown = describe_place(f"{before}{written}{draw.choice(_AFTER)}", 3)
        seen = unicodedata.normalize("NFKC", shown)
        assert not any(whole[at : at + 16] in seen for whole in (secret, written) for at in range(len(whole) - 15))
