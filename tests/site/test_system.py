"""How the system is doing: the administrator's page, the metrics, health, and what is said to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import services as devices
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage.clock import ClockError
from citysquare.apps.observations import services as observations
from citysquare.engine.clock import SystemClock
from citysquare.engine.footage import SpaceReport, StatusReport, StreamStatus, VolumeReport
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.footage.index import Index
from citysquare.engine.footage.status import write_status
from citysquare.engine.local import AnalysisReport, CameraCost
from citysquare.engine.local.analysis_report import write_analysis_report
from citysquare.engine.model import TICKS_PER_SECOND, GapCause, Interval, StreamKey, ticks_from_datetime
from citysquare.platform import pace, tokens
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role, Scope
from citysquare.site.processes import Pace, ProcessNote, ProcessReport, read_process_report, write_process_report
from citysquare.site.system import figures as system_figures
from citysquare.site.system.figures import CameraFigures, Machine, SystemFigures
from citysquare.site.system.forecast import Volume, Written, forecast
from citysquare.site.system.health import state_of
from citysquare.site.system.troubles import troubles
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

AT = datetime(2026, 3, 29, 12, tzinfo=UTC)
GB = 1_000_000_000


def stream(camera: str, *, cause: GapCause | None = None, since: float = 0.0, dropped: float = 0.0, at: datetime = AT) -> StreamStatus:
    now = ticks_from_datetime(at)
    return StreamStatus(
        key=StreamKey(camera),
        state="gap" if cause else "recording",
        cause=cause,
        since=now - round(since * TICKS_PER_SECOND),
        last_picture=now,
        width=1920,
        height=1080,
        codec_string="avc1.640028",
        fps=25.0,
        bits_per_second=4_000_000,
        dropped_by_us_seconds=dropped,
    )


def camera_figures(main: StreamStatus | None = None, **values: object) -> CameraFigures:
    plain = CameraFigures("cam", "owner", "Bridge", True, main, 3600.0, {}, GB)  # noqa: FBT003 -- a column of the figures
    return replace(plain, **cast("Any", values))


def healthy(**values: object) -> SystemFigures:
    """A machine with nothing wrong, and what a test changes of it."""
    main = stream("cam")
    now = ticks_from_datetime(AT)
    notes = tuple(ProcessNote(name, True, AT.timestamp(), 0, 1.0, 0.1, 10**8) for name in ("supervisor", "recorder"))  # noqa: FBT003 -- as above
    volume = Volume(used=10 * GB, free=900 * GB, least_free=2 * GB, budget=500 * GB)
    plain = SystemFigures(
        at=AT,
        cameras=(camera_figures(main),),
        recorder=StatusReport(now, (main,)),
        analysis=AnalysisReport(now, 0, 0, (CameraCost("cam", now, 100, 100, 0, 3, 1.0),)),
        processes=ProcessReport(AT.timestamp(), notes),
        volume=volume,
        forecast=forecast([Written("cam", 3600.0, GB, 0)], volume, retention_seconds=72 * 3600.0),
        machine=Machine(2, 0.5, 8 * GB, 4 * GB),
        events_waiting=0,
        newest_backup=AT - timedelta(hours=3),
    )
    return replace(plain, **cast("Any", values))


def codes(figures: SystemFigures) -> list[str]:
    return [trouble.code for trouble in troubles(figures)]


# --- what is wrong -----------------------------------------------------------------------------------------------------------


def test_a_machine_on_which_all_is_well_has_no_troubles() -> None:
    assert codes(healthy()) == []
    assert state_of(healthy()) == "ok"


@pytest.mark.parametrize(
    ("changed", "code", "state"),
    [
        ({"recorder": None}, "system.recorder_silent", "failing"),
        ({"recorder": StatusReport(ticks_from_datetime(AT - timedelta(seconds=11)), ())}, "system.recorder_silent", "failing"),
        ({"store_readable": False}, "system.store_unreadable", "failing"),
        ({"cameras": (camera_figures(stream("cam", cause=GapCause.REFUSED, since=90)),)}, "system.camera_refused", "degraded"),
        ({"cameras": (camera_figures(stream("cam", cause=GapCause.STORAGE_FULL, since=90)),)}, "system.camera_storage_full", "failing"),
        ({"cameras": (camera_figures(stream("cam", dropped=0.7)),)}, "system.dropped_by_us", "failing"),
        ({"volume": None}, "system.volume_unknown", "degraded"),
        ({"volume": Volume(GB, GB, 2 * GB, 500 * GB)}, "system.volume_full", "failing"),
        ({"analysis": None}, "system.analysis_silent", "degraded"),
        ({"processes": None}, "system.no_supervisor", "ok"),
        ({"events_waiting": None}, "system.database_away", "failing"),
        ({"events_waiting": 101}, "system.events_wait", "degraded"),
        ({"machine": Machine(2, 0.5, 8 * GB, GB // 10)}, "system.memory_low", "degraded"),
        ({"newest_backup": None}, "system.no_backup", "ok"),
        ({"newest_backup": AT - timedelta(days=8)}, "system.no_backup", "ok"),
    ],
)
def test_a_trouble_is_named_and_the_state_follows(changed: dict[str, object], code: str, state: str) -> None:
    figures = healthy(**changed)
    assert codes(figures) == [code]
    assert state_of(figures) == state
    assert all(trouble.sentence.endswith(".") and trouble.advice.endswith(".") for trouble in troubles(figures))


def test_a_process_that_ends_again_and_again_is_named() -> None:
    notes = (ProcessNote("analysis", True, AT.timestamp(), 3, 1.0, 0.1, 10**8),)  # noqa: FBT003 -- a column of the figures
    assert codes(healthy(processes=ProcessReport(AT.timestamp(), notes))) == ["system.process_restarts"]


def test_many_cameras_with_one_cause_are_one_trouble() -> None:
    listed = tuple(camera_figures(stream(str(n), cause=GapCause.UNREACHABLE, since=60), id=str(n), name=f"Camera {n}") for n in range(9))
    found = troubles(healthy(cameras=listed))
    assert [trouble.code for trouble in found] == ["system.camera_unreachable"]
    assert found[0].sentence == "9 cameras are not being recorded: Camera 0, Camera 1, Camera 2, Camera 3, Camera 4 and 4 more"
    assert len(troubles(healthy(cameras=listed[:3]))) == 3


def test_a_camera_that_has_just_lost_its_picture_is_no_trouble_yet() -> None:
    assert codes(healthy(cameras=(camera_figures(stream("cam", cause=GapCause.UNREACHABLE, since=9)),))) == []


def test_a_camera_that_is_switched_off_is_no_trouble() -> None:
    off = camera_figures(stream("cam", cause=GapCause.SWITCHED_OFF, since=900), enabled=False)
    assert codes(healthy(cameras=(off,), recorder=None, analysis=None)) == []


def test_an_analysis_that_is_behind_names_its_cameras() -> None:
    now = ticks_from_datetime(AT)
    late = AnalysisReport(now, 0, 0, (CameraCost("cam", now - 16 * TICKS_PER_SECOND, 100, 100, 0, 3, 1.0),))
    assert codes(healthy(analysis=late)) == ["system.analysis_behind"]
    assert "Bridge" in troubles(healthy(analysis=late))[0].sentence


def test_the_worst_stands_first() -> None:
    figures = healthy(newest_backup=None, analysis=None, recorder=None)
    assert codes(figures) == ["system.recorder_silent", "system.analysis_silent", "system.no_backup"]


def space(**values: object) -> StatusReport:
    """A recorder that says something of room."""
    plain = SpaceReport(GB, 500 * GB, 10 * GB, 3 * GB, 0, 50_000.0, 10**6, None, None, (VolumeReport("", "/footage", "ok", GB, GB),))
    return StatusReport(ticks_from_datetime(AT), (stream("cam"),), replace(plain, **cast("Any", values)))


@pytest.mark.parametrize(
    ("changed", "code", "state", "words"),
    [
        ({"warning": "space.deletion_near", "hours_left_until_deletion": 5.5}, "system.space_deletion_near", "degraded", "5.5 h"),
        ({"warning": "space.deleting", "hours_left_until_deletion": 0.0}, "system.space_deleting", "degraded", "13.9 h"),
        ({"warning": "space.only_held"}, "system.space_only_held", "failing", "3.0 GB"),
        ({"volumes": (VolumeReport("v", "/second", "missing", 0, 0),)}, "system.volume_missing", "failing", "/second"),
    ],
)
def test_want_of_room_is_said_before_it_deletes(changed: dict[str, object], code: str, state: str, words: str) -> None:
    figures = healthy(recorder=space(**changed))
    assert codes(figures) == [code]
    assert state_of(figures) == state
    assert words in troubles(figures)[0].sentence


def test_clocks_that_are_wrong_are_named() -> None:
    wrong = camera_figures(stream("cam"), clock=ClockError(-3600.0, "rtcp", AT))
    figures = healthy(recorder=StatusReport(ticks_from_datetime(AT), (stream("cam"),), None, 4.0), cameras=(wrong,))
    assert codes(figures) == ["system.clock_stepped", "system.camera_clocks"]
    assert "Bridge (RTCP)" in troubles(figures)[1].sentence
    asked = healthy(cameras=(camera_figures(stream("cam"), clock=ClockError(61.0, "onvif", AT)),))
    assert codes(asked) == ["system.camera_clocks"]
    assert "Bridge (ONVIF)" in troubles(asked)[0].sentence


# --- what the supervisor leaves ----------------------------------------------------------------------------------------------


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace()
    assert pace.add(0.0, {"web": 10.0}) == {"web": 0.0}
    assert pace.add(5.0, {"web": 11.0, "recorder": 1.0}) == {"web": 0.2, "recorder": 0.0}
    later = [pace.add(5.0 * tick, {"web": 11.0 + tick}) for tick in range(2, 30)]
    assert later[-1]["web"] == pytest.approx(0.2)


def test_a_damaged_note_counts_as_none(tmp_path: Path) -> None:
    assert read_process_report(tmp_path) is None
    report = ProcessReport(1.0, (ProcessNote("web", True, 1.0, 2, 3.0, 0.5, 4),))  # noqa: FBT003 -- a column of the figures
    write_process_report(tmp_path, report)
    assert read_process_report(tmp_path) == report
    for damage in ("{", "[]", '{"at": 1}', '{"at": 1, "processes": [{"name": 1}]}'):
        (tmp_path / "processes.json").write_text(damage)
        assert read_process_report(tmp_path) is None


# --- pages -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def machine(city: Organisation) -> Iterator[Camera]:
    """A camera that records, as recorder, analysis and supervisor left it in their files."""
    camera: Camera = CameraFactory.create(organisation=city, names={"en": "Bridge"})
    config = settings.CITYSQUARE
    config.store_dir.mkdir(parents=True, exist_ok=True)
    now = SystemClock().wall()
    main = replace(stream(camera.pk, at=datetime.now(UTC)), since=now)
    write_status(RealFileSystem(), config.store_dir, StatusReport(now, (main,)))
    write_analysis_report(config.data_dir, AnalysisReport(now, 0, 0, (CameraCost(camera.pk, now, 200, 200, 0, 3, 1.0),)))
    notes = (ProcessNote("recorder", True, datetime.now(UTC).timestamp(), 0, 1.0, 0.25, 10**8),)  # noqa: FBT003 -- a column of the figures
    write_process_report(config.data_dir, ProcessReport(datetime.now(UTC).timestamp(), notes))
    system_figures.forget()
    yield camera
    for place in (config.store_dir / "status.json", config.data_dir / "analysis.json", config.data_dir / "processes.json"):
        place.unlink()
    system_figures.forget()


def test_an_administrator_sees_what_runs_and_what_it_costs(city: Organisation, machine: Camera) -> None:
    CameraFactory.create(names={"en": "Foreign"})
    page = signed_in(person(city, Role.ADMINISTRATOR)).get("/system/").content.decode()
    for expected in ("Bridge", "recorder", "0.25 cores", "4.00 Mbit/s", "5.0 ms a picture", "100 MB"):
        assert expected in page
    assert "Foreign" not in page


def test_the_page_says_what_to_do_when_nothing_runs(city: Organisation) -> None:
    CameraFactory.create(organisation=city)
    system_figures.forget()
    page = signed_in(person(city, Role.ADMINISTRATOR)).get("/system/").content.decode()
    assert "The recorder does not report" in page
    assert "No supervisor reports" in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_else_sees_it(city: Organisation, role: Role) -> None:
    browser = signed_in(person(city, role))
    assert browser.get("/system/").status_code == 403
    assert browser.get("/metrics").status_code == 403


def test_metrics_need_a_token_with_the_scope(city: Organisation, machine: Camera) -> None:
    maker = person(city, Role.ADMINISTRATOR)

    def get(*scopes: Scope) -> tuple[int, str]:
        at = datetime.now(UTC)
        wish = accounts.TokenWish(name="Prometheus", purpose="metrics", scopes=frozenset(scopes), valid_for=timedelta(days=30))
        token = accounts.make_token(wish=wish, organisation_id=city.pk, made_by=maker.pk, at=at)
        answer = Client().get("/metrics", headers={"authorization": f"Bearer {token.secret}"})
        return answer.status_code, answer.content.decode()

    assert Client().get("/metrics").status_code == 401
    assert get(Scope.COUNTS)[0] == 403
    status, text = get(Scope.METRICS)
    assert status == 200
    assert f'citysquare_stream_recording{{camera="{machine.pk}",stream="main"}} 1.0' in text
    assert 'citysquare_process_up{process="recorder"} 1.0' in text
    assert "Bridge" not in text
    assert "rtsp" not in text


def test_metrics_tell_continuity_silence_clocks_and_room(city: Organisation, machine: Camera) -> None:
    config, now = settings.CITYSQUARE, SystemClock().wall()
    index = Index(config.store_dir / "index.sqlite3")
    hour = 3600 * TICKS_PER_SECOND
    rows = [
        Interval(now - 5 * hour, now - 3 * hour),
        Interval(now - 3 * hour, now - 2 * hour, GapCause.DROPPED_BY_US),
        Interval(now - 2 * hour, now - hour),
        Interval(now - hour, now, GapCause.REFUSED),
    ]
    index.write_captured([(StreamKey(machine.pk), rows)])
    index.close()
    clock = {"camera_clock_error": 1.5, "camera_clock_source": "rtcp", "camera_clock_at": now}
    main = replace(stream(machine.pk, at=datetime.now(UTC)), since=now, **cast("Any", clock))
    second = CameraFactory.create(organisation=city, names={"en": "Gate"}, enabled=False)
    devices.note_clock(camera_id=second.pk, error=-7.5, at=datetime.now(UTC))
    write_status(RealFileSystem(), config.store_dir, replace(space(), at=now, streams=(main,)))
    observations.note_health(at=datetime.now(UTC))
    system_figures.forget()
    administrator = signed_in(person(city, Role.ADMINISTRATOR))
    text = administrator.get("/metrics").content.decode()
    for expected in (
        f'citysquare_footage_stored_seconds_total{{camera="{machine.pk}"}} 10800.0',
        f'citysquare_footage_gap_seconds_total{{camera="{machine.pk}",cause="refused"}} 3600.0',
        f'citysquare_footage_dropped_by_us_seconds_total{{camera="{machine.pk}"}} 3600.0',
        f'citysquare_camera_clock_error_seconds{{camera="{machine.pk}",source="rtcp"}} 1.5',
        f'citysquare_camera_clock_error_seconds{{camera="{second.pk}",source="onvif"}} -7.5',
        "citysquare_cameras_silent 1.0",
        "citysquare_store_held_bytes 3e+09",
    ):
        assert expected in text
    page = administrator.get("/system/").content.decode()
    assert page.index("silent-title") < page.index("wrong-title")
    assert "Camera refused us" in page
    assert "Held for cases" in page
    other = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    assert "citysquare_cameras_silent 0.0" in other.get("/metrics").content.decode()
    assert "Without a picture now" not in other.get("/system/").content.decode()


def test_a_scraper_does_not_fill_the_log(city: Organisation, machine: Camera) -> None:
    browser = signed_in(person(city, Role.ADMINISTRATOR))
    before = AuditEntry.objects.filter(action="system.view").count()
    assert {browser.get("/metrics").status_code for _ in range(3)} == {200}
    assert AuditEntry.objects.filter(action="system.view").count() == before + 1


def test_answers_are_counted_by_route_not_by_address(city: Organisation, machine: Camera) -> None:
    browser = signed_in(person(city, Role.ADMINISTRATOR))
    browser.get(f"/cameras/{machine.pk}/")
    text = browser.get("/metrics").content.decode()
    assert 'citysquare_http_requests_total{method="GET",route="/cameras/<id:camera_id>/",status="200"}' in text


def test_a_load_balancer_learns_one_word(city: Organisation, machine: Camera) -> None:
    answer = Client().get("/readyz")
    assert set(answer.json()) == {"status"}
    (settings.CITYSQUARE.store_dir / "status.json").write_text("")
    assert (Client().get("/readyz").status_code, Client().get("/readyz").json()) == (503, {"status": "failing"})


def test_metrics_name_no_camera_of_another_organisation(machine: Camera) -> None:
    other = OrganisationFactory.create()
    own = CameraFactory.create(organisation=other)
    text = signed_in(person(other, Role.ADMINISTRATOR)).get("/metrics").content.decode()
    assert own.pk in text
    assert machine.pk not in text


def test_who_asks_for_metrics_too_often_waits_and_does_not_fill_the_log(city: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "requests", pace.Limit(3, 0.001))
    browser = signed_in(person(city, Role.OPERATOR))
    assert [browser.get("/metrics").status_code for _ in range(6)] == [403, 403, 403, 429, 429, 429]
    assert AuditEntry.objects.filter(action="system.view", outcome="refuse").count() == 3
