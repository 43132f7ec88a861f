"""Every write to observations."""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.footage import queries as footage
from citysquare.apps.observations import silences
from citysquare.apps.observations.directions import direction_of
from citysquare.apps.observations.events import CameraHealthChanged, ObservationsRecorded
from citysquare.apps.observations.models import LONGEST_TRACK_ID, HealthEvent, HealthKind, HealthMark, HourCount, Observation
from citysquare.apps.observations.queries import hour_of
from citysquare.engine.errors import StoreError
from citysquare.engine.model import GapCause, Interval, Track, TrackBatch, datetime_from_ticks, ticks_from_datetime
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.turns import take_turn

if TYPE_CHECKING:
    from citysquare.apps.devices.models import Camera

_log = logging.getLogger(__name__)

LOOKED_BACK = timedelta(days=7)
"""How far back a ledger is looked through that nobody has looked through yet."""
LOOKED_AGAIN = timedelta(hours=1)
"""The end of a ledger may be rewritten: so much of it is looked through each time."""
_MARKED = timedelta(minutes=10)
"""How exactly it is kept how far a ledger was looked through: a write for each round would cost more than it saves."""

LARGEST_BATCH = 5_000
LONGEST_PATH = 16

_TRACK_ID = re.compile(rf"[0-9A-Za-z_-]{{8,{LONGEST_TRACK_ID}}}")


class UnknownCamera(DomainError):
    """The batch is of a camera that is not in the register."""

    code = "observations.unknown_camera"
    status = 404


class BadBatch(DomainError):
    """The batch is not what an analysis hands over; handing it over again will not help."""

    code = "observations.bad_batch"


@transaction.atomic
def accept_batch(*, batch: TrackBatch, at: datetime) -> int:
    """Keep the tracks of a batch that are not kept yet, count them, announce them as one event, and return how many they were.

    Handing the same batch over again changes nothing. Raises UnknownCamera, BadBatch.
    """
    camera = devices.camera_by_id(batch.camera)
    if camera is None:
        raise UnknownCamera(_("Tracks of a camera that is not in the register are not kept."))
    if len(batch.tracks) > LARGEST_BATCH:
        raise BadBatch(_("A batch of this size is not taken."))
    tracks = {track.id: track for track in batch.tracks}
    for track in tracks.values():
        _check(track, batch.camera)
    take_turn("observations.accept_batch", camera.pk)
    known = set(Observation.objects.filter(pk__in=tracks).values_list("pk", flat=True))
    fresh = [_observation(track, camera, at) for track in tracks.values() if track.id not in known]
    if fresh:
        Observation.objects.bulk_create(fresh)
        _count(fresh)
        ids = tuple(observation.pk for observation in fresh)
        publish(ObservationsRecorded(camera_id=camera.pk, organisation_id=camera.organisation_id, observation_ids=ids), at=at)
    return len(fresh)


def _observation(track: Track, camera: Camera, at: datetime) -> Observation:
    path = [[_part(x), _part(y)] for x, y in track.path]
    return Observation(
        id=track.id,
        organisation_id=camera.organisation_id,
        camera_id=camera.pk,
        space_id=camera.space_id,
        object_class=track.object_class,
        direction=direction_of(path),
        first=datetime_from_ticks(track.first),
        last=datetime_from_ticks(track.last),
        path=path,
        recorded_at=at,
    )


def _count(fresh: Sequence[Observation]) -> None:
    """Add new observations of one camera to its counts. Whoever calls has the camera's turn: nobody else counts it now."""
    news = Counter((hour_of(one.first), one.space_id, str(one.object_class), str(one.direction)) for one in fresh)
    sample = fresh[0]
    hours = {hour for hour, *_sort in news}
    known = {
        (row.hour, row.space_id, row.object_class, row.direction): row
        for row in HourCount.objects.filter(camera_id=sample.camera_id, hour__in=hours)
    }
    changed = [known[sort] for sort in news if sort in known]
    for row in changed:
        row.count += news[row.hour, row.space_id, row.object_class, row.direction]
    HourCount.objects.bulk_update(changed, ("count",))
    HourCount.objects.bulk_create(
        HourCount(
            organisation_id=sample.organisation_id,
            camera_id=sample.camera_id,
            hour=hour,
            space_id=space,
            object_class=kind,
            direction=way,
            count=number,
        )
        for (hour, space, kind, way), number in news.items()
        if (hour, space, kind, way) not in known
    )


def _check(track: Track, camera: str) -> None:
    sound = (
        _TRACK_ID.fullmatch(track.id) is not None
        and track.camera == camera
        and 0 <= track.first <= track.last < 2**53
        and len(track.path) <= LONGEST_PATH
        and all(math.isfinite(value) for point in track.path for value in point)
    )
    if not sound:
        raise BadBatch(_("A track of the batch is not well formed."))


