"""An event loop whose time stands still while anything happens and leaps to the next timer when nothing does.

Real sockets and real threads, but a minute without an event costs nothing, and what a test sees does not depend on how busy the machine is.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from selectors import SelectorKey
from typing import Any, TypeVar

from citysquare.engine.clock import SystemClock

START_SECONDS = 1_777_636_800
"""2026-05-01 12:00 UTC."""
_NANO = 1_000_000_000
_T = TypeVar("_T")


class _Leaping(selectors.DefaultSelector):
    """A selector that does not wait: it tells the loop to let the time pass."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.loop.jobs or timeout is None:
            return super().select(0.2 if self.loop.jobs else None)  # threads are at work: their time is nobody's time
        self.loop.now += max(timeout, 1e-6)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """See above. Counts what it has given to threads."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.jobs = 0
        selector = _Leaping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Executor | None, func: Callable[..., _T], *args: Any) -> asyncio.Future[_T]:  # type: ignore[override]  # noqa: ANN401  # as asyncio has it
        self.jobs += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: asyncio.Future[Any]) -> None:
        self.jobs -= 1


class VirtualClock(SystemClock):
    """The engine's clock on that loop; the system's clock can be stepped, and wall time slews after it as always."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._stepped = 0
        self._loop = loop
        begun = round(loop.now * _NANO)
        super().__init__(
            monotonic_ns=lambda: round(loop.now * _NANO),
            system_ns=lambda: round(loop.now * _NANO) - begun + START_SECONDS * _NANO + self._stepped,
        )

    def step_wall(self, seconds: float) -> None:
        self._stepped += round(seconds * _NANO)


def run(work: Callable[[VirtualClock], Coroutine[Any, Any, _T]]) -> _T:
    """Run a coroutine to its end in virtual time."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work(VirtualClock(loop)))
