"""The list of what was seen: filtered, paged, logged, and only for whom the policy names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.engine.model import ObjectClass
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def operator(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def test_the_newest_stands_first_and_others_cities_are_not_there(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    made = [ObservationFactory.create(camera=camera, first=ago(minutes)) for minutes in (30, 10, 20)]
    ObservationFactory.create(first=ago(5))
    rows = operator.get("/observations/").context["rows"]
    assert [row.id for row in rows] == [made[1].pk, made[2].pk, made[0].pk]
    assert rows[0].points == "10.00,50.00 90.00,55.00"


def test_every_observation_is_met_once_when_paging(city: Organisation, operator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    at = ago(60)
    made = {ObservationFactory.create(camera=camera, first=at).pk for _ in range(70)}
    made |= {ObservationFactory.create(camera=camera, first=at - timedelta(seconds=number)).pk for number in range(1, 50)}
    met: list[str] = []
    url = "/observations/"
    while url:
        page = operator.get(url)
        met += [row.id for row in page.context["rows"]]
        url = page.context["older_url"]
    assert len(met) == len(made)
    assert set(met) == made


def test_the_list_is_filtered_and_the_search_is_logged(city: Organisation, operator: Client) -> None:
    camera, other = CameraFactory.create_batch(2, organisation=city)
    wanted = ObservationFactory.create(camera=camera, first=ago(30), object_class=ObjectClass.BUS)
    ObservationFactory.create(camera=camera, first=ago(30), object_class=ObjectClass.CAR)
    ObservationFactory.create(camera=other, first=ago(30), object_class=ObjectClass.BUS)
    ObservationFactory.create(camera=camera, first=ago(300), object_class=ObjectClass.BUS)
    query = {"camera": camera.pk, "object_class": "bus", "since": f"{ago(60):%Y-%m-%dT%H:%M}", "until": f"{ago(-1):%Y-%m-%dT%H:%M}"}
    rows = operator.get("/observations/", query).context["rows"]
    assert [row.id for row in rows] == [wanted.pk]
    entry = AuditEntry.objects.get(action=str(Action.OBSERVATIONS_LIST), outcome="allow")
    assert {key: entry.details[key] for key in query} == query


def test_a_search_without_a_result_is_logged_too(operator: Client) -> None:
    assert operator.get("/observations/", {"object_class": "truck"}).context["rows"] == []
    assert AuditEntry.objects.get(action=str(Action.OBSERVATIONS_LIST), outcome="allow").details["object_class"] == "truck"
    found = AuditEntry.objects.get(action=str(Action.OBSERVATIONS_LIST), outcome="found")
    assert (found.details["object_class"], found.details["results"]) == ("truck", 0), "LED 25: that nothing was found, too"


@pytest.mark.parametrize(
    "query",
    [
        "camera=nothing",
        "object_class=dragon",
        "since=yesterday",
        "before=x",
        "before=2026-13-45~x",
        "before=9999-12-31T23:59:59-23:59~x",
        "before=0001-01-01T00:00:00%2B23:59~x",
        "before=2026-01-01T00:00:00~x",
        "before=2026-01-01T00:00:00Z~%00",
        "until=%00",
    ],
)
def test_a_strange_question_gets_a_page(operator: Client, query: str) -> None:
    assert operator.get(f"/observations/?{query}").status_code == 200


def test_a_mistaken_date_does_not_widen_the_rest_of_the_question(city: Organisation, operator: Client) -> None:
    one, other = CameraFactory.create_batch(2, organisation=city)
    for camera in (one, other):
        ObservationFactory.create(camera=camera, first=ago(1))
    answer = operator.get("/observations/", {"camera": one.pk, "since": "yesterday"})
    assert "since" in answer.context["form"].errors
    assert {row.camera_id for row in answer.context["rows"]} == {one.pk}
    assert AuditEntry.objects.get(action=str(Action.OBSERVATIONS_LIST), outcome="allow").details["camera"] == one.pk


def test_the_list_costs_the_same_for_many_rows(
    city: Organisation, operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cameras = CameraFactory.create_batch(5, organisation=city)
    for number in range(60):
        ObservationFactory.create(camera=cameras[number % 5], first=ago(number))
    with django_assert_max_num_queries(24):
        assert operator.get("/observations/").status_code == 200


def test_an_auditor_sees_counts_only(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create(camera=camera, first=ago(5))
    auditor = signed_in(person(city, Role.AUDITOR))
    recount()
    page = auditor.get("/observations/", {"day": f"{ago(5):%Y-%m-%d}"})
    assert (page.context["rows"], page.context["rows_allowed"]) == ([], False)
    assert page.context["rows_refusal"]
    assert page.context["chart"].total == 1
    fragment = auditor.get(f"/observations/camera/{camera.pk}/", headers={"hx-request": "true"})
    assert fragment.context["rows"] == []
    assert not AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_LIST)).exists()


def test_an_administrator_sees_neither(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    client = signed_in(person(city, Role.ADMINISTRATOR))
    assert client.get("/observations/").status_code == 403
    assert client.get(f"/observations/camera/{camera.pk}/").status_code == 403


def test_a_cameras_fragment_shows_its_own_and_is_logged_once_a_while(city: Organisation, operator: Client) -> None:
    camera, other = CameraFactory.create_batch(2, organisation=city)
    mine = ObservationFactory.create(camera=camera, first=ago(1))
    ObservationFactory.create(camera=other, first=ago(1))
    for _ in range(3):
        fragment = operator.get(f"/observations/camera/{camera.pk}/", headers={"hx-request": "true"})
        assert [row.id for row in fragment.context["rows"]] == [mine.pk]
    assert AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_LIST)).count() == 1
    assert AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_COUNT)).count() == 1


def test_a_camera_of_another_city_is_refused(operator: Client) -> None:
    assert operator.get(f"/observations/camera/{CameraFactory.create().pk}/").status_code == 403
