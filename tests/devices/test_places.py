"""Cameras stand on the map: near their space, with a view that makes sense; the map and programs read it at no cost per camera."""

from __future__ import annotations

import math

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import queries, services
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.services import CameraView
from citysquare.apps.spaces import services as spaces
from citysquare.apps.spaces.models import Space
from citysquare.apps.spaces.queries import NoSuchSpace
from citysquare.platform.geometry import View, area_metres, view_outline
from citysquare.platform.policy import Role
from tests.factories import NOW, CameraFactory, OrganisationFactory, SpaceFactory, person, seeing, signed_in

WEST, SOUTH, SIDE = 28.84, 45.35, 0.002
SQUARE = [[WEST, SOUTH], [WEST + SIDE, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST, SOUTH + SIDE], [WEST, SOUTH]]
INSIDE = {
    "latitude": SOUTH + 0.001,
    "longitude": WEST + 0.001,
    "azimuth": 90.0,
    "view_angle": 70.0,
    "range_metres": 40.0,
    "height_metres": 6.0,
}


def view(**values: float | None) -> CameraView:
    given_values: dict[str, float | None] = {**INSIDE, **values}
    return CameraView(**given_values)  # type: ignore[arg-type]  # the tests put nonsense in on purpose


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def space(city: Organisation) -> Space:
    made = SpaceFactory.create(organisation=city, names={"en": "Market square"})
    return spaces.draw_boundary(space_id=made.pk, geometry={"type": "Polygon", "coordinates": [SQUARE]}, at=NOW)


@pytest.fixture
def camera(space: Space) -> Camera:
    return CameraFactory.create(organisation=space.organisation, space=space)


@pytest.fixture
def administrator(city: Organisation) -> Client:
    return signed_in(person(city, Role.ADMINISTRATOR))


def place(camera: Camera, **values: float | None) -> Camera:
    return services.place_camera(camera_id=camera.pk, view=view(**values), at=NOW)


def test_a_camera_is_placed(camera: Camera) -> None:
    placed = place(camera, azimuth=360.0)
    assert placed.placed
    assert placed.azimuth == 0, "north is 0, however it is said"
    assert place(camera, height_metres=None).height_metres is None


def test_the_house_across_the_street_is_near_enough(camera: Camera) -> None:
    assert place(camera, latitude=SOUTH - 0.0004).placed


def test_a_camera_far_outside_of_its_space_is_refused_and_says_how_far(camera: Camera) -> None:
    with pytest.raises(services.CameraOutsideSpace, match=r"445 m outside of Market square.*closer than 50 m"):
        place(camera, latitude=SOUTH - 0.004)
    camera.refresh_from_db()
    assert not camera.placed


def test_swapped_latitude_and_longitude_are_recognised(camera: Camera) -> None:
    with pytest.raises(services.CameraOutsideSpace, match="swapped"):
        place(camera, latitude=INSIDE["longitude"], longitude=INSIDE["latitude"])


def test_a_space_that_is_not_drawn_refuses_no_camera(city: Organisation) -> None:
    assert place(CameraFactory.create(organisation=city), latitude=-10.0).placed


@pytest.mark.parametrize(
    "values",
    [
        {"latitude": 90.1},
        {"latitude": math.nan},
        {"longitude": -180.1},
        {"longitude": math.inf},
        {"azimuth": -1.0},
        {"azimuth": 361.0},
        {"view_angle": 0.0},
        {"view_angle": 361.0},
        {"range_metres": 0.0},
        {"range_metres": math.inf},
        {"height_metres": -1.0},
        {"height_metres": math.nan},
    ],
)
def test_a_view_that_no_camera_has_is_refused(camera: Camera, values: dict[str, float]) -> None:
    with pytest.raises(services.BadView):
        place(camera, **values)


