"""The recorder: all cameras of one node on one event loop.

Receiving and framing are cheap and stay on the loop; whatever may block on a disk runs in a few threads, the index in one of its own. A
volume that fails becomes gaps in the ledger and is tried again; memory stays bounded. Nothing is decoded here, and the site is unknown.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import EngineError, StoreDamaged, StoreError, StoreFull
from citysquare.engine.footage.files import check_key
from citysquare.engine.footage.forecast import SpaceReport
from citysquare.engine.footage.holds import Hold, KeptTrack
from citysquare.engine.footage.housekeeping import Housekeeping
from citysquare.engine.footage.index import Segment
from citysquare.engine.footage.lag import LagWatch
from citysquare.engine.footage.limits import StoreLimits
from citysquare.engine.footage.status import StatusReport, StreamStatus, write_status
from citysquare.engine.footage.store import Store
from citysquare.engine.footage.stream import Shared, StreamRecorder
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey
from citysquare.engine.ports import Clock, Source

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_DISK_THREADS = 4
_DRAIN_SECONDS = 5
_LIMITS_EVERY = 5
MOST_ROWS = 5000
"""Rows that wait for an index that fails: some 100 MB."""
_ANSWER_SECONDS = 2.0
"""A disk that takes longer to say how much is free hangs."""


@dataclass(slots=True)
class _Running:
    """A stream and its tasks."""

    stream: StreamRecorder
    taking: asyncio.Task[None]
    writing: asyncio.Task[None]


class Recorder:
    """Records streams into a store until told to stop. Its methods belong to the event loop it runs on."""

    def __init__(self, store: Store, *, clock: Clock, limits: StoreLimits) -> None:
        """Take an open store; whoever opened it closes it after run()."""
        self._store = store
        self._clock = clock
        self._keeping = Housekeeping(store, limits)
        self._space: SpaceReport | None = None
        self._look_now = False
        self._disks: dict[str, ThreadPoolExecutor] = {}
        self._askers: dict[str, ThreadPoolExecutor] = {}
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._index = ThreadPoolExecutor(1, thread_name_prefix="footage-index")
        self.lag = LagWatch(clock)
        self._shared = Shared(store, clock, limits, self.lag, self._disk_of)
        self._wanted: dict[StreamKey, tuple[Source, int]] = {}
        self._streams: dict[StreamKey, _Running] = {}
        self._starting: dict[StreamKey, asyncio.Task[None]] = {}
        self._rows: deque[Segment] = deque()
        self._unfinished: list[tuple[StreamKey, Path]] = []
        self._unsaved: dict[StreamKey, list[Interval]] = {}
        self._running = False
        self._absent_told = False
        self._saving = asyncio.Lock()

    def add(self, key: StreamKey, source: Source) -> None:
        """Switch a stream on, now or when run() begins. Raises ValueError for a name no folder can have, or one already recorded."""
        check_key(key)
        if key in self._wanted:
            raise ValueError(f"{key.folder} is being recorded already")
        self._wanted[key] = (source, self._clock.wall())
        if self._running:
            self._begin(key)

    def protect(self, holds: Iterable[Hold], tracks: Iterable[KeptTrack]) -> None:
        """Take the holds and kept tracks that count from now on, in place of those before; holds are acknowledged within a second or two.

        To be called before run() where there are any, so that nothing of them is deleted.
        """
        self._keeping.protect(holds, tracks)
        self._look_now = True

    async def remove(self, key: StreamKey, cause: GapCause = GapCause.SWITCHED_OFF) -> None:
        """Switch a stream off; what has arrived is written first. A stream that is not recorded is no error."""
        self._wanted.pop(key, None)
        starting = self._starting.pop(key, None)
        if starting is not None:
            await asyncio.wait((starting,))
        running = self._streams.get(key)
        if running is not None:
            await self._end([running], cause)
            await self._save()
            self._streams.pop(key, None)

    def status(self) -> list[StreamStatus]:
        """Return what each stream is doing, in the order of their keys."""
        return [self._streams[key].stream.status() for key in sorted(self._streams)]

    def waiting_bytes(self) -> int:
        """Return how much waits for the disk: some fragments when all is well, bounded when it is not."""
        return sum(running.stream.waiting_bytes for running in self._streams.values())

    def failures(self) -> dict[StreamKey, EngineError]:
        """Return the streams whose source ended with an error, which only sources with an end do."""
        return {key: running.stream.failure for key, running in self._streams.items() if running.stream.failure is not None}

    def storage_failures(self) -> dict[StreamKey, StoreError]:
        """Return the streams of which pictures were not written although they had arrived, with the reason."""
        return {k: r.stream.storage_failure for k, r in self._streams.items() if r.stream.storage_failure is not None}

    async def ended(self) -> None:
        """Wait until the sources of all streams have come to their end: files do, cameras never."""
        for task in list(self._starting.values()):
            await asyncio.wait((task,))
        for running in list(self._streams.values()):
            await running.stream.ended.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Record until `stop` is set, then write what has arrived, close all files and return. Can be called once."""
        self._running = True
        watching = [asyncio.create_task(each) for each in (self.lag.run(), self._each_second(self._beat), self._each_second(self._keep))]
        try:
            for key in list(self._wanted):
                self._begin(key)
            await stop.wait()
        finally:
            self._running = False
            await _cancelled(watching)
            if self._starting:
                await asyncio.wait(list(self._starting.values()))
            await self._end(list(self._streams.values()), None)
            await self._save()
            with contextlib.suppress(StoreError):  # the next start of the recorder finishes them
                await self._in_index(self._finish_blocking)
            for disk in (*self._disks.values(), *self._askers.values()):
                disk.shutdown(wait=False)
            self._index.shutdown(wait=True)

    def _begin(self, key: StreamKey) -> None:
        task = asyncio.create_task(self._start(key))
        self._starting[key] = task
        task.add_done_callback(lambda _: self._starting.pop(key, None))

    async def _start(self, key: StreamKey) -> None:
        """Find out where the stream's ledger ends, and go on there. An index that fails is tried again."""
        while key in self._wanted:
            source, since = self._wanted[key]
            try:
                async with self._saving:
                    last = await self._in_index(lambda: self._ledger_end(key))
                    last = next(reversed(self._unsaved.get(key, [])), last)  # what the index would not take yet
            except StoreError as error:
                _log.warning("%s waits for the index: %s", key.folder, error.message, extra={"camera": key.camera, "code": error.code})
                await self._clock.sleep(2)
                continue
            stream = StreamRecorder(key, source, self._shared, last, since)
            self._streams[key] = _Running(stream, asyncio.create_task(stream.take()), asyncio.create_task(stream.write()))
            return

    def _ledger_end(self, key: StreamKey) -> Interval | None:
        self._keeping.asides.put(key, self._clock.wall())
        return self._store.index.last_captured(key)

    def _tell_absent(self, wanted: frozenset[StreamKey], now: int) -> None:
        """Enter that the streams nobody asks for any more are switched off: that happened while no recorder ran."""
        index, asides = self._store.index, self._keeping.asides
        changes: dict[StreamKey, list[Interval]] = {}
        for key in index.streams():
            if key in wanted or key in asides.all():
                continue
            asides.put(key, now)
            last = index.last_captured(key)
            if last is not None and last.end < now and last.cause is not GapCause.SWITCHED_OFF:
                changes[key] = [Interval(last.end, now, GapCause.SWITCHED_OFF)]
        if changes:
            index.write_captured(changes.items())

    async def _end(self, ending: list[_Running], cause: GapCause | None) -> None:
        await _cancelled([running.taking for running in ending])
        for running in ending:
            running.stream.finish(cause)
        if ending:
            _, late = await asyncio.wait([running.writing for running in ending], timeout=_DRAIN_SECONDS)
            await _cancelled(list(late), timeout=2)  # a disk that does not answer: the next start finishes the files
        for running in ending:
            running.stream.settle(cause)
            self._collect(running.stream)

    async def _each_second(self, work: Callable[[int], Awaitable[None]]) -> None:
        """Do `work` each second, which is counted. Supervises it: an error is logged, and the next second tries again."""
        begun, beats = self._clock.monotonic(), 0
        while True:
            beats = max(beats + 1, int(self._clock.monotonic() - begun))
            await self._clock.sleep(max(0.0, begun + beats - self._clock.monotonic()))
            try:
                await work(beats)
            except Exception:  # noqa: BLE001 - the pulse's supervisor: one fault must not end ledger and deletion
                _log.exception("The recorder's pulse failed; it goes on.")

    async def _beat(self, _beats: int) -> None:
        """Let each stream do what is due, however long the index takes."""
        for running in self._streams.values():
            running.stream.second(self._clock.wall())

    async def _keep(self, beats: int) -> None:
        """Save ledger, rows and state and keep the limits."""
        await self._save()
        if self._shared.full.is_set() or self._look_now or beats % _LIMITS_EVERY == 0:
            await self._ask_volumes()
            await self._keep_limits()

    async def _ask_volumes(self) -> None:
        """Find out which disks answer: what does not is touched by its own threads only, until it does."""
        loop, new = asyncio.get_running_loop(), []
        for place in self._store.volumes.all()[1:]:  # nothing goes without the store's own, which has the index
            if place.id not in self._asked:
                if place.id not in self._askers:
                    self._askers[place.id] = ThreadPoolExecutor(1, thread_name_prefix=f"footage-ask-{place.id}")
                asked = loop.run_in_executor(self._askers[place.id], place.ask, self._store.files)
                self._asked[place.id] = asked
                asked.add_done_callback(partial(self._answered, place.id))
                new.append(asked)
        if new:
            patience = asyncio.ensure_future(self._clock.sleep(_ANSWER_SECONDS))
            answers = asyncio.gather(*new)
            await asyncio.wait((answers, patience), return_when=asyncio.FIRST_COMPLETED)
            patience.cancel()
        for place in self._store.volumes.all()[1:]:
            place.answers = place.id not in self._asked

    def _answered(self, place: str, _answer: asyncio.Future[None]) -> None:
        self._asked.pop(place, None)

    def _collect(self, stream: StreamRecorder) -> None:
        room = max(0, MOST_ROWS - len(self._rows))
        for segment in itertools.islice(stream.closed, room, None):
            _log.warning("The index takes nothing: %s gets its row with the next start.", segment.path)
        self._rows.extend(itertools.islice(stream.closed, room))
        stream.closed.clear()
        self._unfinished += [(stream.key, part) for part in stream.unfinished]
        stream.unfinished.clear()
        new = stream.ledger.changes()
        self._unsaved[stream.key] = [i for i in self._unsaved.get(stream.key, []) if i.start < new[0].start] + new

    async def _save(self) -> None:
        """Bring rows and ledgers into the index and the state into its file; what fails stays for the next time."""
        async with self._saving:
            for running in self._streams.values():
                self._collect(running.stream)
            changes, self._unsaved = self._unsaved, {}
            now, wanted = self._clock.wall(), frozenset(self._wanted)
            try:
                await self._in_index(lambda: self._save_blocking(changes))
                if not self._absent_told:
                    await self._in_index(lambda: self._tell_absent(wanted, now))
                    self._absent_told = True
            except StoreError as error:
                _log.warning("The index is behind: %s", error.message, extra={"code": error.code})
                if isinstance(error, StoreFull):
                    self._store.volumes.home.state = "full"
                    self._shared.full.set()
                self._keep_unsaved(changes)
            except asyncio.CancelledError:  # the index may not have begun; what it has written already is only written again
                self._keep_unsaved(changes)
                raise
            ahead = self._clock.clock_error if isinstance(self._clock, SystemClock) else 0.0
            report = StatusReport(self._clock.wall(), tuple(self.status()), self._space, clock_error=round(ahead, 3))
            with contextlib.suppress(StoreError):  # the state is written anew each second
                await self._in_disk(lambda: write_status(self._store.files, self._store.root, report))

    def _keep_unsaved(self, changes: dict[StreamKey, list[Interval]]) -> None:
        for key, old in changes.items():
            new = self._unsaved.get(key, [])
            self._unsaved[key] = [i for i in old if not new or i.start < new[0].start] + new

    def _save_blocking(self, changes: dict[StreamKey, list[Interval]]) -> None:
        while self._rows:
            try:
                self._store.index.add_segment(self._rows[0])
            except StoreDamaged as error:
                _log.warning("%s has no row: %s", self._rows[0].path, error.message)
            self._rows.popleft()
        if changes:
            self._store.index.write_captured(changes.items())

    def _finish_blocking(self) -> None:
        """Finish the files a failing volume left open, once it lets us; each volume's trouble stays its own. Raises StoreError."""
        failure: StoreError | None = None
        for item in list(self._unfinished):
            if not self._store.volumes.holding(item[1]).answers:
                continue
            try:
                self._store.finish(*item)
            except StoreDamaged as error:
                _log.warning("%s stays as it is: %s", item[1], error.message)
            except StoreError as error:
                failure = error
                continue
            self._unfinished.remove(item)
        if failure is not None:
            raise failure

    def _time_of_ages(self) -> int:
        """Return the time by which footage ages: where the system's clock was set back since, its time, so that nothing goes early."""
        now = self._clock.wall()
        if isinstance(self._clock, SystemClock) and self._clock.is_set:
            now += min(0, round(self._clock.clock_error * TICKS_PER_SECOND))
        return now

    async def _keep_limits(self) -> None:
        now = self._time_of_ages()
        size = sum(running.stream.open_bytes for running in self._streams.values())
        rate = sum(status.bits_per_second for status in self.status()) / 8
        was_full = self._shared.full.is_set()
        self._shared.full.clear()
        self._look_now = False
        try:
            if was_full:
                await self._in_index(lambda: self._keeping.make_room(now))
            await self._in_index(lambda: self._keeping.enforce(now, size))
        except StoreError as error:
            _log.warning("Old footage could not be deleted: %s", error.message, extra={"code": error.code})
        with contextlib.suppress(StoreError):  # told anew with the next look
            self._space = await self._in_index(lambda: self._keeping.report(now, size, rate))
        try:  # apart from the limits: a file that can never be finished must not keep the others for ever
            await self._in_index(self._finish_blocking)
        except StoreError as error:
            _log.warning("A file of a failing volume stays open: %s", error.message)

    async def _in_index(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._index, work)

    def _disk_of(self, volume: str) -> ThreadPoolExecutor:
        """Return the threads of a volume; the empty name is the store's own folder."""
        if volume not in self._disks:
            self._disks[volume] = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix=f"footage-disk-{volume}")
        return self._disks[volume]

    async def _in_disk(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._disk_of(""), work)


async def _cancelled(tasks: list[asyncio.Task[None]], timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio.wait's own
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=timeout)
