"""Recording one stream: from its source's events to fragments on disk and intervals in its ledger.

Two tasks: one takes events and never waits for the disk, one hands whole fragments to a thread. What the disk does not take in time is
given up in whole groups of pictures and entered in the ledger; other streams never notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from citysquare.engine.errors import EngineError, SourceError, StoreError, StoreFull
from citysquare.engine.footage.fragments import Fragment, FragmentBuilder, Piece
from citysquare.engine.footage.health import PictureWatch
from citysquare.engine.footage.index import Segment
from citysquare.engine.footage.lag import LagWatch
from citysquare.engine.footage.ledger import Ledger
from citysquare.engine.footage.limits import StoreLimits
from citysquare.engine.footage.queue import PieceQueue
from citysquare.engine.footage.segments import SegmentWriter
from citysquare.engine.footage.status import StreamStatus
from citysquare.engine.footage.store import Store
from citysquare.engine.model import TICKS_PER_SECOND, Break, GapCause, Interval, SourceEvent, StreamKey, VideoParameters, ticks_from_seconds
from citysquare.engine.ports import Clock, Source, TellsTime
from citysquare.engine.sources.files import FileSource
from citysquare.engine.sources.rtsp.source import cause_of

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
_STALE = TICKS_PER_SECOND
_RATE_SECONDS = 5
_MAY_BE_OURS = frozenset({GapCause.STALLED, GapCause.GARBLED, GapCause.UNREACHABLE})


@dataclass(slots=True)
class Shared:
    """What all streams of a recorder share."""

    store: Store
    clock: Clock
    limits: StoreLimits
    lag: LagWatch
    disk: Callable[[str], Executor]
    """The threads of a volume: they may block on it, and no other volume waits for them."""
    full: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a write found the volume full: room is to be made."""


