"""A recorder at work under a clock the test moves, and what it leaves in its store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from citysquare.engine.clock import ManualClock
from citysquare.engine.footage import FootageReader, Recorder, Store, StoreLimits, samples
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, GapCause, StreamKey, StreamKind
from tests.engine.footage.scripted import START, STEP, FaultyVolume

KEY = StreamKey("gate")
SUB = StreamKey("gate", StreamKind.SUB)
LIMITS = StoreLimits(least_free_bytes=0)
SECOND = TICKS_PER_SECOND
PATIENCE = 60.0
"""Seconds after which a thread that does not end is given up. No measure of speed: a machine may be as busy as it likes."""
HELD = 0.3
"""Seconds that the other threads are waited for beside one that a test holds on purpose."""
_TURNS = 12
"""Turns of the loop without a job for a thread after which everything waits for the time: more than any way from a wake-up to a job."""


class Running:
    """A recorder at work under a clock the test moves."""

    def __init__(self, store: Store, clock: ManualClock, limits: StoreLimits) -> None:
        self.clock = clock
        self.store = store
        self.jobs: set[asyncio.Future[object]] = set()
        """What threads are at."""
        self._count_jobs(asyncio.get_running_loop())
        self.recorder = Recorder(store, clock=clock, limits=limits)
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.recorder.run(self.stop))
        self.reader = FootageReader(store.root)

    def _count_jobs(self, loop: asyncio.AbstractEventLoop) -> None:
        submit = loop.run_in_executor

        def counted(executor: Executor | None, work: Callable[..., object], *args: object) -> asyncio.Future[object]:
            job = submit(executor, work, *args)
            self.jobs.add(job)
            job.add_done_callback(self.jobs.discard)
            return job

        vars(loop)["run_in_executor"] = counted

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for the recorder's threads to bring something about; no time passes until then."""
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - a thread's work is awaited, not an event
                await asyncio.sleep(0.001)

    async def passes(self, seconds: float, *, held: bool = False) -> None:
        """Let time pass, and the threads do what they were given before more passes; `held`: a test keeps one from ending."""
        left = seconds
        while left > 1e-9:
            part = min(0.1, left)
            self.clock.advance(part)
            left -= part
            await self._settled(held=held)

    async def _settled(self, *, held: bool) -> None:
        """Wait until nothing is left to do but to wait for the time."""
        loop, quiet = asyncio.get_running_loop(), 0
        deadline = loop.time() + (HELD if held else PATIENCE)
        while quiet < _TURNS:
            if self.jobs and (left := deadline - loop.time()) > 0:
                await asyncio.wait(self.jobs, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                quiet = 0
            else:
                assert held or not self.jobs, "a thread does not come to an end"
                await asyncio.sleep(0)
                quiet += 1

    async def ends(self) -> None:
        self.stop.set()
        await self.task


@asynccontextmanager
async def recording(
    root: Path, *, volume: FaultyVolume | None = None, limits: StoreLimits = LIMITS, wall: int = START
) -> AsyncIterator[Running]:
    store = Store.open(root, files=volume)
    running = Running(store, ManualClock(wall), limits)
    try:
        yield running
    finally:
        await running.ends()
        store.close()


def stored(root: Path, key: StreamKey = KEY) -> list[CodedPicture]:
    found = []
    for fragment in FootageReader(root).init_and_fragments(key, 0, 2**53):
        found += samples(fragment.init, fragment.data)
    return found


def axis(root: Path, key: StreamKey = KEY) -> list[tuple[int, int, GapCause | None]]:
    """The captured axis in ticks from START; it must be adjacent."""
    intervals = FootageReader(root).captured(key, 0, 2**53)
    for before, after in pairwise(intervals):
        assert before.end == after.start
    return [(i.start - START, i.end - START, i.cause) for i in intervals]


def assert_nothing_is_unaccounted_for(root: Path, sent: int) -> None:
    """Each picture sent is stored, deleted later, or in a gap: one of them, never two."""
    found = {p.dts - START for p in stored(root)}
    intervals = [(start, end) for start, end, cause in axis(root) if cause is None]
    deleted = [(d.start - START, d.end - START) for d in FootageReader(root).deleted(KEY, 0, 2**53)]
    for at in range(0, sent * STEP, STEP):
        is_captured = any(start <= at < end for start, end in intervals)
        is_deleted = any(start <= at < end for start, end in deleted)
        assert (at in found) == (is_captured and not is_deleted)
