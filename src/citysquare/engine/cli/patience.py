"""How long a command waits for a camera that does not come up.

A definite answer (wrong password, no such path, no video) is given up at once. No answer is waited for ten seconds. Once a first
picture came, every later break is waited out for ever: that is what a recorder is for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import cast

from citysquare.engine.errors import BadAddress, Garbled, NoVideo, Refused, SourceError, Stalled, Unreachable
from citysquare.engine.model import Break, CodedPicture, GapCause, SourceEvent
from citysquare.engine.ports import Clock, Source

WAIT_SECONDS = 10.0

_DEFINITE = frozenset({GapCause.REFUSED, GapCause.GARBLED})
_BY_CAUSE: dict[GapCause, type[SourceError]] = {
    GapCause.REFUSED: Refused,
    GapCause.GARBLED: Garbled,
    GapCause.STALLED: Stalled,
    GapCause.NO_KEYFRAME: Stalled,
}
_BY_CODE: dict[str, type[SourceError]] = {kind.code: kind for kind in (BadAddress, Garbled, NoVideo, Refused, Stalled, Unreachable)}


class Patient:
    """A live source that gives up when it never comes up. Implements ports.Source."""

    def __init__(self, source: Source, *, clock: Clock, told: Callable[[SourceError], None], wait: float = WAIT_SECONDS) -> None:
        """Wrap `source`; `told` hears once why it was given up, also when its reader ends before a first picture came."""
        self._source = source
        self._clock = clock
        self._told = told
        self._wait = wait

    async def events(self) -> AsyncIterator[SourceEvent]:
        """Yield the source's events; raises SourceError when it is given up."""
        timer = asyncio.ensure_future(self._clock.sleep(self._wait))
        last: Break | None = None
        began = False
        async with aclosing(cast("AsyncGenerator[SourceEvent]", self._source.events())) as events:
            try:
                while not began:
                    event = await _next_before(timer, events)
                    last = event if isinstance(event, Break) else last
                    if event is None or (last is not None and last.cause in _DEFINITE):
                        raise _error(last)
                    began = isinstance(event, CodedPicture)
                    yield event
            finally:
                timer.cancel()
                if not began:
                    self._told(_error(last))
            async for event in events:
                yield event


async def _next_before(timer: asyncio.Future[None], events: AsyncGenerator[SourceEvent]) -> SourceEvent | None:
    """Return the next event, or None when the timer runs out or the source ends first."""
    following: asyncio.Future[SourceEvent | None] = asyncio.ensure_future(_next(events))
    try:
        await asyncio.wait((following, timer), return_when=asyncio.FIRST_COMPLETED)
        return following.result() if following.done() else None
    finally:
        if not following.done():
            following.cancel()
            await asyncio.wait({following})


async def _next(events: AsyncGenerator[SourceEvent]) -> SourceEvent | None:
    return await anext(events, None)


def _error(last: Break | None) -> SourceError:
    if last is None:
        return Unreachable("The camera did not answer in time.")
    kind = _BY_CODE.get(last.code) or _BY_CAUSE.get(last.cause, Unreachable)
    return kind(last.detail or "The camera sends no picture.")
