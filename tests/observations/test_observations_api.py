"""The JSON API of observations and counts, and the page that explains it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from citysquare.apps.accounts.models import Organisation
from citysquare.platform import audit
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount, signed_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SPAN = {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}


def cursor(*parts: str) -> str:
    """A place in a list as somebody forges it."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def client(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


def test_an_observation_is_told_with_stable_names(city: Organisation, client: Client) -> None:
    made = ObservationFactory.create(camera=CameraFactory.create(organisation=city), first=NOON, direction="")
    expected = {
        "id": made.pk,
        "camera": made.camera_id,
        "space": made.space_id,
        "class": "car",
        "direction": "stayed",
        "first": "2026-05-01T12:00:00Z",
        "last": "2026-05-01T12:00:04Z",
        "path": [[0.1, 0.5], [0.9, 0.55]],
    }
    assert client.get("/api/v1/observations").json() == {"items": [expected], "next": None}
    assert client.get(f"/api/v1/observations/{made.pk}").json() == expected


def test_paging_meets_everything_once_though_more_is_seen_meanwhile(city: Organisation, client: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    made = [ObservationFactory.create(camera=camera, first=NOON - timedelta(seconds=number // 4)).pk for number in range(25)]
    met: list[str] = []
    query = {"limit": "4", "class": "car"}
    while True:
        page = client.get("/api/v1/observations", query).json()
        met += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        ObservationFactory.create(camera=camera, first=NOON + timedelta(minutes=len(met)))
    assert sorted(met) == sorted(made)


def test_filters_narrow_together(city: Organisation, client: Client) -> None:
    one, other = CameraFactory.create_batch(2, organisation=city)
    wanted = ObservationFactory.create(camera=one, object_class="bus", direction="away", first=NOON)
    for change in ({"camera": other}, {"object_class": "car"}, {"direction": "toward"}, {"first": NOON - timedelta(hours=3)}):
        ObservationFactory.create(**{"camera": one, "object_class": "bus", "direction": "away", "first": NOON, **change})
    query = {"space": one.space_id, "class": "bus", "direction": "away", "since": "2026-05-01T13:00:00+02:00", "until": SPAN["until"]}
    assert [row["id"] for row in client.get("/api/v1/observations", query).json()["items"]] == [wanted.pk]
    entry = AuditEntry.objects.latest("sequence")
    assert {key: entry.details[key] for key in query} == query


def test_counts_come_by_hour_and_by_local_day(city: Organisation, client: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    for minutes, way in ((0, "away"), (59, "away"), (60, "")):
        ObservationFactory.create(camera=camera, first=NOON + timedelta(minutes=minutes), direction=way)
    recount()
    hours = client.get("/api/v1/counts", {**SPAN, "group": "direction"}).json()
    assert [(one["start"], one["group"], one["count"]) for one in hours["items"]] == [
        ("2026-05-01T12:00:00Z", "away", 2),
        ("2026-05-01T13:00:00Z", "stayed", 1),
    ]
    days = client.get("/api/v1/counts", {**SPAN, "bucket": "day", "group": "camera", "class": "car"}).json()
    assert [(one["start"], one["end"], one["group"], one["count"]) for one in days["items"]] == [
        ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", camera.pk, 3)
    ]
    assert (days["time_zone"], days["since"], days["until"]) == ("UTC", SPAN["since"], SPAN["until"])


def test_a_span_is_widened_to_whole_buckets(client: Client) -> None:
    answer = client.get("/api/v1/counts", {"since": "2026-05-01T10:30:00Z", "until": "2026-05-01T11:00:01Z"}).json()
    assert (answer["since"], answer["until"]) == ("2026-05-01T10:00:00Z", "2026-05-01T12:00:00Z")


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("observations", {"class": "dragon"}, "api.bad_parameter"),
        ("observations", {"clas": "car"}, "api.bad_parameter"),
        ("observations", {"direction": ""}, "api.bad_parameter"),
        ("observations", {"since": "yesterday"}, "api.bad_parameter"),
        ("observations", {"since": "2026-05-01T00:00:00"}, "api.bad_parameter"),
        ("observations", {"since": "0001-01-01T00:00:00+23:59"}, "api.bad_parameter"),
        ("observations", {"until": "9999-12-31T23:59:59-23:59"}, "api.bad_parameter"),
        ("observations", {"limit": "0"}, "api.bad_parameter"),
        ("observations", {"limit": "501"}, "api.bad_parameter"),
        ("observations", {"camera": "x" * 17}, "api.bad_parameter"),
        ("observations", {"camera": "\0"}, "api.bad_parameter"),
        ("observations", {"\0": "x"}, "api.bad_parameter"),
        ("observations", {"cursor": "nonsense"}, "api.bad_cursor"),
        ("observations", {"cursor": "é"}, "api.bad_cursor"),
        ("observations", {"cursor": "W10"}, "api.bad_cursor"),
        ("observations", {"cursor": "W1tbW1tbW1tbW1tbW1tbW1tbW1tb"}, "api.bad_cursor"),
        ("observations", {"cursor": "x" * 500}, "api.bad_parameter"),
        ("observations", {"cursor": cursor("2026-05-01T12:00:00+00:00", "\ud800")}, "api.bad_cursor"),
        ("spaces", {"cursor": cursor("\ud800")}, "api.bad_cursor"),
        ("counts", {"bucket": "year"}, "api.bad_parameter"),
        ("counts", {"group": "plate"}, "api.bad_parameter"),
        ("counts", {"since": SPAN["until"], "until": SPAN["since"]}, "api.bad_parameter"),
        ("counts", {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}, "api.bad_parameter"),
        ("counts", {"since": "2020-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z", "bucket": "day"}, "api.bad_parameter"),
    ],
)
def test_a_question_without_sense_is_refused_and_never_answered_more_widely(
    client: Client, path: str, query: dict[str, str], code: str
) -> None:
    answer = client.get(f"/api/v1/{path}?{urlencode(query)}", headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()["code"]) == (400, "application/problem+json", code)


@pytest.mark.parametrize("path", ["nothing", "", "observations/none-such", "observations/" + "x" * 200])
def test_what_is_not_there_is_told_to_programs_too(client: Client, path: str) -> None:
    answer = client.get(f"/api/v1/{path}", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_parameter_cannot_pass_for_another_address_in_the_log(client: Client) -> None:
    client.get("/api/v1/observations/some-thing", {"route": "/elsewhere", "observation_id": "another"})
    details = AuditEntry.objects.latest("sequence").details
    assert details["route"] == "/api/v1/observations/<slug:observation_id>"
    assert details["observation_id"] == "some-thing"


def test_the_document_is_openapi_and_says_what_each_operation_needs(client: Client) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    listed = document["paths"]["/api/v1/observations"]["get"]
    assert listed["x-scopes"] == ["observations:read"]
    assert {"200", "400", "401", "403", "429"} <= set(listed["responses"])
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["security"]


def test_answers_keep_to_the_document(city: Organisation, client: Client) -> None:
    ObservationFactory.create(camera=CameraFactory.create(organisation=city), first=NOON)
    recount()
    document = client.get("/api/v1/openapi.json").json()
    for path, query in (("/api/v1/observations", {}), ("/api/v1/counts", {**SPAN, "group": "class"})):
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(client.get(path, query).json())


def test_the_page_about_the_api_shows_every_operation_and_runs_no_foreign_script() -> None:
    page = Client().get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    document = Client().get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in text
        assert len(methods) == 1
    assert "curl -H" in text
    assert "https://cdn" not in text
    assert "/tokens/" not in text


def test_an_administrator_is_led_from_the_page_to_the_tokens(city: Organisation) -> None:
    assert 'href="/tokens/"' in signed_in(person(city, Role.ADMINISTRATOR)).get("/api/docs/").content.decode()


def found_in_log() -> list[tuple[str, object]]:
    return [(entry.action, entry.details["results"]) for entry in AuditEntry.objects.filter(outcome="found")]


def test_led_25_a_search_through_the_api_tells_the_log_how_much_it_found_and_nothing_too(city: Organisation, client: Client) -> None:
    made = ObservationFactory.create(camera=CameraFactory.create(organisation=city), first=NOON)
    recount()
    client.get("/api/v1/observations", {"class": "car"})
    client.get("/api/v1/observations", {"class": "bus"})
    client.get(f"/api/v1/observations/{made.pk}")
    client.get("/api/v1/observations/nothing")
    client.get("/api/v1/counts", SPAN)
    listed = ("observations.list", 1), ("observations.list", 0), ("observations.list", 1), ("observations.list", 0)
    assert found_in_log() == [*listed, ("observations.count", 1)]
    entry = AuditEntry.objects.filter(outcome="found").earliest("sequence")
    assert entry.details["class"] == "car", "what was asked stands beside it"


def test_led_25_refused_query_is_logged_and_finds_nothing(city: Organisation) -> None:
    planner = signed_in(person(city, Role.PLANNER))
    assert planner.get("/api/v1/observations").status_code == 403
    assert AuditEntry.objects.latest("sequence").outcome == "refuse"
    assert found_in_log() == []


def test_led_25_an_answer_that_the_log_cannot_note_does_not_leave(
    city: Organisation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ObservationFactory.create(camera=CameraFactory.create(organisation=city), first=NOON)

    record = audit.record

    def away(**entry: Any) -> AuditEntry:  # noqa: ANN401 -- whatever record takes
        if entry["outcome"] == "found":
            raise audit.AuditUnavailable("no place takes it")
        return record(**entry)

    monkeypatch.setattr(audit, "record", away)
    answer = client.get("/api/v1/observations")
    assert answer.status_code == 503
    assert "items" not in answer.json()
