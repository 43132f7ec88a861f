"""A camera's page and its day say how long footage is kept, and what of it longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage.keeping import Keeping, keeping
from citysquare.engine.footage.index import Index
from citysquare.engine.model import Interval, StreamKey, ticks_from_datetime
from citysquare.platform.models import RetentionClock
from citysquare.platform.policy import Role
from citysquare.site.wiring import limits, write_node
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in


def allow(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:  # noqa: ANN401 -- settings
    monkeypatch.setattr(settings, "CITYSQUARE", settings.CITYSQUARE.model_copy(update=changed))


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def browser(city: Organisation) -> Client:
    return signed_in(person(city, Role.OPERATOR))


@pytest.fixture
def camera(city: Organisation) -> Camera:
    """A camera that has recorded for an hour."""
    made: Camera = CameraFactory.create(organisation=city)
    now, root = datetime.now(UTC), settings.CITYSQUARE.store_dir
    root.mkdir(parents=True, exist_ok=True)
    index = Index(root / "index.sqlite3")
    hour = Interval(ticks_from_datetime(now - timedelta(hours=1)), ticks_from_datetime(now))
    index.write_captured([(StreamKey(made.pk), [hour])])
    index.close()
    return made


def test_by_default_footage_of_tracks_is_kept_no_longer_than_other_footage(browser: Client, camera: Camera) -> None:
    assert keeping() == Keeping("3 days", "10 minutes", "")
    page = browser.get(f"/cameras/{camera.pk}/").content.decode()
    assert "How long footage is kept" in page
    assert "not longer" in page
    assert "other footage for" not in browser.get(f"/cameras/{camera.pk}/day/").content.decode()


def test_who_keeps_footage_of_tracks_longer_says_so_on_the_camera_s_pages(
    browser: Client, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, track_footage_days=30)
    page = browser.get(f"/cameras/{camera.pk}/").content.decode()
    assert "30 days" in page
    assert "in which something moved is kept longer" in page
    assert (
        "Footage around stored tracks is kept for 30 days, other footage for 3 days."
        in browser.get(f"/cameras/{camera.pk}/day/").content.decode()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "minutes", "days", "told"),
    [
        (1, 60, 0, Keeping("1 hour", "1 hour", "")),
        (25, 90, 1, Keeping("25 hours", "90 minutes", "")),
        (24, 1, 1, Keeping("1 day", "1 minute", "")),
        (24, 1440, 2, Keeping("1 day", "1 day", "2 days")),
    ],
)
def test_times_are_told_in_the_unit_they_are_whole_in(
    monkeypatch: pytest.MonkeyPatch, hours: int, minutes: int, days: int, told: Keeping
) -> None:
    allow(monkeypatch, footage_retention_hours=hours, sub_retention_minutes=minutes, track_footage_days=days)
    assert keeping() == told


@pytest.mark.django_db
def test_a_setting_beyond_what_the_rules_allow_is_bounded_and_said_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    allow(monkeypatch, footage_retention_hours=24 * 90, track_footage_days=200)
    assert limits(settings.CITYSQUARE).retention_seconds == timedelta(days=30).total_seconds()
    assert keeping() == Keeping("30 days", "10 minutes", "")
    write_node()
    assert "footage_retention_hours asks to keep footage for 90 days" in caplog.text
    assert "track_footage_days" in caplog.text


@pytest.mark.django_db
def test_an_installation_that_kept_footage_longer_before_its_upgrade_has_days_of_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, footage_retention_hours=24 * 90)
    now = datetime.now(UTC)
    clock = RetentionClock.objects.create(believed=now, seen=now, begins_at=now + timedelta(days=14))
    assert limits(settings.CITYSQUARE).retention_seconds == timedelta(days=90).total_seconds()
    RetentionClock.objects.filter(pk=clock.pk).update(begins_at=None)
    assert limits(settings.CITYSQUARE).retention_seconds == timedelta(days=30).total_seconds()
