"""Built once per container: settings, clients, clock, ids. The only place that knows the time."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from chalice.app import Response

from chalicelib import hosts, routes, sources
from chalicelib.aws import Aws
from chalicelib.follow_up import follow_up, patrol
from chalicelib.ledger import LeaseLostError, Ledger, known_good, roll
from chalicelib.ledger.table import Table
from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Signal
from chalicelib.notifiers import PEOPLE
from chalicelib.orders.replay import replay
from chalicelib.ports import Ports
from chalicelib.respond import Answer, UnfinishedError, respond, sift
from chalicelib.rotation import access_key, generated_password, rotate
from chalicelib.settings import HOME_REGION, SettingsError, faults, from_environment, mended
from chalicelib.tell import UntoldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from chalicelib.incident import Incident
    from chalicelib.settings import Settings

logger = Logger()
metrics = Metrics()


class MalformedEventError(Exception):
    """An event that claims to be ours and cannot be read: raised, so that it ends in the dead-letter queue."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An incident id that a person can read aloud."""
    return f"{now():%Y%m%d}-{uuid4().hex[:8]}"


def ports_for(session: boto3.Session, settings: Settings) -> Ports:
    """The ports of one run: each has its own name in the ledger."""
    aws = Aws(session, settings.region)
    ledger = Ledger(Table(aws.dynamodb(), settings.table), uuid4().hex, timedelta(seconds=settings.lease))
    return Ports(settings, aws, ledger, _pool(), now, new_id)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=16)


@cache
def _container() -> Ports:
    session = boto3.Session()
    return ports_for(session, _settings(session))


def _settings(session: boto3.Session) -> Settings:
    """As the environment says; what cannot be read of it, as it could be read last, and loudly."""
    try:
        return from_environment(os.environ)
    except SettingsError as error:
        _count("misconfigured", str(error))
        if not os.environ.get("TABLE_NAME"):
            raise
        aws = Aws(session, os.environ.get("AWS_REGION", HOME_REGION))
        kept = known_good.kept(Table(aws.dynamodb(), os.environ["TABLE_NAME"]))
        return from_environment(mended(os.environ, kept))


def _ports() -> Ports:
    """The container's ports under a new name: two runs in one container are two runs."""
    ports = _container()
    return replace(ports, ledger=replace(ports.ledger, owner=uuid4().hex))


def handle_event(event: Mapping[str, Any]) -> list[str]:
    """One EventBridge event: what came of each of its signals."""
    return _handled(event, respond)


def handle_wide(bodies: list[str]) -> list[str]:
    """Events of the wide rules' queue, and what Git hosts reported: judged and told here, contained by `follow_up`."""
    return [word for body in bodies for word in _wide(_event(body))]


def _wide(event: dict[str, Any]) -> list[str]:
    delivery = hosts.delivery(event)
    return _handled(event, sift if delivery is None else partial(hosts.answer, delivery))


