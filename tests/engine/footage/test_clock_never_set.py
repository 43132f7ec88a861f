"""A machine whose clock was never set, or is far ahead when it starts, costs no footage and gives none a date of another century."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from citysquare.engine.clock import EARLIEST, ManualClock, SystemClock
from citysquare.engine.footage import FootageReader, StoreLimits
from citysquare.engine.local import NodeCamera, NodeFile, record_node, write_node_file
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey, ticks_from_seconds
from tests.engine.footage.at_work import KEY, Running, recording, stored
from tests.engine.footage.scripted import START, Scripted, pictures
from tests.engine.live import live
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip

DAY = 86_400
LIMITS = StoreLimits(least_free_bytes=0)
IN_2000 = 946_684_800 * TICKS_PER_SECOND


def test_a_clock_that_was_never_set_goes_on_from_what_is_known() -> None:
    clock = ManualClock(IN_2000)
    clock.begin(START)
    assert clock.wall() == START
    clock.advance(10)
    assert 0 <= START + ticks_from_seconds(10) - clock.wall() < TICKS_PER_SECOND // 10
    clock.begin(0)
    assert clock.wall() == EARLIEST
    clock.step_wall((START - IN_2000) / TICKS_PER_SECOND)
    clock.begin(0)
    assert abs(clock.wall() - START - ticks_from_seconds(10)) <= 1


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a recorder's threads bring it about, and no event tells
            await asyncio.sleep(0.05)


async def _older_footage(root: Path) -> None:
    async with recording(root, limits=LIMITS) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(100)))
        await running.passes(5)
    assert len(stored(root)) == 100


async def _after(running: Running, seconds: float) -> None:
    """Let time pass in one leap, and the recorder look at its limits behind it."""
    running.clock.advance(seconds)
    await running.passes(12)


async def test_a_start_far_in_the_future_deletes_nothing_before_time_services_had_their_time(tmp_path: Path) -> None:
    await _older_footage(tmp_path)
    async with recording(tmp_path, limits=LIMITS, wall=START + 10 * DAY * TICKS_PER_SECOND) as running:
        await running.passes(12)
        await _after(running, 800)
        assert len(stored(tmp_path)) == 100
        await _after(running, 100)
        await running.until(lambda: stored(tmp_path) == [])


async def test_a_clock_that_is_corrected_meanwhile_ends_no_footage_early(tmp_path: Path) -> None:
    await _older_footage(tmp_path)
    async with recording(tmp_path, limits=LIMITS, wall=START + 10 * DAY * TICKS_PER_SECOND) as running:
        await running.passes(12)
        running.clock.step_wall(-10 * DAY)
        await _after(running, 2 * DAY)
        assert len(stored(tmp_path)) == 100
        await _after(running, 2 * DAY)
        await running.until(lambda: stored(tmp_path) == [])


async def test_a_machine_without_a_set_clock_records_on_and_takes_the_time_once_it_is_told(tmp_path: Path) -> None:
    await _older_footage(tmp_path / "store")
    wrong = time.time_ns() - IN_2000 // TICKS_PER_SECOND * 1_000_000_000
    behind = [wrong]
    clock = SystemClock(system_ns=lambda: time.time_ns() - behind[0])
    path = tmp_path / "node.json"
    reader, key = FootageReader(tmp_path / "store"), StreamKey("square")
    async with Camera(make_clip(), stream=live).running() as camera:
        cameras = (NodeCamera("square", camera.url()),)
        write_node_file(path, NodeFile(tmp_path / "store", cameras, LIMITS, frozenset({camera.port})))
        stop = asyncio.Event()
        work = asyncio.ensure_future(record_node(path, clock=clock, stop=stop))
        await until(lambda: sum(i.end - i.start for i in reader.captured(key, 0, 2**62) if i.cause is None) > TICKS_PER_SECOND)
        first = reader.segments(key, 0, 2**62)[0]
        behind[0] = 0
        await until(lambda: len(reader.segments(key, 0, 2**62)) == 2)
        now = clock.wall()
        stop.set()
        await work
    assert START <= first.start < START + 60 * TICKS_PER_SECOND
    assert abs(reader.segments(key, 0, 2**62)[-1].start - now) < 60 * TICKS_PER_SECOND
    assert len(stored(tmp_path / "store")) == 100
    axis = reader.captured(key, 0, 2**62)
    assert all(before.end == after.start for before, after in pairwise(axis))
