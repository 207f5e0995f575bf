"""Every place in every Region, side by side: where a key is written down, and what could not be looked into."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.inquiry.places.place import Hit, Place, Sought
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    import boto3

_AT_ONCE = 16
_CONFIG = Config(connect_timeout=3, read_timeout=20, retries={"mode": "adaptive", "total_max_attempts": 8})


@dataclass(frozen=True)
class Found:
    """The answer, in the order in which it was asked.

    A look is one kind of place in one Region. `refused` are those that AWS refused before anything came, `error` is the
    first refusal.
    """

    hits: tuple[Hit, ...]
    gaps: tuple[Gap, ...]
    looks: int = 0
    refused: int = 0
    error: ClientError | BotoCoreError | None = field(default=None, compare=False)

    def unread(self) -> ClientError | BotoCoreError | None:
        """Return the error for which no place at all could be looked into; None where one could."""
        return self.error if self.refused == self.looks else None


Passing = Callable[[Iterable[Any]], Iterable[Any]]
"""Lets through as many things of a place as there is time for."""


def where_used(
    session: boto3.Session,
    keys: Iterable[str],
    looks: Iterable[tuple[Place, str]],
    step: Callable[[int], None] = lambda _: None,
    passing: Passing = iter,
) -> Found:
    """Search each place in its Region for the keys."""
    sought, making = Sought(tuple(dict.fromkeys(keys))), Lock()

    def look(place: Place, region: str) -> Found:
        with making:  # boto3 cannot make two clients at once
            client = session.client(place.service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]
        return looked(client, place, region, sought, passing)

    hits: list[Hit] = []
    answers: list[Found] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(lambda one: look(*one), looks):
            answers.append(found)
            hits += found.hits
            step(len(hits))
    gaps = [gap for found in answers for gap in found.gaps]
    refused, error = sum(found.refused for found in answers), next((one.error for one in answers if one.error), None)
    return Found(tuple(hits), (*_together(gaps), SEALED), len(answers), refused, error)


SEALED = Gap(
    "secrets and SecureString parameters",
    "their values are not read: that is where a key may be",
    "ask whoever owns them",
)
"""What nobody ever looks into."""


def looked(
    client: Any,  # noqa: ANN401 - a boto3 client
    place: Place,
    region: str,
    sought: Sought,
    passing: Passing = iter,
) -> Found:
    """One place in one Region. What AWS refuses is a gap, and what was found before that counts."""
    hits: dict[Hit, None] = {}
    gaps: list[Gap] = []
    refusal: ClientError | BotoCoreError | None = None
    is_begun = False
    try:
        for one in passing(place.search(client, sought)):
            is_begun = True
            if isinstance(one, Gap):
                gaps.append(one)
            else:
                name, where, keys = one
                hits |= dict.fromkeys(Hit(key, place.thing, name, region, where, place.instead) for key in keys)
    except (ClientError, BotoCoreError) as error:
        refusal = error
        gaps.append(_refused(place, region, error))
    return Found(tuple(hits), tuple(gaps), 1, int(refusal is not None and not is_begun), refusal)


def _refused(place: Place, region: str, error: ClientError | BotoCoreError) -> Gap:
    reason = error.response["Error"].get("Code", "refused") if isinstance(error, ClientError) else type(error).__name__
    return Gap(f"each {place.thing} in {region}", reason, f"see who may call {', '.join(place.actions)}")


def _together(gaps: list[Gap]) -> Iterable[Gap]:
    """The same refusal in many Regions is one line."""
    regions: dict[tuple[str, str, str], list[str]] = {}
    for one in gaps:
        what, between, region = one.what.rpartition(" in ")
        regions.setdefault((what or one.what, one.why, one.instead), []).append(region if between else "")
    for (what, why, instead), named in regions.items():
        yield Gap(f"{what} in {', '.join(named)}" if any(named) else what, why, instead)
