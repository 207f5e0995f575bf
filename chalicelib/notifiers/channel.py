"""What a channel is, what it may use, and how it reads a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.model import Outcome, Permission, Status, refusal_code
from chalicelib.report.form import Message
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

    def security_hub(self) -> Any:  # noqa: ANN401 - no types of Security Hub are installed
        """The Region that its findings reach us in."""

    def secretsmanager(self, region: str) -> SecretsManagerClient:
        """Where the webhook's URL is kept."""

    def post(self, url: str, body: bytes) -> int:
        """The status of a JSON POST: no redirect followed, nothing tried again, urllib3's errors."""


@dataclass(frozen=True)
class Notifier:
    """One channel. `send` is at least once: every form carries the incident and the message's number.

    `machines` is set where programs listen alone, so that nobody is woken; `notices` is off where there is room for
    incidents alone.
    """

    name: str
    permissions: tuple[Permission, ...]
    configured: Callable[[Settings], bool]
    send: Callable[[Wires, Settings, Message], Outcome]
    machines: bool = False
    notices: bool = True


def refused(response: Mapping[str, Any], what: str, absent: Mapping[str, str]) -> Outcome:
    """What AWS answered about `what`. `absent` says for a code that it is not there, and what to do about it.

    A person may lack a right that the functions have, so what is forbidden to one of them is tried again by the other.
    """
    code = refusal_code(response)
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in absent:
        return Outcome(Status.FAILED, f"{what} does not exist: {absent[code]}")
    if code in _FORBIDDEN:
        why = f"{what} may not be used by whoever told this ({code})"
        return Outcome(Status.FAILED, f"{why}: if that was a function, deploy the stack again", retryable=True)
    again = status >= _SERVER or "Throttl" in code or code in _BUSY
    return Outcome(Status.FAILED, f"{what}: AWS answered {code}", retryable=again)


_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "KMSAccessDenied"})
_BUSY = frozenset(
    {
        *("RequestLimitExceeded", "TooManyRequestsException", "InternalFailure", "InternalException"),
        *("LimitExceededException", "ConcurrentUpdateError"),  # Security Hub's
    }
)
_SERVER = 500
