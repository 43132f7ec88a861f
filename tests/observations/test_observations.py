"""What was seen: each track kept once, counted right, found again."""

from __future__ import annotations

import math
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.observations import queries, services
from citysquare.apps.observations.models import Observation
from citysquare.engine.model import ObjectClass, Track, TrackBatch, ticks_from_datetime
from citysquare.platform.ids import new_id
from citysquare.platform.models import OutboxEvent
from citysquare.site.sink import DatabaseSink
from tests.factories import NOW, CameraFactory, ObservationFactory

pytestmark = pytest.mark.django_db


def track(camera: str, *, seconds_ago: float = 10, kind: ObjectClass = ObjectClass.CAR) -> Track:
    first = ticks_from_datetime(NOW - timedelta(seconds=seconds_ago))
    return Track(str(uuid.uuid4()), camera, kind, first, first + 90_000 * 4, ((0.1, 0.5), (0.9, 0.55)))


def batch(camera: str, *tracks: Track) -> TrackBatch:
    return TrackBatch(camera, tracks, ticks_from_datetime(NOW))


def test_a_batch_is_kept_with_its_owner_and_space() -> None:
    camera = CameraFactory.create()
    seen = track(camera.pk)
    assert services.accept_batch(batch=batch(camera.pk, seen), at=NOW) == 1
    kept = Observation.objects.get()
    assert (kept.pk, kept.organisation_id, kept.space_id) == (seen.id, camera.organisation_id, camera.space_id)
    assert (kept.first, kept.last - kept.first) == (NOW - timedelta(seconds=10), timedelta(seconds=4))
    assert kept.path == [[0.1, 0.5], [0.9, 0.55]]


def test_the_same_batch_twice_changes_nothing() -> None:
    camera = CameraFactory.create()
    seen = batch(camera.pk, *(track(camera.pk) for _ in range(5)))
    assert services.accept_batch(batch=seen, at=NOW) == 5
    assert services.accept_batch(batch=seen, at=NOW + timedelta(hours=1)) == 0
    assert Observation.objects.count() == 5
    assert set(Observation.objects.values_list("recorded_at", flat=True)) == {NOW}


def test_a_batch_that_overlaps_an_earlier_one_adds_what_is_new() -> None:
    camera = CameraFactory.create()
    old, new = track(camera.pk), track(camera.pk)
    services.accept_batch(batch=batch(camera.pk, old), at=NOW)
    assert services.accept_batch(batch=batch(camera.pk, old, new, new), at=NOW) == 1
    assert Observation.objects.count() == 2


def test_a_large_batch_is_kept_in_few_statements(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    camera = CameraFactory.create()
    seen = batch(camera.pk, *(track(camera.pk) for _ in range(100)))
    with django_assert_max_num_queries(10):
        services.accept_batch(batch=seen, at=NOW)


def test_one_event_announces_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from citysquare.apps.observations.events import ObservationsRecorded
    from citysquare.platform.events import subscribe, unsubscribe

    subscribe(ObservationsRecorded, "tests.nobody", lambda _event: None)
    try:
        camera = CameraFactory.create()
        seen = batch(camera.pk, track(camera.pk), track(camera.pk))
        services.accept_batch(batch=seen, at=NOW)
        services.accept_batch(batch=seen, at=NOW)
        services.accept_batch(batch=batch(camera.pk), at=NOW)
    finally:
        unsubscribe(ObservationsRecorded, "tests.nobody")
    event = OutboxEvent.objects.get()
    assert event.payload["camera_id"] == camera.pk
    assert set(event.payload["observation_ids"]) == {one.id for one in seen.tracks}


def test_a_camera_that_is_not_registered_is_refused() -> None:
    with pytest.raises(services.UnknownCamera):
        services.accept_batch(batch=batch(new_id(), track("x")), at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "short"},
        {"id": "x" * 65},
        {"id": "../../etc/passwd"},
        {"camera": "another"},
        {"first": -1},
        {"last": 0},
        {"last": 2**60},
        {"path": ((math.nan, 0.5),)},
        {"path": ((0.5, math.inf),)},
        {"path": ((0.5, 0.5),) * 17},
    ],
)
def test_a_track_that_is_not_well_formed_is_refused_with_its_batch(changes: dict[str, object]) -> None:
    camera = CameraFactory.create()
    odd = replace(track(camera.pk), **changes)  # type: ignore[arg-type]  # odd on purpose
    with pytest.raises(services.BadBatch):
        services.accept_batch(batch=batch(camera.pk, track(camera.pk), odd), at=NOW)
    assert Observation.objects.count() == 0


