"""Whose footage goes where room is short. Pure: piles of segments and a need in bytes go in, what is to be deleted comes out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

SpacePolicy = Literal["evenly", "oldest"]
SPACE_POLICIES: tuple[SpacePolicy, ...] = ("evenly", "oldest")


class Deletable(Protocol):
    """A segment as far as this module looks at it: ticks and bytes."""

    @property
    def start(self) -> int: ...  # noqa: D102 - see the class

    @property
    def end(self) -> int: ...  # noqa: D102 - see the class

    @property
    def size(self) -> int: ...  # noqa: D102 - see the class


_D = TypeVar("_D", bound=Deletable)


@dataclass(slots=True)
class Pile(Generic[_D]):
    """What one stream keeps, of which something may go."""

    span: int
    """Ticks of its footage that is not protected."""
    segments: Iterator[_D]
    """Its segments that may go, oldest first; drawn from only as far as needed."""


def choose(piles: Iterable[Pile[_D]], need: int, policy: SpacePolicy) -> Iterator[_D]:
    """Yield segments to delete, in order, until together they have `need` bytes or none is left.

    `evenly`: each time the oldest segment of the stream that keeps the longest time, so that all keep equally long, however many bytes a
    second each of them writes, and none that has little loses anything to one that has much; of two that keep equally long, the older
    footage. `oldest`: the oldest of all. Nothing is chosen once the need is met, so that at most one segment goes beyond it.
    """
    heap: list[tuple[int, int, int, _D, Pile[_D]]] = []

    def push(number: int, pile: Pile[_D]) -> None:
        segment = next(pile.segments, None)
        if segment is not None:
            heapq.heappush(heap, (-pile.span if policy == "evenly" else 0, segment.start, number, segment, pile))

    for number, pile in enumerate(piles):
        push(number, pile)
    while need > 0 and heap:
        _, _, number, segment, pile = heapq.heappop(heap)
        need -= segment.size
        pile.span -= segment.end - segment.start
        yield segment
        push(number, pile)
