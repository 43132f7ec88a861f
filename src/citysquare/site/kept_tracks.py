"""Which footage the recorder keeps because of stored tracks: stretches of each camera, joined, in a file beside the node file.

The analysis process brings it up to date every few minutes (`keep_up`); whoever writes the node file takes it from there, so that none of
them has to read all observations. Nothing of a person is in it: cameras and times.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
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
from citysquare.apps.observations import queries as observations
from citysquare.engine.footage import KeptTrack
from citysquare.engine.footage.holds import MOST_KEPT_TRACKS, kept_tracks_from_json, kept_tracks_to_json
from citysquare.engine.model import TICKS_PER_SECOND, ticks_from_datetime

if TYPE_CHECKING:
    from citysquare.config import Config

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 300.0
_AGAIN = timedelta(days=1)
"""So far back tracks are read again: analysis may come late."""
_MARGIN = 10 * TICKS_PER_SECOND
_JOIN = 60 * TICKS_PER_SECOND
_LONGEST = 3600 * TICKS_PER_SECOND
"""A joined stretch is kept as long as its last track; so it must not grow for ever."""
_MOST_BYTES = 64 * 1024 * 1024


def read(config: Config) -> tuple[KeptTrack, ...]:
    """Return the stretches to be kept; none where tracks' footage is kept no longer than other footage.

    How long is asked of the setting now, not of when they were noted: who shortens it shortens it for what is there, too.
    """
    if config.track_footage_days == 0:
        return ()
    keep = config.track_footage_days * 86_400 * TICKS_PER_SECOND
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError), _path(config).open("rb") as file:
        return tuple(replace(track, until=track.end + keep) for track in kept_tracks_from_json(json.loads(file.read(_MOST_BYTES))))
    return ()


def bring_up_to_date(config: Config, at: datetime) -> bool:
    """Take in what was seen since the last time, let go of what is over; say whether anything changed. Raises OSError, DatabaseError."""
    before = read(config)
    if config.track_footage_days == 0:
        return False
    keep = timedelta(days=config.track_footage_days)
    newest = max((track.end for track in before), default=0)
    since = max(at - keep, at - _AGAIN) if newest > ticks_from_datetime(at - _AGAIN) else at - keep
    begin = ticks_from_datetime(since)
    tracks = [track for track in before if track.start < begin and track.until > ticks_from_datetime(at)]
    for camera in devices.all_cameras():
        seen = ((ticks_from_datetime(first), ticks_from_datetime(last)) for first, last in observations.presence(camera.pk, since=since))
        tracks += joined(camera.pk, seen, round(keep.total_seconds()) * TICKS_PER_SECOND)
    if len(tracks) > MOST_KEPT_TRACKS:
        _log.warning("Footage of the oldest tracks is kept no longer than other: there are more than %s stretches.", MOST_KEPT_TRACKS)
        tracks = sorted(tracks, key=lambda track: track.end)[-MOST_KEPT_TRACKS:]
    found = tuple(sorted(tracks, key=lambda track: (track.camera, track.start)))
    if found == before:
        return False
    new = _path(config).with_suffix(".new")
    new.unlink(missing_ok=True)
    # When somebody was before which camera is for nobody else's eyes.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(kept_tracks_to_json(found), file)
    new.replace(_path(config))
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


def keep_up(stop: threading.Event, write_node: Callable[[], None]) -> None:
    """Bring the file up to date now and every few minutes until `stop`, and have the node file written where it changed."""
    while not stop.is_set():
        try:
            if bring_up_to_date(settings.CITYSQUARE, timezone.now()):
                write_node()
        except (OSError, DatabaseError) as error:
            _log.warning("Which footage of tracks is kept could not be brought up to date: %s", error)
        finally:
            close_old_connections()
        stop.wait(_EVERY_SECONDS)


def _path(config: Config) -> Path:
    return config.node_file.with_name("kept_tracks.json")
