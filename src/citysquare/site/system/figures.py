"""Gathers the figures of this machine: from the small files that recorder, analysis and supervisor leave, the store, and the database."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from django.conf import settings
from django.db import DatabaseError

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.clock import ClockError, known
from citysquare.apps.observations import queries as observations
from citysquare.config import Config
from citysquare.engine.errors import StoreError
from citysquare.engine.footage import FootageReader, StatusReport, StreamStatus, StreamTotals, read_report
from citysquare.engine.local import AnalysisReport, read_analysis_report
from citysquare.engine.model import GapCause, StreamKey, StreamKind, ticks_from_datetime
from citysquare.platform.events import waiting
from citysquare.site.processes import ProcessReport, read_process_report
from citysquare.site.system.forecast import Forecast, Volume, Written, forecast
from citysquare.site.system.kept_state import KeptState, kept_state
from citysquare.site.system.log_state import LogState, log_state

_log = logging.getLogger(__name__)

DAY = timedelta(hours=24)
_KEPT_SECONDS = 30.0
"""Totals of the store are asked for this often at most: they read the whole index."""


@dataclass(frozen=True, slots=True)
class CameraFigures:
    """One camera."""

    id: str
    owner: str
    """The organisation it belongs to."""
    name: str
    enabled: bool
    main: StreamStatus | None
    """By the recorder's last report; None when it knows nothing of the camera."""
    stored_seconds: float
    """Of the main stream, in the last 24 hours; so are the next two."""
    gap_seconds: Mapping[GapCause, float]
    bytes: int
    clock: ClockError | None = None
    """What is known of its clock."""


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """Everything that pages, metrics and troubles are made of."""

    at: datetime
    cameras: tuple[CameraFigures, ...]
    recorder: StatusReport | None
    analysis: AnalysisReport | None
    processes: ProcessReport | None
    volume: Volume | None
    """None when the footage's folder cannot be asked."""
    forecast: Forecast | None
    machine: Machine
    events_waiting: int | None
    """Events of the outbox that were not delivered yet; None when the database does not answer."""
    newest_backup: datetime | None
    log: LogState | None = None
    """None when the database does not answer."""
    kept: KeptState | None = None
    """As above."""
    store_readable: bool = True
    all_time: Mapping[StreamKey, StreamTotals] = field(default_factory=dict)
    """Each stream since it was switched on for the first time."""
    lasting: tuple[Silence, ...] = ()
    """Cameras that are switched on and have had no picture for ten seconds, the longest first."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A camera without a picture, by the room of observations."""

    camera: str
    owner: str
    since: datetime
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer."""

    processors: int
    load: float
    """Processes that want to run, mean of the last minute."""
    memory: int
    memory_available: int


@dataclass(slots=True)
class _Totals:
    """The store's totals, kept for a while."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: float = float("-inf")
    root: Path | None = None
    day: dict[StreamKey, StreamTotals] = field(default_factory=dict)
    ever: dict[StreamKey, StreamTotals] = field(default_factory=dict)
    used: int = 0
    readable: bool = True


_totals = _Totals()


def forget() -> None:
    """Ask the store anew next time."""
    with _totals.lock:
        _totals.taken = float("-inf")


def gather(*, at: datetime) -> SystemFigures:
    """Ask everybody. Whoever does not answer is left out, and the figures say so."""
    config: Config = settings.CITYSQUARE
    day, used, readable = _store_totals(config.store_dir, at)
    report = read_report(config.store_dir)
    streams = {stream.key: stream for stream in report.streams} if report else {}
    cameras = _cameras(streams, day, at)
    volume = _volume(config, used)
    written = [_written(camera, streams, day) for camera in cameras if camera.enabled]
    return SystemFigures(
        at=at,
        cameras=cameras,
        recorder=report,
        analysis=read_analysis_report(config.data_dir),
        processes=read_process_report(config.data_dir),
        volume=volume,
        forecast=forecast(written, volume, retention_seconds=config.footage_retention_hours * 3600.0) if volume else None,
        machine=machine(),
        events_waiting=_events_waiting(),
        newest_backup=newest_backup(config),
        log=log_state(),
        kept=kept_state(at=at),
        store_readable=readable,
        all_time=dict(_totals.ever) if readable else {},
        lasting=_lasting(),
    )


