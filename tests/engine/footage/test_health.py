"""What a stream's state says of a camera that is silent, of its clock, and of one that nobody records any more."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from citysquare.engine.footage import read_report
from citysquare.engine.model import GapCause, SourceEvent
from tests.engine.footage.at_work import KEY, SECOND, SUB, axis, recording
from tests.engine.footage.scripted import START, STEP, Scripted, lost, pictures


class Telling(Scripted):
    """A source that knows its camera's clock."""

    camera_clock_error: float | None = -2.5
    camera_clock_at: int | None = START


async def test_ten_seconds_without_a_picture_are_told_and_so_is_their_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "citysquare.engine.footage.health")
    async with recording(tmp_path / "store") as running:
        script: list[SourceEvent] = [*pictures(25), lost(GapCause.STALLED, START + SECOND), *pictures(25, start=START + 14 * SECOND)]
        running.recorder.add(KEY, Scripted(running.clock, script))
        await running.passes(9.5)
        assert running.recorder.status()[0].silent_since is None
        await running.passes(3)
        assert running.recorder.status()[0].silent_since == START + 24 * STEP
        await running.passes(3)
        assert running.recorder.status()[0].silent_since is None
    told = [(record.levelname, vars(record)["code"], vars(record)["camera"]) for record in caplog.records]
    assert told == [("WARNING", "camera.silent", "gate"), ("INFO", "camera.pictures_again", "gate")]


async def test_a_camera_that_never_sent_a_picture_is_silent_since_it_was_switched_on(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, [lost(GapCause.REFUSED, START)]))
        await running.passes(12)
        assert running.recorder.status()[0].silent_since == START


async def test_the_camera_s_clock_error_and_ours_are_in_the_state(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Telling(running.clock, pictures(100)))
        running.recorder.add(SUB, Scripted(running.clock, pictures(100)))
        running.clock.step_wall(3600)
        await running.passes(3.5)
        await running.until(lambda: (told := read_report(tmp_path / "store")) is not None and len(told.streams) == 2)
        report = read_report(tmp_path / "store")
    assert report is not None
    main, sub = report.streams
    assert (main.camera_clock_error, main.camera_clock_source, main.camera_clock_at) == (-2.5, "rtcp", START)
    assert (sub.camera_clock_error, sub.camera_clock_source, sub.camera_clock_at) == (None, None, None)
    assert report.clock_error == pytest.approx(3600, abs=1)


async def test_a_camera_switched_off_while_no_recorder_ran_is_switched_off(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(25)))
        running.recorder.add(SUB, Scripted(running.clock, pictures(25)))
        await running.passes(1.5)
    async with recording(tmp_path / "store", wall=START + 10 * SECOND) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(25, start=START + 11 * SECOND)))
        await running.passes(2.5)
    assert [cause for _, _, cause in axis(tmp_path / "store")] == [None, GapCause.RESTART, None]
    assert [cause for _, _, cause in axis(tmp_path / "store", SUB)] == [None, GapCause.SWITCHED_OFF]
    async with recording(tmp_path / "store", wall=START + 20 * SECOND) as running:
        running.recorder.add(KEY, Scripted(running.clock, []))
        running.recorder.add(SUB, Scripted(running.clock, pictures(25, start=START + 21 * SECOND)))
        await running.passes(2.5)
    assert axis(tmp_path / "store", SUB)[1:3] == [
        (SECOND, 20 * SECOND, GapCause.SWITCHED_OFF),
        (20 * SECOND, 21 * SECOND, GapCause.NO_KEYFRAME),
    ]
