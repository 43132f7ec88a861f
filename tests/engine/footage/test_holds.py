"""Holds and kept tracks at a recorder at work: what they keep, what the recorder says of them, and when only held footage is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from citysquare.engine.footage import Hold, KeptTrack, StoreLimits, read_acknowledgements, read_report
from citysquare.engine.footage.holds import HOLDS, holds_from_json, holds_to_json, kept_tracks_from_json, kept_tracks_to_json
from citysquare.engine.footage.ledger import subtracted
from citysquare.engine.model import GapCause, StreamKey
from tests.engine.footage.at_work import KEY, SECOND, SUB, Running, axis, recording
from tests.engine.footage.scripted import START, FaultyVolume, Scripted, pictures

SHORT = StoreLimits(least_free_bytes=0, segment_seconds=2, retention_seconds=10, sub_retention_seconds=10)


def hold(start: float, end: float, name: str = "case-1", until: float | None = None) -> Hold:
    seconds = START + round(until * SECOND) if until is not None else None
    return Hold(name, KEY.camera, START + round(start * SECOND), START + round(end * SECOND), seconds)


def kept_seconds(running: Running, key: StreamKey = KEY) -> list[tuple[float, float]]:
    """The stretches of footage that are there, in seconds from START."""
    out: list[tuple[float, float]] = []
    for segment in running.reader.segments(key, 0, 2**53):
        start, end = (segment.start - START) / SECOND, (segment.end - START) / SECOND
        if out and abs(out[-1][1] - start) < 0.01:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


async def test_held_footage_outlives_its_retention_on_both_streams_until_the_hold_ends(tmp_path: Path) -> None:
    async with recording(tmp_path / "store", limits=SHORT) as running:
        running.recorder.protect([hold(3, 5, until=40)], [])
        for key in (KEY, SUB):
            running.recorder.add(key, Scripted(running.clock, pictures(2000, size=20)))
        await running.passes(30)
        for key in (KEY, SUB):
            first, *_ = kept_seconds(running, key)
            assert first[0] <= 3
            assert 5 <= first[1] <= 10
            assert len(kept_seconds(running, key)) == 2
        await running.passes(40)
        for key in (KEY, SUB):
            assert [start > 50 for start, _ in kept_seconds(running, key)] == [True]


async def test_a_hold_is_acknowledged_with_what_there_is_of_it(tmp_path: Path) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=SHORT) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(2000, size=20)))
        await running.passes(30)
        await running.until(lambda: kept_seconds(running)[0][0] > 10)
        await running.until(lambda: any(s.sha256 and s.end >= START + 28 * SECOND for s in running.reader.segments(KEY, 0, 2**53)))
        first = kept_seconds(running)[0][0]
        assert read_acknowledgements(root) is None
        running.recorder.protect([hold(0, 25), hold(24, 26, "case-2"), hold(28, 60, "case-3")], [])
        await running.passes(3)
        await running.until(lambda: read_acknowledgements(root) is not None)
        found = read_acknowledgements(root)
        assert found is not None
        states = {each.id: each for each in found.holds}
        (missing,) = states["case-1"].missing
        assert (missing[0], (missing[1] - START) / SECOND >= first - 0.01) == (START, True)
        assert not states["case-1"].complete
        assert (states["case-2"].missing, states["case-2"].complete) == ((), True)
        assert states["case-2"].bytes >= 2 * 25 * 20
        assert (states["case-3"].missing, states["case-3"].complete) == ((), False)
        since = states["case-2"].since
        running.recorder.protect([hold(24, 26, "case-2")], [])
        await running.passes(3)
        await running.until(lambda: [each.id for each in (read_acknowledgements(root) or found).holds] == ["case-2"])
        again = read_acknowledgements(root)
        assert again is not None
        assert again.holds[0].since == since
        running.recorder.protect([], [])
        await running.passes(3)
        await running.until(lambda: (read_acknowledgements(root) or found).holds == ())


async def test_a_gap_in_held_footage_is_missing_and_stays_so(tmp_path: Path) -> None:
    root = tmp_path / "store"
    events = [*pictures(100), *pictures(100, start=START + 10 * SECOND)]
    async with recording(root, limits=SHORT) as running:
        running.recorder.protect([hold(2, 12)], [])
        running.recorder.add(KEY, Scripted(running.clock, events))
        await running.passes(80)
        found = read_acknowledgements(root)
        assert found is not None
        (state,) = found.holds
        assert [((a - START) / SECOND, (b - START) / SECOND) for a, b in state.missing] == [(4.0, 10.0)]
        assert not state.complete


async def test_footage_of_a_kept_track_outlives_its_retention_but_not_its_own_end(tmp_path: Path) -> None:
    async with recording(tmp_path / "store", limits=SHORT) as running:
        running.recorder.protect([], [KeptTrack(KEY.camera, START + 3 * SECOND, START + 4 * SECOND, START + 60 * SECOND)])
        for key in (KEY, SUB):
            running.recorder.add(key, Scripted(running.clock, pictures(3500, size=20)))
        await running.passes(30)
        assert kept_seconds(running)[0][0] <= 3
        assert kept_seconds(running, SUB)[0][0] > 10
        await running.passes(100)
        assert kept_seconds(running)[0][0] > 60


async def test_when_only_held_footage_is_left_recording_stops_and_the_ledger_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "store"
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2, budget_bytes=3_000_000)
    async with recording(root, limits=limits) as running:
        running.recorder.protect([hold(0, 1000)], [])
        running.recorder.add(KEY, Scripted(running.clock, pictures(3000, size=20_000)))
        await running.passes(40)
        assert running.recorder.status()[0].cause is GapCause.STORAGE_FULL
        assert kept_seconds(running)[0][0] == 0
        assert running.reader.deleted(KEY, 0, 2**53) == []
        report = read_report(root)
        assert report is not None
        assert report.space is not None
        assert report.space.warning == "space.only_held"
        assert report.space.held_bytes > 2_000_000
        size = sum(path.stat().st_size for path in root.rglob("*.mp4*"))
        assert size < 3_000_000 + 8 * 25 * 20_000
        running.recorder.protect([], [])
        await running.passes(20)
        assert running.recorder.status()[0].state == "recording"
        assert kept_seconds(running)[0][0] > 0
    assert "space.only_held" in {getattr(record, "code", "") for record in caplog.records}
    assert {cause for _, _, cause in axis(root)} == {None, GapCause.STORAGE_FULL}


async def test_a_full_volume_never_costs_held_footage(tmp_path: Path) -> None:
    volume = FaultyVolume()
    volume.free = 10**9
    limits = StoreLimits(least_free_bytes=10**9, segment_seconds=2, retention_seconds=None)
    async with recording(tmp_path / "store", volume=volume, limits=limits) as running:
        running.recorder.protect([hold(4, 6)], [])
        running.recorder.add(KEY, Scripted(running.clock, pictures(1000, size=200)))
        await running.passes(14)
        volume.free = 0
        await running.passes(12)
        (kept, *_) = kept_seconds(running)
        assert kept[0] <= 4
        assert kept[1] >= 6
        assert {d.reason for d in running.reader.deleted(KEY, 0, 2**53)} == {"space"}


async def test_room_that_runs_out_is_told_before_it_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "store"
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2, budget_bytes=10_000_000)
    async with recording(root, limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(750, size=1000)))
        await running.passes(20)
        report = read_report(root)
        assert report is not None
        space = report.space
        assert space is not None
        assert space.warning == "space.deletion_near"
        assert space.hours_left_until_deletion is not None
        left = 10_000_000 - space.used
        assert space.hours_left_until_deletion == pytest.approx(left / space.bytes_per_second / 3600, rel=0.01)
        assert space.kept_span_seconds is not None
        assert 10 < space.kept_span_seconds <= 20
        assert [(each.id, each.state) for each in space.volumes] == [("", "ok")]
    assert [record.getMessage() for record in caplog.records if getattr(record, "code", "") == "space.deletion_near"] != []


def test_what_stands_in_a_node_file_comes_back_and_nonsense_is_refused() -> None:
    holds = (hold(0, 5), hold(2, 9, "case-2", until=40))
    tracks = (KeptTrack("gate", 1, 2, 3),)
    assert holds_from_json(json.loads(json.dumps(holds_to_json(holds)))) == holds
    assert kept_tracks_from_json(json.loads(json.dumps(kept_tracks_to_json(tracks)))) == tracks
    good = {"id": "a", "camera": "gate", "start": 1, "end": 2, "until": None}
    bad: Sequence[object] = (
        {"id": "a"},
        "x",
        [good, good],
        [good | {"end": 1}],
        [good | {"start": True}],
        [good | {"start": 1.5}],
        [good | {"end": 2**63}],
        [good | {"id": ""}],
        [good | {"camera": "../gate"}],
        [{"id": "a"}],
        [7],
    )
    for rows in bad:
        with pytest.raises((ValueError, KeyError, TypeError)):
            holds_from_json(rows)


def test_an_acknowledgement_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", "{", '{"at": 1}', '{"at": 1, "holds": [{}]}', '{"at": 1, "holds": 3}', "[" * 100_000):
        (tmp_path / HOLDS).write_text(text)
        assert read_acknowledgements(tmp_path) is None


def test_stretches_are_taken_from_each_other() -> None:
    assert subtracted([(0, 10), (20, 30)], [(2, 4), (8, 22), (29, 40)]) == [(0, 2), (4, 8), (22, 29)]
    assert subtracted([(0, 10)], []) == [(0, 10)]
    assert subtracted([(0, 10)], [(0, 10)]) == []
