"""Cameras' clocks over ONVIF: asked by the site once an hour and spread, noted on the camera, shown where nothing better is known."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import queries, services
from citysquare.apps.devices.models import ClockReading
from citysquare.apps.footage import clock
from citysquare.engine.errors import Unreachable
from citysquare.engine.footage import StatusReport, StreamStatus
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.footage.status import write_status
from citysquare.engine.model import StreamKey, ticks_from_datetime
from citysquare.engine.ports import Clock
from citysquare.engine.sources import AddressRule
from citysquare.platform.policy import Role
from citysquare.simulator.onvif import OnvifDevice, Stream
from citysquare.site import clocks, noting
from tests.factories import NOW, CameraFactory, OrganisationFactory, person, signed_in

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Street:
    """Cameras that answer without a network, and what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says: dict[str, float | None] = {}
        self.at_once = self.most_at_once = 0

    async def clock_error(self, address: str, *, rule: AddressRule, clock: Clock, timeout: float) -> float | None:  # noqa: ASYNC109 -- as the engine's
        del rule, clock, timeout
        self.asked.append(address)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if address not in self.says:
            raise Unreachable("nobody is there")
        return self.says[address]


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> Street:
    street = Street()
    monkeypatch.setattr(clocks, "clock_error", street.clock_error)
    return street


def told(error: float, at: datetime) -> StreamStatus:
    """A stream that records and whose camera told the time with its pictures."""
    now = ticks_from_datetime(at)
    plain = StreamStatus(StreamKey("gate"), "recording", None, now, now, 1920, 1080, "avc1.640028", 25.0, 1, 0.0)
    return replace(plain, camera_clock_error=error, camera_clock_source="rtcp", camera_clock_at=now)


def camera(number: int, **values: object) -> str:
    return str(CameraFactory.create(onvif_address=f"http://10.0.0.{number}/onvif", **values).pk)


# --- asking --------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_camera_is_asked_once_an_hour_and_its_answer_is_noted_with_time_and_source(street: Street) -> None:
    known = camera(1)
    street.says["http://10.0.0.1/onvif"] = -12.5
    for minute in range(0, 121, 20):
        clocks.ask_clocks(at=NOW + minute * MINUTE)
    assert len(street.asked) == 3
    assert queries.clocks_said([known]) == {known: queries.ClockSaid(-12.5, NOW + 2 * HOUR, "onvif")}


@pytest.mark.django_db
def test_only_cameras_that_answer_to_onvif_and_are_switched_on_are_asked(street: Street) -> None:
    CameraFactory.create()
    camera(1, enabled=False)
    assert clocks.ask_clocks(at=NOW) == 0
    assert street.asked == []


@pytest.mark.django_db
def test_many_cameras_are_spread_over_the_hour_and_few_are_asked_at_once(street: Street) -> None:
    for number in range(200):
        camera(number)
        street.says[f"http://10.0.0.{number}/onvif"] = 0.0
    by_minute = []
    for minute in range(90):
        before = len(street.asked)
        clocks.ask_clocks(at=NOW + minute * MINUTE)
        by_minute.append(len(street.asked) - before)
    assert max(by_minute) == 7
    assert sum(by_minute[:60]) == 200
    assert len(set(street.asked)) == 200
    assert by_minute[:29] == by_minute[60:89]
    assert street.most_at_once <= clocks.AT_ONCE


@pytest.mark.django_db
def test_a_camera_that_is_away_or_tells_nothing_keeps_what_it_said_and_is_asked_again_in_an_hour(street: Street) -> None:
    known = camera(1)
    street.says["http://10.0.0.1/onvif"] = 3.0
    clocks.ask_clocks(at=NOW)
    street.says.clear()
    assert clocks.ask_clocks(at=NOW + HOUR) == 0
    street.says["http://10.0.0.1/onvif"] = None
    assert clocks.ask_clocks(at=NOW + HOUR + 59 * MINUTE) == 0
    assert len(street.asked) == 2
    clocks.ask_clocks(at=NOW + 2 * HOUR)
    assert queries.clocks_said()[known] == queries.ClockSaid(3.0, NOW, "onvif")
    assert ClockReading.objects.get(pk=known).asked_at == NOW + 2 * HOUR


