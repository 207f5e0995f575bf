"""What the functions of `app.py` do with what AWS calls them with; whatever comes of it is counted."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from chalice.app import Response

from chalicelib import hosts, routes, sources
from chalicelib.aws import Aws
from chalicelib.counting import answered, count, failed
from chalicelib.delivery import FOR_GOOD, answer_delivered
from chalicelib.follow_up import follow_up, patrol
from chalicelib.ledger import habits, known_good, roll
from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Signal
from chalicelib.orders.replay import replay
from chalicelib.respond import Answer, UnfinishedError, respond, sift
from chalicelib.rotation import access_key, either, generated_password, generated_token, parameters, rotate
from chalicelib.settings import HOME_REGION, faults, secret_parameters
from chalicelib.wiring import container, new_run, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_secretsmanager import SecretsManagerClient

    from chalicelib.ports import Ports


class MalformedEventError(Exception):
    """An event that claims to be ours and cannot be read: raised, so that it ends in the dead-letter queue."""


def handle_event(event: Mapping[str, Any]) -> list[str]:
    """One EventBridge event: what came of each of its signals."""
    return _handled(event, partial(answer_delivered, answer=respond))


def handle_wide(bodies: list[str]) -> list[str]:
    """Events of the wide rules' queue, and what Git hosts reported: judged and told here, contained by `follow_up`."""
    return [word for body in bodies for word in _wide(_event(body))]


def _wide(event: dict[str, Any]) -> list[str]:
    delivery = hosts.delivery(event)
    once = partial(answer_delivered, answer=sift) if delivery is None else partial(hosts.answer, delivery)
    return _handled(event, once)