def test_a_batch_without_end_is_refused() -> None:
    camera = CameraFactory.create()
    one = track(camera.pk)
    with pytest.raises(services.BadBatch):
        services.accept_batch(batch=batch(camera.pk, *([one] * (services.LARGEST_BATCH + 1))), at=NOW)


def test_what_runs_over_the_edge_of_the_picture_is_put_on_it() -> None:
    camera = CameraFactory.create()
    services.accept_batch(batch=batch(camera.pk, replace(track(camera.pk), path=((-0.1, 0.5), (1.2, 0.5)))), at=NOW)
    assert Observation.objects.get().path == [[0.0, 0.5], [1.0, 0.5]]


@pytest.mark.django_db(transaction=True)  # the sink closes connections that are too old
def test_the_sink_drops_what_will_never_fit_and_passes_on_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = DatabaseSink()
    sink.accept(batch(new_id(), track("x")))
    camera = CameraFactory.create()
    sink.accept(batch(camera.pk, replace(track(camera.pk), id="short")))
    assert Observation.objects.count() == 0
    sink.accept(batch(camera.pk, track(camera.pk)))
    assert Observation.objects.count() == 1

    def away(**_values: object) -> int:
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "accept_batch", away)
    with pytest.raises(OperationalError):
        sink.accept(batch(camera.pk, track(camera.pk)))


def test_counts_are_of_the_last_hour_and_the_last_day() -> None:
    camera = CameraFactory.create()
    for minutes, kind in (
        (5, ObjectClass.CAR),
        (59, ObjectClass.CAR),
        (61, ObjectClass.CAR),
        (23 * 60, ObjectClass.BUS),
        (25 * 60, ObjectClass.BUS),
    ):
        ObservationFactory.create(camera=camera, first=NOW - timedelta(minutes=minutes), object_class=kind)
    ObservationFactory.create(first=NOW - timedelta(minutes=5))
    counted = queries.counts(camera_id=camera.pk, at=NOW)
    assert [(count.object_class, count.hour, count.day) for count in counted] == [(ObjectClass.CAR, 2, 3), (ObjectClass.BUS, 0, 1)]
    assert queries.counts(camera_id="another", at=NOW) == []


def test_hours_are_counted_and_empty_ones_are_there() -> None:
    camera = CameraFactory.create()
    at = NOW + timedelta(minutes=30)
    for minutes in (1, 29, 31, 200):
        ObservationFactory.create(camera=camera, first=at - timedelta(minutes=minutes))
    hours = queries.hourly(camera_id=camera.pk, at=at)
    assert len(hours) == 24
    assert hours[-1] == (NOW, 2)
    assert hours[-2][1] == 1
    assert sum(total for _start, total in hours) == 4


def test_what_ended_in_a_span_is_counted_by_its_end() -> None:
    camera = CameraFactory.create()
    ObservationFactory.create(camera=camera, first=NOW - timedelta(seconds=2), last=NOW + timedelta(seconds=1))
    ObservationFactory.create(camera=camera, first=NOW, last=NOW + timedelta(minutes=2))
    minute = NOW + timedelta(minutes=1)
    assert queries.count_finished(since=NOW, until=minute, cameras=(camera.pk,)) == 1
    assert queries.count_finished(since=NOW, until=minute, cameras=()) == 0
