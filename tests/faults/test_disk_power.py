"""A store after a loss of power at any moment: it opens by itself, and what it says is there is there, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreFailed
from citysquare.engine.footage import FootageReader, Hold, Store, StoreLimits
from citysquare.engine.footage.fragments import Fragment, FragmentBuilder
from citysquare.engine.footage.index import NO_LINK
from citysquare.engine.footage.segments import SegmentWriter
from citysquare.engine.model import CodedPicture, GapCause, SourceEvent, StreamKey
from citysquare.proof.links import chain_link
from tests.engine.footage.at_work import SECOND, Running, axis, recording, stored
from tests.engine.footage.scripted import START, STEP, Scripted, lost, pictures
from tests.faults.power import Disk, Journal, Operation, folder_in_memory, lose_power

KEYS = (StreamKey("gate"), StreamKey("tower"))
LIMITS = StoreLimits(least_free_bytes=0, segment_seconds=2, sync_seconds=1, retention_seconds=7)


async def journalled(root: Path) -> tuple[list[Operation], bytes, dict[StreamKey, list[CodedPicture]]]:
    """Record two cameras for some seconds, with a break, a hold and deletions, on a disk that keeps a journal."""
    clock = ManualClock(START)
    journal = Journal(root, clock.wall)
    store = Store.open(root, files=journal)
    running = Running(store, clock, LIMITS)
    running.recorder.protect([Hold("h", "gate", START, START + SECOND)], [])
    sources = {}
    for number, key in enumerate(KEYS):
        events: list[SourceEvent] = [*pictures(110, size=600 + 300 * number), lost(GapCause.STALLED, START + 5 * SECOND)]
        sources[key] = Scripted(clock, [*events, *pictures(150, size=700, start=START + 6 * SECOND)])
        running.recorder.add(key, sources[key])
    await running.passes(13.3)
    with journal.lock:
        done, index = list(journal.done), journal.index()
    await running.ends()
    store.close()
    return done, index, {key: source.given for key, source in sources.items()}


def check(root: Path, given: dict[StreamKey, list[CodedPicture]], *, damage: bool) -> None:
    """Open a store; what it says must be true.

    With `damage` a file of which nothing was synced yet may be no file of ours any more: then it is set aside.
    """
    for turn in range(2):
        store = Store.open(root)
        findings = [each for each in store.findings if turn or not (damage and "is damaged; it is now in" in each)]
        store.close()
        assert findings == [], f"opened {turn + 1} times"
    reader = FootageReader(root)
    for key in KEYS:
        link, before = NO_LINK, None
        for segment in reader.segments(key, 0, 2**53):
            data = segment.path.read_bytes()
            assert len(data) == segment.size
            assert hashlib.sha256(data).digest() == segment.sha256
            if before is not None and before < segment.start and segment.previous != link:  # what lay between is deleted, or was a gap
                link = segment.previous or NO_LINK
            assert before is None or segment.previous == link
            before = segment.end
            name = str(segment.path.relative_to(root))
            link = chain_link(segment.previous or NO_LINK, segment.start, segment.end, name, segment.sha256 or b"")
        found = stored(root, key)
        times = {picture.dts: picture for picture in given[key]}
        assert all(times.get(picture.dts) == picture for picture in found)
        assert len({picture.dts for picture in found}) == len(found)
        assert_ledger(root, key, {picture.dts for picture in found}, times)


def assert_ledger(root: Path, key: StreamKey, found: set[int], sent: dict[int, CodedPicture]) -> None:
    """What the ledger calls stored and not deleted is there, and nothing else."""
    captured = axis(root, key)
    deleted = [(d.start, d.end) for d in FootageReader(root).deleted(key, 0, 2**53)]
    for at in sent:
        is_stored = any(start <= at - START < end for start, end, cause in captured if cause is None)
        is_deleted = any(start <= at < end for start, end in deleted)
        assert (at in found) == (is_stored and not is_deleted), (at - START) / SECOND


@dataclass(frozen=True)
class Recorded:
    """What was done to a disk while it recorded."""

    root: Path
    done: list[Operation]
    index: bytes
    given: dict[StreamKey, list[CodedPicture]]

    def disks(self) -> Iterator[tuple[int, Disk, bytes]]:
        """Each moment from the first index on: its number, and disk and index as they are then."""
        disk = Disk()
        for moment, operation in enumerate(self.done):
            if operation.index:
                yield moment, disk, operation.index
            disk.do(operation)
        yield len(self.done), disk, self.index


@pytest.fixture(scope="module")
def recorded() -> Iterator[Recorded]:
    with folder_in_memory() as folder:
        yield Recorded(folder / "store", *asyncio.run(journalled(folder / "store")))


@pytest.fixture
def memory() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder


@pytest.mark.parametrize("how", ["strict", "torn", "reordered"])
@pytest.mark.parametrize("each", [7, pytest.param(1, marks=pytest.mark.slow)], ids=["each seventh", "any"])
def test_after_a_loss_of_power_at_any_moment_the_store_opens_and_is_true(memory: Path, recorded: Recorded, how: str, each: int) -> None:
    for moment, disk, index in recorded.disks():
        if moment % each == 0:
            copy = memory / f"{how}-{moment}"
            lose_power(disk, index, recorded.root, copy, how, moment)
            check(copy, recorded.given, damage=how == "reordered")
            shutil.rmtree(copy)


def test_a_loss_of_power_costs_no_more_than_the_time_between_two_syncs(memory: Path) -> None:
    root = memory / "store"
    written = 0
    journal = Journal(root, lambda: written)
    store = Store.open(root, files=journal)
    writer = SegmentWriter(journal, store.volumes, KEYS[0], 10 * SECOND, 2 * SECOND)
    builder = FragmentBuilder(SECOND // 2, START)
    for piece in [piece for each in pictures(450) for piece in builder.push(each)]:
        assert isinstance(piece, Fragment)
        writer.put(piece)
        written += len(piece.pictures)
    store.close()
    disk, footage = Disk(), False
    for moment, operation in enumerate(journal.done):
        footage = footage or (operation.what == "write" and operation.path.suffix == ".part")
        if footage:
            copy = memory / str(moment)
            lose_power(disk, operation.index, root, copy, "strict", moment)
            Store.open(copy).close()
            found = list(stored(copy, KEYS[0]))
            assert found == pictures(450)[: len(found)]
            assert operation.at - len(found) <= 50 + 13  # two seconds and a fragment
            shutil.rmtree(copy)
        disk.do(operation)
    assert sum(each.what == "sync" and each.path.suffix == ".part" for each in journal.done) <= 18 / 2 + 2


def copied(source: str, target: str) -> None:
    """Copy a file that may be deleted meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(source, target)


