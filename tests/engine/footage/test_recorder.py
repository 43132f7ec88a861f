"""What the recorder promises: every picture on disk as it arrived, and for every moment without one the cause."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from citysquare.engine.errors import BadAddress, NotMedia, NoVideo, Refused, SourceError, StoreError, StoreFailed, Unreachable
from citysquare.engine.footage import FootageReader, Store, StoreLimits, Tail, TailFragment, read_report, read_status, samples
from citysquare.engine.footage.index import NO_LINK
from citysquare.engine.model import GapCause, SourceEvent, StreamKey
from citysquare.proof.links import chain_link
from tests.engine.footage.at_work import KEY, SECOND, SUB, axis, recording, stored
from tests.engine.footage.scripted import OTHER, START, STEP, Scripted, lost, picture, pictures


async def test_every_picture_comes_back_bit_exact_with_its_times_and_parameters(tmp_path: Path) -> None:
    sent = [picture(START + n * STEP, key=n % 25 == 0, shift=(n % 3) * STEP, parameters=OTHER) for n in range(100)]
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, sent))
        await running.passes(5)
    assert stored(tmp_path / "store") == sent


async def test_a_file_begins_at_a_key_picture_after_each_minute(tmp_path: Path) -> None:
    async with recording(tmp_path / "store", limits=StoreLimits(least_free_bytes=0, segment_seconds=5)) as running:
        source = Scripted(running.clock, pictures(500, gop=40))
        running.recorder.add(KEY, source)
        await running.passes(21)
    segments = FootageReader(tmp_path / "store").segments(KEY, 0, 2**53)
    assert 4 <= len(segments) <= 6
    assert all(segment.spans[0].key for segment in segments)
    assert all(segment.path.suffix == ".mp4" for segment in segments)
    assert [s.start for s in segments[1:]] == [s.end for s in segments[:-1]]
    assert stored(tmp_path / "store") == source.given


async def test_streams_do_not_change_files_at_the_same_moment(tmp_path: Path) -> None:
    keys = [StreamKey(f"camera{n}") for n in range(4)]
    async with recording(tmp_path / "store", limits=StoreLimits(least_free_bytes=0, segment_seconds=10)) as running:
        for key in keys:
            running.recorder.add(key, Scripted(running.clock, pictures(400, size=20)))
        await running.passes(17)
    starts = {FootageReader(tmp_path / "store").segments(key, 0, 2**53)[1].start for key in keys}
    assert len(starts) > 2


async def test_each_closed_file_has_its_hash_chained_to_the_file_before(tmp_path: Path) -> None:
    async with recording(tmp_path / "store", limits=StoreLimits(least_free_bytes=0, segment_seconds=3)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(300)))
        await running.passes(13)
    link = NO_LINK
    segments = FootageReader(tmp_path / "store").segments(KEY, 0, 2**53)
    assert len(segments) >= 4
    for segment in segments:
        assert segment.sha256 == hashlib.sha256(segment.path.read_bytes()).digest()
        assert segment.previous == link
        link = chain_link(link, segment.start, segment.end, str(segment.path.relative_to(tmp_path / "store")), segment.sha256)


async def test_new_parameters_begin_a_new_file(tmp_path: Path) -> None:
    sent = pictures(50) + pictures(50, start=START + 50 * STEP, parameters=OTHER)
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, sent))
        await running.passes(5)
    segments = FootageReader(tmp_path / "store").segments(KEY, 0, 2**53)
    assert [s.start for s in segments] == [START, START + 50 * STEP]
    assert segments[0].init != segments[1].init
    assert stored(tmp_path / "store") == sent
    assert axis(tmp_path / "store") == [(0, 100 * STEP, None)]


async def test_a_break_becomes_a_gap_with_its_cause_until_the_next_key_picture(tmp_path: Path) -> None:
    first, second = pictures(30), pictures(50, start=START + 4 * SECOND)
    waiting = [picture(START + 4 * SECOND - n * STEP, key=False) for n in (3, 2, 1)]
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, [*first, lost(GapCause.GARBLED, START + 30 * STEP), *waiting, *second]))
        await running.passes(7)
    assert stored(tmp_path / "store") == first + second
    assert axis(tmp_path / "store") == [
        (0, 30 * STEP, None),
        (30 * STEP, 4 * SECOND, GapCause.GARBLED),
        (4 * SECOND, 4 * SECOND + 50 * STEP, None),
    ]


async def test_pictures_without_a_key_picture_are_a_gap_of_that_cause(tmp_path: Path) -> None:
    without = [picture(START + n * STEP, key=False) for n in range(25, 50)]
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, [*without, *pictures(25, start=START + 2 * SECOND)]))
        await running.passes(4)
    assert axis(tmp_path / "store") == [
        (0, 2 * SECOND, GapCause.NO_KEYFRAME),
        (2 * SECOND, 3 * SECOND, None),
    ]


async def test_a_step_in_time_without_a_break_is_a_stall(tmp_path: Path) -> None:
    sent = pictures(25) + pictures(25, start=START + 3 * SECOND)
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, sent))
        await running.passes(5)
    assert axis(tmp_path / "store") == [(0, SECOND, None), (SECOND, 3 * SECOND, GapCause.STALLED), (3 * SECOND, 4 * SECOND, None)]
    assert stored(tmp_path / "store") == sent


async def test_what_is_lost_while_we_did_not_read_is_our_own_fault(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        script: list[SourceEvent] = [*pictures(25), lost(GapCause.GARBLED, START + 25 * STEP), *pictures(50, start=START + 4 * SECOND)]
        running.recorder.add(KEY, Scripted(running.clock, script))
        await running.passes(0.9)
        running.clock.advance(2)  # nobody gets a turn: the process was stopped
        await running.passes(4)
        (status,) = running.recorder.status()
        assert status.dropped_by_us_seconds == pytest.approx(3.0)
    assert axis(tmp_path / "store")[1] == (25 * STEP, 4 * SECOND, GapCause.DROPPED_BY_US)


async def test_time_from_the_switch_on_to_the_first_picture_is_accounted_for(tmp_path: Path) -> None:
    script: list[SourceEvent] = [lost(GapCause.UNREACHABLE, START + SECOND), lost(GapCause.REFUSED, START + 2 * SECOND)]
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, script))
        await running.passes(5.05)
    assert axis(tmp_path / "store")[0] == (0, 2 * SECOND, GapCause.UNREACHABLE)
    assert axis(tmp_path / "store")[1][2] is GapCause.REFUSED


async def test_a_restarted_recorder_goes_on_behind_what_is_stored(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(50)))
        await running.passes(2)
    async with recording(tmp_path / "store", wall=START + 10 * SECOND) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(25, start=START + 11 * SECOND)))
        await running.passes(2.5)
    assert axis(tmp_path / "store") == [
        (0, 2 * SECOND, None),
        (2 * SECOND, 11 * SECOND, GapCause.RESTART),
        (11 * SECOND, 12 * SECOND, None),
    ]


async def test_a_camera_switched_off_and_on_while_the_index_fails_loses_nothing_of_its_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "store"
    async with recording(root) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(100)))
        await running.passes(2)
        index = running.store.index
        with monkeypatch.context() as failing:

            def fails(*_: object) -> None:
                raise StoreFailed("The index is busy.")

            failing.setattr(index, "write_captured", fails)
            failing.setattr(index, "add_segment", fails)
            await running.passes(4)
            await running.recorder.remove(KEY)
            await running.passes(2)
            running.recorder.add(KEY, Scripted(running.clock, pictures(50, start=START + 9 * SECOND)))
            await running.passes(2.2)
        await running.passes(4)
    found = axis(root)
    assert found[0] == (0, 4 * SECOND, None)
    assert found[1][2] is GapCause.SWITCHED_OFF
    assert found[-1] == (9 * SECOND, 11 * SECOND, None)
    assert_covers_the_footage(root)


def assert_covers_the_footage(root: Path) -> None:
    times = [(start + START, end + START) for start, end, cause in axis(root) if cause is None]
    assert all(any(start <= each.dts < end for start, end in times) for each in stored(root))


async def test_what_a_busy_index_had_not_begun_to_save_is_saved_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, [*pictures(25), *pictures(75, start=START + 3 * SECOND)]))
        await running.passes(3.5)
        await running.until(lambda: axis(tmp_path / "store") == [(0, SECOND, None)])
        monkeypatch.setattr(running.store.index, "last_captured", lambda _key: free.wait(60) and None)
        running.recorder.add(SUB, Scripted(running.clock, []))
        await running.passes(1, held=True)  # what the fourth second saves waits behind the question for the other stream
        running.stop.set()
        for _ in range(10):
            await asyncio.sleep(0)
        free.set()
    found = axis(tmp_path / "store")
    assert found[:2] == [(0, SECOND, None), (SECOND, 3 * SECOND, GapCause.STALLED)]
    assert [cause for _, _, cause in found[2:]] == [None]


async def test_footage_never_overlaps_when_the_clock_was_set_back_a_little_between_two_runs(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(50)))
        await running.passes(2)
    async with recording(tmp_path / "store", wall=START - 30 * SECOND) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(25, start=START - 30 * SECOND)))
        await running.passes(2)
    found = stored(tmp_path / "store")
    assert len(found) == 75
    assert all(a.dts < b.dts for a, b in pairwise(found))
    axis(tmp_path / "store")


async def test_a_camera_that_is_switched_off_has_a_gap_of_that_cause_until_it_is_on_again(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(25)))
        await running.passes(2)
        await running.recorder.remove(KEY)
        assert running.recorder.status() == []
        await running.passes(3)
        running.recorder.add(KEY, Scripted(running.clock, pictures(25, start=START + 6 * SECOND)))
        await running.passes(3)
    causes = [cause for _, _, cause in axis(tmp_path / "store")]
    assert causes == [None, GapCause.SWITCHED_OFF, GapCause.NO_KEYFRAME, None]


async def test_the_state_is_readable_by_other_processes(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(100)))
        running.recorder.add(SUB, Scripted(running.clock, [lost(GapCause.REFUSED, START)]))
        await running.until(lambda: len(running.recorder.status()) == 2)
        await running.passes(3.5)
        await running.until(lambda: (told := read_report(tmp_path / "store")) is not None and told.at >= START + 3 * SECOND)
        main, sub = read_status(tmp_path / "store")
        assert (main.state, main.cause, main.width, main.height, main.codec_string) == ("recording", None, 640, 360, "avc1.64001f")
        assert main.fps == pytest.approx(25, abs=2)
        assert main.bits_per_second == pytest.approx(25 * 200 * 8, rel=0.1)
        assert main.dropped_by_us_seconds == 0
        assert (sub.state, sub.cause, sub.since, sub.last_picture) == ("gap", GapCause.REFUSED, START, None)
        report = read_report(tmp_path / "store")
        assert report is not None
        assert report.at >= START + 3 * SECOND


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Unreachable, GapCause.UNREACHABLE),
        (Refused, GapCause.REFUSED),
        (BadAddress, GapCause.REFUSED),
        (NoVideo, GapCause.GARBLED),
        (NotMedia, GapCause.GARBLED),
    ],
)
async def test_a_source_that_fails_ends_alone_and_says_why(tmp_path: Path, kind: type[SourceError], cause: GapCause) -> None:
    class Broken(Scripted):
        async def events(self) -> AsyncIterator[SourceEvent]:
            async for _ in super().events():
                raise kind("Nobody answers.")
            yield lost(GapCause.STALLED, START)

    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Broken(running.clock, pictures(1)))
        running.recorder.add(SUB, Scripted(running.clock, pictures(50)))
        await running.passes(3)
        assert {key: failure.message for key, failure in running.recorder.failures().items()} == {KEY: "Nobody answers."}
    assert len(stored(tmp_path / "store", SUB)) == 50
    assert axis(tmp_path / "store")[-1][2] is cause


async def test_a_fault_of_our_own_in_one_source_is_outlived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(Scripted):
        async def events(self) -> AsyncIterator[SourceEvent]:
            if not self.started:
                self.started += 1
                raise RuntimeError
            async for event in super().events():
                yield event

    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Faulty(running.clock, pictures(25, start=START + 4 * SECOND)))
        await running.passes(6)
    assert len(stored(tmp_path / "store")) == 25
    assert "started anew" in caplog.text


async def test_a_tail_gets_everything_that_is_recorded_in_order_and_once(tmp_path: Path) -> None:
    got: list[TailFragment] = []
    async with recording(tmp_path / "store", limits=StoreLimits(least_free_bytes=0, segment_seconds=4)) as running:
        tail = Tail(tmp_path / "store", KEY, start="oldest", monotonic=running.clock.monotonic)
        first, second = pictures(300), pictures(300, start=START + 15 * SECOND)
        source = Scripted(running.clock, [*first, lost(GapCause.UNREACHABLE, START + 12 * SECOND), *second])
        running.recorder.add(KEY, source)
        for _ in range(300):
            await running.passes(0.1)
            got += tail.poll()
    for _ in range(3):
        got += tail.poll()
    tail.close()
    assert [p for fragment in got for p in samples(fragment.init, fragment.data)] == source.given
    assert len({id(fragment.init) for fragment in got}) == 1


async def test_totals_say_what_is_stored_and_what_is_not(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(
            KEY,
            Scripted(running.clock, [*pictures(50), lost(GapCause.STALLED, START + 50 * STEP), *pictures(50, start=START + 5 * SECOND)]),
        )
        await running.passes(11)
        await running.until(lambda: [cause for _, _, cause in axis(tmp_path / "store")] == [None, GapCause.STALLED, None])
        await running.until(lambda: axis(tmp_path / "store")[-1][1] == 7 * SECOND)
        totals = running.reader.totals(START, START + 7 * SECOND)[KEY]
        assert totals.stored_seconds == pytest.approx(4)
        assert totals.gaps == {GapCause.STALLED: pytest.approx(3)}
        assert totals.bytes > 100 * 200
    assert FootageReader(tmp_path / "none").totals(0, 1) == {}
    assert FootageReader(tmp_path / "none").captured(KEY, 0, 1) == []


async def test_a_second_recorder_on_the_same_store_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    with pytest.raises(StoreError, match="Another recorder"):
        Store.open(tmp_path / "store")
    store.close()
    Store.open(tmp_path / "store").close()


@pytest.mark.parametrize("gop", [1, 10, 200])
async def test_at_no_moment_would_a_kill_cost_a_second_of_footage(tmp_path: Path, gop: int) -> None:
    async with recording(tmp_path / "store", limits=StoreLimits(least_free_bytes=0, segment_seconds=3)) as running:
        source = Scripted(running.clock, pictures(250, gop=gop))
        running.recorder.add(KEY, source)
        await running.until(lambda: len(running.recorder.status()) == 1)
        for _ in range(70):
            await running.passes(0.1)
            await running.until(lambda: running.recorder.waiting_bytes() == 0)
            in_files = stored(tmp_path / "store")  # what was written outlives the process, synced or not
            assert in_files == source.given[: len(in_files)]
            assert len(source.given) - len(in_files) < 25
