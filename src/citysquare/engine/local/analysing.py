"""The analysis process: follows the recording of a node's cameras and hands on what moved.

It only reads files. Ending it, killing it or starving it of processor time never touches the recorder; when it falls behind it goes on
with the newest pictures and says how much it left out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from citysquare.engine.analysis import CameraAnalysis
from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import BadNodeFile, SealingError, StoreError
from citysquare.engine.footage import Tail, TailFragment, samples
from citysquare.engine.local.analysis_report import AnalysisReport, CameraCost, write_analysis_report
from citysquare.engine.local.last_good import read_or_last_good
from citysquare.engine.local.node_file import NodeFile, read_node_file, stamp
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, StreamKind, Track, TrackBatch
from citysquare.engine.ports import Clock, ObservationSink

_log = logging.getLogger(__name__)

_PAUSE = 0.1
_LOOK_AGAIN = 1.0
_TOO_FAR_BEHIND = 20 * TICKS_PER_SECOND
_REPORT_EVERY = 30 * TICKS_PER_SECOND
"""A quiet camera is reported this often, so that the platform knows up to when nothing moved."""

_MOST_WAITING = 5000
"""Batches kept while the sink refuses them: hours of a busy node. Beyond that the oldest go."""
_RETRY_FIRST, _RETRY_LONGEST = 1.0, 30.0
_TELL_EVERY = 2.0


def analyse_node(path: Path, sink: ObservationSink, stop: threading.Event, *, clock: Clock | None = None) -> None:
    """Follow the cameras of a node file until `stop`, and give their finished tracks to `sink`; blocks.

    Raises BadNodeFile or SealingError when it cannot begin. The small stream is followed where there is one. What the sink refuses is kept
    and offered again; every batch may arrive more than once.
    """
    clock = clock or SystemClock()
    handover = _Handover(sink, clock)
    follower = _Follower(read_or_last_good(path), handover, clock)
    seen, looked = stamp(path), clock.monotonic()
    told = float("-inf")
    try:
        while not stop.is_set():
            busy = follower.round(stop)
            handover.offer()
            if clock.monotonic() - told >= _TELL_EVERY:
                told = clock.monotonic()
                _tell(path.parent, follower.report())
            if clock.monotonic() - looked >= _LOOK_AGAIN:
                looked, before = clock.monotonic(), seen
                seen = stamp(path) or before
                if seen != before:
                    _reread(path, follower)
            stop.wait(0.0 if busy else _PAUSE)
    finally:
        follower.close()
        handover.offer(last=True)


def _reread(path: Path, follower: _Follower) -> None:
    try:
        follower.follow(read_node_file(path))
    except (BadNodeFile, SealingError) as error:
        _log.warning("%s What was analysed is analysed on.", error.message)


def _tell(folder: Path, report: AnalysisReport) -> None:
    """Leave the state for others to see. A folder that takes no file must not end the analysis."""
    try:
        write_analysis_report(folder, report)
    except OSError as error:
        _log.warning("The state of the analysis cannot be written: %s.", error.strerror)


@dataclass(slots=True)
class _Followed:
    """One camera being followed."""

    key: StreamKey
    tail: Tail
    analysis: CameraAnalysis
    reported: int | None = None
    tracks: int = 0
    cpu_seconds: float = 0.0

    @property
    def cost(self) -> CameraCost:
        """What it did and took so far."""
        analysis = self.analysis
        return CameraCost(
            self.key.camera,
            analysis.through,
            analysis.frames_seen,
            analysis.frames_decoded,
            analysis.suspects,
            self.tracks,
            round(self.cpu_seconds, 3),
        )


class _Follower:
    """Follows all cameras of a node, in turn."""

    def __init__(self, node: NodeFile, handover: _Handover, clock: Clock) -> None:
        self._handover = handover
        self._clock = clock
        self._store = node.store
        self._cameras: dict[str, _Followed] = {}
        self.follow(node)

    def follow(self, node: NodeFile) -> None:
        """Follow these cameras, and no longer those that are gone."""
        wanted = {c.id: StreamKey(c.id, StreamKind.SUB if c.sub else StreamKind.MAIN) for c in node.cameras if c.enabled}
        for camera in [c for c, followed in self._cameras.items() if wanted.get(c) != followed.key or node.store != self._store]:
            self._leave(self._cameras.pop(camera))
        self._store = node.store
        for camera, key in wanted.items():
            if camera not in self._cameras:
                self._cameras[camera] = _Followed(key, Tail(node.store, key), CameraAnalysis(camera))

    def round(self, stop: threading.Event) -> bool:
        """Take what is new of each camera; return whether there was anything."""
        busy = False
        for followed in self._cameras.values():
            if stop.is_set():
                break
            fragments = followed.tail.poll()
            if fragments and self._clock.wall() - fragments[-1].end > _TOO_FAR_BEHIND:
                _log.warning("The analysis of %s is too far behind and goes on with the newest picture.", followed.key.camera)
                followed.tail.jump()
            began = time.thread_time()
            tracks = _analysed(followed.analysis, fragments)
            followed.cpu_seconds += time.thread_time() - began
            followed.tracks += len(tracks)
            self._report(followed, tracks)
            busy = busy or bool(fragments)
        return busy

    def report(self) -> AnalysisReport:
        """Return how far each camera is and what it took."""
        cameras = tuple(followed.cost for followed in self._cameras.values())
        return AnalysisReport(self._clock.wall(), self._handover.waiting, self._handover.lost, cameras)

    def _report(self, followed: _Followed, tracks: list[Track]) -> None:
        through = followed.analysis.through
        if through is None and tracks:
            through = tracks[-1].last
        if through is None:
            return
        if followed.reported is None:
            followed.reported = through
        if tracks or through - followed.reported >= _REPORT_EVERY:
            followed.reported = through
            self._handover.add(TrackBatch(followed.key.camera, tuple(tracks), through))

    def _leave(self, followed: _Followed) -> None:
        followed.tail.close()
        self._report(followed, followed.analysis.finish())

    def close(self) -> None:
        """Leave all cameras; what is in view counts as seen."""
        for followed in self._cameras.values():
            self._leave(followed)
        self._cameras.clear()


def _analysed(analysis: CameraAnalysis, fragments: list[TailFragment]) -> list[Track]:
    tracks: list[Track] = []
    for fragment in fragments:
        try:
            pictures = samples(fragment.init, fragment.data)
        except StoreError as error:
            _log.warning("A fragment cannot be analysed: %s", error.message)
            continue
        for picture in pictures:
            tracks += analysis.feed(picture)
    return tracks


class _Handover:
    """Gives batches to the sink, in order, and keeps what it refuses."""

    def __init__(self, sink: ObservationSink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._waiting: deque[TrackBatch] = deque()
        self._not_before = float("-inf")
        self._pause = _RETRY_FIRST
        self.lost = 0
        """Tracks that were refused for too long."""

    @property
    def waiting(self) -> int:
        """Batches not taken yet."""
        return len(self._waiting)

    def add(self, batch: TrackBatch) -> None:
        self._waiting.append(batch)
        if len(self._waiting) > _MOST_WAITING:
            lost = self._waiting.popleft()
            self.lost += len(lost.tracks)
            _log.error("%d tracks of %s were lost: they were refused for too long.", len(lost.tracks), lost.camera)

    def offer(self, *, last: bool = False) -> None:
        """Offer what waits; after a refusal not again for a while, unless this is the `last` time."""
        if self._clock.monotonic() < self._not_before and not last:
            return
        while self._waiting:
            try:
                self._sink.accept(self._waiting[0])
            except Exception as error:  # noqa: BLE001 - the supervisor of the sink: whatever it raises means "try again later"
                _log.warning("%d batches wait: the sink refused one (%s).", len(self._waiting), type(error).__name__)
                self._not_before = self._clock.monotonic() + self._pause
                self._pause = min(_RETRY_LONGEST, 2 * self._pause)
                return
            self._waiting.popleft()
            self._pause = _RETRY_FIRST