def _event(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    return event if isinstance(event, dict) else {}


def _handled(event: Mapping[str, Any], answer: Callable[[Signal, Ports], Answer]) -> list[str]:
    ports = new_run()
    parsed = sources.read(dict(event), ports.now(), ports.settings.own_role_ids, ports.settings.decoys)
    match parsed:
        case Malformed(reason=reason):
            count("malformed", reason)
            raise MalformedEventError(reason)
        case Ignored(reason=reason):
            count("ignored", reason)
            return ["ignored"]
        case signals:
            return _all(signals, ports, answer)


_ANSWERED: deque[Signal] = deque(maxlen=64)
"""Feeds deliver at least once: what this container has answered to the end costs no call when it comes again."""


def _all(signals: tuple[Signal, ...], ports: Ports, answer: Callable[[Signal, Ports], Answer]) -> list[str]:
    """Every signal is answered before what is unfinished is raised."""
    words, unfinished = [], []
    for signal in signals:
        if signal in _ANSWERED:
            count("repeated", "this container has answered the very same signal")
            words.append("repeated")
            continue
        try:
            found = answer(signal, ports)
        except Exception as error:  # noqa: BLE001 - one signal that fails must not cost the next its answer
            unfinished.append(failed(error))
        else:
            answered(found, signal.sign)
            words.append(found.what)
            if found.what in FOR_GOOD:
                _ANSWERED.append(signal)
    if unfinished:
        raise UnfinishedError("; ".join(unfinished))
    return words


def handle_queue(bodies: list[str]) -> list[str]:
    """Messages of the follow-up queue."""
    words = []
    for body in bodies:
        try:
            answer = follow_up(body, new_run())
        except Exception as error:
            failed(error)
            raise  # the queue gives the message again, and in the end to its dead letters
        answered(answer)
        words.append(answer.what)
    return words


def handle_inquiries(bodies: list[str]) -> list[str]:
    """Messages of the inquiries' queue. What they need is imported here: no other function pays for it."""
    from chalicelib.follow_up.inquire import Sight, inquire_into
    from chalicelib.inquiry.limit import Limit
    from chalicelib.inquiry.readers.configured import SECONDS, trail, written_down

    words = []
    for body in bodies:
        try:
            message = json.loads(body)
            ports = new_run().following(message)
            limit = Limit(time.monotonic, time.monotonic() + SECONDS)
            sight = Sight(partial(trail, ports, limit, time.sleep), partial(written_down, ports, limit))
            answer = inquire_into(message["inquire"], ports, sight)
        except Exception as error:
            failed(error)
            raise
        count(answer.what, answer.reason, answer.incident.id if answer.incident else None)
        words.append(answer.what)
    return words


def handle_patrol() -> int:
    """The schedule."""
    ports = new_run()
    found = patrol(ports)
    if wrong := faults(os.environ):
        count("misconfigured", "; ".join(wrong.values()))
    else:
        known_good.keep(ports.ledger.table, os.environ)
    habits.begin(ports.ledger.table, ports.now())
    if found:
        count("stalled", f"{found} incidents")
    return found


def handle_route(route: str, request: Any) -> Response:  # noqa: ANN401 - Chalice's request, which has no types
    """One HTTPS request: verified, reduced and handed on."""
    headers = {name.lower(): value for name, value in dict(request.headers).items()}
    reply = routes.ROUTES[route](routes.Request(headers, request.raw_body), _door(route))
    count("accepted" if reply.good else "refused", f"{route}: {reply.status}")
    return Response(reply.document or "", {"Content-Type": "application/json"}, reply.status)


def _door(route: str) -> routes.Door:
    settings, aws = container().settings, container().aws
    arn = settings.github_secret if route == "github_alert" else settings.gitlab_secret
    return routes.Door(
        lambda: secret(arn) if arn else None,
        lambda event: aws.sqs().send_message(QueueUrl=settings.wide_queue, MessageBody=json.dumps(event)),
    )


def handle_replay(request: Mapping[str, Any]) -> dict[str, Any]:
    """A replay asked for by hand: {"finding"|"incident"|"event": …, "region"?, "mode"?, "yes"?}."""
    try:
        answer = replay(dict(request), new_run())
    except Exception as error:
        failed(error)
        raise
    count("replayed", ", ".join(answer.get("answers", ["planned"])), answer.get("incident"))
    return answer


def handle_rotation(event: Mapping[str, Any]) -> None:
    """One step of the rotation of a password or token: this function knows nothing of incidents."""
    secrets = _secrets_of(event)
    services = tuple(filter(None, os.environ.get("ROTATION_SERVICES", "").split(",")))

    def draw(length: int) -> str:
        return secrets.get_random_password(PasswordLength=length, ExcludePunctuation=True)["RandomPassword"]

    carried = secret_parameters(os.environ.get("SECRET_PARAMETERS") or "{}")
    kind = either(generated_password.kind(services, draw), generated_token.kind(draw))
    rotate(event, secrets, kind, _carrier(event, carried))


def handle_key_rotation(event: Mapping[str, Any]) -> None:
    """One step of the rotation of an access key: of incidents it knows who has one that is not let go."""
    ports = container()
    owner = ports.settings.key_secrets.get(str(event["SecretId"]), "")
    world = access_key.World(ports.aws.iam(), owner, ports.aws.caller, partial(_contained, ports), time.sleep)
    carry = _carrier(event, ports.settings.secret_parameters)
    rotate(event, _secrets_of(event), access_key.kind(world), carry)


def _carrier(event: Mapping[str, Any], carried: Mapping[str, Sequence[str]]) -> Callable[[str, str], None] | None:
    """What the configuration says of this secret alone: whoever can write it chooses no parameter."""
    named = carried.get(str(event["SecretId"]))
    return partial(parameters.carry, Aws(boto3.Session(), HOME_REGION).parameters, named) if named else None


def _secrets_of(event: Mapping[str, Any]) -> SecretsManagerClient:
    region = str(event["SecretId"]).split(":")[3]
    return Aws(boto3.Session(), region).secretsmanager(region)


def _contained(ports: Ports, user: str) -> bool:
    account, name = user.split(":")[4], user.rpartition("/")[2]
    return roll.withholds(ports.ledger, Principal(PrincipalKind.USER, account, name))
