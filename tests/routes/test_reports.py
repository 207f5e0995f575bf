"""What comes of a host's report: once each, with the key id that GitHub leaves out, and its reader touches nobody."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import hosts, sources
from chalicelib.model import Mode
from chalicelib.respond import Answer, UnfinishedError
from tests.routes.bodies import DELIVERY, LEAKED, SECRET, Json, alert, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World


@dataclass
class GitHub:
    """Its REST API: what it will answer, and what it was asked."""

    url: str = ""
    status: int = 200
    alert: Json = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def github(world: World) -> Iterator[GitHub]:
    """A GitHub of our own, and a token for it in the responder's settings."""
    known = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append((self.path, self.headers["Authorization"]))
            self.send_response(known.status)
            self.end_headers()
            self.wfile.write(json.dumps(known.alert).encode())

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    held = world.admin("secretsmanager").create_secret(Name="github-token", SecretString=f"{SECRET}\n")["ARN"]
    world.with_settings(github_token=held, github_api=known.url)
    yield known
    server.shutdown()
    server.server_close()


def reported(world: World, host: str, content: Json, delivery: str = DELIVERY) -> list[Answer]:
    """As `wide_event` answers what a route handed on."""
    ports = world.ports()
    event = {"source": host, "detail-type": "report", "id": delivery, "detail": content}
    signals = sources.read(event, ports.now())
    assert isinstance(signals, tuple)
    return [hosts.answer(hosts.delivery(event) or "", signal, ports) for signal in signals]


def handed_on(world: World) -> list[Json]:
    """The signals that `follow_up` is to answer."""
    sqs, queue = world.admin("sqs"), world.settings.follow_up_queue
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(one["Body"])["signal"]) for one in found]


def test_a_working_key_is_looked_up_and_handed_on_with_its_owner_and_without_its_secret(
    world: World, github: GitHub
) -> None:
    key = world.new_key("victim")
    github.alert = {"number": 42, "secret": f"{key} {LEAKED}", "resolution_comment": LEAKED}
    (answer,) = reported(world, "github", alert(validity="active"))
    assert answer.what == "queued"
    assert github.asked == [("/repos/acme/shop/secret-scanning/alerts/42", f"Bearer {SECRET}")]
    (signal,) = handed_on(world)
    assert (signal["sign"], signal["subject"]["id"], signal["principal"]["name"]) == ("found-working", key, "victim")
    assert LEAKED not in json.dumps(signal)
    assert world.state()["users"]["victim"]["keys"][key] == "Active"


def test_the_same_delivery_is_answered_once_and_a_later_one_again(world: World, github: GitHub) -> None:
    github.alert = {"secret": world.new_key("victim")}
    first, again = reported(world, "github", alert()), reported(world, "github", alert())
    later = reported(world, "github", alert("validated", validity="active"), "another delivery")
    assert [answer.what for answer in (*first, *again, *later)] == ["queued", "repeated", "queued"]
    assert len(github.asked) == 2


def test_without_a_token_people_are_told_with_the_link(world: World) -> None:
    (answer,) = reported(world, "github", alert(validity="active"))
    assert answer.what == "told"
    assert "https://github.com/acme/shop/security/secret-scanning/42" in world.wire.published[0]
    assert handed_on(world) == []


@pytest.mark.parametrize("status", [500, 502, 429])
def test_what_github_cannot_say_now_is_told_at_once_and_asked_again(world: World, github: GitHub, status: int) -> None:
    github.status, github.alert = status, {"secret": world.new_key("victim")}
    with pytest.raises(UnfinishedError, match=f"status {status}"):
        reported(world, "github", alert())
    assert f"GitHub answered with status {status}" in world.wire.published[0]
    github.status = 200
    world.later(180)  # the queue gives the message again
    assert [answer.what for answer in reported(world, "github", alert())] == ["queued"]
    assert len(world.wire.published) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_what_github_will_not_say_is_told_with_what_to_look_at(world: World, github: GitHub, status: int) -> None:
    github.status = status
    assert [answer.what for answer in reported(world, "github", alert())] == ["told"]
    assert f"GitHub answered with status {status}: may the token read" in world.wire.published[0]


def test_a_github_that_is_gone_and_a_token_that_may_not_be_read_are_told(world: World, github: GitHub) -> None:
    world.with_settings(github_api="http://127.0.0.1:1")
    with pytest.raises(UnfinishedError, match="GitHub did not answer"):
        reported(world, "github", alert())
    world.wire.deny("secretsmanager:GetSecretValue")
    with pytest.raises(UnfinishedError, match="the GitHub token could not be read: GetSecretValue: AccessDenied"):
        reported(world, "github", alert(), "another delivery")
    assert len(world.wire.published) == 1
    assert SECRET not in "".join(world.wire.published)
    assert github.asked == []


@pytest.mark.parametrize(
    "where", ["../user", "acme/..", "acme/.", "acme/shop/../../user", "acme/shop?x", "acme", "a b/c"]
)
def test_a_repository_s_name_leads_nowhere_else(world: World, github: GitHub, where: str) -> None:
    assert [answer.what for answer in reported(world, "github", alert(where=where))] == ["told"]
    assert github.asked == []


def test_a_key_of_ours_in_gitlab_is_asked_about_once_however_often_it_is_scanned(world: World) -> None:
    key = world.new_key("victim")
    first = reported(world, "gitlab", {"tokens": [token(key)]}, "")
    world.later(3600)
    again = reported(world, "gitlab", {"tokens": [token(key)]}, "")
    elsewhere = reported(world, "gitlab", {"tokens": [token(key, line=9)]}, "")
    assert [answer.what for answer in (*first, *again, *elsewhere)] == ["queued", "repeated", "queued"]
    assert {signal["principal"]["name"] for signal in handed_on(world)} == {"victim"}


def test_a_key_of_nobody_we_know_is_told(world: World) -> None:
    world.with_settings(mode=Mode.CONTAIN_SUSPECTED)
    (answer,) = reported(world, "gitlab", {"tokens": [token()]}, "")
    assert answer.what == "told"
    assert handed_on(world) == []


def test_other_events_of_the_queue_are_no_reports() -> None:
    odd: list[Any] = [{}, {"source": ["github"]}, {"source": "aws.iam"}, {"source": "custom"}]
    assert [hosts.delivery(event) for event in odd] == [None] * 4
