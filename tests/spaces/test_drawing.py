"""Spaces are drawn, zones lie within them and can be taken back, and what hangs on a space keeps it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.events import SpaceChanged, SpaceRemoved
from citysquare.apps.spaces.models import Space, Zone
from citysquare.platform.events import subscribe, unsubscribe
from tests.factories import NOW, CameraFactory, ObservationFactory, OrganisationFactory, SpaceFactory, seeing
from tests.spaces.shapes import HOME, bow_tie, square

pytestmark = pytest.mark.django_db


def drawn(side: float = 0.01) -> Space:
    space = SpaceFactory.create()
    return services.draw_boundary(space_id=space.pk, geometry=square(side=side), at=NOW)


def zone_of(space: Space, x: float = HOME[0] + 0.001, y: float = HOME[1] + 0.001, name: str = "Stage") -> Zone:
    entry = services.ZoneEntry(names={"en": name}, kind="stage", boundary=square(x, y))
    return services.add_zone(space_id=space.pk, entry=entry, at=NOW)


def test_a_drawn_space_has_an_area_and_a_marker_within() -> None:
    space = drawn(0.001)
    assert space.area == pytest.approx(8710, rel=0.01)
    assert space.longitude == pytest.approx(28.8405)
    assert space.latitude == pytest.approx(45.3505)
    assert queries.distance_to_space(space.pk, (28.8405, 45.3505)) == 0
    assert queries.distance_to_space(space.pk, (28.8405, 45.352)) == pytest.approx(111.1, rel=0.01)


def test_a_space_that_is_not_drawn_has_no_distance() -> None:
    assert queries.distance_to_space(SpaceFactory.create().pk, HOME) is None


def test_the_city_says_where_swapped_axes_would_lead() -> None:
    near = drawn()
    other = SpaceFactory.create(organisation=near.organisation)
    with pytest.raises(services.SwappedAxes):
        services.draw_boundary(space_id=other.pk, geometry=square(HOME[1], HOME[0]), at=NOW)
    services.draw_boundary(space_id=other.pk, geometry=square(HOME[1], HOME[0]), at=NOW, axes=services.Axes.SWAP)
    assert Space.objects.get(pk=other.pk).longitude == pytest.approx(HOME[0], abs=0.01)


def test_what_cannot_be_drawn_changes_nothing() -> None:
    space = drawn()
    with pytest.raises(services.SelfCrossing):
        services.draw_boundary(space_id=space.pk, geometry=bow_tie(), at=NOW)
    assert Space.objects.get().boundary == space.boundary


def test_a_zone_lies_within_its_space() -> None:
    space = drawn()
    assert zone_of(space).area == pytest.approx(8710, rel=0.01)
    with pytest.raises(services.ZoneOutsideSpace, match=r"\d+ m out of its space"):
        zone_of(space, x=HOME[0] + 0.0095)
    with pytest.raises(services.ZoneOutsideSpace, match="boundary first"):
        zone_of(SpaceFactory.create())


def test_a_space_does_not_shrink_away_from_its_zones() -> None:
    space = drawn()
    zone_of(space, HOME[0] + 0.008, HOME[1] + 0.008, "Far corner")
    with pytest.raises(services.ZoneOutsideSpace, match="Far corner"):
        services.draw_boundary(space_id=space.pk, geometry=square(side=0.005), at=NOW)
    with pytest.raises(services.ZoneOutsideSpace):
        services.draw_boundary(space_id=space.pk, geometry=None, at=NOW)


def test_a_change_of_a_zone_is_taken_back_and_brought_back() -> None:
    space = drawn()
    zone = zone_of(space)
    other = services.ZoneEntry(names={"en": "Seats"}, kind="seating", boundary=square(HOME[0] + 0.002, HOME[1] + 0.002))
    services.change_zone(space_id=space.pk, zone_id=zone.pk, entry=other, at=NOW)
    assert services.undo_zone(space_id=space.pk, zone_id=zone.pk, at=NOW).name == "Stage"
    again = services.undo_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
    assert (again.name, again.kind) == ("Seats", "seating")


def test_a_removed_zone_can_be_put_back() -> None:
    space = drawn()
    zone = zone_of(space)
    services.remove_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
    assert queries.zones_of(space.pk) == []
    assert queries.map_features(seeing(space.organisation_id))["features"][0]["properties"]["zones"] == 0
    services.undo_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
    assert queries.zones_of(space.pk) == [zone]


def test_a_removed_zone_that_no_longer_fits_stays_away() -> None:
    space = drawn()
    zone = zone_of(space, HOME[0] + 0.008, HOME[1] + 0.008)
    services.remove_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
    services.draw_boundary(space_id=space.pk, geometry=square(side=0.005), at=NOW)
    with pytest.raises(services.ZoneOutsideSpace):
        services.undo_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)


def test_only_the_last_removed_zones_are_kept() -> None:
    space = drawn()
    for _number in range(23):
        services.remove_zone(space_id=space.pk, zone_id=zone_of(space).pk, at=NOW)
    assert len(queries.removed_zones_of(space.pk)) == 20


def test_a_new_zone_has_nothing_to_take_back() -> None:
    space = drawn()
    with pytest.raises(services.NothingToUndo):
        services.undo_zone(space_id=space.pk, zone_id=zone_of(space).pk, at=NOW)


def test_a_zone_of_another_space_is_not_found() -> None:
    zone = zone_of(drawn())
    with pytest.raises(queries.NoSuchZone):
        services.remove_zone(space_id=drawn().pk, zone_id=zone.pk, at=NOW)


def test_a_space_stays_while_cameras_hang_on_it() -> None:
    camera = CameraFactory.create()
    with pytest.raises(services.SpaceInUse, match="One camera"):
        services.remove_space(space_id=camera.space_id, at=NOW)
    CameraFactory.create(organisation=camera.organisation, space=camera.space)
    with pytest.raises(services.SpaceInUse, match="2 cameras"):
        services.remove_space(space_id=camera.space_id, at=NOW)


def test_a_space_stays_while_observations_name_it() -> None:
    seen = ObservationFactory.create()
    seen.camera.space = SpaceFactory.create(organisation=seen.organisation)
    seen.camera.save()
    with pytest.raises(services.SpaceInUse, match="Observations"):
        services.remove_space(space_id=seen.space_id, at=NOW)


def test_a_space_goes_with_its_zones() -> None:
    space = drawn()
    zone_of(space)
    services.remove_space(space_id=space.pk, at=NOW)
    assert (Space.objects.count(), Zone.objects.count()) == (0, 0)


def test_the_city_s_register_calls_a_space_once() -> None:
    city = OrganisationFactory.create()
    entry = services.SpaceEntry(names={"en": "A"}, external_id="7")
    services.enter_space(organisation_id=city.pk, entry=entry, at=NOW)
    with pytest.raises(services.SpaceExists):
        services.enter_space(organisation_id=city.pk, entry=entry, at=NOW)
    services.enter_space(organisation_id=OrganisationFactory.create().pk, entry=entry, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SpaceFactory.create(organisation=city, external_id="7")


@pytest.mark.django_db(transaction=True)
def test_every_change_is_announced() -> None:
    heard: list[object] = []
    subscribe(SpaceChanged, "test", heard.append)
    subscribe(SpaceRemoved, "test", heard.append)
    try:
        space = drawn()
        zone = zone_of(space)
        services.remove_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
        services.undo_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
        services.change_space(space_id=space.pk, names={"en": "Other"}, kind="park", at=NOW)
        services.remove_space(space_id=space.pk, at=NOW)
    finally:
        unsubscribe(SpaceChanged, "test")
        unsubscribe(SpaceRemoved, "test")
    assert [type(event) for event in heard] == [SpaceChanged] * 5 + [SpaceRemoved]


def test_the_map_asks_twice_however_many_spaces_there_are(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    city = OrganisationFactory.create()
    for _number in range(8):
        space = SpaceFactory.create(organisation=city)
        services.draw_boundary(space_id=space.pk, geometry=square(side=0.01), at=NOW)
        zone_of(space)
    SpaceFactory.create(organisation=city, latitude=45.0, longitude=28.0)
    SpaceFactory.create(organisation=city)
    with django_assert_num_queries(2):
        features = queries.map_features(seeing(city.pk))["features"]
    assert sorted(feature["properties"]["what"] for feature in features) == ["space"] * 9 + ["zone"] * 8
