"""The function that strangers can call: nothing of an unproven request is read, and of a proven one little is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from chalicelib import routes, sources
from chalicelib.model import Ignored, Malformed
from chalicelib.routes import Door, Reply, Request
from tests.routes.bodies import DELIVERY, KEY, LEAKED, SECRET, Json, alert, bearer, signed, token, written
from tests.sources.events import RECEIVED
from tests.sources.test_totality import LEAVES, TREES, kept

if TYPE_CHECKING:
    from collections.abc import Mapping


def asked(route: str, headers: Mapping[str, str], body: bytes, secret: str | None = SECRET) -> tuple[Reply, list[Json]]:
    """The reply, and what was handed on."""
    sent: list[Json] = []
    return routes.ROUTES[route](Request(headers, body), Door(lambda: secret, sent.append)), sent


def test_an_alert_is_taken_and_handed_on_without_anything_about_people() -> None:
    body = written(alert("validated", validity="active"))
    reply, (event,) = asked("github_alert", signed(body), body)
    assert (reply.status, reply.good) == (202, True)
    assert (event["source"], event["id"]) == ("github", DELIVERY)
    assert "person" not in json.dumps(event)
    (signal,) = read(event)
    assert signal.native_id == "acme/shop#42"


def read(event: Json) -> tuple[Any, ...]:
    """The signals of what was handed on."""
    found = sources.read(json.loads(json.dumps(event)), RECEIVED)
    assert isinstance(found, tuple)
    return found


BODY = written(alert())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(BODY, "another secret"),
        signed(written(alert("resolved"))),
        signed(BODY) | {"x-hub-signature-256": signed(BODY)["x-hub-signature-256"].removeprefix("sha256=")},
        signed(BODY) | {"x-hub-signature-256": signed(BODY)["x-hub-signature-256"][:-1]},
        signed(BODY) | {"x-hub-signature-256": "sha256=ñ\ud800"},
        {name: value for name, value in signed(BODY).items() if name != "x-hub-signature-256"} | bearer(),
    ],
    ids=range(7),
)
def test_a_webhook_that_is_not_signed_with_the_secret_is_refused(headers: Mapping[str, str]) -> None:
    assert asked("github_alert", headers, BODY) == (Reply(401, {"error": "not authorized"}), [])


@pytest.mark.parametrize("given", ["", f"Bearer {SECRET}", SECRET[:-1], f"{SECRET}x", "ñ\ud800"])
@pytest.mark.parametrize("route", ["gitlab_types", "gitlab_tokens"])
def test_gitlab_without_the_token_is_refused(route: str, given: str) -> None:
    reply, sent = asked(route, {"authorization": given}, written([token()]))
    assert (reply.status, sent) == (401, [])


@pytest.mark.parametrize("route", routes.ROUTES)
@pytest.mark.parametrize("secret", [None, ""])
def test_a_host_that_is_not_configured_or_whose_secret_is_empty_is_not_there(route: str, secret: str | None) -> None:
    reply, sent = asked(route, signed(BODY, "") | bearer(""), BODY, secret)
    assert (reply.status, sent) == (404, [])


def test_a_body_that_is_too_large_is_not_even_hashed() -> None:
    body = b" " * 256_001
    assert asked("github_alert", signed(body), body)[0].status == 413
    assert asked("gitlab_tokens", bearer(), body)[0].status == 413


@pytest.mark.parametrize("event", ["ping", "secret_scanning_alert_location", "push", ""])
def test_another_event_of_github_is_taken_and_goes_nowhere(event: str) -> None:
    assert asked("github_alert", signed(BODY, event=event), BODY) == (Reply(204), [])


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"a":', b"null"], ids=range(6))
def test_what_is_signed_and_no_object_is_refused(body: bytes) -> None:
    reply, sent = asked("github_alert", signed(body), body)
    assert (reply.status, sent) == (400, [])


def test_gitlab_is_told_what_to_send() -> None:
    assert asked("gitlab_types", bearer(), b"")[0] == Reply(200, {"types": ["gitleaks_rule_id_aws"]})


def test_of_gitlab_s_tokens_the_key_ids_are_handed_on_and_no_secret() -> None:
    tokens = [token(f'key = "{KEY}", secret = "{LEAKED}"'), token(LEAKED, line=4)]
    reply, (event,) = asked("gitlab_tokens", bearer(), written(tokens))
    assert reply == Reply(204)
    assert LEAKED not in json.dumps(event)
    (signal,) = read(event)
    assert signal.subject.id == KEY


@pytest.mark.parametrize(
    "tokens", [[], {}, [1], [{"type": "gitleaks_rule_id_aws"}], [token(kind="gitleaks_rule_id_slack")], [token()] * 501]
)
def test_what_gitlab_should_not_send_is_refused_whole(tokens: Any) -> None:
    reply, sent = asked("gitlab_tokens", bearer(), written(tokens))
    assert reply.status in {400, 413}
    assert reply.document
    assert sent == []


@given(
    st.sampled_from(sorted(routes.ROUTES)),
    st.binary(max_size=200) | TREES.map(written),
    st.dictionaries(st.sampled_from(sorted(signed(b"") | bearer())), st.text(max_size=80)),
)
def test_whatever_an_unproven_request_holds_nothing_is_read_of_it(
    route: str, body: bytes, headers: dict[str, str]
) -> None:
    assert asked(route, headers, body) == (Reply(401, {"error": "not authorized"}), [])


SHAPED = st.fixed_dictionaries(
    {"action": LEAVES, "alert": st.dictionaries(st.sampled_from(sorted(alert()["alert"])), LEAVES), "repository": TREES}
)
CHANGES = st.dictionaries(st.sampled_from(sorted(token())), LEAVES)
TOKENS = st.lists(st.builds(lambda changes: token() | changes, CHANGES))


@given(SHAPED | TOKENS | TREES)
def test_whatever_a_host_signs_is_refused_or_can_be_read(content: Any) -> None:
    body = written(content)
    for route, headers in (("github_alert", signed(body)), ("gitlab_tokens", bearer())):
        reply, sent = asked(route, headers, body)
        assert reply.status in {202, 204, 400, 413}
        assert len(sent) == reply.good
        for event in sent:
            found = sources.read(json.loads(json.dumps(event)), RECEIVED)
            if isinstance(found, Ignored | Malformed):
                assert found.reason
            else:
                list(map(kept, found))
