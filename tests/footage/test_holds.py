"""Holds: footage kept for a case, from a person's decision to the node's word and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.apps.footage import queries, services
from citysquare.apps.footage.events import HoldChanged
from citysquare.apps.footage.models import Hold
from citysquare.engine.footage import Acknowledgement, Acknowledgements
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.footage.holds import write_acknowledgements
from citysquare.engine.model import ticks_from_datetime
from citysquare.platform import personal_data
from citysquare.platform.audit import pseudonym
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.factories import NOW, CameraFactory, OrganisationFactory, person, signed_in

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Acknowledge = Callable[..., None]


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


def wish(camera: str, **changed: object) -> services.HoldWish:
    plain = services.HoldWish(
        camera, "2026/117", "Collision at the crossing, asked for by the police", NOW - 3 * HOUR, NOW - HOUR, NOW + 30 * DAY
    )
    return replace(plain, **cast("Any", changed))


def placed(city: Organisation, at: datetime = NOW, **changed: object) -> Hold:
    camera = CameraFactory.create(organisation=city)
    return services.place_hold(wish=wish(camera.pk, **changed), organisation_id=city.pk, placed_by=person(city, Role.SUPERVISOR).pk, at=at)


@pytest.fixture
def acknowledge() -> Acknowledge:
    """Let the node say what it holds, as the recorder would."""
    root = settings.CITYSQUARE.store_dir

    def acknowledge(at: datetime, *said: Acknowledgement) -> None:
        root.mkdir(parents=True, exist_ok=True)
        write_acknowledgements(RealFileSystem(), root, Acknowledgements(ticks_from_datetime(at), said))

    return acknowledge


def said(hold: Hold, *missing: tuple[datetime, datetime], since: datetime = NOW) -> Acknowledgement:
    gone = tuple((ticks_from_datetime(start), ticks_from_datetime(end)) for start, end in missing)
    span = (ticks_from_datetime(hold.start), ticks_from_datetime(hold.end))
    return Acknowledgement(hold.pk, *span, ticks_from_datetime(since), complete=not gone, bytes=5_000_000, missing=gone)


def state(hold: Hold, at: datetime = NOW) -> str:
    return str(queries.state_of(hold, queries.acknowledgements(at=at), at=at))


# --- placing, extending, lifting -----------------------------------------------------------------------------------------------


def test_a_hold_goes_to_the_node_with_its_camera_time_and_end(city: Organisation) -> None:
    hold = placed(city)
    (sent,) = queries.holds_for_node(at=NOW)
    assert (sent.id, sent.camera) == (hold.pk, hold.camera_id)
    assert (sent.start, sent.end) == (ticks_from_datetime(NOW - 3 * HOUR), ticks_from_datetime(NOW - HOUR))
    assert sent.until == ticks_from_datetime(NOW + 30 * DAY)
    assert queries.holds_for_node(at=NOW + 30 * DAY) == ()


def test_each_change_is_announced_once(city: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    announced: list[HoldChanged] = []
    monkeypatch.setattr(services, "publish", lambda event, **_at: announced.append(event))
    hold = placed(city)
    for _twice in range(2):
        services.extend_hold(hold_id=hold.pk, organisation_id=city.pk, until=NOW + 60 * DAY, at=NOW + HOUR)
    services.lift_hold(hold_id=hold.pk, organisation_id=city.pk, because="The case is closed", lifted_by=hold.placed_by_id, at=NOW + DAY)
    assert [event.hold_id for event in announced] == [hold.pk] * 3
    assert queries.holds_for_node(at=NOW + DAY) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"case": "  "},
        {"reason": "\n"},
        {"end": NOW - 3 * HOUR},
        {"end": NOW - 4 * HOUR},
        {"start": NOW - 40 * DAY},
        {"end": NOW + 8 * DAY},
        {"until": NOW},
        {"until": NOW + 367 * DAY},
    ],
)
def test_a_hold_without_case_reason_or_a_sensible_time_is_refused(city: Organisation, changed: dict[str, Any]) -> None:
    with pytest.raises(services.BadHold) as refused:
        placed(city, **changed)
    assert str(refused.value).endswith(".")
    assert not Hold.objects.exists()


def test_nobody_holds_footage_of_another_city(city: Organisation) -> None:
    foreign = CameraFactory.create()
    with pytest.raises(NoSuchCamera):
        services.place_hold(wish=wish(foreign.pk), organisation_id=city.pk, placed_by=person(city, Role.SUPERVISOR).pk, at=NOW)
    hold = placed(city)
    with pytest.raises(queries.NoSuchHold):
        services.extend_hold(hold_id=hold.pk, organisation_id=foreign.organisation_id, until=NOW + 60 * DAY, at=NOW)
    with pytest.raises(queries.NoSuchHold):
        queries.hold(hold.pk, organisation_id=foreign.organisation_id)


def test_a_hold_that_is_over_stays_as_it_is(city: Organisation) -> None:
    hold = placed(city)
    for at in (NOW + 30 * DAY, NOW + 31 * DAY):
        with pytest.raises(services.HoldIsOver):
            services.extend_hold(hold_id=hold.pk, organisation_id=city.pk, until=NOW + 60 * DAY, at=at)
    services.lift_hold(hold_id=hold.pk, organisation_id=city.pk, because="Closed", lifted_by=hold.placed_by_id, at=NOW + DAY)
    with pytest.raises(services.HoldIsOver):
        services.lift_hold(hold_id=hold.pk, organisation_id=city.pk, because="Closed", lifted_by=hold.placed_by_id, at=NOW + DAY)


def test_a_hold_is_lifted_only_with_a_reason(city: Organisation) -> None:
    hold = placed(city)
    with pytest.raises(services.BadHold):
        services.lift_hold(hold_id=hold.pk, organisation_id=city.pk, because=" ", lifted_by=hold.placed_by_id, at=NOW)


def test_holds_have_a_number_that_a_node_can_bear(city: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_HOLDS", 2)
    first, _second = placed(city), placed(city)
    with pytest.raises(services.TooManyHolds):
        placed(city)
    services.lift_hold(hold_id=first.pk, organisation_id=city.pk, because="Closed", lifted_by=first.placed_by_id, at=NOW)
    assert placed(city).pk


# --- what the node says --------------------------------------------------------------------------------------------------------


def test_a_hold_counts_once_the_node_has_acknowledged_it(city: Organisation, acknowledge: Acknowledge) -> None:
    hold = placed(city)
    assert state(hold) == "silent"
    acknowledge(NOW)
    assert state(hold) == "waiting"
    assert services.note_acknowledgements(at=NOW) == 0
    acknowledge(NOW + timedelta(seconds=5), said(hold, since=NOW + timedelta(seconds=4)))
    assert state(hold, NOW + timedelta(seconds=6)) == "acknowledged"
    assert [services.note_acknowledgements(at=NOW + timedelta(seconds=6)) for _twice in range(2)] == [1, 0]
    hold.refresh_from_db()
    assert hold.acknowledged_at == NOW + timedelta(seconds=4)


def test_the_first_hold_waits_for_a_recorder_that_runs_and_never_had_one(city: Organisation) -> None:
    hold = placed(city)
    running = queries.Said(fresh=False, holds={}, running=True)
    states = [str(queries.state_of(hold, running, at=NOW + timedelta(seconds=seconds))) for seconds in (5, 149, 151)]
    assert states == ["waiting", "waiting", "silent"]


def test_a_hold_that_came_too_late_for_a_part_is_incomplete(city: Organisation, acknowledge: Acknowledge) -> None:
    hold = placed(city)
    acknowledge(NOW, said(hold, (NOW - 3 * HOUR, NOW - 2 * HOUR)))
    assert state(hold) == "incomplete"


def test_a_node_that_falls_silent_keeps_what_it_acknowledged(city: Organisation, acknowledge: Acknowledge) -> None:
    old, new = placed(city), placed(city)
    acknowledge(NOW, said(old))
    later = NOW + timedelta(minutes=10)
    assert (state(old, later), state(new, later)) == ("acknowledged", "silent")


def test_a_word_about_a_time_that_has_not_come_yet_is_not_taken_for_one(city: Organisation, acknowledge: Acknowledge) -> None:
    hold = placed(city)
    acknowledge(NOW, said(hold, since=NOW + 400 * DAY))
    services.note_acknowledgements(at=NOW + HOUR)
    hold.refresh_from_db()
    assert hold.acknowledged_at == NOW + HOUR


# --- pages -----------------------------------------------------------------------------------------------------------------------


def form(camera: str) -> dict[str, str]:
    day = datetime.now(UTC)
    return {
        "camera": camera,
        "start": f"{day - timedelta(hours=5):%Y-%m-%dT%H:%M}",
        "end": f"{day - timedelta(hours=4):%Y-%m-%dT%H:%M:%S}",
        "case": "2026/118",
        "reason": "Asked for by the prosecutor",
        "until": f"{day + timedelta(days=20):%Y-%m-%d}",
    }


def place(browser: Client, camera_id: str, **changed: str) -> Any:  # noqa: ANN401 -- the test client's response
    return browser.post("/holds/place/", form(camera_id) | changed)


def test_an_operator_places_a_hold_and_the_log_says_what_for(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    browser = signed_in(person(city, Role.OPERATOR))
    answer = place(browser, camera.pk)
    hold = Hold.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/holds/{hold.pk}/")
    done = AuditEntry.objects.get(action="hold.place", outcome="done")
    assert (done.subject_id, done.details["case"], done.details["camera"]) == (hold.pk, pseudonym("case", "2026/118"), camera.pk)
    page = browser.get(f"/holds/{hold.pk}/").content.decode()
    assert "Asked for by the prosecutor" in page
    assert "recorder silent" in page
    assert "2026/118" in browser.get("/holds/").content.decode()
    assert "Lift it now" not in page


def test_a_supervisor_extends_and_lifts(city: Organisation, acknowledge: Acknowledge) -> None:
    camera = CameraFactory.create(organisation=city)
    browser = signed_in(person(city, Role.SUPERVISOR))
    place(browser, camera.pk)
    hold = Hold.objects.get()
    acknowledge(datetime.now(UTC), said(hold, (hold.start, hold.start + timedelta(minutes=10))))
    page = browser.get(f"/holds/{hold.pk}/").content.decode()
    assert "incomplete" in page
    assert "10 min is not there" in page
    last = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    assert browser.post(f"/holds/{hold.pk}/extend/", {"until": last}).status_code == 302
    assert "year from now" in browser.post(f"/holds/{hold.pk}/extend/", {"until": "2999-01-01"}).content.decode()
    assert browser.post(f"/holds/{hold.pk}/lift/", {"because": ""}).status_code == 200
    assert browser.post(f"/holds/{hold.pk}/lift/", {"because": "No longer needed"}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_because == "No longer needed"
    assert browser.get(f"/holds/{hold.pk}/").context["hold"].state == "lifted"
    assert "2026/118" not in browser.get("/holds/").content.decode()
    assert "2026/118" in browser.get("/holds/?show=over").content.decode()
    assert [entry.action for entry in AuditEntry.objects.filter(outcome="done", subject_kind="hold").order_by("sequence")] == [
        "hold.place",
        "hold.extend",
        "hold.lift",
    ]


@pytest.mark.parametrize(
    ("role", "listed", "placing", "deciding"),
    [
        (Role.OPERATOR, 200, 200, 403),
        (Role.SUPERVISOR, 200, 200, 200),
        (Role.AUDITOR, 200, 403, 403),
        (Role.ADMINISTRATOR, 403, 403, 403),
    ],
)
def test_each_role_does_with_holds_what_it_may(city: Organisation, role: Role, listed: int, placing: int, deciding: int) -> None:
    hold = placed(city, at=datetime.now(UTC), start=datetime.now(UTC) - HOUR, end=datetime.now(UTC), until=datetime.now(UTC) + DAY)
    browser = signed_in(person(city, role))
    assert browser.get("/holds/").status_code == listed
    assert browser.get(f"/holds/{hold.pk}/").status_code == listed
    assert browser.get("/holds/place/").status_code == placing
    assert browser.post(f"/holds/{hold.pk}/lift/", {"because": ""}).status_code == deciding
    assert browser.post(f"/holds/{hold.pk}/extend/", {"until": ""}).status_code == deciding


def test_a_hold_of_another_city_is_not_found(city: Organisation) -> None:
    hold = placed(OrganisationFactory.create())
    browser = signed_in(person(city, Role.SUPERVISOR))
    assert browser.get(f"/holds/{hold.pk}/").status_code == 404
    assert browser.post(f"/holds/{hold.pk}/lift/", {"because": "x"}).status_code == 404
    assert hold.case not in browser.get("/holds/?show=all").content.decode()


@pytest.mark.parametrize(
    "changed",
    [{"camera": "x"}, {"start": "now"}, {"start": "0001-01-01T00:00"}, {"until": "9999-12-31"}, {"until": ""}, {"end": "9999-12-31T23:59"}],
)
def test_a_form_that_is_not_right_says_where(city: Organisation, changed: dict[str, str]) -> None:
    camera = CameraFactory.create(organisation=city)
    answer = place(signed_in(person(city, Role.OPERATOR)), camera.pk, **changed)
    assert answer.status_code == 200
    assert next(iter(changed)) in answer.context["form"].errors
    assert not Hold.objects.exists()


def test_the_form_takes_what_a_link_proposes(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    page = signed_in(person(city, Role.OPERATOR)).get(f"/holds/place/?camera={camera.pk}&start=2026-05-01T10:00:00&end=2026-05-01T11:00:00")
    text = page.content.decode()
    assert f'value="{camera.pk}" selected' in text
    assert 'value="2026-05-01T10:00:00"' in text


def test_what_holds_say_of_a_person_is_told_to_the_person(city: Organisation) -> None:
    hold = placed(city)
    found = personal_data.export(hold.placed_by_id)["footage.holds"]
    assert [(record["hold"], record["placed_at"], record["lifted_at"]) for record in found] == [(hold.pk, NOW.isoformat(), "")]
    assert personal_data.export(person(city, Role.OPERATOR).pk)["footage.holds"] == []


def test_the_list_is_paged(city: Organisation) -> None:
    camera = CameraFactory.create(organisation=city)
    placer = person(city, Role.SUPERVISOR)
    now = datetime.now(UTC)
    Hold.objects.bulk_create(
        Hold(
            organisation=city,
            camera=camera,
            case=f"case {n}",
            reason="r",
            start=now - HOUR,
            end=now,
            until=now + DAY,
            placed_by=placer,
            placed_at=now,
        )
        for n in range(55)
    )
    browser = signed_in(person(city, Role.AUDITOR))
    assert [len(browser.get(f"/holds/?page={number}").context["holds"]) for number in ("1", "2", "x")] == [50, 5, 50]
    assert len(browser.get(f"/holds/?camera={camera.pk}").context["holds"]) == 50
