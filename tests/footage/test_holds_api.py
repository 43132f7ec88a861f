"""Holds for other programs: how each stands by the node's word, only of the caller's own organisation, and nothing but reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.models import Organisation
from citysquare.apps.footage import services
from citysquare.apps.footage.models import Hold
from citysquare.engine.footage import Acknowledgement, Acknowledgements
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.footage.holds import write_acknowledgements
from citysquare.engine.model import ticks_from_datetime
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role, Scope
from tests.factories import CameraFactory, OrganisationFactory, person

Ask = Callable[..., Any]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


def bearer(city: Organisation, scope: Scope) -> dict[str, str]:
    wish = accounts.TokenWish("Evidence", "shows which cases are safe", frozenset({scope}), DAY)
    maker = person(city, Role.ADMINISTRATOR)
    secret = accounts.make_token(wish=wish, organisation_id=city.pk, made_by=maker.pk, at=datetime.now(UTC)).secret
    return {"authorization": f"Bearer {secret}"}


@pytest.fixture
def ask(city: Organisation) -> Ask:
    headers = bearer(city, Scope.HOLDS)

    def ask(path: str = "", status: int = 200) -> Any:  # noqa: ANN401 -- JSON
        answer = Client().get(f"/api/v1/holds{path}", headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json()

    return ask


def placed(city: Organisation, case: str = "2026/117", *, ago: timedelta = HOUR, until: timedelta = 30 * DAY) -> Hold:
    at = datetime.now(UTC) - ago
    camera = CameraFactory.create(organisation=city)
    wish = services.HoldWish(camera.pk, case, "Asked for by the police", at - 3 * HOUR, at - HOUR, at + until)
    return services.place_hold(wish=wish, organisation_id=city.pk, placed_by=person(city, Role.SUPERVISOR).pk, at=at)


def node_says(hold: Hold, *missing: tuple[datetime, datetime]) -> None:
    gone = tuple((ticks_from_datetime(start), ticks_from_datetime(end)) for start, end in missing)
    span = (ticks_from_datetime(hold.start), ticks_from_datetime(hold.end))
    now = ticks_from_datetime(datetime.now(UTC))
    root = settings.CITYSQUARE.store_dir
    root.mkdir(parents=True, exist_ok=True)
    said = Acknowledgement(hold.pk, *span, now, complete=not gone, bytes=5_000_000, missing=gone)
    write_acknowledgements(RealFileSystem(), root, Acknowledgements(now, (said,)))


def test_a_program_sees_that_the_node_keeps_the_footage_of_a_case(city: Organisation, ask: Ask) -> None:
    hold = placed(city)
    assert [(row["case"], row["state"], row["bytes"], row["complete"]) for row in ask()["items"]] == [("2026/117", "silent", None, None)]
    node_says(hold)
    services.note_acknowledgements(at=datetime.now(UTC))
    found = ask(f"/{hold.pk}")
    assert (found["id"], found["camera"], found["state"]) == (hold.pk, hold.camera_id, "acknowledged")
    assert (found["bytes"], found["complete"], found["missing"], found["lifted"]) == (5_000_000, True, [], None)
    assert datetime.fromisoformat(found["acknowledged"]) >= hold.placed_at


def test_what_is_not_there_any_more_is_named(city: Organisation, ask: Ask) -> None:
    hold = placed(city)
    node_says(hold, (hold.start, hold.start + HOUR))
    found = ask(f"/{hold.pk}")
    assert (found["state"], found["complete"]) == ("incomplete", False)
    assert [datetime.fromisoformat(part["end"]) - datetime.fromisoformat(part["start"]) for part in found["missing"]] == [HOUR]


def test_neither_the_reason_nor_a_person_is_told(city: Organisation, ask: Ask) -> None:
    hold = placed(city)
    told = str(ask(f"/{hold.pk}"))
    assert "police" not in told
    assert hold.placed_by_id not in told
    assert hold.placed_by.display_name not in told


def test_holds_are_filtered_and_paged_newest_first(city: Organisation, ask: Ask) -> None:
    old, over, new = placed(city, "A", ago=3 * DAY), placed(city, "B", ago=2 * DAY, until=DAY), placed(city, "C")
    services.lift_hold(
        hold_id=old.pk, organisation_id=city.pk, because="closed", lifted_by=person(city, Role.SUPERVISOR).pk, at=datetime.now(UTC)
    )
    first = ask("?limit=2")
    second = ask(f"?limit=2&cursor={first['next']}")
    assert [row["id"] for row in [*first["items"], *second["items"]]] == [new.pk, over.pk, old.pk]
    assert [row["state"] for row in [*first["items"], *second["items"]]] == ["silent", "over", "lifted"]
    assert second["next"] is None
    assert [row["id"] for row in ask("?in_force=true")["items"]] == [new.pk]
    assert [row["id"] for row in ask("?in_force=false")["items"]] == [over.pk, old.pk]
    assert [row["id"] for row in ask("?case=B")["items"]] == [over.pk]
    assert [row["id"] for row in ask(f"?camera={old.camera_id}")["items"]] == [old.pk]
    assert [row["id"] for row in ask(f"?touches={new.start + HOUR:%Y-%m-%dT%H:%M:%S}Z")["items"]] == [new.pk]
    assert ask("?cursor=WyJhIl0", 400)["code"] == "api.bad_cursor"


def test_holds_of_others_are_not_there(ask: Ask) -> None:
    theirs = placed(OrganisationFactory.create())
    assert ask()["items"] == []
    assert ask(f"/{theirs.pk}", 404)["code"] == "footage.no_such_hold"
    assert ask(f"/{'x' * 40}", 404)["code"] == "footage.no_such_hold"


def test_only_the_scope_for_holds_opens_them_and_nothing_can_be_written(city: Organisation) -> None:
    hold = placed(city)
    answer = Client().get("/api/v1/holds", headers=bearer(city, Scope.CAMERAS))
    assert (answer.status_code, answer.json()["code"]) == (403, "api.scope_missing")
    headers = bearer(city, Scope.HOLDS)
    for path in ("/api/v1/holds", f"/api/v1/holds/{hold.pk}"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(Client(), method)(path, headers=headers).status_code in {403, 405}
    assert Client().get(f"/cameras/{hold.camera_id}/", headers=headers).status_code in {302, 401, 403}


def test_led_25_a_question_about_a_case_is_logged_by_its_pseudonym_with_how_much_it_found(city: Organisation, ask: Ask) -> None:
    placed(city)
    ask("?case=2026/117")
    ask("?case=2026/118")
    entries = AuditEntry.objects.filter(action="hold.list", outcome="found").order_by("sequence")
    assert [entry.details["results"] for entry in entries] == [1, 0]
    assert "2026/11" not in str([entry.details for entry in AuditEntry.objects.all()])
