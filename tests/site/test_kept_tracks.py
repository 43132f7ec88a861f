"""Footage of stored tracks: which stretches the node is told to keep longer, and for how long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.footage.services import HoldWish, place_hold
from citysquare.apps.observations.models import Observation
from citysquare.config import Config
from citysquare.engine.local import read_node_file
from citysquare.engine.model import TICKS_PER_SECOND, ticks_from_datetime
from citysquare.platform.policy import Role
from citysquare.site import kept_tracks, wiring
from citysquare.site.wiring import write_node
from tests.factories import CameraFactory, ObservationFactory, person

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND = TICKS_PER_SECOND


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    changed: Config = settings.CITYSQUARE.model_copy(update={"track_footage_days": 10})
    monkeypatch.setattr(settings, "CITYSQUARE", changed)
    changed.data_dir.mkdir(parents=True, exist_ok=True)
    return changed


def seen(camera: object, ago: timedelta, seconds: float = 5) -> Observation:
    observation: Observation = ObservationFactory.create(camera=camera, first=NOW - ago, last=NOW - ago + timedelta(seconds=seconds))
    return observation


@pytest.mark.django_db
def test_the_footage_of_what_was_seen_is_kept_as_long_as_the_setting_says(config: Config) -> None:
    camera = CameraFactory.create()
    seen(camera, timedelta(days=9))
    seen(camera, timedelta(days=11))
    for ago in (600, 590, 100):
        seen(camera, timedelta(seconds=ago))
    assert kept_tracks.bring_up_to_date(config, NOW)
    write_node()
    found = read_node_file(config.node_file).kept_tracks
    day = 86_400 * SECOND
    at = ticks_from_datetime(NOW)
    assert [(track.start - at, track.end - at) for track in found] == [
        (-9 * day - 10 * SECOND, -9 * day + 15 * SECOND),
        (-610 * SECOND, -575 * SECOND),
        (-110 * SECOND, -85 * SECOND),
    ]
    assert all(track.until == track.end + 10 * day for track in found)
    assert {track.camera for track in found} == {camera.pk}


@pytest.mark.django_db
def test_what_is_over_goes_what_came_late_comes_in_and_nothing_new_changes_nothing(config: Config) -> None:
    camera = CameraFactory.create()
    seen(camera, timedelta(days=9))
    seen(camera, timedelta(minutes=5))
    assert kept_tracks.bring_up_to_date(config, NOW)
    assert not kept_tracks.bring_up_to_date(config, NOW)
    seen(camera, timedelta(hours=20))
    assert kept_tracks.bring_up_to_date(config, NOW + timedelta(minutes=5))
    assert len(kept_tracks.read(config)) == 3
    assert kept_tracks.bring_up_to_date(config, NOW + timedelta(days=2))
    assert len(kept_tracks.read(config)) == 2


@pytest.mark.django_db
def test_who_shortens_the_setting_shortens_it_for_what_is_there(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = CameraFactory.create()
    seen(camera, timedelta(days=9))
    seen(camera, timedelta(days=2))
    assert kept_tracks.bring_up_to_date(config, NOW)
    shorter = config.model_copy(update={"track_footage_days": 4})
    monkeypatch.setattr(settings, "CITYSQUARE", shorter)
    write_node()
    assert all(track.until == track.end + 4 * 86_400 * SECOND for track in read_node_file(config.node_file).kept_tracks)
    assert kept_tracks.bring_up_to_date(shorter, NOW)
    assert len(kept_tracks.read(shorter)) == 1


@pytest.mark.django_db
def test_nobody_else_of_the_machine_reads_when_somebody_was_seen(config: Config) -> None:
    seen(CameraFactory.create(), timedelta(minutes=5))
    assert kept_tracks.bring_up_to_date(config, NOW)
    assert (config.data_dir / "kept_tracks.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_a_node_takes_the_oldest_holds_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "MOST_HOLDS", 2)
    config: Config = settings.CITYSQUARE
    camera = CameraFactory.create()
    by = person(camera.organisation, Role.SUPERVISOR).pk
    at = timezone.now()
    wish = HoldWish(camera.pk, "1", "asked for", at - timedelta(hours=2), at - timedelta(hours=1), at + timedelta(days=3))
    placed = [
        place_hold(wish=wish, organisation_id=camera.organisation_id, placed_by=by, at=at + timedelta(seconds=n)).pk for n in range(3)
    ]
    write_node()
    assert [hold.id for hold in read_node_file(config.node_file).holds] == placed[:2]


@pytest.mark.django_db
def test_by_default_no_footage_is_kept_for_tracks_and_a_damaged_file_says_nothing(config: Config) -> None:
    strict = config.model_copy(update={"track_footage_days": 0})
    seen(CameraFactory.create(), timedelta(minutes=5))
    assert not kept_tracks.bring_up_to_date(strict, NOW)
    kept_tracks.bring_up_to_date(config, NOW)
    assert kept_tracks.read(strict) == ()
    for text in ("", "{}", json.dumps([{"camera": "x"}])):
        (config.data_dir / "kept_tracks.json").write_text(text)
        assert kept_tracks.read(config) == ()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 500)), max_size=30))
def test_all_that_was_seen_lies_in_a_stretch_and_stretches_do_not_grow_for_ever(times: list[tuple[int, int]]) -> None:
    rows = [(at * SECOND, (at + long) * SECOND) for at, long in sorted(times)]
    found = kept_tracks.joined("gate", rows, 7)
    for first, last in rows:
        assert any(track.start <= first and last <= track.end for track in found)
    assert all(track.end - track.start <= 3600 * SECOND and track.until == track.end + 7 for track in found)
