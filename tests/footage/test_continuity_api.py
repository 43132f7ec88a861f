"""Continuity and health for other programs: whole, bounded, paged, and only of the caller's own cameras."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.observations import services as observations
from citysquare.engine.footage.index import Index
from citysquare.engine.model import GapCause, Interval, StreamKey, ticks_from_datetime
from citysquare.platform.policy import Role, Scope
from tests.factories import CameraFactory, OrganisationFactory, person

Ask = Callable[..., Any]


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def ask(city: Organisation) -> Ask:
    """Ask with a token of a scope, and take the JSON answer."""
    tokens: dict[Scope, str] = {}

    def ask(path: str, status: int = 200, scope: Scope = Scope.CAMERAS) -> Any:  # noqa: ANN401 -- JSON
        if scope not in tokens:
            wish = accounts.TokenWish("Dashboard", "shows gaps", frozenset({scope}), timedelta(days=1))
            maker = person(city, Role.ADMINISTRATOR)
            tokens[scope] = accounts.make_token(wish=wish, organisation_id=city.pk, made_by=maker.pk, at=datetime.now(UTC)).secret
        answer = Client().get(path, headers={"authorization": f"Bearer {tokens[scope]}"})
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


def recorded(city: Organisation, *rows: tuple[float, float, GapCause | None]) -> tuple[Camera, datetime]:
    """A camera whose ledger holds these hours of the last ten, and their beginning."""
    camera = CameraFactory.create(organisation=city)
    begin = (datetime.now(UTC) - timedelta(hours=10)).replace(microsecond=0)
    root = settings.CITYSQUARE.store_dir
    root.mkdir(parents=True, exist_ok=True)
    index = Index(root / "index.sqlite3")

    def at(hours: float) -> int:
        return ticks_from_datetime(begin + timedelta(hours=hours))

    index.write_captured([(StreamKey(camera.pk), [Interval(at(start), at(end), cause) for start, end, cause in rows])])
    index.close()
    return camera, begin


def path_of(camera: Camera, begin: datetime, hours: float, more: str = "") -> str:
    end = begin + timedelta(hours=hours)
    return f"/api/v1/cameras/{camera.pk}/continuity?from={begin:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}{more}"


def test_a_program_reads_what_was_recorded_and_why_not(city: Organisation, ask: Ask) -> None:
    camera, begin = recorded(city, (0, 4, None), (4, 5, GapCause.REFUSED), (5, 8, None))
    found = ask(path_of(camera, begin, 8))
    assert (found["stored_seconds"], found["gap_seconds"], found["unknown_seconds"]) == (7 * 3600, {"refused": 3600}, 0)
    assert [(part["state"], part["cause"]) for part in found["items"]] == [("stored", None), ("gap", "refused"), ("stored", None)]
    assert found["whole_seconds"] == {"total": 8 * 3600, "stored": 7 * 3600, "missing": {"refused": 3600}, "unknown": 0}
    assert found["items"][0]["start"] == f"{begin:%Y-%m-%dT%H:%M:%SZ}"
    assert all(before["end"] == after["start"] for before, after in zip(found["items"], found["items"][1:], strict=False))
    assert (found["kept_seconds"], found["deleted"], found["clock_error_seconds"], found["next"]) == (7 * 3600, [], None, None)


def test_parts_are_paged_and_the_sums_stay_whole(city: Organisation, ask: Ask) -> None:
    rows = [(number / 10, (number + 1) / 10, GapCause.STALLED if number % 2 else None) for number in range(20)]
    camera, begin = recorded(city, *rows)
    first = ask(path_of(camera, begin, 2, "&limit=15"))
    second = ask(path_of(camera, begin, 2, f"&limit=15&cursor={first['next']}"))
    assert (len(first["items"]), len(second["items"]), second["next"]) == (15, 5, None)
    assert first["stored_seconds"] == second["stored_seconds"] == 3600
    assert first["items"][-1]["end"] == second["items"][0]["start"]
    for cursor in ("x", "WyJhIl0", "WyItMSJd"):
        assert ask(path_of(camera, begin, 2, f"&cursor={cursor}"), 400)["code"] == "api.bad_cursor"


def test_without_a_span_it_is_the_last_day(city: Organisation, ask: Ask) -> None:
    camera, _begin = recorded(city, (0, 9, None))
    found = ask(f"/api/v1/cameras/{camera.pk}/continuity")
    assert [part["state"] for part in found["items"]] == ["before", "stored", "unknown"]
    assert datetime.fromisoformat(found["end"]) - datetime.fromisoformat(found["start"]) == timedelta(days=1)


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z",
        "from=2026-05-01T00:00:00Z&to=2026-06-02T00:00:00Z",
        "from=2026-05-01T00:00:00",
        "from=0001-01-01T00:00:00Z",
        "to=9999-12-31T23:59:59Z",
        "since=2026-05-01T00:00:00Z",
    ],
)
def test_a_span_without_sense_is_refused(city: Organisation, ask: Ask, query: str) -> None:
    camera = CameraFactory.create(organisation=city)
    assert ask(f"/api/v1/cameras/{camera.pk}/continuity?{query}", 400)["code"] in {"api.bad_parameter", "api.invalid"}


def test_a_camera_of_another_city_and_a_token_for_something_else_get_nothing(city: Organisation, ask: Ask) -> None:
    camera, _begin = recorded(OrganisationFactory.create(), (0, 9, None))
    assert ask(f"/api/v1/cameras/{camera.pk}/continuity", 404)["code"] == "devices.no_such_camera"
    assert ask(f"/api/v1/cameras/{'x' * 90}/continuity", 404)["code"] == "devices.no_such_camera"
    assert ask(f"/api/v1/cameras/{camera.pk}/continuity", 403, Scope.COUNTS)["code"] == "api.scope_missing"
    assert ask("/api/v1/health-events", 403, Scope.COUNTS)["code"] == "api.scope_missing"


def test_an_index_that_cannot_be_read_is_no_empty_day(city: Organisation, ask: Ask) -> None:
    camera = CameraFactory.create(organisation=city)
    settings.CITYSQUARE.store_dir.mkdir(parents=True)
    (settings.CITYSQUARE.store_dir / "index.sqlite3").write_bytes(b"not a database at all" * 100)
    assert ask(f"/api/v1/cameras/{camera.pk}/continuity", 503)["code"] == "footage.ledger_unreadable"


def test_a_program_reads_what_happened_to_the_cameras(city: Organisation, ask: Ask) -> None:
    camera, begin = recorded(city, (0, 4, None), (4, 5, GapCause.REFUSED), (5, 8, None), (8, 10, GapCause.UNREACHABLE))
    foreign, _begin = recorded(OrganisationFactory.create(), (0, 4, None), (4, 5, GapCause.REFUSED), (5, 10, None))
    observations.note_health(at=begin + timedelta(hours=10))
    found = ask("/api/v1/health-events")
    assert [(event["kind"], event["cause"]) for event in found["items"]] == [
        ("no_picture", "unreachable"),
        ("picture_again", "refused"),
        ("no_picture", "refused"),
    ]
    assert {event["camera"] for event in found["items"]} == {camera.pk}
    assert found["items"][0]["ended"] is None
    lasting = ask(f"/api/v1/health-events?lasting=true&camera={camera.pk}")
    assert [event["id"] for event in lasting["items"]] == [found["items"][0]["id"]]
    first = ask("/api/v1/health-events?limit=2")
    rest = ask(f"/api/v1/health-events?limit=2&cursor={first['next']}")
    assert [event["id"] for event in first["items"] + rest["items"]] == [event["id"] for event in found["items"]]
    assert ask("/api/v1/health-events?cursor=WyJhIiwiYiJd", 400)["code"] == "api.bad_cursor"
    assert ask(f"/api/v1/health-events?camera={foreign.pk}")["items"] == []
