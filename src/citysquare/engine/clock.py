"""The machine's time as docs/design/time.md fixes it, and the same by hand for tests.

Wall time is monotonic time plus an offset. The offset follows the system clock by at most 500 parts per million, so wall time always
rises and never steps, whatever NTP or a hand does to the system clock.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

from citysquare.engine.model import TICKS_PER_SECOND

SLEW_PPM = 500
"""How fast the offset may follow: 0.5 ms a second, the bound NTP's own slewing keeps (RFC 5905, section 11.3)."""

EARLIEST = 1_767_225_600 * TICKS_PER_SECOND
"""2026-01-01 UTC. This program is younger: a clock that shows less was never set (an empty battery makes it start in 1970 or 2000)."""

_NANO = 1_000_000_000


def _ticks(nanoseconds: int) -> int:
    return nanoseconds * TICKS_PER_SECOND // _NANO


class SystemClock:
    """Implements `ports.Clock` on the machine's clocks. May be asked from several threads."""

    def __init__(self, *, monotonic_ns: Callable[[], int] = time.monotonic_ns, system_ns: Callable[[], int] = time.time_ns) -> None:
        """Start with the system's offset as it is; both functions return nanoseconds."""
        self._monotonic_ns = monotonic_ns
        self._system_ns = system_ns
        self._lock = threading.Lock()
        self._at = monotonic_ns()
        self._offset = system_ns() - self._at

    def monotonic(self) -> float:
        """Return seconds that never step or go back."""
        return self._monotonic_ns() / _NANO

    def wall(self) -> int:
        """Return the slewed wall time in ticks. It rises with monotonic time; two calls within one tick may agree."""
        with self._lock:
            return _ticks(self._wall_ns())

    @property
    def clock_error(self) -> float:
        """System time minus wall time in seconds: what is still to be taken in slowly after a step of the system clock."""
        with self._lock:
            return (self._system_ns() - self._wall_ns()) / _NANO

    @property
    def is_set(self) -> bool:
        """Whether the system's clock shows a time at which this program existed."""
        return _ticks(self._system_ns()) >= EARLIEST

    def begin(self, known_until: int) -> None:
        """Take the system's time as it is, before anything is dated by it.

        A clock that was never set is not believed: then time goes on from `known_until` (ticks), up to which something was recorded.
        """
        with self._lock:
            self._at = self._monotonic_ns()
            self._offset = self._system_ns() - self._at
            if not self.is_set:
                self._offset = max(known_until, EARLIEST) * _NANO // TICKS_PER_SECOND + 1 - self._at

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def _wall_ns(self) -> int:
        now = self._monotonic_ns()
        most = max(0, now - self._at) * SLEW_PPM // 1_000_000
        if most:
            # Only a passage that allows a whole nanosecond of slew is used up; else frequent calls would never slew at all.
            wanted = self._system_ns() - now - self._offset
            self._offset += max(-most, min(most, wanted))
            self._at = now
        return now + self._offset


class ManualClock(SystemClock):
    """A clock that only moves when a test moves it; wall time slews exactly as on the real one."""

    def __init__(self, wall: int = EARLIEST) -> None:
        """Start at `wall` ticks (2026-01-01 unless told) and at monotonic time 1000 s."""
        self._now_ns = 1000 * _NANO
        self._step_ns = wall * _NANO // TICKS_PER_SECOND + 1 - self._now_ns
        self._order = count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        super().__init__(monotonic_ns=lambda: self._now_ns, system_ns=lambda: self._now_ns + self._step_ns)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass and wake those whose sleep has ended. They run when the test next awaits."""
        self._now_ns += round(seconds * _NANO)
        while self._sleepers and self._sleepers[0][0] <= self._now_ns:
            waiting = heapq.heappop(self._sleepers)[2]
            if not waiting.done():
                waiting.set_result(None)

    def step_wall(self, seconds: float) -> None:
        """Step the *system's* clock, as an operator or NTP would; `wall()` follows slowly."""
        self._step_ns += round(seconds * _NANO)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has moved time that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_ns + round(seconds * _NANO), next(self._order), waiting))
        await waiting

    async def run_for(self, seconds: float, *, step: float = 0.1, rounds: int = 5) -> None:
        """Advance in steps and give waiting tasks `rounds` turns of the loop after each."""
        left = seconds
        while left > 1e-9:  # what remains of binary fractions is no time
            part = min(step, left)
            self.advance(part)
            left -= part
            for _ in range(rounds):
                await asyncio.sleep(0)
