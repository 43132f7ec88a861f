"""Cameras' health: that no picture came for ten seconds is told once, and so is its end, whatever the ledger goes through meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import translation

from citysquare.apps.devices.models import Camera
from citysquare.apps.observations import queries, services
from citysquare.apps.observations.models import HealthEvent, HealthKind
from citysquare.engine.footage.index import Index
from citysquare.engine.model import GapCause, Interval, StreamKey, ticks_from_datetime
from citysquare.platform.policy import Role
from tests.factories import NOW, CameraFactory, person, signed_in

Record = Callable[..., None]
SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NOW + SECOND * seconds


def told(camera: Camera | None = None) -> list[tuple[str, float, str]]:
    events = HealthEvent.objects.order_by("at", "kind")
    if camera is not None:
        events = events.filter(camera=camera)
    return [(event.kind, (event.at - NOW).total_seconds(), event.cause) for event in events]


@pytest.fixture
def camera(db: None) -> Camera:
    made: Camera = CameraFactory.create()
    return made


@pytest.fixture
def record(db: None) -> Record:
    """Write a camera's captured axis anew, from its first second on."""
    root = settings.CITYSQUARE.store_dir

    def record(camera: Camera, *rows: tuple[float, float, GapCause | None]) -> None:
        root.mkdir(parents=True, exist_ok=True)
        index = Index(root / "index.sqlite3")
        axis = [Interval(ticks_from_datetime(at(start)), ticks_from_datetime(at(end)), cause) for start, end, cause in rows]
        index.write_captured([(StreamKey(camera.pk), axis)])
        index.close()

    return record


def test_ten_seconds_without_a_picture_are_an_event_and_their_end_another(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 109, GapCause.UNREACHABLE))
    assert services.note_health(at=at(109)) == 0
    record(camera, (0, 100, None), (100, 110, GapCause.UNREACHABLE))
    assert services.note_health(at=at(110)) == 1
    assert told() == [("no_picture", 100, "unreachable")]
    record(camera, (0, 100, None), (100, 160, GapCause.UNREACHABLE), (160, 161, None))
    assert services.note_health(at=at(161)) == 1
    assert told() == [("no_picture", 100, "unreachable"), ("picture_again", 160, "unreachable")]
    begun = HealthEvent.objects.get(kind=HealthKind.NO_PICTURE)
    assert begun.ended_at == at(160)


def test_the_same_ledger_tells_nothing_twice(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 160, GapCause.STALLED), (160, 300, None), (300, 330, GapCause.GARBLED))
    assert [services.note_health(at=at(second)) for second in (330, 331, 340)] == [3, 0, 0]


def test_a_silence_with_several_causes_is_one_and_is_named_by_the_longest(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 112, GapCause.RESTART))
    services.note_health(at=at(112))
    record(camera, (0, 100, None), (100, 112, GapCause.RESTART), (112, 118, GapCause.UNREACHABLE))
    services.note_health(at=at(118))
    assert told() == [("no_picture", 100, "unreachable")]
    record(camera, (0, 100, None), (100, 112, GapCause.RESTART), (112, 150, GapCause.UNREACHABLE), (150, 151, None))
    services.note_health(at=at(151))
    assert told() == [("no_picture", 100, "unreachable"), ("picture_again", 150, "unreachable")]


def test_a_recorder_that_stood_still_is_not_told_as_a_camera_that_took_a_moment_to_answer(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 160, GapCause.RESTART), (160, 164, GapCause.UNREACHABLE), (164, 170, None))
    services.note_health(at=at(170))
    assert told() == [("no_picture", 100, "restart"), ("picture_again", 164, "restart")]


def test_short_gaps_and_a_camera_that_is_switched_off_are_no_events(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 109, GapCause.STALLED), (109, 200, None), (200, 900, GapCause.SWITCHED_OFF), (900, 950, None))
    assert services.note_health(at=at(951)) == 0


def test_switching_a_silent_camera_off_ends_its_silence(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 130, GapCause.REFUSED), (130, 140, GapCause.SWITCHED_OFF))
    services.note_health(at=at(140))
    assert told() == [("no_picture", 100, "refused"), ("switched_off", 130, "refused")]


def test_a_recorder_that_does_not_run_is_a_silence_of_all_its_cameras(camera: Camera, record: Record) -> None:
    off = CameraFactory.create(enabled=False)
    record(camera, (0, 100, None))
    record(off, (0, 50, None), (50, 100, GapCause.SWITCHED_OFF))
    assert services.note_health(at=at(125)) == 0
    assert services.note_health(at=at(131)) == 1
    assert told() == [("no_picture", 100, "restart")]
    # Back again: the last file reached a little less far than the recorder could say before it ended.
    record(camera, (0, 99.2, None), (99.2, 170, GapCause.RESTART), (170, 171, None))
    services.note_health(at=at(171))
    assert told() == [("no_picture", 100, "restart"), ("picture_again", 170, "restart")]


def test_a_silence_that_turns_out_to_be_none_ends(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None))
    services.note_health(at=at(140))
    record(camera, (0, 150, None))
    services.note_health(at=at(150))
    assert told() == [("no_picture", 100, "restart"), ("picture_again", 100, "restart")]
    assert services.note_health(at=at(151)) == 0


