"""Watching ourselves: when did our own loop not read? Footage lost then is `dropped_by_us` (docs/design/footage.md)."""

from __future__ import annotations

from collections import deque

from citysquare.engine.model import TICKS_PER_SECOND
from citysquare.engine.ports import Clock

_PERIOD = 0.1
_LAG = 0.5
_WINDOW = 2.0
"""Seconds over which small lags add up: a loop that is given too little of the processor stands still often, but never for long."""
_WORTH = 0.02
"""Lags below are the system's usual lateness."""
_REACH = TICKS_PER_SECOND
"""A loss this close before or after a lag counts as its effect: a picture is dated within a second of its arrival (design/time.md)."""


class LagWatch:
    """Remembers when the event loop stood still for more than half a second, at once or within two seconds."""

    def __init__(self, clock: Clock) -> None:
        """Take times from `clock`."""
        self._clock = clock
        self._lags: deque[tuple[int, int]] = deque(maxlen=64)
        self._recent: deque[tuple[float, int, float]] = deque()  # monotonic end, wall start, seconds
        self._slept = (clock.monotonic(), clock.wall())
        self.worst = 0.0
        """The longest lag so far, in seconds."""

    async def run(self) -> None:
        """Watch, for ever."""
        self._slept = (self._clock.monotonic(), self._clock.wall())
        while True:
            await self._clock.sleep(_PERIOD)
            self._look()

    def _look(self) -> None:
        monotonic, wall = self._slept
        now = (self._clock.monotonic(), self._clock.wall())
        lag = now[0] - monotonic - _PERIOD
        recent = self._recent
        while recent and recent[0][0] < now[0] - _WINDOW:
            recent.popleft()
        if lag > _WORTH:
            recent.append((now[0], wall, lag))
            if sum(seconds for _, _, seconds in recent) > _LAG:
                self._note(recent[0][1], now[1])
        self.worst = max(self.worst, lag)
        self._slept = now

    def _note(self, start: int, end: int) -> None:
        """Remember a standstill, as one with the last where they touch."""
        if self._lags and start <= self._lags[-1][1]:
            start = min(start, self._lags.pop()[0])
        self._lags.append((start, end))

    def blames_us(self, at: int) -> bool:
        """Say whether a loss that began at `at` falls into or right behind a time in which we did not read."""
        if self._clock.monotonic() - self._slept[0] - _PERIOD > _LAG:
            self._look()  # a lag that has just ended: who asks woke before the watch
        return any(start - _REACH <= at <= end + _REACH for start, end in self._lags)
