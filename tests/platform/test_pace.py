"""Who asks too often waits: by person, by address, by what is asked; the answer says how long, and the log cannot be filled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from citysquare.platform import pace
from citysquare.platform.models import AuditEntry
from citysquare.platform.pace import Limit, PaceMiddleware
from citysquare.platform.policy import Action, Role
from tests.factories import OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages, two searches and one file at once, and then hardly any."""
    sizes = {"address": 3, "pages": 3, "searches": 2, "exports": 1}
    monkeypatch.setattr(pace, "LIMITS", {kind: Limit(size, 0.001) for kind, size in sizes.items()})


@pytest.mark.usefixtures("few")
def test_who_searches_too_often_is_told_how_long_to_wait_and_others_are_not_held_up() -> None:
    city = OrganisationFactory.create()
    client, other = signed_in(person(city, Role.OPERATOR)), signed_in(person(city, Role.OPERATOR))
    answers = [client.get("/observations/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 1000
    assert "Wait" in answers[-1].content.decode()
    assert "no-store" in answers[-1].headers["Cache-Control"]
    assert other.get("/observations/").status_code == 200


@pytest.mark.usefixtures("few")
def test_files_of_observations_are_made_more_rarely_than_pages_are_opened() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    file, refused = client.get("/observations/observations.csv"), client.get("/observations/observations.csv")
    assert (file.status_code, refused.status_code) == (200, 429)
    assert b"camera" in b"".join(file)
    assert client.get("/observations/").status_code == 200


@pytest.mark.usefixtures("few")
def test_who_looks_through_the_log_too_often_waits() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.AUDITOR))
    assert [client.get("/audit/").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("few")
def test_who_is_not_signed_in_is_counted_by_address(client: Client) -> None:
    assert [client.get("/sign-in/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert Client(REMOTE_ADDR="192.0.2.7").get("/sign-in/").status_code == 200


@pytest.mark.usefixtures("few")
def test_led_25_a_search_refused_for_asking_too_often_is_logged_and_the_log_is_not_filled() -> None:
    client = signed_in(person(OrganisationFactory.create(), Role.OPERATOR))
    for _ in range(40):
        client.get("/observations/")
    found = AuditEntry.objects.filter(action=str(Action.OBSERVATIONS_COUNT), outcome="refuse")
    assert {entry.details["rule"] for entry in found} <= {"pace.searches", "pace.pages"}
    assert 1 <= len(found) <= 6


@pytest.mark.usefixtures("few")
def test_a_program_is_told_in_problem_json(client: Client) -> None:
    answers = [client.get("/sign-in/", headers={"accept": "application/json"}) for _ in range(4)]
    assert (answers[-1].json()["code"], answers[-1].headers["Content-Type"]) == ("http.too_many_requests", "application/problem+json")


def test_an_hour_later_one_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LIMITS", {"address": Limit(1, 1 / 3600)})
    times = [NOW, NOW, NOW + timedelta(hours=1)]
    middleware = PaceMiddleware(lambda _request: HttpResponse(), clock=lambda: times.pop(0))
    request = RequestFactory().get("/")

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    statuses = [getattr(middleware.process_view(request, view, (), {}), "status_code", None) for _ in range(3)]
    assert statuses == [None, 429, None]


def test_the_limits_leave_room_for_a_wall_of_pictures_and_none_for_going_through_a_city() -> None:
    assert pace.LIMITS["pages"].per_second >= 5
    assert pace.LIMITS["searches"].per_second <= 1
    assert pace.LIMITS["exports"].per_second * 3600 <= 120