class StreamRecorder:
    """One stream being recorded. Everything here runs on the event loop, but for what is handed to `Shared.disk`."""

    def __init__(self, key: StreamKey, source: Source, shared: Shared, last: Interval | None, since: int) -> None:
        """Go on behind `last`, the end of the stream's stored ledger; the stream is switched on at `since`."""
        self.key = key
        self.failure: EngineError | None = None
        """Why the source ended before its end, if it did."""
        self.storage_failure: StoreError | None = None
        """Why pictures that had arrived were not written, if any were not."""
        self.ended = asyncio.Event()
        self.closed: deque[Segment] = deque()
        """Closed segments whose rows are to be written."""
        self.unfinished: list[Path] = []
        """Files a failing volume left open."""
        self._source = source
        self._tells_time = source if isinstance(source, TellsTime) else None
        self._shared = shared
        self._clock = shared.clock
        self.ledger = Ledger.switched_on(last, since, blame=self._blame_gap)
        limits = shared.limits
        self._builder = FragmentBuilder(ticks_from_seconds(limits.fragment_seconds), self.ledger.open.start)
        self._queue = PieceQueue(self._queue_cause)
        self._rotation = ticks_from_seconds(limits.segment_seconds)
        self._writer = SegmentWriter(shared.store.files, shared.store.volumes, key, self._rotation, ticks_from_seconds(limits.sync_seconds))
        self._trouble: StoreError | None = None
        self._attempts = 0
        self._needs_key = True
        self._arrived: VideoParameters | None = None  # of the last picture
        self._pictures = self._bytes = 0  # since the start
        self._watch = PictureWatch(key, self._clock.monotonic(), since)
        self._rates: deque[tuple[float, int, int]] = deque([(self._clock.monotonic(), 0, 0)], maxlen=_RATE_SECONDS + 1)

    @property
    def open_bytes(self) -> int:
        """Bytes of the open segment."""
        return self._writer.size

    @property
    def waiting_bytes(self) -> int:
        """Bytes of pictures that wait for the disk."""
        return self._queue.bytes

    def second(self, now: int) -> None:
        """Do what is due each second; `now` is wall time."""
        oldest = self._builder.oldest
        if oldest is not None and now - oldest > _STALE:
            self._put(self._builder.flush())
        self.ledger.grow(now)
        gap = self.ledger.open
        if gap.cause is not None and now - gap.start > self._rotation and self._writer.size and not self._queue.bytes:
            self._put([Break(gap.cause, now)])  # the file is closed there: it is to age like every other
        monotonic = self._clock.monotonic()
        self._watch.look(monotonic, self._pictures, self._builder.latest)
        self._rates.append((monotonic, self._pictures, self._bytes))
        self._queue.follow(self._rate()[1])

    def _rate(self) -> tuple[float, float]:
        """Return pictures and bytes a second, over the last seconds."""
        (before, *first), (after, *last) = self._rates[0], self._rates[-1]
        seconds = max(0.001, after - before)
        return ((last[0] - first[0]) / seconds, (last[1] - first[1]) / seconds)

    def status(self) -> StreamStatus:
        """Return the stream's state for people and pages."""
        now, parameters = self.ledger.open, self._arrived
        pictures, size = self._rate()
        clock_error = self._tells_time.camera_clock_error if self._tells_time else None
        return StreamStatus(
            key=self.key,
            state="recording" if now.cause is None else "gap",
            cause=now.cause,
            since=now.start,
            last_picture=self._builder.latest,
            width=parameters.width if parameters else None,
            height=parameters.height if parameters else None,
            codec_string=parameters.codec_string if parameters else None,
            fps=round(pictures, 2),
            bits_per_second=round(8 * size),
            dropped_by_us_seconds=self.ledger.dropped_by_us / TICKS_PER_SECOND,
            silent_since=self._watch.silent_since,
            camera_clock_error=clock_error,
            camera_clock_source=None if clock_error is None else "rtcp",
            camera_clock_at=self._tells_time.camera_clock_at if self._tells_time else None,
        )

    async def take(self) -> None:
        """Take the source's events until it ends: the supervisor of a source, so that a fault in one never reaches another camera."""
        while True:
            try:
                await self._take_all()
            except SourceError as error:
                self.failure = error
                self._put(self._builder.lost(Break(cause_of(error), self._clock.wall(), error.message)))
            except Exception:  # noqa: BLE001 - a source's supervisor: a fault in one must not end the others
                _log.exception("The source of %s failed; it is started anew.", self.key.folder, extra={"camera": self.key.camera})
                self._put(self._builder.lost(Break(GapCause.GARBLED, self._clock.wall(), "The camera's stream could not be understood.")))
                await self._clock.sleep(_RETRY_SECONDS)
                continue
            else:
                self._put(self._builder.lost(Break(GapCause.SWITCHED_OFF, self._builder.end, "The file has ended.")))
            self.ended.set()
            return

    async def _take_all(self) -> None:
        patient = isinstance(self._source, FileSource)
        events = self._source.events()
        try:
            async for event in events:
                self._take_one(event)
                if patient:
                    await self._queue.room()
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _take_one(self, event: SourceEvent) -> None:
        if isinstance(event, Break):
            if event.cause in _MAY_BE_OURS and self._shared.lag.blames_us(event.at):
                event = Break(GapCause.DROPPED_BY_US, event.at, event.detail)
            self._put(self._builder.lost(event))
            return
        self._arrived = event.parameters
        self._pictures += 1
        self._bytes += len(event.data)
        self._put(self._builder.push(event))

    def _put(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            self._queue.put(piece)

    def finish(self, cause: GapCause | None) -> None:
        """Let the writer end once all that has arrived is written; no event may follow. `cause` says why no more is to come."""
        if cause is None:
            self._put(self._builder.flush())
        else:
            self._put(self._builder.lost(Break(cause, self._clock.wall())))
        self._queue.close()

    def settle(self, cause: GapCause | None) -> None:
        """Enter, after the writer's end, why no more is to come; the entry has a length, since one without is not kept."""
        if self._queue.bytes:
            self.storage_failure = self._trouble or self.storage_failure
        if cause is None:
            return
        now = self._clock.wall()
        if self.ledger.open.cause is not cause:  # the disk did not take what waited for it
            if self.ledger.open.cause is None:
                self.ledger.lost(self._trouble_cause(), now)
            self.ledger.lost(cause, now)
        self.ledger.grow(self.ledger.open.start + 1)

    async def write(self) -> None:
        """Write what arrives until finish(): the other half of the stream, and its supervisor."""
        while True:
            try:
                await self._write_all()
            except Exception:  # noqa: BLE001 - a writer's supervisor: after a fault of ours it goes on with a new file
                _log.exception("Writing %s failed; it goes on in a new file.", self.key.folder, extra={"camera": self.key.camera})
                piece = self._queue.drop()
                self._give_up_segment(self.ledger.open.end if piece is None or isinstance(piece, Break) else piece.start)
                await self._clock.sleep(_RETRY_SECONDS)
            else:
                return

    async def _write_all(self) -> None:
        while (piece := await self._queue.head()) is not None:
            if isinstance(piece, Break):
                self._queue.pop()
                self.ledger.lost(piece.cause, piece.at)
                await self._rest(piece.at)
            elif self._needs_key and not piece.key:
                self._queue.pop()
                self.ledger.lost(self._trouble_cause(), piece.start)
            else:
                await self._write_one(piece)
        await self._close()

    async def _rest(self, at: int) -> None:
        """Bring what is written onto the disk, for nothing may follow for hours; in a long gap close the file."""
        if at - self.ledger.open.start > self._rotation:
            await self._close()
            return
        with contextlib.suppress(StoreError):  # a volume that fails says so with the next picture
            await self._in_thread(self._writer.sync)

    async def _write_one(self, fragment: Fragment) -> None:
        self._queue.hold()
        done = moves = False
        try:
            await self._in_thread(lambda: self._writer.put(fragment))
        except StoreError as error:
            self._note_trouble(error)
            moves = self._writer.is_lost(fragment.start)
            if self._attempts >= 2 or moves:
                self._give_up_segment(fragment.start)
        except ValueError as error:
            _log.warning(
                "Pictures of %s do not fit into a file: %s",
                self.key.folder,
                error,
                extra={"camera": self.key.camera, "code": getattr(error, "code", "")},
            )
            self.ledger.lost(GapCause.GARBLED, fragment.start)
            self._needs_key = done = True
        else:
            done = True
            self._trouble, self._attempts, self._needs_key = None, 0, False
            self.ledger.pictures(picture.dts for picture in fragment.pictures)
        finally:
            self._queue.release(done=done)
            self._take_over()
        if not (done or moves):
            await self._clock.sleep(_RETRY_SECONDS)

    def _note_trouble(self, error: StoreError) -> None:
        if self._trouble is None:
            _log.warning(
                "%s is not recorded: %s",
                self.key.folder,
                error.message,
                extra={"camera": self.key.camera, "code": error.code},
            )
        self._trouble = error
        self._attempts += 1
        if isinstance(error, StoreFull):
            self._shared.full.set()

    def _give_up_segment(self, at: int) -> None:
        """Leave a file the volume refuses; recording goes on in a new one, at the next picture decoding can start with."""
        part = self._writer.abandon()
        if part is not None:
            self.unfinished.append(part)
        self._needs_key = True
        self.storage_failure = self._trouble or self.storage_failure
        self.ledger.lost(self._trouble_cause(), at)

    async def _close(self) -> None:
        try:
            await self._in_thread(self._writer.close)
        except StoreError as error:
            _log.warning(
                "The last file of %s stays open: %s",
                self.key.folder,
                error.message,
                extra={"camera": self.key.camera, "code": error.code},
            )
            part = self._writer.abandon()
            if part is not None:
                self.unfinished.append(part)
        self._take_over()

    def _take_over(self) -> None:
        """Take what the writer has closed or left."""
        self.closed.extend(self._writer.closed)
        self._writer.closed.clear()
        self.unfinished += self._writer.left
        self._writer.left.clear()

    async def _in_thread(self, work: Callable[[], None]) -> None:
        """Run `work` in a disk thread; when this task is cancelled, wait for it all the same, so that one thread at a time has the file."""
        running = asyncio.get_running_loop().run_in_executor(self._shared.disk(self._writer.place), work)
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait((running,))
            raise

    def _trouble_cause(self) -> GapCause:
        return GapCause.STORAGE_FULL if isinstance(self._trouble, StoreFull) else GapCause.STORAGE_ERROR

    def _queue_cause(self, fragment: Fragment) -> GapCause:
        if self._trouble is None and self._shared.lag.blames_us(fragment.start):
            return GapCause.DROPPED_BY_US
        return self._trouble_cause()

    def _blame_gap(self, gap: Interval) -> GapCause:
        return GapCause.DROPPED_BY_US if self._shared.lag.blames_us(gap.start) else GapCause.STALLED