def _event(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    return event if isinstance(event, dict) else {}


def _handled(event: Mapping[str, Any], answer: Callable[[Signal, Ports], Answer]) -> list[str]:
    ports = _ports()
    parsed = sources.read(dict(event), ports.now(), ports.settings.own_role_ids, ports.settings.decoys)
    match parsed:
        case Malformed(reason=reason):
            _count("malformed", reason)
            raise MalformedEventError(reason)
        case Ignored(reason=reason):
            _count("ignored", reason)
            return ["ignored"]
        case signals:
            return _answered(signals, ports, answer)


_FOR_GOOD = frozenset({"contained", "folded", "repeated"})
"""Answers that the same signal gets for as long as the container lives, whatever a person switches meanwhile."""

_ANSWERED: deque[Signal] = deque(maxlen=64)
"""Feeds deliver at least once: what this container has answered to the end costs no call when it comes again."""


def _answered(signals: tuple[Signal, ...], ports: Ports, answer: Callable[[Signal, Ports], Answer]) -> list[str]:
    """Every signal is answered before what is unfinished is raised."""
    words, unfinished = [], []
    for signal in signals:
        if signal in _ANSWERED:
            _count("repeated", "this container has answered the very same signal")
            words.append("repeated")
            continue
        try:
            found = answer(signal, ports)
        except Exception as error:  # noqa: BLE001 - one signal that fails must not cost the next its answer
            unfinished.append(_failed(error))
        else:
            _note(found, signal.sign)
            words.append(found.what)
            if found.what in _FOR_GOOD:
                _ANSWERED.append(signal)
    if unfinished:
        raise UnfinishedError("; ".join(unfinished))
    return words


def handle_queue(bodies: list[str]) -> list[str]:
    """Messages of the follow-up queue."""
    words = []
    for body in bodies:
        try:
            answer = follow_up(body, _ports())
        except Exception as error:
            _failed(error)
            raise  # the queue gives the message again, and in the end to its dead letters
        _note(answer)
        words.append(answer.what)
    return words


def handle_inquiries(bodies: list[str]) -> list[str]:
    """Messages of the inquiries' queue. What they need is imported here: no other function pays for it."""
    from chalicelib.follow_up.inquire import Sight, inquire_into
    from chalicelib.inquiry.limit import Limit
    from chalicelib.inquiry.readers.configured import SECONDS, trail, written_down

    words = []
    for body in bodies:
        ports = _ports()
        try:
            limit = Limit(time.monotonic, time.monotonic() + SECONDS)
            sight = Sight(partial(trail, ports, limit, time.sleep), partial(written_down, ports, limit))
            answer = inquire_into(json.loads(body)["inquire"], ports, sight)
        except Exception as error:
            _failed(error)
            raise
        _count(answer.what, answer.reason, answer.incident.id if answer.incident else None)
        words.append(answer.what)
    return words


def handle_patrol() -> int:
    """The schedule."""
    ports = _ports()
    found = patrol(ports)
    if wrong := faults(os.environ):
        _count("misconfigured", "; ".join(wrong.values()))
    else:
        known_good.keep(ports.ledger.table, os.environ)
    if found:
        _count("stalled", f"{found} incidents")
    return found


def handle_route(route: str, request: Any) -> Response:  # noqa: ANN401 - Chalice's request, which has no types
    """One HTTPS request: verified, reduced and handed on."""
    headers = {name.lower(): value for name, value in dict(request.headers).items()}
    reply = routes.ROUTES[route](routes.Request(headers, request.raw_body), _door(route))
    _count("accepted" if reply.good else "refused", f"{route}: {reply.status}")
    return Response(reply.document or "", {"Content-Type": "application/json"}, reply.status)


def _door(route: str) -> routes.Door:
    settings, aws = _container().settings, _container().aws
    secret = settings.github_secret if route == "github_alert" else settings.gitlab_secret
    return routes.Door(
        lambda: _secret(secret) if secret else None,
        lambda event: aws.sqs().send_message(QueueUrl=settings.wide_queue, MessageBody=json.dumps(event)),
    )


_SECRETS_LIVE = timedelta(minutes=5)
_SECRETS: dict[str, tuple[datetime, str]] = {}


def _secret(arn: str) -> str:
    """Kept for minutes: strangers can call a route as often as they like, and Secrets Manager has its limits."""
    held = _SECRETS.get(arn)
    if held is None or now() - held[0] > _SECRETS_LIVE:
        held = _SECRETS[arn] = now(), _container().aws.secret(arn)
    return held[1]


def handle_replay(request: Mapping[str, Any]) -> dict[str, Any]:
    """A replay asked for by hand: {"finding"|"incident"|"event": …, "region"?, "mode"?, "yes"?}."""
    try:
        answer = replay(dict(request), _ports())
    except Exception as error:
        _failed(error)
        raise
    _count("replayed", ", ".join(answer.get("answers", ["planned"])), answer.get("incident"))
    return answer


def handle_rotation(event: Mapping[str, Any]) -> None:
    """One step of the rotation of a password: this function knows nothing of incidents."""
    secrets = _secrets_of(event)
    services = tuple(filter(None, os.environ.get("ROTATION_SERVICES", "").split(",")))

    def draw(length: int) -> str:
        return secrets.get_random_password(PasswordLength=length, ExcludePunctuation=True)["RandomPassword"]

    rotate(event, secrets, generated_password.kind(services, draw))


def handle_key_rotation(event: Mapping[str, Any]) -> None:
    """One step of the rotation of an access key: of incidents it knows who has one."""
    ports = _container()
    owner = ports.settings.key_secrets.get(str(event["SecretId"]), "")
    world = access_key.World(ports.aws.iam(), owner, ports.aws.caller, partial(_contained, ports), time.sleep)
    rotate(event, _secrets_of(event), access_key.kind(world))


def _secrets_of(event: Mapping[str, Any]) -> SecretsManagerClient:
    region = str(event["SecretId"]).split(":")[3]
    return Aws(boto3.Session(), region).secretsmanager(region)


def _contained(ports: Ports, user: str) -> bool:
    account, name = user.split(":")[4], user.rpartition("/")[2]
    return roll.has_open(ports.ledger, Principal(PrincipalKind.USER, account, name))


def _note(answer: Answer, rule: str | None = None) -> None:
    incident = answer.incident
    _count(answer.what, answer.reason, incident.id if incident else None, rule)
    if incident and not _heard(incident):
        _count("untold", "no channel of people took the newest message", incident.id)


def _heard(incident: Incident) -> bool:
    told = [(number, outcome) for (number, channel), outcome in incident.told.items() if channel in PEOPLE]
    return not told or any(outcome.good for number, outcome in told if number == told[-1][0])


def _failed(error: Exception) -> str:
    """The error as one line, counted by what it means."""
    match error:
        case LeaseLostError():
            _count("overtaken", str(error))
        case UntoldError():
            _count("untold", str(error))
        case _:
            _count("unfinished", f"{type(error).__name__}: {error}")
    return f"{type(error).__name__}: {error}"


def _count(what: str, reason: str, incident: str | None = None, rule: str | None = None) -> None:
    """The record of a decision: a number to raise alarms by, and the rule that matched or the first thing that did not.

    The rule is no dimension, for each would be a metric to pay for; CloudWatch Logs Insights finds it.
    """
    metrics.add_metric(name=what.capitalize(), unit=MetricUnit.Count, value=1)
    logger.info(what, extra={"reason": reason, "incident": incident, "rule": rule})
    metrics.flush_metrics()
