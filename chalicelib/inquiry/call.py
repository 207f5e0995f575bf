"""One CloudTrail record as an inquiry reads it: who called what, from where, and by which marks it is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from chalicelib.model import Principal, read_arn
from chalicelib.sources.cloudtrail import HIDDEN, caller, role_name
from chalicelib.sources.reading import Node, moment, node, nodes, text

EVERY = "*"
"""In a mark: whatever the account. Who asks for a user by name may not know it."""


@dataclass(frozen=True, slots=True)
class Call:
    """`through` is the AWS service that called on the caller's behalf; `error` is "" where the call worked.

    `marks` say who called, the most exact first; `enters` whose door was used to get a session.
    """

    id: str
    at: datetime
    account: str
    region: str
    service: str
    name: str
    error: str
    address: str
    agent: str
    through: str
    who: Principal | None
    marks: tuple[str, ...]
    enters: tuple[str, ...]
    asked: Node
    answered: Node
    resources: tuple[str, ...]
    is_data: bool

    @property
    def worked(self) -> bool:
        """Whether AWS did it."""
        return not self.error


def key(credential: str) -> str:
    """The mark of a credential by its id."""
    return f"key:{credential}"


def user(account: str, name: str) -> str:
    """The mark of a user, whatever credential of theirs is used."""
    return f"user:{account}/{name}"


def console(account: str, name: str) -> str:
    """The mark of a user's work in the console."""
    return f"console:{account}/{name}"


def role(account: str, name: str) -> str:
    """The mark of a role, whoever assumed it."""
    return f"role:{account}/{name}"


def session(account: str, name: str, of: str) -> str:
    """The mark of a role's sessions of one name."""
    return f"session:{account}/{name}/{of}"


def instance(account: str, of: str) -> str:
    """The mark of an instance's own session: its name is the instance's id."""
    return f"instance:{account}/{of}"


def federated(account: str, name: str) -> str:
    """The mark of federated sessions of one name."""
    return f"federated:{account}/{name}"


def at_console(of: str) -> str:
    """The mark of what `of` says as far as it is work in the console. Trails look for it in the same way."""
    kind, _, rest = of.partition(":")
    return f"{kind}:{_CONSOLE}{rest}"


def is_at_console(one: str) -> bool:
    """Whether it is such a mark."""
    return one.partition(":")[2].startswith(_CONSOLE)


_CONSOLE = "console+"


def stranger_into(account: str, name: str) -> str:
    """The mark of a session of this role for somebody who is not of its account."""
    return f"stranger-into:{account}/{name}"


def through(arn: str) -> str:
    """The mark of a session that an identity provider or a trust anchor vouched for."""
    return f"through:{arn}"


def of(record: Node) -> Call | None:
    """The call; None for what is no record of one, or bears no time."""
    return known_by(record, marks(record), enters(record))


def known_by(record: Node, own: tuple[str, ...], doors: tuple[str, ...]) -> Call | None:
    """The call, of whose record `marks` and `enters` are known already."""
    at = moment(text(record, "eventTime"))
    service, name = text(record, "eventSource"), text(record, "eventName")
    if at is None or service is None or name is None:
        return None
    account = text(record, "recipientAccountId") or text(record, "userIdentity", "accountId") or ""
    return Call(
        id=text(record, "eventID") or "",
        at=at,
        account=account,
        region=text(record, "awsRegion") or "",
        service=service.removesuffix(".amazonaws.com"),
        name=name,
        error=text(record, "errorCode") or text(record, "errorMessage") or "",
        address=text(record, "sourceIPAddress") or "",
        agent=text(record, "userAgent") or "",
        through=text(record, "userIdentity", "invokedBy") or "",
        who=caller(record),
        marks=own,
        enters=doors,
        asked=node(record, "requestParameters"),
        answered=node(record, "responseElements"),
        resources=tuple(arn for one in nodes(record, "resources") if (arn := text(one, "ARN"))),
        is_data=text(record, "eventCategory") == "Data" or record.get("managementEvent") is False,
    )


_INSTANCE = re.compile(r"m?i-[0-9a-f]{8,17}")


def marks(record: Node) -> tuple[str, ...]:
    """By what the caller is known, the most exact first."""
    who = node(record, "userIdentity")
    account = text(who, "accountId") or text(record, "recipientAccountId") or ""
    ids = (text(who, "accessKeyId"), text(who, "credentialId"))
    return (*(key(one) for one in ids if one), *_named(who, account, record))


def _named(who: Node, account: str, record: Node) -> tuple[str, ...]:
    match text(who, "type"):
        case "IAMUser":
            name = text(who, "userName")
            return _of_user(name, account, record) if name and name != HIDDEN else ()
        case "AssumedRole":
            return _of_session(who, account, record)
        case "FederatedUser":
            name = (text(who, "arn") or "").rpartition("/")[2]
            return (*_at_console(federated(account, name), record), federated(account, name)) if name else ()
        case _:
            return ()


def _of_user(name: str, account: str, record: Node) -> tuple[str, ...]:
    in_console = (console(account, name),) if _signed_in(record) else ()
    return (*in_console, user(account, name), user(EVERY, name))


def _at_console(own: str, record: Node) -> tuple[str, ...]:
    return (at_console(own),) if _signed_in(record) else ()


def _signed_in(record: Node) -> bool:
    return text(record, "sessionCredentialFromConsole") == "true" or text(record, "eventSource") == _SIGN_IN


_SIGN_IN = "signin.amazonaws.com"


def _of_session(who: Node, account: str, record: Node) -> tuple[str, ...]:
    arn = text(who, "arn") or ""
    named = read_arn(arn)
    name, own = (named.role, named.session) if named else ("", "")
    if not name:
        return ()
    of_instance = (instance(account, own),) if _INSTANCE.fullmatch(own) else ()
    both = (session(account, name, own), session(EVERY, name, own))
    return (*of_instance, *_at_console(both[0], record), *both, role(account, name), role(EVERY, name))


_ENTRANCES = frozenset({"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "CreateSession"})


def enters(record: Node) -> tuple[str, ...]:
    """Whose door was used, where the call asks for a session."""
    if record.get("eventName") not in _ENTRANCES:
        return ()
    asked, who = node(record, "requestParameters"), node(record, "userIdentity")
    vouched = (text(asked, "principalArn"), text(asked, "trustAnchorArn"), text(who, "identityProvider"))
    doors = tuple(through(one) for one in vouched if one)
    arn = text(asked, "roleArn") or ""
    name, account = role_name(arn), account_of(arn)
    if name and account and text(who, "accountId") != account and text(who, "type") != "AWSService":
        doors += (stranger_into(account, name),)
    return doors


def account_of(arn: str) -> str:
    """The account that an ARN names, or ""."""
    found = read_arn(arn)
    return found.account if found else ""