def test_what_happened_while_nobody_looked_is_made_up_for(camera: Camera, record: Record) -> None:
    day = 86_400
    record(
        camera,
        (0, 100, None),
        (100, 200, GapCause.STALLED),
        (200, day, None),
        (day, day + 60, GapCause.REFUSED),
        (day + 60, day + 90, None),
    )
    assert services.note_health(at=at(day + 90)) == 4
    later = 2 * day
    record(
        camera, (0, 100, None), (100, 200, GapCause.STALLED), (200, day, None), (day, day + 60, GapCause.REFUSED), (day + 60, later, None)
    )
    assert services.note_health(at=at(later)) == 0


def test_a_long_silence_is_not_told_again_when_its_beginning_lies_far_back(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 200, GapCause.STALLED))
    services.note_health(at=at(200))
    days = 86_400 * 9
    record(camera, (0, 100, None), (100, days, GapCause.STALLED))
    assert services.note_health(at=at(days)) == 0
    record(camera, (0, 100, None), (100, days, GapCause.STALLED), (days, days + 5, None))
    services.note_health(at=at(days + 5))
    assert told() == [("no_picture", 100, "stalled"), ("picture_again", days, "stalled")]


def test_while_the_index_cannot_be_read_nothing_is_told_and_nothing_is_lost(camera: Camera, record: Record) -> None:
    root = settings.CITYSQUARE.store_dir
    record(camera, (0, 100, None), (100, 160, GapCause.STALLED), (160, 170, None))
    index = root / "index.sqlite3"
    for left in root.glob("index.sqlite3-*"):
        left.unlink()
    whole = index.read_bytes()
    index.write_bytes(b"not a database at all" * 100)
    assert services.note_health(at=at(170)) == 0
    index.write_bytes(whole)
    assert services.note_health(at=at(175)) == 2


def test_cameras_are_told_apart(record: Record, camera: Camera) -> None:
    other = CameraFactory.create()
    record(camera, (0, 100, None), (100, 160, GapCause.STALLED), (160, 170, None))
    record(other, (0, 170, None))
    services.note_health(at=at(170))
    assert told(other) == []
    assert len(told(camera)) == 2


def test_a_day_names_what_happened_and_what_lasts(camera: Camera, record: Record) -> None:
    record(camera, (0, 100, None), (100, 160, GapCause.STALLED), (160, 300, None), (300, 340, GapCause.REFUSED))
    services.note_health(at=at(340))
    with translation.override("en"):
        notes = queries.health_of(camera_id=camera.pk, since=at(0), until=at(1000))
        assert [(note.title, note.still) for note in notes] == [("No picture", False), ("Picture again", False), ("No picture", True)]
        assert notes[1].text == "After 60 s: Camera sent nothing"
        lasting = queries.health_of(camera_id=camera.pk, since=at(5000), until=at(6000))
        assert [note.title for note in lasting] == ["No picture"]


def test_a_round_without_news_costs_three_questions_however_many_cameras_there_are(
    record: Record, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for camera in CameraFactory.create_batch(5):
        record(camera, (0, 50, None), (50, 53, GapCause.STALLED), (53, 100, None))
    services.note_health(at=at(100))
    with django_assert_num_queries(3):
        assert services.note_health(at=at(101)) == 0


def test_the_page_shows_what_lasts_first_and_is_paged(camera: Camera, record: Record) -> None:
    rows: list[tuple[float, float, GapCause | None]] = []
    for number in range(30):
        rows += [(number * 100, number * 100 + 80, None), (number * 100 + 80, number * 100 + 100, GapCause.GARBLED)]
    record(camera, *rows)
    services.note_health(at=at(3000))
    browser = signed_in(person(camera.organisation, Role.AUDITOR))
    page = browser.get("/health/")
    assert [row.tone for row in page.context["lasting"]] == ["bad"]
    assert [len(browser.get(f"/health/?page={number}").context["events"]) for number in ("1", "2", "x")] == [50, 9, 50]
    assert len(browser.get(f"/health/?camera={camera.pk}").context["events"]) == 50
    other = browser.get("/health/?camera=nobody")
    assert other.context["form"].errors
    stranger = signed_in(person(CameraFactory.create().organisation, Role.OPERATOR)).get("/health/")
    assert stranger.context["events"] == []
    assert "Nothing happened yet" in stranger.content.decode()


def test_a_cameras_page_and_day_show_its_health(camera: Camera, record: Record) -> None:
    now = datetime.now(UTC)
    begin = (now - NOW).total_seconds()
    record(camera, (begin - 7200, begin - 3600, None), (begin - 3600, begin, GapCause.UNREACHABLE))
    services.note_health(at=now)
    browser = signed_in(person(camera.organisation, Role.OPERATOR))
    for path in (f"/cameras/{camera.pk}/", f"/cameras/{camera.pk}/day/"):
        notes = browser.get(path).context["events"]
        assert [(note.title, note.still) for note in notes] == [("No picture", True)]
