"""A camera's day and all cameras' day, as an operator, an auditor and an administrator see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import day
from citysquare.apps.footage.continuity import continuity, local_day
from citysquare.apps.footage.labels import CAUSE_ADVICE, CAUSE_NAMES, FAMILIES
from citysquare.engine.footage import Deletion, reader
from citysquare.engine.footage.index import Index
from citysquare.engine.model import GapCause, Interval, StreamKey, ticks_from_datetime
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

Record = Callable[..., None]
ZONE = ZoneInfo("Europe/Sofia")


@pytest.fixture
def city(db: None) -> Iterator[Organisation]:
    with timezone.override(ZONE), translation.override("en"):
        yield OrganisationFactory.create()


@pytest.fixture
def operator(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


@pytest.fixture
def yesterday() -> date:
    return timezone.localdate(datetime.now(UTC), ZONE) - timedelta(days=1)


@pytest.fixture
def record(city: Organisation, yesterday: date) -> Record:
    """Write a camera's captured axis: hours of yesterday (before and after, too) with their causes, as the recorder would."""
    root = settings.CITYSQUARE.store_dir
    begin, _end = local_day(yesterday, ZONE)

    def at(hour: float) -> int:
        return ticks_from_datetime(begin + timedelta(hours=hour))

    def record(camera: Camera, rows: Sequence[tuple[float, float, GapCause | None]], deleted: Sequence[tuple[float, float]] = ()) -> None:
        root.mkdir(parents=True, exist_ok=True)
        index = Index(root / "index.sqlite3")
        index.write_captured([(StreamKey(camera.pk), [Interval(at(start), at(end), cause) for start, end, cause in rows])])
        index.close()
        if deleted:
            _delete(camera, [(at(start), at(end)) for start, end in deleted])

    return record


def _delete(camera: Camera, stretches: Sequence[tuple[int, int]]) -> None:
    with sqlite3.connect(settings.CITYSQUARE.store_dir / "index.sqlite3") as db:
        stream = db.execute("SELECT id FROM stream WHERE camera = ?", (camera.pk,)).fetchone()[0]
        now = ticks_from_datetime(datetime.now(UTC))
        db.executemany(
            "INSERT INTO kept (stream, start, end, reason, at) VALUES (?, ?, ?, ?, ?)",
            [(stream, start, end, str(Deletion.RETENTION), now) for start, end in stretches],
        )
    db.close()


def shown(browser: Client, camera: Camera, chosen: date | str) -> str:
    answer = browser.get(f"/cameras/{camera.pk}/day/?date={chosen}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_day_lists_each_gap_with_its_cause_and_what_to_do(city: Organisation, operator: Client, record: Record, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    record(
        camera, [(-48, 6, None), (6, 7.5, GapCause.UNREACHABLE), (7.5, 20, None), (20, 20.001, GapCause.DROPPED_BY_US), (20.001, 24, None)]
    )
    page = operator.get(f"/cameras/{camera.pk}/day/?date={yesterday}")
    text = page.content.decode()
    assert [(gap.kind, gap.length, f"{gap.start:%H:%M}") for gap in page.context["gaps"]] == [
        ("unreachable", "1 h 30 min", "06:00"),
        ("dropped_by_us", "3.6 s", "20:00"),
    ]
    assert "Camera did not answer" in text
    assert "Give this machine more processor" in text
    assert page.context["view"].all == "100.00 %"
    assert [row.percent for row in page.context["view"].shares] == ["93.74 %", "6.25 %", "0.01 %"]
    assert page.context["view"].tone == "bad"


