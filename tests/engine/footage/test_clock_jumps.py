"""The machine's clock jumps, while the recorder runs and between its runs: footage neither tears nor overlaps, and goes on at once."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from citysquare.engine.clock import ManualClock
from citysquare.engine.footage import FootageReader, Store
from citysquare.engine.footage.index import NO_LINK
from citysquare.engine.footage.seconds import count_seconds
from citysquare.engine.model import CodedPicture, GapCause, SourceEvent, StreamKey
from citysquare.engine.sources.timeline import Timeline
from citysquare.proof.links import chain_link
from tests.engine.footage.at_work import KEY, LIMITS, SECOND, Running, axis, stored
from tests.engine.footage.scripted import START, STEP, picture

HOUR = 3600.0


class Live:
    """A camera of 25 pictures a second, dated as an RTSP camera's are: from its RTP times and their arrival."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.made = 0

    async def events(self) -> AsyncIterator[SourceEvent]:
        timeline, begun = Timeline(), self.clock.monotonic()
        while True:
            at = begun + self.made * STEP / SECOND
            if at > self.clock.monotonic():
                await self.clock.sleep(at - self.clock.monotonic())
            pts, dts = timeline.place(self.made * STEP & 0xFFFF_FFFF, self.clock.wall(), step=STEP)
            made = picture(self.made, key=self.made % 5 == 0, size=30)
            self.made += 1
            yield CodedPicture(made.data, pts, dts, made.key, made.parameters)


jumps = st.sampled_from([HOUR, -HOUR, 2 * HOUR, -2 * HOUR, 86_400.0, -86_400.0 * 400, 1.5, -1.5, 0.4, -0.4, 30.0, -30.0])
scripts = st.lists(st.tuples(st.sampled_from(["step", "restart", "run"]), jumps, st.integers(1, 3)), min_size=1, max_size=5)


async def record(root: Path, script: list[tuple[str, float, int]]) -> tuple[int, list[StreamKey]]:
    """Record through the script; return how many pictures were made and the keys of all streams."""
    clock, made, before = ManualClock(START), 0, 0
    running: Running | None = None
    live = Live(clock)
    for action, jump, seconds in [*script, ("run", 0.0, 2)]:
        if action == "restart" and running is not None:
            await running.ends()
            running.store.close()
            running = None
        if action != "run":
            clock.step_wall(jump)
        if running is None:
            system = clock.wall() + round(clock.clock_error * SECOND)  # a new process believes the system's clock
            clock = ManualClock(system)
            live, before = Live(clock), made
            running = await _begun(root, clock, live)
        await running.passes(seconds)
        made = before + live.made
    assert running is not None
    await running.ends()
    keys = running.store.index.streams()
    running.store.close()
    return made, keys


async def _begun(root: Path, clock: ManualClock, live: Live) -> Running:
    running = Running(Store.open(root), clock, LIMITS)
    running.recorder.add(KEY, live)
    await running.until(lambda: live.made > 0)  # from its first picture on, so that what follows is a number of pictures
    return running


def causes(root: Path, key: StreamKey = KEY) -> list[GapCause | None]:
    """The axis' causes behind the wait for the first picture."""
    found = [cause for _, _, cause in axis(root, key)]
    return found[1:] if found[:1] == [GapCause.NO_KEYFRAME] else found


def assert_sound(root: Path, made: int, keys: list[StreamKey]) -> None:
    total = 0
    for key in keys:
        found = stored(root, key)
        total += len(found)
        assert all(a.dts < b.dts for a, b in pairwise(found))
        segments = FootageReader(root).segments(key, 0, 2**53)
        assert all(a.end <= b.start for a, b in pairwise(segments))
        times = [(start + START, end + START) for start, end, cause in axis(root, key) if cause is None]
        assert sum(1 for each in found if any(start <= each.dts < end for start, end in times)) == len(found)
        assert sum(end - start for start, end in times) <= (len(found) + 2 * len(times)) * STEP
    assert total == made


@settings(max_examples=15, deadline=None)
@given(scripts)
def test_whatever_the_clock_does_every_picture_is_stored_once_and_in_order(script: list[tuple[str, float, int]]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        made, keys = asyncio.run(record(folder / "store", script))
        assert_sound(folder / "store", made, keys)
    finally:
        shutil.rmtree(folder)


async def test_a_jump_while_recording_leaves_no_trace(tmp_path: Path) -> None:
    for number, jump in enumerate((HOUR, -HOUR, 90.0, -90.0)):
        root = tmp_path / str(number)
        made, keys = await record(root, [("run", 0, 2), ("step", jump, 3), ("step", -jump, 2)])
        assert_sound(root, made, keys)
        assert causes(root) == [None]
        assert count_seconds(FootageReader(root).captured(KEY, 0, 2**53), START + SECOND, START + 8 * SECOND).stored == 7


async def test_a_clock_that_was_an_hour_ahead_and_is_corrected_costs_no_footage(tmp_path: Path) -> None:
    root = tmp_path / "store"
    made, keys = await record(root, [("run", 0, 3), ("restart", -HOUR, 3)])
    assert_sound(root, made, keys)
    (aside,) = [key for key in keys if key != KEY]
    assert aside.camera.startswith("gate_ahead_")
    assert causes(root, aside) == [None]
    assert made - len(stored(root)) == len(stored(root, aside)) >= 75
    first = stored(root)[0]
    assert abs(first.dts - (START + 3 * SECOND - 3600 * SECOND)) < SECOND
    assert all(segment.path.is_relative_to(root / "gate") for segment in FootageReader(root).segments(KEY, 0, 2**53))
    link = NO_LINK
    for segment in FootageReader(root).segments(aside, 0, 2**53):
        assert segment.path.is_relative_to(root / aside.folder)
        assert segment.previous == link
        assert segment.sha256 is not None
        link = chain_link(link, segment.start, segment.end, str(segment.path.relative_to(root)), segment.sha256)


async def test_a_clock_that_was_behind_and_is_corrected_leaves_a_gap_of_the_restart(tmp_path: Path) -> None:
    root = tmp_path / "store"
    made, keys = await record(root, [("run", 0, 3), ("restart", HOUR, 3)])
    assert keys == [KEY]
    assert_sound(root, made, keys)
    assert causes(root) == [None, GapCause.RESTART, None]
    assert max(end - start for start, end, _ in axis(root)) > 3590 * SECOND
