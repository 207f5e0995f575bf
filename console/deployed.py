"""The deployed stack, reached with a person's own credentials; whatever stands in the way is said in a sentence."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as NoConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from chalicelib.ledger import LeaseLostError
from chalicelib.model import refusal_words
from chalicelib.orders.entitled import RefusedError
from chalicelib.orders.replay import ReplayError
from chalicelib.respond import UnfinishedError
from chalicelib.settings import HOME_REGION, SettingsError, from_environment
from chalicelib.wiring import ports_for
from console.terminal import refuse, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation.literals import StackStatusType

    from chalicelib.ports import Ports

Stack = Annotated[
    str,
    typer.Option(
        help="The stack; may be left out where there is only one.", envvar="LEAK_RESPONDER_STACK", metavar="NAME"
    ),
]
IncidentId = Annotated[str, typer.Argument(help="The id that stands in every message.", metavar="INCIDENT")]
Reason = Annotated[str, typer.Option(help="Why; it is told, and kept in the ledger.", metavar="WHY")]
STACK = ""
"""No stack was named."""
_USUAL = "leak-responder-dev"
_NAMES = "leak-responder-"
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
_FUNCTION = "GuarddutyFinding"


def session() -> boto3.Session:
    """The person's credentials, in the one Region where a stack can be, whatever Region they work in."""
    return boto3.Session(region_name=HOME_REGION)


def resource(stack: str, name: str) -> str:
    """The physical id of a resource of the stack."""
    found = session().client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def ports_of(stack: str, **changes: Any) -> Ports:  # noqa: ANN401 - any setting
    """The ports of a deployed stack, with the person's own credentials and the deployed functions' settings."""
    mine, name = session(), resource(stack, _FUNCTION)
    environment = mine.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    return ports_for(mine, replace(from_environment({**environment, "AWS_REGION": HOME_REGION}), **changes))


def me() -> str:
    """Who acts is what STS says, not what anybody claims."""
    return str(session().client("sts").get_caller_identity()["Arn"])


def ask(stack: str) -> Ports:
    """Return the ports of the stack that is meant, and say that it takes a moment."""
    stack = find_stack(stack)
    say(f"asking stack {stack} in {HOME_REGION} …", "dim")
    return ports_of(stack)


def find_stack(stack: str) -> str:
    """Return the stack that is meant: the named one, else the one of ours that there is.

    Raises RefusedError where none was named and there are several, none of them with the usual name.
    """
    if stack:
        return stack
    formation = session().client("cloudformation")
    try:
        pages = formation.get_paginator("list_stacks").paginate(StackStatusFilter=_LIVE)
        names = [found["StackName"] for page in pages for found in page["StackSummaries"]]
    except ClientError:  # whoever may not list stacks may still ask the usual one
        return _USUAL
    ours = sorted(name for name in names if name.startswith(_NAMES))
    if _USUAL in ours or not ours:
        return _USUAL
    if len(ours) == 1:
        return ours[0]
    raise RefusedError(f"there are several stacks, {', '.join(ours)}: say with --stack which one is meant")


_LIVE: list[StackStatusType] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_FAILED",
    "ROLLBACK_COMPLETE",
]


def with_stack(text: str, stack: str) -> str:
    """The same text, whose commands of ours find that stack too: they are there to be copied."""
    if stack in {STACK, os.environ.get("LEAK_RESPONDER_STACK", _USUAL)}:
        return text
    return re.sub(r"(`leak-responder\s[^`]+)`", lambda found: f"{found[1]} --stack {stack}`", text)


@contextmanager
def refusing(stack: str) -> Iterator[None]:
    """Exit code 2 with the reason and what to do, for all that can stand in the way of a command."""
    try:
        yield
    except (RefusedError, ReplayError, LeaseLostError) as error:
        refuse(with_stack(str(error), stack))
    except UnfinishedError as error:
        words = f"{error}. It is tried again by itself; `leak-responder incidents` says how far it has come"
        refuse(with_stack(words, stack))
    except SettingsError as error:
        found = f"stack {stack or _USUAL} is not configured as this version expects ({error})"
        refuse(f"{found}: deploy it again, `make deploy`")
    except (ClientError, BotoCoreError) as error:
        refuse(reason(error, stack))


def reason_behind(error: Exception, stack: str) -> str:
    """Return the reason that stands behind an error of a file which lies in AWS, or what the error itself says."""
    cause = error.__cause__ if isinstance(error, OSError) and error.__cause__ else error
    if isinstance(cause, (ClientError, BotoCoreError)):
        return reason(cause, stack)
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def reason(error: ClientError | BotoCoreError, stack: str) -> str:
    """Why AWS did not do it, in a sentence that says what to do about that."""
    return _refusal(error, stack) if isinstance(error, ClientError) else _obstacle(error)


def _refusal(error: ClientError, stack: str) -> str:
    code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    match code:
        case "ValidationError" if "does not exist" in said:
            return (
                f"there is no stack {stack or _USUAL} in {HOME_REGION} of this account: deploy one with `make deploy`, "
                "give its name with --stack, or use the credentials of the account where it is"
            )
        case "ExpiredToken" | "ExpiredTokenException" | "RequestExpired":
            return f"your AWS credentials have expired ({code}): sign in again, then run this again"
        case _ if code in _UNKNOWN:
            return f"AWS does not know your credentials ({code}): see `aws sts get-caller-identity`"
        case _ if code in _BUSY:
            return f"AWS was asked too often ({error.operation_name}: {code}): run this again in some minutes"
        case "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthorizationError":
            words = said or refusal_words(error.response)
            return f"your credentials may not do this: {error.operation_name}: {words}. Use those of somebody who may"
        case _:
            return f"AWS refused {error.operation_name}: {refusal_words(error.response)}"


_UNKNOWN = frozenset(
    {
        *("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        *("AuthFailure", "InvalidToken"),  # EC2's and S3's
    }
)
_BUSY = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})


def _obstacle(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError() | ProfileNotFound():
            return f"no AWS credentials: {error}. Sign in, or set AWS_PROFILE; see `aws configure list`"
        case SSOError() | LoginError() | TokenRetrievalError():
            return f"your sign-in to AWS has ended: {error}. Sign in again, `aws sso login` or `aws login`"
        case CredentialRetrievalError():  # its text is what the program printed, which may hold a secret
            gives = f"{error.kwargs['provider']} gives no AWS credentials"
            return f"{gives}: `aws sts get-caller-identity` says why"
        case NoConnectionError() | HTTPClientError():
            return f"AWS cannot be reached: {error}. Look at your network, and at AWS_ENDPOINT_URL where that is set"
        case _:
            return f"{type(error).__name__}: {error}"
