"""A trail that ends when there is no time left for it, and says so: a function that is cut off has no answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chalicelib.inquiry.trail import Gap, Trail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalicelib.inquiry.call import Call

_Item = TypeVar("_Item")


@dataclass
class Limit:
    """Until when, by that clock."""

    clock: Callable[[], float]
    end: float
    cut: bool = False

    def is_over(self) -> bool:
        """Whether there is no time left; from then on it is known that something was left out."""
        self.cut = self.cut or self.clock() >= self.end
        return self.cut

    def passing(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The items as long as there is time."""
        for one in items:
            if self.is_over():
                return
            yield one


@dataclass
class Limited:
    """A trail within its time."""

    trail: Trail
    limit: Limit

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`."""
        return self.limit.passing(self.trail.calls(marks))

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        instead = "ask for it with `leak-responder timeline`"
        late = Gap("what was still to be read", "there was no time left for it", instead)
        return (*self.trail.gaps(), *((late,) if self.limit.cut else ()))

    def seen(self) -> str:
        """See `Trail`."""
        return self.trail.seen()

    def unread(self) -> Exception | None:
        """See `Trail`."""
        return self.trail.unread()
