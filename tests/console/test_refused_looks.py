"""Nothing looked at is never "nothing found": where AWS refused every look, a command says why and ends with 2."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from console.deployed import reason, reason_behind
from drill import outside
from tests.console.stack import one_document, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botocore.exceptions import BotoCoreError

KEY = "AKIAQ4KEXAMPLENOSUCH"
LOG = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/111122223333_CloudTrail_us-east-1_20261124T0300Z_a.json"
_SIGNED_FOR = re.compile(r"/(?P<service>[a-z0-9-]+)/aws4_request")
_ME = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/eve</Arn>"
    "<UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
_LISTED = (
    f"<ListBucketResult><Name>trail</Name><IsTruncated>false</IsTruncated><Contents><Key>{LOG}</Key>"
    "<Size>100</Size></Contents></ListBucketResult>"
)


class Wire:
    """An AWS that refuses with one code: everything, or all but what somebody without any right may ask."""

    def __init__(self) -> None:
        self.code, self.knows_caller, self.lists = "", False, False

    def answer(self, _method: str, path: str, authorization: str, _body: bytes) -> outside.Answer:
        """Answer in the form that the service is read in."""
        signed = _SIGNED_FOR.search(authorization)
        service = signed["service"] if signed else ""
        if service == "sts" and self.knows_caller:
            return 200, _ME.encode()
        if service == "s3" and self.lists and "list-type" in path:
            return 200, _LISTED.encode()
        return 403, self._refusal(service).encode()

    def _refusal(self, service: str) -> str:
        error = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>"
        match service:
            case "s3":
                return error
            case "ec2":
                return f"<Response><Errors>{error}</Errors></Response>"
            case "sts" | "cloudformation":
                return f"<ErrorResponse>{error}</ErrorResponse>"
            case _:
                return json.dumps({"__type": self.code, "message": "no"})


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Wire, str]]:
    wire = Wire()
    with outside.served(wire.answer) as url:
        yield wire, url


@pytest.fixture
def wire(server: tuple[Wire, str], monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The wire, as what AWS_ENDPOINT_URL leads to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server[1])
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    server[0].__init__()  # type: ignore[misc]
    return server[0]


COMMANDS = {
    "where-used": ("where-used", "--access-key", KEY, "--region", "us-east-1", "--region", "eu-west-1"),
    "where-used, all Regions and objects": ("where-used", "--access-key", KEY, "--objects", "s3://configuration"),
    "timeline": ("timeline", "--access-key", KEY),
    "timeline of a bucket": ("timeline", "--access-key", KEY, "--logs", "s3://trail/AWSLogs/"),
    "timeline of a table": ("timeline", "--access-key", KEY, "--logs", "athena:logs.trail"),
    "timeline of what there is": ("timeline", "--access-key", KEY, "--logs", "auto"),
    "backtest of a bucket": ("backtest", "s3://trail/AWSLogs/"),
    "report": ("report", "20261124-0a1b2c3d"),
}


def _refused(words: tuple[str, ...], said: str) -> None:
    """Say the same with and without --json: the reason on stderr, exit code 2, and on stdout nothing else than JSON."""
    plain, program = typed(*words), typed(*words, "--json")
    assert (plain.exit_code, plain.stdout, program.exit_code) == (2, "", 2), plain.stderr
    assert said in plain.stderr
    assert said in program.stderr
    assert said in one_document(program)["error"]


@pytest.mark.parametrize("command", COMMANDS)
def test_without_credentials(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    _refused(COMMANDS[command], "no AWS credentials")


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_profile_that_nobody_has(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    _refused(COMMANDS[command], "The config profile (nobody) could not be found")


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_sign_in_that_has_ended(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile ended]\nsso_session = ours\nsso_account_id = 111122223333\nsso_role_name = reader\n"
        "[sso-session ours]\nsso_region = us-east-1\nsso_start_url = https://ours.example/start\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "ended")
    monkeypatch.setenv("HOME", str(tmp_path))
    _refused(COMMANDS[command], "Sign in again, `aws sso login` or `aws login`")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_network(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    _refused(COMMANDS[command], "AWS cannot be reached")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "your AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not know your credentials"),
    ],
)
def test_with_credentials_that_no_longer_count(wire: Wire, command: str, code: str, said: str) -> None:
    wire.code = code
    _refused(COMMANDS[command], said)


@pytest.mark.parametrize("command", COMMANDS)
def test_with_credentials_that_may_do_nothing(wire: Wire, command: str) -> None:
    wire.code, wire.knows_caller = "AccessDenied", True
    _refused(COMMANDS[command], "your credentials may not do this")


@pytest.mark.parametrize("command", ["timeline of a bucket", "backtest of a bucket"])
@pytest.mark.parametrize(
    ("code", "said"),
    [("AccessDenied", "your credentials may not do this: GetObject"), ("ExpiredToken", "have expired")],
)
def test_with_a_bucket_that_may_be_listed_and_not_read(wire: Wire, command: str, code: str, said: str) -> None:
    wire.code, wire.knows_caller, wire.lists = code, True, True
    _refused((*COMMANDS[command], "--since", "2026-11-20"), said)


def test_a_credential_that_a_program_gives_is_not_repeated() -> None:
    error = exceptions.CredentialRetrievalError(provider="custom-process", error_msg="SECRET printed by a program")
    assert "SECRET" not in reason(error, "stack")


REASONS: tuple[tuple[ClientError | BotoCoreError, str], ...] = (
    *(
        (ClientError({"Error": {"Code": code, "Message": "no"}}, "Look"), said)
        for code, said in (
            ("AuthFailure", "AWS does not know your credentials"),
            ("InvalidToken", "AWS does not know your credentials"),
            ("SlowDown", "AWS was asked too often"),
            ("ThrottlingException", "AWS was asked too often"),
            ("NoSuchBucket", "AWS refused Look: NoSuchBucket: no"),
        )
    ),
    (exceptions.UnauthorizedSSOTokenError(), "your sign-in to AWS has ended"),
    (exceptions.SSOTokenLoadError(error_msg="no token"), "your sign-in to AWS has ended"),
    (exceptions.TokenRetrievalError(provider="sso", error_msg="no"), "your sign-in to AWS has ended"),
    (exceptions.LoginRefreshRequired(), "your sign-in to AWS has ended"),
    (exceptions.CredentialRetrievalError(provider="custom-process", error_msg="no"), "custom-process gives no"),
    (exceptions.ConnectTimeoutError(endpoint_url="https://s3"), "AWS cannot be reached"),
    (exceptions.ReadTimeoutError(endpoint_url="https://s3"), "AWS cannot be reached"),
    (exceptions.ProxyConnectionError(proxy_url="http://proxy"), "AWS cannot be reached"),
    (exceptions.ConfigParseError(path="config"), "ConfigParseError"),
)


@pytest.mark.parametrize(("error", "said"), REASONS, ids=[f"{error}"[:60] for error, _ in REASONS])
def test_a_refusal_is_said_with_what_to_do(error: ClientError | BotoCoreError, said: str) -> None:
    assert reason(error, "stack").startswith(said)
    read = OSError(0, "code")
    read.__cause__ = error
    assert reason_behind(read, "stack") == reason(error, "stack")


def test_an_error_of_a_disk_is_said_as_it_is() -> None:
    assert reason_behind(OSError(0, "no such file"), "stack") == "no such file"
