"""Footage dated by a clock that was ahead: put aside, aged from when it was found, held like the camera's own, and read on behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreFull
from citysquare.engine.footage import FootageReader, Hold, Store, StoreLimits, Tail, read_acknowledgements
from citysquare.engine.footage.ahead import Asides
from citysquare.engine.footage.housekeeping import Housekeeping
from citysquare.engine.footage.index import NO_LINK
from citysquare.engine.footage.reader import PutAside
from citysquare.engine.model import GapCause, Interval, StreamKey
from citysquare.proof.links import chain_link
from tests.engine.footage.at_work import KEY, LIMITS, SECOND, Running, stored
from tests.engine.footage.scripted import START, Scripted, pictures

HOUR = 3600 * SECOND
DAY = 24 * HOUR
KEPT = StoreLimits(least_free_bytes=0, retention_seconds=72 * 3600)


async def recorded(root: Path, wall: int, seconds: int = 3, limits: StoreLimits = LIMITS) -> None:
    store = Store.open(root)
    running = Running(store, ManualClock(wall), limits)
    running.recorder.add(KEY, Scripted(running.clock, pictures(25 * seconds, start=wall)))
    await running.until(lambda: len(running.recorder.status()) == 1)
    await running.passes(seconds)
    await running.ends()
    store.close()


def aside_of(root: Path) -> StreamKey:
    (found,) = [key for key in FootageReader(root).streams() if key != KEY]
    return found


@pytest.mark.parametrize("ahead", [HOUR, 400 * DAY])
async def test_footage_of_a_clock_that_was_ahead_is_deleted_by_its_age_since_it_was_found(tmp_path: Path, ahead: int) -> None:
    root = tmp_path / "store"
    await recorded(root, START + ahead)
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    keeping.asides.put(KEY, START)
    aside = aside_of(root)
    assert FootageReader(root).put_aside(KEY) == [PutAside(aside, START + ahead, START + ahead + 3 * SECOND)]
    assert FootageReader(root).put_aside(aside) == []
    for hours in (1, 24, 48, 71):
        keeping.enforce(START + hours * HOUR, 0)
        assert len(stored(root, aside_of(root))) == 75
    store.close()
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    for minutes in (0, 16):  # the machine was off for long: for a quarter of an hour its clock may still be corrected
        keeping.enforce(START + 73 * HOUR + minutes * 60 * SECOND, 0)
    assert stored(root, aside) == []
    assert FootageReader(root).put_aside(KEY) == []
    assert list(root.rglob("*.mp4")) == []
    store.close()


async def test_a_clock_that_leaps_ends_what_was_put_aside_no_earlier(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START)
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    keeping.asides.put(KEY, START - 1000 * DAY)  # it is this clock that is wrong: its battery is empty
    keeping.enforce(START - 1000 * DAY + HOUR, 0)
    store.close()
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    keeping.enforce(START + HOUR, 0)
    assert len(stored(root, aside_of(root))) == 75
    for hour in range(2, 60):
        keeping.enforce(START + hour * HOUR, 0)
    assert stored(root, aside_of(root)) == []
    store.close()


async def test_a_hold_placed_under_wrong_dates_goes_on_counting(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START + HOUR)
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    keeping.protect([Hold("h", "gate", START + HOUR, START + HOUR + 2 * SECOND)], [])
    keeping.asides.put(KEY, START)
    for hour in range(100):
        keeping.enforce(START + hour * HOUR, 0)
    aside = aside_of(root)
    assert len(stored(root, aside)) == 75
    keeping = Housekeeping(store, StoreLimits(least_free_bytes=0, budget_bytes=0, retention_seconds=None))
    keeping.protect([Hold("h", "gate", START + HOUR, START + HOUR + 2 * SECOND)], [])
    keeping.enforce(START + 101 * HOUR, 0)
    assert len(stored(root, aside)) == 75
    acknowledged = read_acknowledgements(root)
    assert acknowledged is not None
    assert acknowledged.holds[0].complete
    assert acknowledged.holds[0].bytes > 0
    store.close()


async def test_an_index_without_room_still_ages_what_was_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "store"
    await recorded(root, START + HOUR)
    store = Store.open(root)
    keeping = Housekeeping(store, KEPT)
    keeping.asides.put(KEY, START)

    def full() -> None:
        raise StoreFull("The footage index has no room left on its volume.")

    with monkeypatch.context() as failing:
        failing.setattr(store.index, "writing", full)
        for hours in (20, 40, 60):
            keeping.enforce(START + hours * HOUR, 0)
        assert len(stored(root, aside_of(root))) == 75
        keeping.enforce(START + 73 * HOUR, 0)
    assert stored(root, aside_of(root)) == []
    store.close()


def test_what_found_no_place_in_the_index_ages_from_its_finding_too(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    keeping = Housekeeping(store, KEPT)
    file = tmp_path / "store" / ".found" / "gate_29990101T000000.000Z.mp4"
    file.parent.mkdir()
    file.write_bytes(b"what it was")
    now = round(file.stat().st_ctime * SECOND)
    keeping.enforce(now + 71 * HOUR, 0)
    assert file.exists()
    keeping.enforce(now + 73 * HOUR, 0)
    assert not file.exists()
    store.close()


async def test_footage_of_a_camera_that_is_gone_is_put_aside_as_well(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START + HOUR)
    store = Store.open(root)
    running = Running(store, ManualClock(START), LIMITS)
    await running.passes(2.2)
    await running.ends()
    store.close()
    assert len(stored(root, aside_of(root))) == 75
    assert stored(root) == []


async def test_a_file_that_reaches_from_now_into_the_future_takes_its_ledger_along(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START, 90)
    store = Store.open(root)
    now = START + 20 * SECOND + 7
    aside = Asides(store).put(KEY, now)
    assert aside is not None
    store.close()
    reader = FootageReader(root)
    for key in (KEY, aside):
        spans = [Interval(each.start, each.end) for each in reader.segments(key, 0, 2**53)]
        for each in reader.captured(key, 0, 2**53):
            if each.cause is None:
                assert any(span.start <= each.start for span in spans)
                assert any(each.end <= span.end for span in spans)


async def test_a_move_that_was_cut_off_is_finished_by_the_next_start(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START + HOUR, 5, StoreLimits(least_free_bytes=0, segment_seconds=1))
    (day,) = (root / "gate").iterdir()
    first = min(day.iterdir())
    target = root / "gate_ahead_20260501T130005Z" / day.name / first.name
    target.parent.mkdir(parents=True)
    first.rename(target)
    store = Store.open(root)
    aside = Asides(store).put(KEY, START)
    assert aside == StreamKey("gate_ahead_20260501T130005Z")
    assert Asides(store).put(KEY, START) is None
    store.close()
    assert len(stored(root, aside)) == 125
    reader = FootageReader(root)
    assert [each.cause for each in reader.captured(aside, 0, 2**53)] == [None]
    link = NO_LINK
    for segment in reader.segments(aside, 0, 2**53):
        assert segment.previous == link
        assert segment.sha256 is not None
        link = chain_link(link, segment.start, segment.end, str(segment.path.relative_to(root)), segment.sha256)
    Store.open(root).close()


async def test_who_follows_a_stream_goes_on_when_its_clock_is_set_right(tmp_path: Path) -> None:
    root = tmp_path / "store"
    time = 0.0
    tail = Tail(root, KEY, start="oldest", monotonic=lambda: time)

    def followed() -> list[int]:
        nonlocal time
        found = []
        for _ in range(20):
            time += 1.1
            found += [fragment.start for fragment in tail.poll()]
        return found

    await recorded(root, START + HOUR)
    assert followed()[0] == START + HOUR
    await recorded(root, START)
    found = followed()
    assert found
    assert max(found) < START + 4 * SECOND
    assert followed() == []
    tail.close()


async def test_the_time_recorded_under_wrong_dates_is_a_gap_of_the_restart(tmp_path: Path) -> None:
    root = tmp_path / "store"
    await recorded(root, START)
    await recorded(root, START + HOUR)
    await recorded(root, START + 10 * SECOND)
    captured = FootageReader(root).captured(KEY, 0, 2**53)
    assert [each.cause for each in captured if each.cause is not GapCause.NO_KEYFRAME] == [None, GapCause.RESTART, None]
