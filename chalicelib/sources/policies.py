"""Whom a policy document lets in from outside the account, and what its statements are."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING

from chalicelib.model import read_arn
from chalicelib.sources.reading import Node, node, nodes, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::.*)?", re.DOTALL)
_COMPARES = re.compile(r"(?:foranyvalue:)?(?:(?:string|arn)(?:equals(?:ignorecase)?|like)|ipaddress)")
_AMONG_FRIENDS = ("principalorg", "sourceaccount", "sourcearn", "principalaccount", "principalarn", "calleraccount")
"""`ForAllValues` is not among what compares: it holds, too, where a request has no such member (IAM user guide)."""

_ANY = frozenset("*?$")
"""A wildcard, or a variable that takes its value from the request: neither is a fixed value (S3 user guide, "The
meaning of public").
"""


def denies_everything(policy: Node) -> bool:
    """Whether a statement denies all there is, whatever the condition: what we put on roles does."""
    denying = (one for one in statements(policy) if one.get("Effect") == "Deny")
    return any("*" in words(one, "Action") and "*" in words(one, "Resource") for one in denying)


def allowing(policy: Node) -> list[Node]:
    """The statements that allow something."""
    return [one for one in statements(policy) if one.get("Effect") == "Allow"]


def statements(policy: Node) -> list[Node]:
    """Return the statements of a policy, which may be one alone."""
    alone = node(policy, "Statement")
    return [alone] if alone else nodes(policy, "Statement")


def is_public(policy: Node) -> bool:
    """Whether anybody at all is let in, with no condition that says from where."""
    return any(_is_open(one) or _is_any_project(one) for one in allowing(policy))


def _is_open(statement: Node) -> bool:
    return _is_anybody(statement) and not _bounds(statement) and not _is_from_somewhere(statement)


_HOSTS = ("token.actions.githubusercontent.com", "gitlab.com")
"""Where anybody may have a project, whose jobs get a token of this issuer."""

_OWNED = re.compile(r"[a-z_]+:[^*?/:]+/.*", re.DOTALL)
_WHOSE = ("repository", "project", "namespace", "job_workflow_ref")


def _is_any_project(statement: Node) -> bool:
    """Whether the jobs of strangers are let in: the audience is the same for all, only other claims say whose it is."""
    issuers = map(_issuer, words(statement, "Principal", "Federated"))
    return any(one in _HOSTS and not _claims(statement, one) for one in issuers)


def _issuer(provider: str) -> str:
    """Return the issuer that a trust policy names, alone or by the ARN of its provider."""
    found = read_arn(provider)
    return found.resource.removeprefix("oidc-provider/") if found else provider


def _claims(statement: Node, issuer: str) -> list[str]:
    """What says whose project it is: a subject with an owner before any wildcard, or a claim that is theirs alone."""
    subjects = _compared(statement, lambda key: key == f"{issuer}:sub", _is_somebody)
    others = _compared(
        statement,
        lambda key: key.startswith(tuple(f"{issuer}:{one}" for one in _WHOSE)),
        lambda one: one[:1] not in "*?",
    )
    return [*subjects, *others]


def _is_somebody(subject: str) -> bool:
    return bool(_OWNED.fullmatch(subject)) or _ANY.isdisjoint(subject)


def outsiders(policy: Node, account: str) -> tuple[str, ...]:
    """The other accounts that are let in; `*` where anybody is."""
    found = (who for one in allowing(policy) for who in _let_in(one))
    return tuple(dict.fromkeys(who for who in found if who != account))


def is_federated(policy: Node) -> bool:
    """Whether an identity provider says who is let in."""
    return any(words(one, "Principal", "Federated") for one in allowing(policy))


def _let_in(statement: Node) -> tuple[str, ...]:
    named = [*words(statement, "Principal", "AWS"), *words(statement, "Principal", "Federated")]
    if _is_anybody(statement):
        named = _bounds(statement)
        if not named:
            return ("*",)
    accounts = map(_ACCOUNT.fullmatch, named)
    return tuple(found[1] for found in accounts if found)


def _is_anybody(statement: Node) -> bool:
    told = (*words(statement, "Principal"), *words(statement, "Principal", "AWS"))
    return "*" in told or "NotPrincipal" in statement


def _bounds(statement: Node) -> list[str]:
    """Whom a condition wants the caller to be or to belong to: an organisation, an account, a service; nothing where it
    excludes, or takes anything.
    """
    return _compared(statement, lambda key: any(friend in key for friend in _AMONG_FRIENDS), _is_owner)


def _is_from_somewhere(statement: Node) -> bool:
    """Whether a condition says from which network a call must come. Nobody can tell whose network that is."""
    return any(_is_network(key, values) for key, values in _members(statement))


def _is_network(key: str, values: tuple[str, ...]) -> bool:
    """Whether a member of the request names a network that is not the whole Internet.

    `aws:VpcSourceIp` alone names none: anybody may give a VPC of their own any private address (IAM user guide).
    """
    if key == "aws:sourceip":
        return are_bounded(values)
    return "sourcevpc" in key and bool(values) and all(map(_is_fixed, values))


def _is_fixed(value: str) -> bool:
    return bool(value) and _ANY.isdisjoint(value)


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_BROADEST = {4: 8, 6: 32}
"""The shortest prefix that is not public yet, by IP version (S3 user guide, "The meaning of public")."""


def are_bounded(ranges: tuple[str, ...]) -> bool:
    """Whether these ranges together leave most of the Internet out. A range that cannot be read bounds nothing.

    Neighbours are merged first: two halves of the Internet are the Internet. Private ranges (RFC 1918) do not count.
    """
    try:
        networks = [ip_network(one, strict=False) for one in ranges]
    except ValueError:
        return False
    four = [one for one in networks if isinstance(one, IPv4Network) and not _is_private(one)]
    six = [one for one in networks if isinstance(one, IPv6Network)]
    merged: list[IPv4Network | IPv6Network] = [*collapse_addresses(four), *collapse_addresses(six)]
    return bool(networks) and all(one.prefixlen >= _BROADEST[one.version] for one in merged)


def _is_private(network: IPv4Network) -> bool:
    return any(network.subnet_of(one) for one in _PRIVATE)


_THING = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(?:\d{12}:.*|:[^*?].*)", re.DOTALL)
"""Of one account; where it names none, as a bucket's does, of one thing."""


def _is_owner(value: str) -> bool:
    """An account, an organisation or a path in one, or the ARN of somebody's."""
    if value.startswith("arn:"):
        return _THING.fullmatch(value) is not None
    whose = value.partition("/")[0]
    return bool(whose) and _ANY.isdisjoint(whose)


def _compared(statement: Node, wanted: Callable[[str], bool], binds: Callable[[str], bool]) -> list[str]:
    """What the members of a request must be like that are wanted, by their names in lower case; nothing of a member
    that any of its values leaves open, for one is enough.
    """
    found = (values for key, values in _members(statement) if wanted(key) and all(map(binds, values)))
    return [value for values in found for value in values]


def _members(statement: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The members of a request that a condition compares, by their names in lower case, and the values it takes."""
    for operator, pairs in node(statement, "Condition").items():
        for key in node(pairs) if _COMPARES.fullmatch(str(operator).lower()) else ():
            yield str(key).lower(), words(pairs, key)
