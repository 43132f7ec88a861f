"""Footage of stored tracks: which stretches the node is told to keep longer, and for how long."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.footage.services import HoldWish, place_hold
from citysquare.apps.observations.models import Observation
from citysquare.apps.observations.services import accept_batch
from citysquare.config import Config
from citysquare.engine.footage import KeptTrack, StoreLimits
from citysquare.engine.footage.holds import Protected
from citysquare.engine.local import NodeFile, read_node_file, write_node_file
from citysquare.engine.model import (
    TICKS_PER_SECOND,
    ObjectClass,
    StreamKey,
    Track,
    TrackBatch,
    datetime_from_ticks,
    ticks_from_datetime,
)
from citysquare.platform.policy import Role
from citysquare.site import kept_tracks, wiring
from citysquare.site.wiring import write_node
from tests.engine.footage.at_work import recording
from tests.engine.footage.scripted import START, Scripted, picture
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
    written = read_node_file(config.node_file).kept_tracks
    assert [track.until - track.end for track in written] == [4 * 86_400 * SECOND] * 2
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
    assert (config.data_dir / "kept_tracks.json").exists()
    kept_tracks.forget(strict)
    assert not (config.data_dir / "kept_tracks.json").exists()
    kept_tracks.forget(strict)
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


@pytest.mark.django_db
def test_looking_again_every_few_minutes_makes_the_same_stretches_as_looking_once(config: Config) -> None:
    camera = CameraFactory.create()
    for seconds in range(0, 30 * 3600, 90):
        seen(camera, timedelta(seconds=seconds), 30)
    for minute in range(0, 180, 5):
        kept_tracks.bring_up_to_date(config, NOW + timedelta(minutes=minute))
    again = kept_tracks.read(config)
    (config.data_dir / "kept_tracks.json").unlink()
    kept_tracks.bring_up_to_date(config, NOW + timedelta(minutes=175))
    assert again == kept_tracks.read(config)
    assert len(again) <= 32


def test_a_hundred_thousand_tracks_a_day_leave_a_small_node_file_and_none_of_them_out(tmp_path: Path) -> None:
    day, cameras = 86_400, [f"camera{number}" for number in range(50)]
    random = Random(7)
    seen = {
        name: sorted((at, at + random.randrange(1, 60)) for at in (random.randrange(day * 3) for _ in range(6_000))) for name in cameras
    }
    tracks: list[KeptTrack] = []
    for name, rows in seen.items():
        tracks += kept_tracks.joined(name, [(first * SECOND, last * SECOND) for first, last in rows], 30 * day * SECOND)
    found = kept_tracks.fewer(tracks, 2_000)
    assert len(tracks) > 20_000
    assert len(found) <= 2_000
    for name, rows in seen.items():
        held = Protected((name, track.start, track.end) for track in found if track.camera == name)
        assert all(held.end_of(name, first * SECOND, last * SECOND + 1) is not None for first, last in rows)
        assert all(any(a <= first * SECOND and last * SECOND <= b for a, b in held.of(name)) for first, last in rows[::100])
    assert all(track.until == track.end + 30 * day * SECOND for track in found)
    limits = StoreLimits()
    write_node_file(tmp_path / "node.json", NodeFile(tmp_path / "store", (), limits, kept_tracks=tuple(kept_tracks.fewer(tracks))))
    assert (tmp_path / "node.json").stat().st_size < 4_000_000
    assert len(read_node_file(tmp_path / "node.json").kept_tracks) <= kept_tracks.MOST


def test_where_even_weeks_are_too_many_the_oldest_go(caplog: pytest.LogCaptureFixture) -> None:
    week = 7 * 86_400 * SECOND
    tracks = [KeptTrack("gate", 2 * at * week, 2 * at * week + SECOND, 10**15) for at in range(10)]
    assert kept_tracks.fewer(tracks, 3) == tracks[-3:]
    assert "no longer than other" in caplog.text


@pytest.mark.django_db
def test_a_recorder_keeps_the_footage_of_a_stored_track_beyond_its_retention_and_lets_it_go_at_its_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begin = datetime_from_ticks(START)
    config: Config = settings.CITYSQUARE.model_copy(update={"track_footage_days": 1, "footage_retention_hours": 1})
    monkeypatch.setattr(settings, "CITYSQUARE", config)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    camera = CameraFactory.create(main_url="rtsp://10.0.0.1/main", enabled=True)
    track = Track("track-0001", camera.pk, ObjectClass.UNKNOWN, START + 40 * SECOND, START + 45 * SECOND, ((0.1, 0.1), (0.5, 0.5)))
    accept_batch(batch=TrackBatch(camera.pk, (track,), START + 60 * SECOND), at=begin + timedelta(minutes=1))
    assert kept_tracks.bring_up_to_date(config, begin + timedelta(minutes=2))
    write_node()
    node = read_node_file(config.node_file)
    key = StreamKey(camera.pk)

    async def at_work() -> list[list[tuple[int, int]]]:
        looks = []
        async with recording(tmp_path / "store", limits=replace(node.limits, least_free_bytes=0, segment_seconds=10)) as running:
            running.recorder.protect(node.holds, node.kept_tracks)
            running.recorder.add(key, Scripted(running.clock, [picture(START + n * SECOND // 5, key=n % 5 == 0) for n in range(450)]))
            await running.passes(95)
            for hours in (0.0, 1.2, 20.0, 5.0):
                running.clock.advance(3600 * hours)
                await running.passes(6)
                closed = [segment for segment in running.reader.segments(key, 0, 2**53) if segment.sha256]
                looks.append([((segment.start - START) // SECOND, (segment.end - START) // SECOND) for segment in closed])
        return looks

    at_first, after_retention, later, after_its_end = asyncio.run(at_work())
    assert at_first[0][0] == 0
    assert at_first[-1][1] >= 80
    assert after_retention == later == [(start, end) for start, end in at_first if end > 30 and start < 55]
    assert 3 <= len(later) < len(at_first)
    assert after_its_end == []