def test_a_camera_that_was_never_recorded_says_so(city: Organisation, operator: Client, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    assert "This camera was never recorded" in shown(operator, camera, yesterday)
    off = CameraFactory.create(organisation=city, enabled=False)
    assert "It is switched off" in shown(operator, off, yesterday)


def test_footage_with_wrong_dates_is_told_of_with_what_becomes_of_it(
    city: Organisation, operator: Client, record: Record, yesterday: date
) -> None:
    camera = CameraFactory.create(organisation=city)
    record(camera, [(0, 24, None)])
    assert "has wrong dates" not in shown(operator, camera, yesterday)
    dated = ticks_from_datetime(datetime(2031, 5, 1, 10, 0, tzinfo=ZONE))
    with sqlite3.connect(settings.CITYSQUARE.store_dir / "index.sqlite3") as db:
        number = db.execute("INSERT INTO stream (camera, kind) VALUES ('x_ahead_1', 'main')").lastrowid
        db.execute("CREATE TABLE aside (stream INTEGER PRIMARY KEY, camera TEXT, time INTEGER, counted INTEGER)")
        db.execute("INSERT INTO aside VALUES (?, ?, ?, 0)", (number, camera.pk, dated))
        row = (number, dated, dated + 90_000 * 60)
        db.execute("INSERT INTO segment VALUES (1, ?, 1, 'x', ?, ?, 1, 1, x'', x'', x'')", row)
    db.close()
    page = shown(operator, camera, yesterday)
    assert "has wrong dates" in page
    assert "2031-05-01 10:00:00 to 2031-05-01 10:01:00" in page


def test_days_before_the_first_one_and_to_come_are_empty(city: Organisation, operator: Client, record: Record, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    record(camera, [(2, 24, None)])
    assert "Before this camera was recorded" in shown(operator, camera, yesterday - timedelta(days=3))
    assert "still to come" in shown(operator, camera, yesterday + timedelta(days=2))


def test_a_day_that_retention_has_deleted_still_tells_what_was_missing(
    city: Organisation, operator: Client, record: Record, yesterday: date
) -> None:
    camera = CameraFactory.create(organisation=city)
    record(camera, [(-24, 6, None), (6, 7, GapCause.STALLED), (7, 24, None)], deleted=[(-24, 6), (7, 24)])
    text = shown(operator, camera, yesterday)
    assert "The footage of this day is deleted." in text
    assert "deleted at the end of the retention" in text
    assert "Camera sent nothing" in text


def test_an_index_that_cannot_be_read_is_said_and_not_shown_as_an_empty_day(city: Organisation, operator: Client, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    settings.CITYSQUARE.store_dir.mkdir(parents=True)
    (settings.CITYSQUARE.store_dir / "index.sqlite3").write_bytes(b"not a database at all" * 100)
    assert "cannot be read at the moment" in shown(operator, camera, yesterday)
    assert operator.get(f"/continuity/?date={yesterday}").status_code == 200


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-40", "0001-01-01", "9999-12-31", "2026-05-01T00:00", "%00"])
def test_a_day_that_is_none_shows_today_and_says_what_is_wrong(city: Organisation, operator: Client, wrong: str) -> None:
    camera = CameraFactory.create(organisation=city)
    page = operator.get(f"/cameras/{camera.pk}/day/?date={wrong}")
    assert page.status_code in {200, 400}
    if page.status_code == 200:
        assert page.context["day"] == timezone.localdate()
        assert page.context["form"].errors


def test_a_day_leads_to_its_neighbours_but_not_into_the_future(city: Organisation, operator: Client, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    page = operator.get(f"/cameras/{camera.pk}/day/?date={yesterday}")
    assert page.context["previous_url"].endswith(f"date={yesterday - timedelta(days=1)}")
    assert page.context["next_url"].endswith(f"date={yesterday + timedelta(days=1)}")
    assert operator.get(f"/cameras/{camera.pk}/day/").context["next_url"] == ""


def test_many_gaps_are_paged_and_drawn_small(city: Organisation, operator: Client, record: Record, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    rows: list[tuple[float, float, GapCause | None]] = [(-1, 0, None)]
    for number in range(400):
        at = number * 0.06
        rows += [(at, at + 0.001, GapCause.GARBLED), (at + 0.001, at + 0.06, None)]
    record(camera, rows)
    first = operator.get(f"/cameras/{camera.pk}/day/?date={yesterday}")
    assert len(first.context["gaps"]) == 50
    assert first.context["gap_count"] == 400
    assert len(first.context["view"].bar) <= 1441
    last = operator.get(f"/cameras/{camera.pk}/day/?date={yesterday}&page=8")
    assert last.context["gap_pages"]["after"] == ""
    assert operator.get(f"/cameras/{camera.pk}/day/?date={yesterday}&page=x").status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_everybody_in_house_sees_what_was_recorded_and_the_log_says_of_which_day(city: Organisation, role: Role, yesterday: date) -> None:
    camera = CameraFactory.create(organisation=city)
    browser = signed_in(person(city, role))
    assert browser.get(f"/cameras/{camera.pk}/day/?date={yesterday}").status_code == 200
    assert browser.get(f"/continuity/?date={yesterday}").status_code == 200
    assert {entry.details["date"] for entry in AuditEntry.objects.filter(action="coverage.view")} == {str(yesterday)}


def test_a_day_of_another_city_is_refused(operator: Client) -> None:
    assert operator.get(f"/cameras/{CameraFactory.create().pk}/day/").status_code == 403


def test_all_cameras_of_a_day_stand_with_the_worst_first(city: Organisation, operator: Client, record: Record, yesterday: date) -> None:
    fine, worse, ours, off = CameraFactory.create_batch(4, organisation=city)
    CameraFactory.create()
    record(fine, [(-1, 24, None)])
    record(worse, [(-1, 2, None), (2, 9, GapCause.UNREACHABLE), (9, 24, None)])
    record(ours, [(-1, 2, None), (2, 2.01, GapCause.DROPPED_BY_US), (2.01, 24, None)])
    record(off, [(-1, 2, None), (2, 24, GapCause.SWITCHED_OFF)])
    page = operator.get(f"/continuity/?date={yesterday}")
    assert [row.name for row in page.context["rows"]] == [camera.name for camera in (ours, worse, fine, off)]
    assert [row.percent for row in page.context["rows"]] == ["99.95 %", "70.83 %", "100.00 %", "100.00 %"]
    assert page.context["with_gaps"] == 2


def test_the_overview_opens_the_index_once_however_many_cameras_there_are(
    city: Organisation, operator: Client, record: Record, yesterday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        record(CameraFactory.create(organisation=city), [(0, 25, None)])
    opened: list[Path] = []
    open_index = reader._opened  # noqa: SLF001 -- how often the index is opened shows nowhere else

    def counted(path: Path) -> sqlite3.Connection:
        opened.append(path)
        return open_index(path)

    monkeypatch.setattr(reader, "_opened", counted)
    page = operator.get(f"/continuity/?date={yesterday}")
    assert [row.percent for row in page.context["rows"]] == ["100.00 %"] * 12
    assert len(opened) == 1


def test_the_overview_is_paged(city: Organisation, operator: Client) -> None:
    CameraFactory.create_batch(55, organisation=city)
    assert [len(operator.get(f"/continuity/?page={number}").context["rows"]) for number in (1, 2, 99)] == [50, 5, 5]


def test_an_organisation_without_cameras_has_an_empty_overview(operator: Client) -> None:
    assert "No cameras yet" in operator.get("/continuity/").content.decode()


@pytest.mark.parametrize(("chosen", "hours", "label"), [(date(2026, 3, 29), 23, "02:00"), (date(2026, 10, 25), 25, "03:00 EEST")])
def test_a_day_on_which_the_clocks_change_has_all_its_hours(chosen: date, hours: int, label: str) -> None:
    begin, end = local_day(chosen, ZONE)
    span = (ticks_from_datetime(begin), ticks_from_datetime(end))
    with timezone.override(ZONE), translation.override("en"):
        view = day.day_view(continuity([Interval(*span)], (), span, now=span[1] * 2, since=span[0]))
    assert (view.hours_long, len(view.hours)) == (hours, hours)
    assert label in [row.label for row in view.hours]
    assert len({row.label for row in view.hours}) == hours
    assert view.marks[0].label == "00:00"
    assert view.shares[0].percent == "100.00 %"


def test_each_cause_has_a_name_an_advice_and_an_owner() -> None:
    assert set(CAUSE_NAMES) == set(CAUSE_ADVICE) == set(FAMILIES) == set(GapCause)
    assert len({str(name) for name in CAUSE_NAMES.values()}) == len(GapCause)
