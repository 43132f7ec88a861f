"""What is over and what is left over: limits after a restart, volumes that free space late, files that cannot be deleted or finished."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from citysquare.engine.errors import StoreFailed, StoreFull
from citysquare.engine.footage import FootageReader, Store, StoreLimits
from citysquare.engine.footage.files import segment_path
from citysquare.engine.footage.housekeeping import Housekeeping
from citysquare.engine.footage.index import Old
from citysquare.engine.footage.ledger import Deletion
from citysquare.engine.model import GapCause, Interval, StreamKey
from tests.engine.footage.at_work import KEY, LIMITS, SECOND, axis, recording, stored
from tests.engine.footage.scripted import START, STEP, FaultyVolume, Scripted, lost, pictures
from tests.engine.footage.test_store import left_open

MINUTE = 60 * SECOND


def store_of(root: Path, files: int) -> None:
    """Make a store with so many files, a minute apart."""
    for number in range(files):
        Store.open(root).close()
        left_open(root, START + number * MINUTE)
    Store.open(root).close()


def test_the_budget_counts_what_was_recorded_before_the_restart(tmp_path: Path) -> None:
    store_of(tmp_path / "store", 6)
    store = Store.open(tmp_path / "store")
    sizes = [old.size for old in store.index.oldest(10)]
    assert store.index.total_bytes == sum(sizes)
    Housekeeping(store, StoreLimits(least_free_bytes=0, budget_bytes=sum(sizes[3:]), retention_seconds=None)).enforce(START, 0)
    assert len(store.index.oldest(10)) == 3
    store.close()


def test_a_volume_that_frees_space_late_does_not_cost_all_footage(tmp_path: Path) -> None:
    store_of(tmp_path / "store", 6)
    volume = FaultyVolume()
    volume.free = 10**9
    store = Store.open(tmp_path / "store", files=volume)
    size = store.index.oldest(1)[0].size
    Housekeeping(store, StoreLimits(least_free_bytes=10**9 + size, retention_seconds=None)).enforce(START, 0)
    assert len(store.index.oldest(10)) == 5
    store.close()


class Immovable(FaultyVolume):
    """A volume that does not let go of its videos."""

    def unlink(self, path: Path) -> None:
        if path.suffix == ".mp4":
            raise PermissionError(errno.EPERM, "not permitted")
        super().unlink(path)


def test_a_file_that_cannot_be_deleted_keeps_no_recorder_from_starting(tmp_path: Path) -> None:
    store_of(tmp_path / "store", 2)
    store = Store.open(tmp_path / "store", files=Immovable())
    with pytest.raises(Exception, match="cannot be written to"):
        store.delete(store.index.oldest(1), Deletion.RETENTION, START)
    store.close()
    store = Store.open(tmp_path / "store", files=Immovable())
    assert any("could not be removed" in finding for finding in store.findings)
    assert not any("not in the index" in finding for finding in store.findings)
    store.close()
    store = Store.open(tmp_path / "store")
    assert store.findings == []
    assert len(list((tmp_path / "store").rglob("*.mp4"))) == 1
    store.close()


async def test_limits_are_kept_while_a_file_can_never_be_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_store: Store, key: StreamKey, part: Path) -> None:
        raise StoreFailed(f"{key.folder} {part.name} cannot be read.")

    monkeypatch.setattr(Store, "finish", never)
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2, retention_seconds=10)
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume, limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(1000, size=20)))
        await running.passes(3)
        volume.fail(errno.EIO)
        await running.passes(6)
        volume.heal()
        await running.passes(25)
        assert running.reader.deleted(KEY, 0, 2**53) != []


def test_a_file_given_up_before_the_end_is_finished_at_the_next_start(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store_of(root, 1)
    later = START + MINUTE
    left_open(root, later)
    store = Store.open(root)
    ledger = [
        Interval(START, START + 20 * STEP),
        Interval(START + 20 * STEP, later, GapCause.STORAGE_ERROR),
        Interval(later, later + 20 * STEP),
    ]
    store.index.write_captured([(KEY, ledger)])
    store.close()
    with closing(sqlite3.connect(root / "index.sqlite3", isolation_level=None)) as db:  # as if it had never had a row
        db.execute("DELETE FROM segment WHERE start = ?", (START,))
    next(path for path in root.rglob("*.mp4") if path.name < segment_path(KEY, later).rpartition("/")[2]).unlink()
    left_open(root, START)
    for _ in range(2):
        store = Store.open(root)
        assert store.findings == []
        store.close()
        assert [s.start for s in FootageReader(root).segments(KEY, 0, 2**53)] == [START, later]
        assert axis(root) == [(i.start - START, i.end - START, i.cause) for i in ledger]
        assert len(stored(root)) == 40


async def test_a_file_just_closed_is_there_before_its_row_is(tmp_path: Path) -> None:
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2)
    async with recording(tmp_path / "store", limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(500, size=20)))
        await running.passes(3)
        await running.until(lambda: KEY in running.reader.streams())
        for _ in range(40):
            await running.passes(0.1)
            found = running.reader.segments(KEY, 0, 2**53)
            assert all(a.end == b.start for a, b in pairwise(found)), [s.path.name for s in found]
            assert running.reader.totals(0, 2**53)[KEY].bytes <= sum(path.stat().st_size for path in (tmp_path / "store").rglob("*.mp4*"))


@pytest.mark.parametrize("trouble", [False, True])
async def test_a_camera_switched_off_right_after_a_picture_or_in_a_gap_is_switched_off(tmp_path: Path, trouble: bool) -> None:
    async with recording(tmp_path / "store") as running:
        events = pictures(50 if trouble else 51)
        running.recorder.add(KEY, Scripted(running.clock, [*events, lost(GapCause.UNREACHABLE, START + 50 * STEP)] if trouble else events))
        await running.passes(3 if trouble else 2.0)
        await running.recorder.remove(KEY)
        last = FootageReader(tmp_path / "store").captured(KEY, START, START + 100 * SECOND)[-1]
        assert (last.cause, last.end) == (GapCause.SWITCHED_OFF, START + 100 * SECOND)
        await running.passes(3)
        running.recorder.add(KEY, Scripted(running.clock, pictures(25, start=START + 7 * SECOND)))
        await running.passes(4)
    causes = [cause for _, _, cause in axis(tmp_path / "store")]
    assert causes == [None, *([GapCause.UNREACHABLE] if trouble else []), GapCause.SWITCHED_OFF, GapCause.NO_KEYFRAME, None]


async def test_a_camera_switched_off_while_the_disk_fails_is_switched_off(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume, limits=LIMITS) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(200)))
        await running.passes(3)
        volume.fail(errno.EIO, "write")
        await running.passes(0.5)
        await running.recorder.remove(KEY)
        volume.heal()
    causes = [cause for _, _, cause in axis(tmp_path / "store")]
    assert causes[-1] is GapCause.SWITCHED_OFF
    assert None in causes


def test_an_index_without_room_is_given_the_reserve_to_delete_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_of(tmp_path / "store", 2)
    reserve = tmp_path / "store" / ".reserve"
    store = Store.open(tmp_path / "store")
    Housekeeping(store, LIMITS).enforce(START, 0)
    assert reserve.stat().st_size == 4 * 1024 * 1024
    delete = store.index.delete

    def needs_room(segments: list[Old], reason: Deletion, at: int) -> None:
        if reserve.exists():
            raise StoreFull("The index has no room.")
        delete(segments, reason, at)

    monkeypatch.setattr(store.index, "delete", needs_room)
    store.volumes.home.state = "full"
    assert Housekeeping(store, LIMITS).make_room(START)
    assert len(store.index.oldest(5)) == 1
    Housekeeping(store, LIMITS).enforce(START, 0)
    assert reserve.exists()
    store.close()


def test_a_full_volume_gives_up_its_reserve_before_the_index_is_opened(tmp_path: Path) -> None:
    store_of(tmp_path / "store", 2)
    reserve = tmp_path / "store" / ".reserve"
    reserve.write_bytes(b"\0" * 1000)
    volume = FaultyVolume()
    volume.free = 0
    store = Store.open(tmp_path / "store", files=volume)
    assert not reserve.exists()
    store.hold_reserve()
    assert not reserve.exists()
    store.close()


def test_a_store_whose_disk_is_gone_has_nothing_struck_off_its_index(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store_of(root, 2)
    store = Store.open(root)
    root.rename(tmp_path / "elsewhere")
    root.mkdir()
    with pytest.raises(StoreFailed, match="is gone"):
        Housekeeping(store, StoreLimits(least_free_bytes=2**60, retention_seconds=None)).enforce(START, 0)
    store.volumes.home.state = "full"
    assert not Housekeeping(store, LIMITS).make_room(START)
    assert len(store.index.oldest(5)) == 2
    store.close()
