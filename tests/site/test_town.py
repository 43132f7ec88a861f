"""The demo's town stands on the map: spaces with zones, cameras within them; what a person changed stays as it is."""

from __future__ import annotations

import pytest

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import services as devices
from citysquare.apps.devices.models import Camera
from citysquare.apps.spaces import queries, services
from citysquare.apps.spaces.models import Space, Zone
from citysquare.simulator.catalogue import catalogue
from citysquare.site import town
from tests.factories import NOW, CameraFactory, SpaceFactory

pytestmark = pytest.mark.django_db
PORT = 8554


@pytest.fixture
def city() -> Organisation:
    return town.town_organisation(at=NOW)


def enter(city: Organisation, cameras: int = 8) -> None:
    town.enter_simulated_cameras(organisation=city, cameras=catalogue(cameras), port=PORT, at=NOW)


def test_every_simulated_camera_stands_in_a_drawn_space(city: Organisation) -> None:
    enter(city, 30)
    assert Camera.objects.filter(latitude__isnull=True).count() == 0
    assert Space.objects.filter(area__isnull=True).count() == 0
    assert Zone.objects.count() >= 20
    for camera in Camera.objects.all():
        assert camera.longitude is not None
        assert camera.latitude is not None
        assert (queries.distance_to_space(camera.space_id, (camera.longitude, camera.latitude)) or 0) <= devices.FARTHEST_OUTSIDE


def test_names_are_there_in_four_languages(city: Organisation) -> None:
    enter(city)
    for names in (*Space.objects.values_list("names", flat=True), *Zone.objects.values_list("names", flat=True)):
        assert set(names) == {"en", "bg", "uk", "ro"}


def test_a_second_demo_keeps_what_a_person_changed(city: Organisation) -> None:
    enter(city)
    space, camera = Space.objects.earliest("pk"), Camera.objects.earliest("pk")
    services.change_space(space_id=space.pk, names={"en": "My name"}, kind="park", at=NOW)
    zone = Zone.objects.filter(space=space).earliest("pk")
    services.remove_zone(space_id=space.pk, zone_id=zone.pk, at=NOW)
    view = devices.CameraView(camera.latitude or 0, camera.longitude or 0, 12.0, 33.0, 44.0)
    devices.place_camera(camera_id=camera.pk, view=view, at=NOW)
    before = (Space.objects.count(), Zone.objects.count(), Camera.objects.count())
    enter(city)
    assert (Space.objects.count(), Zone.objects.count(), Camera.objects.count()) == before
    space.refresh_from_db()
    zone.refresh_from_db()
    camera.refresh_from_db()
    assert (space.names, space.kind, zone.removed_at) == ({"en": "My name"}, "park", NOW)
    assert (camera.azimuth, camera.view_angle) == (12.0, 33.0)


def test_a_camera_of_an_older_demo_comes_onto_the_map(city: Organisation) -> None:
    bare = SpaceFactory.create(organisation=city)
    camera = CameraFactory.create(organisation=city, space=bare, main_url=f"rtsp://127.0.0.1:{PORT}/cam1/main")
    enter(city, 1)
    camera.refresh_from_db()
    assert camera.placed
    assert camera.space.external_id.startswith("town:")