@pytest.mark.parametrize(
    "values", [{"latitude": 45.0}, {**INSIDE, "azimuth": 360.0}, {**INSIDE, "range_metres": None}, {"height_metres": -1.0}]
)
@pytest.mark.django_db
def test_the_database_refuses_half_a_view(values: dict[str, float | None]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CameraFactory.create(**values)


def test_a_camera_that_moves_to_a_space_elsewhere_leaves_the_map(camera: Camera) -> None:
    place(camera)
    other = SpaceFactory.create(organisation=camera.organisation)
    assert services.move_camera(camera_id=camera.pk, space_id=other.pk, at=NOW).placed, "nobody knows where the other one is"
    far = [[x + 0.02, y] for x, y in SQUARE]
    spaces.draw_boundary(space_id=camera.space_id, geometry={"type": "Polygon", "coordinates": [far]}, at=NOW)
    third = SpaceFactory.create(organisation=camera.organisation)
    spaces.draw_boundary(space_id=third.pk, geometry={"type": "Polygon", "coordinates": [far]}, at=NOW)
    assert not services.move_camera(camera_id=camera.pk, space_id=third.pk, at=NOW).placed


def test_a_camera_does_not_move_to_another_city(camera: Camera) -> None:
    with pytest.raises(NoSuchSpace):
        services.move_camera(camera_id=camera.pk, space_id=SpaceFactory.create().pk, at=NOW)


@given(st.floats(0, 359.9), st.floats(1, 360), st.floats(1, 5000), st.floats(-60, 70))
def test_a_view_is_a_slice_of_a_circle(azimuth: float, angle: float, reach: float, latitude: float) -> None:
    outline = view_outline(View(28.8, latitude, azimuth, angle, reach))
    assert outline.is_valid
    assert area_metres(outline) == pytest.approx(math.pi * reach**2 * angle / 360, rel=0.02, abs=0.1)


def test_the_map_asks_once_however_many_cameras_there_are(space: Space, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    CameraFactory.create_batch(20, organisation=space.organisation, space=space, **INSIDE)
    CameraFactory.create(organisation=space.organisation, space=space)
    with django_assert_num_queries(1):
        features = queries.map_features(seeing(space.organisation_id))["features"]
    assert [feature["properties"]["what"] for feature in features[:2]] == ["camera", "view"]
    assert len(features) == 40
    assert "rtsp" not in str(features)


def test_a_camera_is_placed_on_its_page(camera: Camera, administrator: Client) -> None:
    page = administrator.get(f"/cameras/{camera.pk}/place/").content.decode()
    assert "Market square" in page
    answer = administrator.post(f"/cameras/{camera.pk}/place/", {key: str(value) for key, value in INSIDE.items()})
    assert answer.status_code == 302
    assert Camera.objects.get().azimuth == 90.0


@pytest.mark.parametrize("values", [{"latitude": ""}, {"latitude": "nan"}, {"view_angle": "400"}, {"latitude": "45.0"}])
def test_a_place_that_does_not_fit_is_explained(camera: Camera, administrator: Client, values: dict[str, str]) -> None:
    answer = administrator.post(f"/cameras/{camera.pk}/place/", {**{key: str(value) for key, value in INSIDE.items()}, **values})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Camera.objects.get().placed


def test_addresses_are_changed_without_ever_being_shown(camera: Camera, administrator: Client) -> None:
    page = administrator.get(f"/cameras/{camera.pk}/streams/").content.decode()
    assert "secret" not in page
    administrator.post(f"/cameras/{camera.pk}/streams/", {"address": "192.168.1.77/new", "user": "me", "password": "hunter2"})
    assert queries.streams_of(Camera.objects.get()).main_url == "rtsp://me:hunter2@192.168.1.77/new"


def test_a_camera_that_leaves_the_map_is_placed_anew(camera: Camera, administrator: Client) -> None:
    place(camera)
    other = SpaceFactory.create(organisation=camera.organisation)
    far = [[x + 0.02, y] for x, y in SQUARE]
    spaces.draw_boundary(space_id=other.pk, geometry={"type": "Polygon", "coordinates": [far]}, at=NOW)
    answer = administrator.post(f"/cameras/{camera.pk}/edit/", {"name_en": "Bridge", "space": other.pk, "order": "1"})
    assert answer["Location"] == f"/cameras/{camera.pk}/place/"


def test_programs_read_where_cameras_stand_and_never_how_to_reach_them(
    camera: Camera, administrator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    place(camera)
    CameraFactory.create_batch(20, organisation=camera.organisation, space=camera.space)
    CameraFactory.create()
    with django_assert_max_num_queries(10):
        answer = administrator.get("/api/v1/cameras?limit=500")
    assert len(answer.json()["items"]) == 21
    one = administrator.get(f"/api/v1/cameras/{camera.pk}").json()
    assert one["view"]["azimuth"] == 90.0
    assert "rtsp" not in answer.content.decode()
    assert administrator.get(f"/api/v1/cameras/{CameraFactory.create().pk}").status_code == 404
