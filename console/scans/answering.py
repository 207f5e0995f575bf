"""Answers about each key that a scanner found: its owner, and for a key of this account the order and its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding, key_ids
from chalicelib.model import Confidence, Sign
from chalicelib.orders import containing
from chalicelib.orders.containing import Grounds, Order
from chalicelib.orders.entitled import RefusedError
from chalicelib.orders.reported import Asked
from chalicelib.ports import Ports
from chalicelib.report.escape import plain
from chalicelib.respond import UnfinishedError
from console import contain
from console.deployed import session
from console.scans.findings import Found
from console.terminal import ask_person, say

_PLACES = 5
"""Places of a key that are shown; more are counted."""


@dataclass(frozen=True)
class Verdict:
    """The answer about one key. `left` is empty where the key does no harm any more, or is none of ours."""

    key: str
    found: tuple[Found, ...]
    account: str | None
    ours: bool | None
    said: str
    left: str = ""
    order: Order | None = None
    ended: dict[str, Any] | None = None

    @property
    def verified(self) -> bool:
        """Say whether a scanner saw that the secret works."""
        return any(found.verified for found in self.found)

    @property
    def confidence(self) -> str:
        """Return the confidence of the order, or without one the confidence that the scanner gives."""
        if self.order:
            return self.order.judgement.confidence
        return Confidence.CONFIRMED if self.verified else Confidence.SUSPECTED


@dataclass(frozen=True)
class Desk:
    """A person at work on one result. `asks` says whether there is somebody to ask."""

    ports: Ports
    by: str
    reason: str
    stack: str
    yes: bool
    as_json: bool
    asks: bool

    def answer(self, key: str, found: tuple[Found, ...]) -> Verdict:
        """Find the owner of one key, order its containment, and say what came of it."""
        owner = fact_finding.owner_of(self.ports.aws.iam(), key) if key.startswith("AKIA") else None
        if owner is None:
            return self._foreign(key, found)
        verified = any(finding.verified for finding in found)
        grounds = Grounds(
            Sign.FOUND_WORKING if verified else Sign.FOUND, "found by a scanner", (("found", places(found)),)
        )
        account = self.ports.settings.account

        def ordered() -> Order:
            return containing.ordered(Asked(access_key=key), self.by, self.reason, self.ports, grounds)

        try:
            order = ordered()
        except RefusedError as error:
            return Verdict(key, found, account, ours=True, said=str(error), left="refused")
        verdict = Verdict(key, found, account, ours=True, said=f"a key of user {owner}", order=order)
        return self._decided(order, verdict, ordered)

    def _foreign(self, key: str, found: tuple[Found, ...]) -> Verdict:
        """IAM names no owner: it is another account's, a session's, or gone."""
        account, ours = _account(key), self.ports.settings.account
        if account is None:
            said = "nobody says whose it is: AWS may not be asked (sts:GetAccessKeyInfo), and the id does not tell"
            return Verdict(key, found, None, ours=None, said=said, left="unknown")
        if account != ours:
            said = f"a key of account {account}, not ours ({ours}): tell whoever owns that"
            return Verdict(key, found, account, ours=False, said=said)
        if key.startswith("ASIA"):
            said = (
                "the key of a session of this account, and IAM does not know whose. Find a call by it in CloudTrail, "
                "where userIdentity names the owner, and contain that user or role: `leak-responder contain`"
            )
            return Verdict(key, found, account, ours=True, said=said, left="unnamed")
        said = "a key of this account that IAM does not know: it was deleted, or iam:GetAccessKeyLastUsed is missing"
        return Verdict(key, found, account, ours=True, said=said, left="unnamed")

    def _decided(self, order: Order, verdict: Verdict, anew: Callable[[], Order]) -> Verdict:
        if not self.as_json:
            say(f"\n{verdict.key}: found {places(verdict.found)}", "bold")
            contain.show(order, self.by)
        if order.incident is None and not verdict.verified and _is_inactive(order, verdict.key):
            said = f"inactive already; `leak-responder contain --access-key {verdict.key}` stops its old sessions too"
            return _ended(verdict, said)
        if order.idle:
            return _ended(verdict, "contained already")
        if order.waits:
            return _ended(verdict, f"it waits for approval: {_approve(order)}", "waits")
        if order.barred:
            return _ended(verdict, "withheld: a person must act as above", "withheld")
        if self.yes:
            return self._carried_out(order, verdict)
        agreed = self._ask(order)
        if agreed is None:
            return _ended(verdict, "nothing was done: nobody can be asked here, and --yes was not given", "declined")
        if not agreed:
            return _ended(verdict, "nothing was done", "declined")
        try:  # what was agreed to at the prompt, if that is the plan still
            return self._carried_out(contain.looked_at_again(order, anew()), verdict)
        except RefusedError as error:
            return _ended(verdict, str(error), "refused")

    def _ask(self, order: Order) -> bool | None:
        question = "Ask people to approve this?" if order.asks else "Do this?"
        return ask_person(question) if self.asks else None

    def _carried_out(self, order: Order, verdict: Verdict) -> Verdict:
        try:
            answer = containing.carried_out(order, self.ports)
        except RefusedError as error:
            return _ended(verdict, str(error), "refused")
        except UnfinishedError as error:
            return _ended(verdict, f"{error}. It is tried again by itself", "unfinished")
        incident = answer.incident
        if order.asks:
            said = f"incident {incident.id if incident else ''} is open, and people are asked to approve the plan"
            return _ended(verdict, said, "waits", contain.ended(answer, []))
        left = contain.not_done(incident) if incident else []
        if not self.as_json:
            contain.say_end(answer, left, self.stack)
        return _ended(verdict, answer.what, "unfinished" if left else "", contain.ended(answer, left))


def _ended(verdict: Verdict, said: str, left: str = "", ended: dict[str, Any] | None = None) -> Verdict:
    return replace(verdict, said=f"{verdict.said}: {said}", left=left, ended=ended)


def _is_inactive(order: Order, key: str) -> bool:
    """A key that was answered stays in a repository's history for ever, and must not wake people at each build."""
    return any(one.id == key and not one.active for one in order.facts.keys or ())


def _approve(order: Order) -> str:
    return f"`leak-responder approve {order.incident.id}`" if order.incident else ""


def _account(key: str) -> str | None:
    """As AWS says, of any account; as the id says where AWS may not be asked."""
    try:
        return session().client("sts").get_access_key_info(AccessKeyId=key)["Account"]
    except (ClientError, BotoCoreError):
        return key_ids.account_of(key)


def places(found: tuple[Found, ...]) -> str:
    """Return where a key stood, and which scanner says so."""
    shown = list(dict.fromkeys(f"{plain(finding.place.shown)} ({finding.tool})" for finding in found))
    more = f" and {len(shown) - _PLACES} places more" if len(shown) > _PLACES else ""
    return f"{', '.join(shown[:_PLACES])}{more}"
