"""Every write to observations."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.devices import queries as devices
from citysquare.apps.observations.directions import direction_of
from citysquare.apps.observations.events import ObservationsRecorded
from citysquare.apps.observations.models import LONGEST_TRACK_ID, HourCount, Observation
from citysquare.apps.observations.queries import hour_of
from citysquare.engine.model import Track, TrackBatch, datetime_from_ticks
from citysquare.platform.errors import DomainError
from citysquare.platform.events import publish
from citysquare.platform.turns import take_turn

if TYPE_CHECKING:
    from citysquare.apps.devices.models import Camera

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
