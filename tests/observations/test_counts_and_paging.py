"""No row is missed or met twice, whatever is asked for; counts are what a recount gives."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citysquare.apps.devices.models import Camera
from citysquare.apps.observations import queries, services
from citysquare.apps.observations.directions import Direction, direction_of
from citysquare.apps.observations.models import HourCount, Observation
from citysquare.engine.model import ObjectClass, Track, TrackBatch, ticks_from_datetime
from tests.factories import EVERYWHERE, NOW, CameraFactory, ObservationFactory, OrganisationFactory, SpaceFactory, recount

pytestmark = pytest.mark.django_db

KINDS = (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.PERSON)
PATHS = {
    Direction.TOWARD: ((0.5, 0.2), (0.52, 0.9)),
    Direction.AWAY: ((0.5, 0.9), (0.5, 0.2)),
    Direction.LEFTWARD: ((0.9, 0.5), (0.1, 0.5)),
    Direction.RIGHTWARD: ((0.1, 0.5), (0.9, 0.55)),
    Direction.NONE: ((0.5, 0.5), (0.51, 0.5)),
}


@pytest.mark.parametrize(("way", "path"), PATHS.items())
def test_a_direction_is_told_from_the_ends_of_the_path(way: Direction, path: tuple[tuple[float, float], ...]) -> None:
    assert direction_of(path) is way
    assert direction_of([*path[:1], (0.5, 0.5), *path[1:]]) is way


@pytest.mark.parametrize("path", [(), ((0.1, 0.1),), ((float("nan"), 0.1), (0.9, 0.9))])
def test_a_path_without_ends_has_no_direction(path: tuple[tuple[float, float], ...]) -> None:
    assert direction_of(path) is Direction.NONE


# Few values each, so that equal times and rare sorts happen. Identifiers of mixed letters: each database has its own idea of their order.
SEEN = st.tuples(
    st.integers(0, 3),
    st.sampled_from(KINDS),
    st.sampled_from(list(Direction)),
    st.integers(0, 1),
    st.text("aBcZ09-_", min_size=8, max_size=8),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    seen=st.lists(SEEN, max_size=40, unique_by=lambda one: one[-1]),
    kind=st.sampled_from(["", *KINDS]),
    way=st.sampled_from([None, *Direction]),
    place=st.sampled_from(["organisation", "camera", "space", "both"]),
    limit=st.integers(1, 7),
)
def test_paging_meets_every_row_once_and_in_order(
    seen: list[tuple[int, ObjectClass, Direction, int, str]], kind: str, way: Direction | None, place: str, limit: int
) -> None:
    Observation.objects.all().delete()
    Camera.objects.all().delete()
    city = OrganisationFactory.create()
    cameras = CameraFactory.create_batch(2, organisation=city)
    for seconds, one, direction, camera, pk in seen:
        ObservationFactory.create(
            id=pk, camera=cameras[camera], object_class=one, direction=direction, first=NOW + timedelta(seconds=seconds)
        )
    recount()
    where = cameras[0]
    wanted = queries.Wanted(
        city.pk,
        EVERYWHERE,
        camera_id=where.pk if place in {"camera", "both"} else "",
        space_id=where.space_id if place in {"space", "both"} else "",
        object_class=kind,
        direction=way,
    )
    expected = sorted(
        (
            (NOW + timedelta(seconds=seconds), pk)
            for seconds, one, direction, camera, pk in seen
            if kind in {"", one} and way in {None, direction} and (place == "organisation" or camera == 0)
        ),
        reverse=True,
    )
    met: list[tuple[datetime, str]] = []
    before: queries.Place | None = None
    while rows := queries.page(wanted, limit=limit, before=before):
        met += [(row.first, row.pk) for row in rows]
        before = queries.Place(rows[-1].first, rows[-1].pk)
    assert met == expected
    assert [(row.first, row.pk) for row in queries.stream(wanted)] == expected
    HourCount.objects.all().delete()
    Observation.objects.all().delete()


def counted() -> dict[tuple[object, ...], int]:
    return {
        (row.organisation_id, row.space_id, row.camera_id, row.object_class, row.direction, row.hour): row.count
        for row in HourCount.objects.all()
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    batches=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.lists(
                st.tuples(st.integers(0, 9), st.sampled_from(KINDS), st.sampled_from(list(Direction)), st.integers(0, 200)), max_size=8
            ),
        ),
        max_size=6,
    ),
)
def test_counts_are_what_a_recount_gives(batches: list[tuple[int, list[tuple[int, ObjectClass, Direction, int]]]]) -> None:
    HourCount.objects.all().delete()
    Observation.objects.all().delete()
    cameras = CameraFactory.create_batch(2)
    for number, tracks in batches:
        camera = cameras[number].pk
        made = tuple(
            Track(
                str(uuid.UUID(int=number * 100 + identity, version=4)),
                camera,
                kind,
                ticks_from_datetime(NOW + timedelta(minutes=minutes)),
                ticks_from_datetime(NOW + timedelta(minutes=minutes, seconds=3)),
                PATHS[way],
            )
            for identity, kind, way, minutes in tracks
        )
        services.accept_batch(batch=TrackBatch(camera, made, ticks_from_datetime(NOW)), at=NOW)
        services.accept_batch(batch=TrackBatch(camera, made, ticks_from_datetime(NOW)), at=NOW)
    by_service = counted()
    recount()
    assert by_service == counted()
    assert sum(by_service.values()) == Observation.objects.count()


def test_a_camera_that_moved_is_found_in_each_of_its_spaces() -> None:
    city = OrganisationFactory.create()
    old, new, never = SpaceFactory.create_batch(3, organisation=city)
    camera = CameraFactory.create(organisation=city, space=old)
    before = ObservationFactory.create(camera=camera, first=NOW - timedelta(days=3))
    camera.space = new
    camera.save()
    after = ObservationFactory.create(camera=camera, first=NOW)
    recount()
    found = {
        space.pk: [row.pk for row in queries.page(queries.Wanted(city.pk, EVERYWHERE, camera.pk, space.pk), limit=5)]
        for space in (old, new, never)
    }
    assert found == {old.pk: [before.pk], new.pk: [after.pk], never.pk: []}


def test_a_camera_of_another_city_shows_nothing() -> None:
    camera = CameraFactory.create()
    ObservationFactory.create(camera=camera)
    recount()
    stranger = OrganisationFactory.create()
    for kind, way in itertools.product(("", "car"), (None, Direction.RIGHTWARD)):
        wanted = queries.Wanted(stranger.pk, EVERYWHERE, camera.pk, object_class=kind, direction=way)
        assert queries.page(wanted, limit=5) == []
        assert list(queries.stream(wanted)) == []
        assert queries.counted(wanted) == []


def test_hours_are_counted_by_group() -> None:
    camera = CameraFactory.create()
    for minutes, kind in ((5, ObjectClass.CAR), (59, ObjectClass.CAR), (61, ObjectClass.BUS)):
        ObservationFactory.create(camera=camera, first=NOW + timedelta(minutes=minutes), object_class=kind)
    recount()
    wanted = queries.Wanted(camera.organisation_id, EVERYWHERE, since=NOW, until=NOW + timedelta(hours=2))
    assert queries.counted(wanted, by="class") == [(NOW, "car", 2), (NOW + timedelta(hours=1), "bus", 1)]
    assert queries.counted(wanted) == [(NOW, "", 2), (NOW + timedelta(hours=1), "", 1)]


def test_rows_kept_before_are_given_their_direction_and_counted() -> None:
    from importlib import import_module

    from django.apps import apps

    fill = import_module("citysquare.apps.observations.migrations.0003_fill_directions_and_counts").fill
    camera = CameraFactory.create()
    for index, path in enumerate(PATHS.values()):
        for _ in range(index + 1):
            ObservationFactory.create(camera=camera, direction="", path=path, first=datetime(2026, 5, 1, index, 59, 59, tzinfo=UTC))
    for _ in range(2):
        fill(apps, None)
    assert {row.direction: row.count for row in HourCount.objects.all()} == {str(way): index + 1 for index, way in enumerate(PATHS)}
    filled = counted()
    recount()
    assert filled == counted()