@pytest.mark.django_db
@pytest.mark.parametrize("error", [float("nan"), float("inf"), -1e300])
def test_a_clock_that_no_calendar_has_is_no_answer(error: float) -> None:
    known = camera(1)
    services.note_clock(camera_id=known, error=error, at=NOW)
    assert queries.clocks_said() == {}


@pytest.mark.django_db
def test_another_device_begins_with_nothing_said() -> None:
    known = camera(1)
    services.note_clock(camera_id=known, error=5.0, at=NOW)
    services.note_device(camera_id=known, onvif_address="http://10.0.0.1/onvif", ptz_profile="ptz")
    assert known in queries.clocks_said()
    services.note_device(camera_id=known, onvif_address="http://10.0.0.9/onvif", ptz_profile="")
    assert queries.clocks_said() == {}
    services.note_clock(camera_id="gone", error=5.0, at=NOW)
    assert queries.clocks_said() == {}


@contextmanager
def device(ahead: float) -> Iterator[str]:
    """A simulated ONVIF device in a thread of its own; gives its address."""
    one = OnvifDevice([Stream("main", 1920, 1080, "rtsp://127.0.0.1:8554/cam1/main")], clock_ahead=ahead)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(one.start(), loop).result(10)
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"simulator_ports": (port,)})
    try:
        yield f"http://127.0.0.1:{port}/onvif/device_service"
    finally:
        asyncio.run_coroutine_threadsafe(one.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.mark.django_db
def test_a_simulated_device_is_really_asked() -> None:
    with device(300.0) as address:
        known = CameraFactory.create(onvif_address=address).pk
        (task,) = (task for task in noting.TASKS if task.name == "clocks")
        assert task.waits
        assert task.act(at=NOW) == 1
    assert queries.clocks_said()[known].error == pytest.approx(300.0, abs=2.0)


# --- which clock counts --------------------------------------------------------------------------------------------------------


def test_what_is_told_with_the_pictures_counts_while_it_is_fresh_and_the_answer_after_it() -> None:
    said = queries.ClockSaid(-3.0, NOW - HOUR, "onvif")
    stream = told(1.5, NOW)
    assert clock.known([stream], said, at=NOW + 9 * MINUTE) == clock.ClockError(1.5, "rtcp", NOW)
    assert clock.known([stream], said, at=NOW + 11 * MINUTE) == clock.ClockError(-3.0, "onvif", NOW - HOUR)
    assert clock.known([stream], None, at=NOW + 11 * MINUTE) is None
    assert clock.known([], said, at=NOW + 2 * HOUR + MINUTE) is None


@pytest.mark.django_db
def test_pages_and_the_api_name_the_source_of_a_clock_s_error() -> None:
    city: Organisation = OrganisationFactory.create()
    known = CameraFactory.create(organisation=city)
    at = datetime.now(UTC)
    services.note_clock(camera_id=known.pk, error=90.0, at=at)
    browser: Client = signed_in(person(city, Role.SUPERVISOR))
    for page in (f"/cameras/{known.pk}/", f"/cameras/{known.pk}/day/"):
        shown = browser.get(page).context["clock"]
        assert (shown.label, shown.source, shown.tone, shown.at) == ("90 s fast", "by its own answer (ONVIF)", "bad", at)
    assert "(ONVIF)" in browser.get(f"/cameras/{known.pk}/").content.decode()
    found = browser.get(f"/api/v1/cameras/{known.pk}/continuity").json()
    assert (found["clock_error_seconds"], found["clock_error_source"]) == (90.0, "onvif")
    root = settings.CITYSQUARE.store_dir
    root.mkdir(parents=True, exist_ok=True)
    stream = replace(told(-0.5, at), key=StreamKey(known.pk))
    write_status(RealFileSystem(), root, StatusReport(ticks_from_datetime(at), (stream,)))
    assert browser.get(f"/cameras/{known.pk}/").context["clock"].source == "by the times it sends with its pictures (RTCP)"
    found = browser.get(f"/api/v1/cameras/{known.pk}/continuity").json()
    assert (found["clock_error_seconds"], found["clock_error_source"]) == (-0.5, "rtcp")