async def test_a_store_copied_again_and_again_while_it_records_opens_each_time(tmp_path: Path) -> None:
    async with recording(tmp_path / "store", limits=LIMITS) as running:
        sources = {key: Scripted(running.clock, pictures(400, size=300)) for key in KEYS}
        for key, source in sources.items():
            running.recorder.add(key, source)
        for number in range(14):
            await running.passes(0.9)
            copy = tmp_path / f"copy-{number}"
            await running.until(lambda: running.recorder.waiting_bytes() == 0)
            shutil.copytree(tmp_path / "store", copy, copy_function=copied)
            given = {key: list(source.given) for key, source in sources.items()}
            store = Store.open(copy)
            store.close()
            for key in KEYS:
                found = stored(copy, key)
                times = {picture.dts: picture for picture in given[key]}
                assert all(times.get(picture.dts) == picture for picture in found)
                if number:
                    assert given[key][-1].dts - found[-1].dts <= SECOND


async def test_an_old_index_beside_newer_files_takes_them_in(tmp_path: Path) -> None:
    root = tmp_path / "store"
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2)
    async with recording(root, limits=limits) as running:
        source = Scripted(running.clock, pictures(400, size=300))
        running.recorder.add(KEYS[0], source)
        await running.passes(6)
        while len([s for s in running.reader.segments(KEYS[0], 0, 2**53) if s.sha256]) < 2:
            await running.passes(0.2)
        old = Journal(root, running.clock.wall).index()
        await running.passes(10)
        await running.until(lambda: len(source.given) == 400)
    for path in root.glob("index.sqlite3*"):
        path.unlink()
    (root / "index.sqlite3").write_bytes(old)
    store = Store.open(root)
    assert store.findings == []
    store.close()
    assert stored(root, KEYS[0]) == source.given
    assert axis(root, KEYS[0]) == [(0, 16 * SECOND, None)]


async def test_an_index_that_is_lost_is_made_again_from_the_files(tmp_path: Path) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=2)) as running:
        source = Scripted(running.clock, [*pictures(100), *pictures(100, start=START + 8 * SECOND)])
        running.recorder.add(KEYS[0], source)
        await running.passes(13)
    for path in root.glob("index.sqlite3*"):
        path.unlink()
    Store.open(root).close()
    assert stored(root, KEYS[0]) == source.given
    assert axis(root, KEYS[0]) == [(0, 4 * SECOND, None), (4 * SECOND, 8 * SECOND, GapCause.RESTART), (8 * SECOND, 12 * SECOND, None)]


def _takes_nothing(_index: object, _segment: object) -> None:
    raise StoreFailed("The index takes nothing.")


async def test_files_the_index_is_far_behind_of_are_found_by_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=2)) as running:
        source = Scripted(running.clock, pictures(500, size=100))
        running.recorder.add(KEYS[0], source)
        await running.passes(5)
        await running.until(lambda: any(segment.sha256 for segment in running.reader.segments(KEYS[0], 0, 2**53)))
        with monkeypatch.context() as patched:
            patched.setattr("citysquare.engine.footage.index.Index.add_segment", _takes_nothing)
            await running.passes(13)
            found = running.reader.segments(KEYS[0], 0, 2**53)
            assert len([segment for segment in found if segment.sha256 is None]) >= 6
            assert [p.dts for p in stored(root, KEYS[0])] == [START + n * STEP for n in range(len(stored(root, KEYS[0])))]
            assert len(stored(root, KEYS[0])) >= 17 * 25
            (only,) = running.reader.segments(KEYS[0], START + 8 * SECOND + STEP, START + 8 * SECOND + 2 * STEP)
            assert only.start <= START + 8 * SECOND + STEP < only.end
        await running.passes(3)
    assert stored(root, KEYS[0]) == source.given
