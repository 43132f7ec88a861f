"""What becomes of the open file of a camera that has fallen silent: it is closed, and ages like every other."""

from __future__ import annotations

from pathlib import Path

from citysquare.engine.footage import FootageReader, StoreLimits
from citysquare.engine.model import GapCause, SourceEvent
from tests.engine.footage.at_work import KEY, axis, recording, stored
from tests.engine.footage.scripted import START, STEP, Scripted, lost, pictures

LENGTH = 50 * STEP


async def test_the_file_of_a_camera_that_stays_silent_is_closed_within_the_length_of_a_file(tmp_path: Path) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=5)) as running:
        sent = pictures(50)
        running.recorder.add(KEY, Scripted(running.clock, [*sent, lost(GapCause.UNREACHABLE, START + LENGTH)]))
        await running.passes(4)
        assert len(list(root.glob("*/*/*.mp4.part"))) == 1
        await running.passes(6)
        await running.until(lambda: len(list(root.glob("*/*/*.mp4"))) == 1)
        assert not list(root.glob("*/*/*.part"))
        assert stored(root) == sent
        await running.passes(2)
        assert [(start, cause) for start, _, cause in axis(root)] == [(0, None), (LENGTH, GapCause.UNREACHABLE)]


async def test_a_silent_cameras_last_footage_goes_when_its_retention_ends(tmp_path: Path) -> None:
    root = tmp_path / "store"
    limits = StoreLimits(least_free_bytes=0, segment_seconds=5, retention_seconds=20)
    async with recording(root, limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, [*pictures(50), lost(GapCause.STALLED, START + LENGTH)]))
        await running.passes(32)
        await running.until(lambda: not list(root.glob("*/*/*.mp4*")))
        assert stored(root) == []
        assert [(d.start - START, d.end - START) for d in FootageReader(root).deleted(KEY, 0, 2**53)] == [(0, LENGTH)]


async def test_recording_goes_on_in_a_new_file_after_a_long_silence(tmp_path: Path) -> None:
    root = tmp_path / "store"
    later = pictures(50, start=START + 500 * STEP)
    script: list[SourceEvent] = [*pictures(50), lost(GapCause.STALLED, START + LENGTH), *later]
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=5)) as running:
        running.recorder.add(KEY, Scripted(running.clock, script))
        await running.passes(24)
    assert [(s.start - START) // STEP for s in FootageReader(root).segments(KEY, 0, 2**53)] == [0, 500]
    assert [cause for _, _, cause in axis(root)] == [None, GapCause.STALLED, None]
