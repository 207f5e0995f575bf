"""The same thing is called the same in every message."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.actions import BY_NAME
from chalicelib.model import NOUNS, Confidence, PrincipalKind, SubjectKind
from chalicelib.report.escape import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.model import Judgement, Principal, Signal, Step, Subject

CREDENTIALS = {
    **NOUNS,
    SubjectKind.USER_SESSION: "session key",
    SubjectKind.FEDERATED_SESSION: "federated session",
    SubjectKind.ROLE_SESSION: "session",
    SubjectKind.ROOT_KEY: "root access key",
    SubjectKind.ROOT_PASSWORD: "root password",
    SubjectKind.DATABASE_LOGIN: "database login",
    SubjectKind.COGNITO_SIGN_IN: "password or token",
    SubjectKind.IDENTITY_CENTER_SIGN_IN: "password or session",
    SubjectKind.UNNAMED: "a credential (the feed does not say which)",
}

OWNERS = {
    PrincipalKind.USER: "user",
    PrincipalKind.ROLE: "role",
    PrincipalKind.ROOT: "the root user",
    PrincipalKind.SERVICE_LINKED_ROLE: "service-linked role",
    PrincipalKind.IDENTITY_CENTER_ROLE: "Identity Center role",
    PrincipalKind.COGNITO_USER: "Cognito user",
    PrincipalKind.IDENTITY_CENTER_USER: "Identity Center user",
    PrincipalKind.OTHER: "principal",
}

FEEDS = {
    "guardduty": "Amazon GuardDuty",
    "health": "AWS Health",
    "trusted-advisor": "AWS Trusted Advisor",
    "security-hub": "a person in AWS Security Hub",
    "macie": "Amazon Macie",
    "access-analyzer": "IAM Access Analyzer",
    "cloudtrail": "AWS CloudTrail",
    "report": "a person",
    "github": "GitHub secret scanning",
    "gitlab": "GitLab secret detection",
    "inquiry": "the responder's own inquiry",
}
"""What people call each `Signal.source`."""

_NAME = 64
"""The longest name that IAM gives users, roles and sessions."""

_POOL_NAME = 184
"""The longest of a user of a Cognito user pool: 55 characters for the pool, 128 for the user."""

_USERNAME = 128
"""The longest of a user of Identity Center."""


def feed(signal: Signal) -> str:
    """Who told us."""
    return FEEDS.get(signal.source, plain(signal.source, _NAME))


def credential(subject: Subject) -> str:
    """`access key AKIA…`, `session i-0abc…`: the kind, and the name where the feed gives one."""
    named = subject.session or subject.id
    if subject.identity:
        return f"session of identity {plain(subject.identity, _NAME)}"
    if subject.kind is SubjectKind.ROOT_KEY and named and named.startswith("ASIA"):
        return f"root session {plain(named, _NAME)}"
    return f"{CREDENTIALS[subject.kind]} {plain(named, _NAME)}" if named else CREDENTIALS[subject.kind]


def owner(principal: Principal | None) -> str:
    """`user deploy`, `the root user`; where nobody knows whose it is, that."""
    if principal is None:
        return "an unknown owner"
    if principal.kind is PrincipalKind.ROOT:
        return OWNERS[principal.kind]
    if principal.kind is PrincipalKind.IDENTITY_CENTER_USER:
        return f"{OWNERS[principal.kind]} {_center_name(principal.name)}"
    longest = _POOL_NAME if principal.kind is PrincipalKind.COGNITO_USER else _NAME
    known = f"{OWNERS[principal.kind]} {plain(principal.name, longest)}"
    return f"{known} (was {plain(principal.was, longest)})" if principal.was else known


def _center_name(name: str) -> str:
    """Who it is comes first, for a subject is cut off; where they are kept follows."""
    *kept, known = name.split("/", 2)
    return " in ".join((plain(known, _USERNAME), *(plain(one) for one in reversed(kept))))


def named(signals: Sequence[Signal]) -> str:
    """What leaked, in a few words however many signals there are."""
    kinds = tuple(dict.fromkeys(credential(signal.subject) for signal in signals))
    more = len(kinds) - 1
    return kinds[0] if not more else f"{kinds[0]} and {more} other credential{'s' if more > 1 else ''}"


def leak(signals: Sequence[Signal], principal: Principal | None, judgement: Judgement) -> str:
    """The first sentence: what of whom is, or may be, in the wrong hands."""
    sure = "leaked" if judgement.confidence is Confidence.CONFIRMED else "may have leaked"
    return sentence(f"{named(signals)} of {owner(principal)} in {place(signals[0].account)} {sure}")


_THINGS = {
    "secret": "secret",
    "reachable": "",
    "object": "object",
    "bucket": "bucket",
    "rotation of": "secret",
    "on": "",
}
"""What evidence calls the thing that an event is about, the most exact first, with what people call it."""


def thing(signal: Signal) -> str:
    """Return the secret, key, role, bucket or function that an event is about; "" where it names none.

    Where the event is about a credential of somebody whom the caller is not, that is what it is about.
    """
    if signal.principal and signal.actor and signal.principal.lock != signal.actor.lock:
        return ""
    known = {one.label: one.value for one in signal.evidence}
    label = next((label for label in _THINGS if known.get(label)), None)
    if label is None:
        return ""
    inside = f" in bucket {plain(known['bucket'], _NAME)}" if label == "object" and known.get("bucket") else ""
    *kind, name = known[label].split(" ")
    alone = not kind or (label == "on" and len(kind) == 1)  # an object may be named like an ARN behind a blank
    return (_by_arn(name) if alone else "") or f"{_THINGS[label]} {plain(known[label], _THING)}{inside}".strip()


_THING = 120


def _by_arn(arn: str) -> str:
    """`secret prod/db in us-east-1`: what an ARN names, in the words that fit a headline; "" of anything else."""
    parts = arn.split(":", 5)
    if parts[0] != "arn" or len(parts) <= 5:  # noqa: PLR2004 - the parts of an ARN
        return ""
    kind, mark, name = re.match(r"([a-z-]*)([:/]?)(.*)", parts[5], re.DOTALL).groups()  # type: ignore[union-attr]  # always
    if not mark or parts[2] in _ONE_KIND:
        kind, name = _ONE_KIND.get(parts[2], ""), parts[5]
    where = f" in {plain(parts[3], 32)}" if parts[3] else ""
    return f"{plain(kind, 32)} {plain(name, _THING)}{where}".strip()


_ONE_KIND = {"s3": "bucket", "sqs": "queue", "sns": "topic"}
"""What the ARNs of a service name where they say no kind."""


def place(account: str) -> str:
    """Whose account, where the feed says so."""
    return f"account {plain(account)}" if account else "an unknown account"


def target(step: Step) -> str:
    """What exactly a step is about, beyond its principal; "" where that is all."""
    given = step.arguments
    if "secret" in given:
        return _secret(given["secret"])
    resource = next((given[name] for name in _RESOURCES if name in given), None)
    if resource:
        return _resource(resource)
    return plain(step.credential or given.get("identity") or given.get("session", "").partition(":")[2], _NAME)


_RESOURCES = ("instance", "trail", "detector", "device", "kms_key", "grant", "anchor", "permission_set")
"""What steps call the things whose ARN they hold."""


def deed(step: Step) -> str:
    """What a step does, with exactly what it does it to."""
    what = target(step)
    if step.action in _BY_WAY:
        of = "every session of identity" if "identity" in step.arguments else "session"
        return f"deny {f'{of} {what}' if what else 'every session'} up to the cut-off{_BY_WAY[step.action]}"
    said = _DEEDS.get(step.action, BY_NAME[step.action].summary)
    return said.replace("{}", what)


def work(step: Step) -> str:
    """Return what a step leaves in place, as a noun: `the deny on the whole user`."""
    what, cut_off = target(step), step.arguments.get("cut_off")
    if step.action in _BY_WAY:
        of = "every session of identity" if "identity" in step.arguments else "session"
        what = f"{of} {what}" if what else "every session"
    until = moment(datetime.fromisoformat(cut_off)) if cut_off else "the cut-off"
    return BY_NAME[step.action].leaves.replace("{cut_off}", until).replace("{}", what)


_BY_WAY = {
    "revoke-role-sessions": "",
    "attach-role-deny": ", by a managed policy",
    "bound-role": ", by the permissions boundary",
}
_DEEDS = {
    "deactivate-key": "set access key {} inactive, and no other",
    "deactivate-service-specific": "set service-specific credential {} inactive, and no other",
    "deactivate-ssh-key": "set SSH public key {} inactive, and no other",
    "deactivate-certificate": "set signing certificate {} inactive, and no other",
    "rotate-secret": "rotate secret {}",
    "isolate-instance": "cut instance {} off the network",
    "snapshot-instance": "copy the disks of instance {}",
    "deactivate-mfa": "take MFA device {} off the user",
    "disable-trust-anchor": "have Roles Anywhere open no session by trust anchor {}",
    "enable-kms-key": "let encryption key {} be used again, and cancel its deletion",
    "revoke-kms-grant": "take away grant {} on an encryption key",
    "start-logging": "start trail {} again",
    "record-management-events": "have trail {} record every management event again",
    "deny-in-permission-set": "deny the user everything in the roles of {}",
    "enable-detector": "switch GuardDuty detector {} on again",
}
"""For those that have a target; what the others do their own summary says."""


def _secret(arn: str) -> str:
    """The ARN of a secret is long, and its name says enough: `prod/orders-db-AbCdEf in us-east-1`."""
    parts = arn.split(":", 6)
    return f"{plain(parts[6])} in {plain(parts[3], 32)}" if len(parts) > 6 else plain(arn)  # noqa: PLR2004 - the parts of an ARN


def _resource(arn: str) -> str:
    """`i-0abc in eu-west-1`; what IAM has is in no Region, and the serial number of hardware is no ARN."""
    parts = arn.split(":", 5)
    if len(parts) <= 5 or not parts[3]:  # noqa: PLR2004 - the parts of an ARN
        return plain(arn)
    return f"{plain(parts[5].rpartition('/')[2])} in {plain(parts[3], 32)}"


def moment(at: datetime) -> str:
    """A time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def span(between: timedelta) -> str:
    """A duration as a person says it; clocks of feeds may be ahead of ours, so never below zero."""
    seconds = max(0, round(between.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 2:  # noqa: PLR2004 - below two of a unit the smaller one says more
        return f"{seconds} s"
    if hours < 2:  # noqa: PLR2004
        return f"{minutes} min {seconds % 60} s" if seconds % 60 else f"{minutes} min"
    if days < 2:  # noqa: PLR2004
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} days"


def sentence(text: str) -> str:
    """A capital at the start and a stop at the end."""
    text = stop(text)
    return f"{text[:1].upper()}{text[1:]}"


def stop(text: str) -> str:
    """A stop at the end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
