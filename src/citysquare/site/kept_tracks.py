"""Which footage the recorder keeps because of stored tracks: stretches of each camera, joined, in a file beside the node file.

The analysis process brings it up to date every few minutes (`keep_up`); whoever writes the node file takes it from there, so that none of
them has to read all observations. Nothing of a person is in it: cameras and times.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage.keeping import within_rules
from citysquare.apps.observations import queries as observations
from citysquare.engine.errors import EngineError
from citysquare.engine.footage import KeptTrack
from citysquare.engine.footage.holds import kept_tracks_from_json, kept_tracks_to_json
from citysquare.engine.model import TICKS_PER_SECOND, datetime_from_ticks, ticks_from_datetime
from citysquare.proof.private_files import replace_private

if TYPE_CHECKING:
    from citysquare.config import Config

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 300.0
_AGAIN = timedelta(days=1)
"""So far back tracks are read again: analysis may come late."""
_MARGIN = 10 * TICKS_PER_SECOND
_JOIN = 60 * TICKS_PER_SECOND
_ROUNDED = timedelta(milliseconds=1)
"""Ticks and the database's times are not cut alike."""
_LONGEST = 3600 * TICKS_PER_SECOND
"""A joined stretch is kept as long as its last track; so it must not grow for ever."""
_MOST_BYTES = 64 * 1024 * 1024
_MANY = 200_000
"""Stretches in memory."""
MOST = 20_000
"""Stretches in a node file: some two megabytes, which the recorder reads anew after each change."""
_HOUR = 3600 * TICKS_PER_SECOND
COARSER = (
    (120 * TICKS_PER_SECOND, 2 * _HOUR),
    (600 * TICKS_PER_SECOND, 6 * _HOUR),
    (_HOUR, 24 * _HOUR),
    (24 * _HOUR, 24 * _HOUR),
    (168 * _HOUR, 168 * _HOUR),
)
"""How far apart stretches may be to be joined where there are too many, and how long they may become: each step only where the one before
does not do. The beginning of a joined stretch is kept longer by its length at the most."""


def read(config: Config) -> tuple[KeptTrack, ...]:
    """Return the stretches to be kept; none where tracks' footage is kept no longer than other footage.

    How long is asked of the setting now, not of when they were noted: who shortens it shortens it for what is there, too.
    """
    if config.track_footage_days == 0:
        return ()
    keep = round(_keep(config).total_seconds()) * TICKS_PER_SECOND
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError), _path(config).open("rb") as file:
        return tuple(replace(track, until=track.end + keep) for track in kept_tracks_from_json(json.loads(file.read(_MOST_BYTES))))
    return ()


def forget(config: Config) -> None:
    """Remove what was noted: nobody wants footage of tracks kept any more. Raises OSError."""
    _path(config).unlink(missing_ok=True)


def bring_up_to_date(config: Config, at: datetime) -> bool:
    """Take in what was seen since the last time, let go of what is over; say whether anything changed. Raises OSError, DatabaseError."""
    before = read(config)
    if config.track_footage_days == 0:
        return False
    keep = _keep(config)
    newest = max((track.end for track in before), default=0)
    since = max(at - keep, at - _AGAIN) if newest > ticks_from_datetime(at - _AGAIN) else at - keep
    begin, over = ticks_from_datetime(since), ticks_from_datetime(at)
    # A stretch that reaches into what is read again is made again from its first track on: the same tracks then make the same stretches.
    begins = {t.camera: t.start + _MARGIN for t in reversed(before) if t.start < begin <= t.end and t.end - t.start <= _LONGEST}
    tracks = [track for track in before if track.start + _MARGIN < begins.get(track.camera, begin) and track.until > over]
    for camera in devices.all_cameras():
        first = datetime_from_ticks(begins.get(camera.pk, begin)) - _ROUNDED
        seen = ((ticks_from_datetime(came), ticks_from_datetime(left)) for came, left in observations.presence(camera.pk, since=first))
        tracks += joined(camera.pk, seen, round(keep.total_seconds()) * TICKS_PER_SECOND)
        if len(tracks) > _MANY:
            tracks = fewer(tracks)
    found = tuple(_in_order(fewer(tracks)))
    if found == before:
        return False
    # When somebody was before which camera is for nobody else's eyes; an empty file would let go of the footage with the next start.
    replace_private(_path(config), json.dumps(kept_tracks_to_json(found)).encode())
    return True


def joined(camera: str, seen: Iterable[tuple[int, int]], keep: int) -> list[KeptTrack]:
    """Return stretches around what was seen (ticks, in order of coming), near ones joined up to an hour."""
    out: list[KeptTrack] = []
    for first, last in seen:
        start, end = max(0, first - _MARGIN), last + _MARGIN
        before = out[-1] if out else None
        if before is not None and start <= before.end + _JOIN and max(end, before.end) - before.start <= _LONGEST:
            end = max(end, before.end)
            out[-1] = KeptTrack(camera, before.start, end, end + keep)
        else:
            out.append(KeptTrack(camera, start, end, end + keep))
    return out


def fewer(tracks: list[KeptTrack], most: int = MOST) -> list[KeptTrack]:
    """Return at most so many stretches that hold all of these, joined no more than it takes; where weeks are too many the oldest go."""
    tracks = _coarser(tracks, _JOIN, _LONGEST)
    for near, longest in COARSER:
        if len(tracks) <= most:
            return tracks
        tracks = _coarser(tracks, near, longest)
    if len(tracks) > most:
        _log.warning("Footage of the oldest tracks is kept no longer than other: there are more than %s stretches.", most)
    return sorted(tracks, key=lambda track: track.end)[-most:]


def _coarser(tracks: list[KeptTrack], near: int, longest: int) -> list[KeptTrack]:
    out: list[KeptTrack] = []
    for track in _in_order(tracks):
        before = out[-1] if out and out[-1].camera == track.camera else None
        if before is not None and _one(before, track, near, longest):
            out[-1] = KeptTrack(track.camera, before.start, max(track.end, before.end), max(track.until, before.until))
        else:
            out.append(track)
    return out


def _one(before: KeptTrack, track: KeptTrack, near: int, longest: int) -> bool:
    """Whether a stretch belongs to the one before it: it lies within, or near enough for both to become no longer than they may."""
    return track.end <= before.end or (track.start <= before.end + near and track.end - before.start <= longest)


def _in_order(tracks: Iterable[KeptTrack]) -> list[KeptTrack]:
    return sorted(tracks, key=lambda track: (track.camera, track.start, track.end))


def keep_up(stop: threading.Event, write_node: Callable[[], None]) -> None:
    """Bring the file up to date now and every few minutes until `stop`, and have the node file written where it changed."""
    while not stop.is_set():
        try:
            if bring_up_to_date(settings.CITYSQUARE, timezone.now()):
                write_node()
        except (OSError, DatabaseError, EngineError) as error:
            _log.warning("Which footage of tracks is kept could not be brought up to date: %s", error)
        finally:
            close_old_connections()
        stop.wait(_EVERY_SECONDS)


def _keep(config: Config) -> timedelta:
    return within_rules(timedelta(days=config.track_footage_days))


def _path(config: Config) -> Path:
    return config.node_file.with_name("kept_tracks.json")