def seen_by(figures: SystemFigures, organisation: str) -> SystemFigures:
    """Return the figures as one organisation may see them: the whole machine, but only its own cameras."""
    own = tuple(camera for camera in figures.cameras if camera.owner == organisation)
    known = {camera.id for camera in own}
    recorder, analysis = figures.recorder, figures.analysis
    if recorder is not None:
        recorder = replace(recorder, streams=tuple(stream for stream in recorder.streams if stream.key.camera in known))
    if analysis is not None:
        analysis = replace(analysis, cameras=tuple(cost for cost in analysis.cameras if cost.camera in known))
    ever = {key: totals for key, totals in figures.all_time.items() if key.camera in known}
    lasting = tuple(silence for silence in figures.lasting if silence.owner == organisation)
    return replace(figures, cameras=own, recorder=recorder, analysis=analysis, all_time=ever, lasting=lasting)


def machine() -> Machine:
    """Ask the computer."""
    memory = psutil.virtual_memory()
    return Machine(psutil.cpu_count() or 1, psutil.getloadavg()[0], int(memory.total), int(memory.available))


def newest_backup(config: Config) -> datetime | None:
    """Return when the newest backup was made; None when there is none, or its folder cannot be read."""
    folder = config.backup_dir or config.data_dir / "backups"
    try:
        times = [entry.stat().st_mtime for entry in os.scandir(folder) if not entry.name.startswith(".") and entry.is_file()]
    except OSError:
        return None
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _cameras(streams: Mapping[StreamKey, StreamStatus], day: Mapping[StreamKey, StreamTotals], at: datetime) -> tuple[CameraFigures, ...]:
    try:
        registered, said = list(devices.all_cameras()), devices.clocks_said()
    except DatabaseError:
        return ()
    found = []
    for camera in registered:
        key = StreamKey(camera.pk, StreamKind.MAIN)
        totals = day.get(key, StreamTotals())
        main = streams.get(key)
        found.append(
            CameraFigures(
                camera.pk,
                camera.organisation_id,
                camera.name,
                camera.enabled,
                main,
                totals.stored_seconds,
                dict(totals.gaps),
                totals.bytes,
                known([main] if main else [], said.get(camera.pk), at=at),
            )
        )
    return tuple(found)


def _written(camera: CameraFigures, streams: Mapping[StreamKey, StreamStatus], day: Mapping[StreamKey, StreamTotals]) -> Written:
    totals = day.get(StreamKey(camera.id, StreamKind.MAIN), StreamTotals())
    now = streams.get(StreamKey(camera.id, StreamKind.MAIN))
    return Written(camera.id, totals.kept_seconds, totals.bytes, now.bits_per_second if now else 0)


def _volume(config: Config, used: int) -> Volume | None:
    place = config.store_dir
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return None
    return Volume(used=used, free=free, least_free=config.least_free_bytes, budget=config.store_budget_bytes)


def _store_totals(root: Path, at: datetime) -> tuple[dict[StreamKey, StreamTotals], int, bool]:
    with _totals.lock:
        if _totals.root == root and time.monotonic() - _totals.taken < _KEPT_SECONDS:
            return _totals.day, _totals.used, _totals.readable
        reader, now = FootageReader(root), ticks_from_datetime(at)
        try:
            _totals.day = reader.totals(ticks_from_datetime(at - DAY), now)
            _totals.ever = reader.totals(0, now)
            _totals.used = sum(totals.bytes for totals in _totals.ever.values())
            _totals.readable = True
        except StoreError as error:
            _log.warning("the store's totals cannot be read: %s", error.message)
            _totals.day, _totals.ever, _totals.used, _totals.readable = {}, {}, 0, False
        _totals.root, _totals.taken = root, time.monotonic()
        return _totals.day, _totals.used, _totals.readable


def _lasting() -> tuple[Silence, ...]:
    try:
        found = list(observations.all_lasting())
    except DatabaseError:
        return ()
    return tuple(Silence(event.camera_id, event.organisation_id, event.at, GapCause(event.cause)) for event in found)


def _events_waiting() -> int | None:
    try:
        return waiting()
    except DatabaseError:
        return None
