"""The map's page: everything on it also stands in a list, states come by themselves, and a look is asked for and logged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import queries
from citysquare.apps.spaces.models import Space
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, OrganisationFactory, SpaceFactory, person, signed_in

pytestmark = pytest.mark.django_db

SQUARE = {"type": "Polygon", "coordinates": [[[28.84, 45.34], [28.842, 45.34], [28.842, 45.342], [28.84, 45.342], [28.84, 45.34]]]}
VIEW = {"latitude": 45.341, "longitude": 28.841, "azimuth": 30.0, "view_angle": 60.0, "range_metres": 40.0}


class Counting:
    """Stands for the room that counts."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts

    def seen_last_hour(self, *, organisation_id: str, at: datetime) -> dict[str, int]:
        del organisation_id, at
        return self.counts


@pytest.fixture
def city() -> Organisation:
    organisation: Organisation = OrganisationFactory.create()
    return organisation


@pytest.fixture
def space(city: Organisation) -> Space:
    made: Space = SpaceFactory.create(organisation=city, names={"en": "Market square"}, boundary=SQUARE)
    return made


@pytest.fixture
def camera(city: Organisation, space: Space) -> Camera:
    made: Camera = CameraFactory.create(organisation=city, space=space, names={"en": "By the well"}, **VIEW)
    return made


@pytest.fixture
def client(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


def features(client: Client) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for feature in client.get("/map/features.json").json()["features"]:
        found.setdefault(feature["properties"]["what"], []).append(feature)
    return found


def test_an_empty_map_says_what_to_do_next(city: Organisation) -> None:
    administrator = signed_in(person(city, Role.ADMINISTRATOR)).get("/map/").content.decode()
    assert "/spaces/add/" in administrator
    assert "/cameras/add/" in administrator
    auditor = signed_in(person(city, Role.AUDITOR)).get("/map/").content.decode()
    assert "/cameras/add/" not in auditor


def test_the_list_says_what_the_map_shows(client: Client, camera: Camera) -> None:
    page = client.get("/map/").content.decode()
    assert "Market square" in page
    assert f'href="/cameras/{camera.pk}/"' in page
    assert "The recorder does not report" in page


def test_spaces_cameras_and_what_they_see_are_on_the_map(client: Client, camera: Camera) -> None:
    found = features(client)
    assert found["space"][0]["properties"]["name"] == "Market square"
    assert found["camera"][0]["geometry"]["coordinates"] == [28.841, 45.341]
    assert found["camera"][0]["properties"]["state"] == "waiting"
    assert found["view"][0]["properties"]["camera"] == camera.pk


def test_a_camera_without_a_place_stands_in_the_list_only(client: Client, city: Organisation, space: Space) -> None:
    CameraFactory.create(organisation=city, space=space, names={"en": "Somewhere"})
    assert "camera" not in features(client)
    assert "Not on the map yet" in client.get("/map/").content.decode()
    administrator = signed_in(person(city, Role.ADMINISTRATOR)).get("/map/").content.decode()
    assert "/place/" in administrator


def test_another_organisations_things_are_not_shown(camera: Camera) -> None:
    stranger = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    assert features(stranger) == {}
    assert camera.pk not in stranger.get("/map/").content.decode()
    assert stranger.get(f"/map/cameras/{camera.pk}/").status_code == 403
    assert stranger.get("/map/status.json").json() == {"cameras": {}}


@pytest.mark.parametrize(
    ("query", "shown"),
    [("q=WELL", True), ("q=market", True), ("q=river", False), ("state=waiting", True), ("state=off", False), ("state=odd", True)],
)
def test_the_list_can_be_searched_without_javascript(client: Client, camera: Camera, query: str, shown: bool) -> None:
    assert (camera.pk in client.get(f"/map/?{query}").content.decode()) is shown


def test_states_and_counts_come_by_asking_again(client: Client, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_counting", [])
    queries.count_with(Counting({camera.pk: 12}))
    said = client.get("/map/status.json").json()["cameras"][camera.pk]
    assert said == {"state": "waiting", "label": "The recorder does not report", "seen": "12 in the last hour"}
    camera.enabled = False
    camera.save()
    assert client.get("/map/status.json").json()["cameras"][camera.pk]["state"] == "off"


def test_who_may_not_count_gets_no_counts(city: Organisation, camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_counting", [])
    queries.count_with(Counting({camera.pk: 12}))
    administrator = signed_in(person(city, Role.ADMINISTRATOR))
    assert administrator.get("/map/status.json").json()["cameras"][camera.pk]["seen"] == ""
    assert "in the last hour" not in administrator.get("/map/").content.decode()


def test_asking_again_and_again_is_one_entry_of_the_log(client: Client, camera: Camera) -> None:
    del camera
    for _ in range(3):
        client.get("/map/status.json")
    assert AuditEntry.objects.filter(action="coverage.view").count() == 1


def test_who_sees_counts_on_the_map_stands_in_the_log_once_for_a_while(client: Client, city: Organisation, camera: Camera) -> None:
    for address in ("/map/", "/map/status.json", f"/map/cameras/{camera.pk}/", "/map/status.json"):
        client.get(address)
    assert AuditEntry.objects.filter(action="observations.count", subject_id=city.pk, outcome="allow").count() == 1
    signed_in(person(city, Role.ADMINISTRATOR)).get("/map/")
    assert AuditEntry.objects.filter(action="observations.count").count() == 1


def test_the_panel_offers_the_live_picture_to_whom_the_policy_lets_look(client: Client, city: Organisation, camera: Camera) -> None:
    operator = client.get(f"/map/cameras/{camera.pk}/").content.decode()
    assert "data-map-tile" in operator
    auditor = signed_in(person(city, Role.AUDITOR)).get(f"/map/cameras/{camera.pk}/").content.decode()
    assert "data-map-tile" not in auditor
    assert "do not watch live pictures" in auditor


def test_the_map_takes_a_few_questions_to_the_database_however_many_cameras(
    client: Client, city: Organisation, space: Space, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        CameraFactory.create(organisation=city, space=space, names={"en": f"Camera {number}"}, **VIEW)
    with django_assert_max_num_queries(20):
        client.get("/map/")
    with django_assert_max_num_queries(16):
        client.get("/map/features.json")
