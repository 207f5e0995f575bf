"""What a channel is, and what it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chalicelib.model import Outcome, Permission
from chalicelib.report.message import Message
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient


class Wires(Protocol):
    """The clients of the channels."""

    def sns(self) -> SNSClient:
        """The topic's Region."""

    def events(self) -> EventBridgeClient:
        """The bus's Region."""

    def secretsmanager(self, region: str) -> SecretsManagerClient:
        """Where the webhook's URL is kept."""

    def post(self, url: str, body: bytes) -> int:
        """The status of a JSON POST."""


@dataclass(frozen=True)
class Notifier:
    """One channel. `send` is at least once: every form carries the incident and the message's number."""

    name: str
    permissions: tuple[Permission, ...]
    configured: Callable[[Settings], bool]
    send: Callable[[Wires, Settings, Message], Outcome]