def _part(value: float) -> float:
    """Return a coordinate as a part of the picture; what runs over the edge is put on it."""
    return round(min(max(value, 0.0), 1.0), 4)


# --- the cameras' health -----------------------------------------------------------------------------------------------------


def note_health(*, at: datetime) -> int:
    """Keep what happened to the cameras since the last time, by the recorder's ledger, and return how many events that were.

    Telling the same ledger twice keeps nothing twice. While the footage's index cannot be read nothing is kept; it is made up for later.
    """
    cameras = list(devices.all_cameras())
    marks = dict(HealthMark.objects.values_list("pk", "through"))
    lasting = dict(HealthEvent.objects.filter(ended_at__isnull=True).values_list("camera_id").annotate(Min("at")).order_by())
    now = ticks_from_datetime(at)
    try:
        found = footage.captured_of({one.pk: (_since(marks.get(one.pk), lasting.get(one.pk), at), now) for one in cameras})
    except StoreError as error:
        _log.warning("the health of the cameras cannot be told: %s", error.message, extra={"code": error.code})
        return 0
    told = 0
    for camera in cameras:
        ledger = silences.with_the_untold(found[camera.pk], now=now, enabled=camera.enabled)
        if ledger:
            told += _note_camera(camera, ledger, marks.get(camera.pk), at, lasting=camera.pk in lasting)
    return told


def _since(mark: datetime | None, lasting: datetime | None, at: datetime) -> int:
    """Return from when on a camera's ledger is looked through: from before all that is not told yet."""
    since = at - LOOKED_BACK if mark is None else mark - LOOKED_AGAIN
    return ticks_from_datetime(since if lasting is None else min(since, lasting - timedelta(minutes=1)))


def _note_camera(camera: Camera, ledger: Sequence[Interval], mark: datetime | None, at: datetime, *, lasting: bool) -> int:
    """Look without a transaction first: most rounds find nothing, and need neither a turn nor a question to the database."""
    through = datetime_from_ticks(ledger[-1].end)
    stale = mark is None or through - mark >= _MARKED
    silent = lasting or silences.any_long(footage.silences(ledger))
    if not stale and not (silent and _news(camera, ledger)):
        return 0
    with transaction.atomic():
        take_turn("observations.note_health", camera.pk)
        kept = _keep(camera, _news(camera, ledger), at)
        if stale:
            HealthMark.objects.update_or_create(camera_id=camera.pk, defaults={"through": through})
        if kept:
            ids = tuple(event.pk for event in kept)
            publish(CameraHealthChanged(camera_id=camera.pk, organisation_id=camera.organisation_id, event_ids=ids), at=at)
    return len(kept)


def _news(camera: Camera, ledger: Sequence[Interval]) -> list[silences.News]:
    since = datetime_from_ticks(ledger[0].start - silences.NEAR)
    begun = HealthEvent.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=since), camera_id=camera.pk, kind=HealthKind.NO_PICTURE)
    known = [
        silences.Known(
            event.pk,
            ticks_from_datetime(event.at),
            None if event.ended_at is None else ticks_from_datetime(event.ended_at),
            GapCause(event.cause),
        )
        for event in begun.order_by("at")
    ]
    return silences.news(ledger, footage.silences(ledger), known)


def _keep(camera: Camera, found: Sequence[silences.News], at: datetime) -> list[HealthEvent]:
    events: list[HealthEvent] = []

    def event(kind: HealthKind, began: datetime, ended: datetime | None, cause: GapCause) -> None:
        when = began if kind is HealthKind.NO_PICTURE else ended or began
        values = {"organisation_id": camera.organisation_id, "at": when, "cause": cause, "ended_at": ended, "recorded_at": at}
        made, new = HealthEvent.objects.get_or_create(camera_id=camera.pk, kind=kind, began_at=began, defaults=values)
        if new:
            events.append(made)

    for one in found:
        if isinstance(one, silences.Renamed):
            HealthEvent.objects.filter(pk=one.id).update(cause=one.cause)
            continue
        began = datetime_from_ticks(one.start)
        if isinstance(one, silences.Begun):
            event(HealthKind.NO_PICTURE, began, None, one.cause)
            continue
        ended = datetime_from_ticks(one.end)
        HealthEvent.objects.filter(camera_id=camera.pk, kind=HealthKind.NO_PICTURE, began_at=began).update(ended_at=ended, cause=one.cause)
        event(HealthKind.SWITCHED_OFF if one.switched_off else HealthKind.PICTURE_AGAIN, began, ended, one.cause)
    return events
