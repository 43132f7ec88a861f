"""The recorder on a disk that is full, slow, failing, gone or copied in mid-stride; and what it deletes."""

from __future__ import annotations

import errno
import hashlib
import shutil
from pathlib import Path

import pytest

from citysquare.engine.errors import StoreFailed
from citysquare.engine.footage import FootageReader, Store, StoreLimits
from citysquare.engine.footage import recorder as of_recorder
from citysquare.engine.model import GapCause, SourceEvent, StreamKey
from citysquare.engine.ports import WritableFile
from tests.engine.footage.at_work import KEY, SECOND, SUB, assert_nothing_is_unaccounted_for, axis, recording, stored
from tests.engine.footage.scripted import START, STEP, FaultyVolume, Scripted, lost, pictures


async def test_a_full_disk_that_is_free_again_in_time_costs_nothing(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        source = Scripted(running.clock, pictures(250))
        running.recorder.add(KEY, source)
        await running.passes(3)
        volume.fail(errno.ENOSPC)
        await running.passes(1)
        volume.heal()
        await running.passes(7)
    assert stored(tmp_path / "store") == source.given
    assert axis(tmp_path / "store") == [(0, 10 * SECOND, None)]


async def test_a_disk_full_for_long_is_a_gap_and_other_cameras_go_on(tmp_path: Path) -> None:
    volume = FaultyVolume()
    other = StreamKey("tower")
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(1000, size=40_000, gop=25)))
        running.recorder.add(other, Scripted(running.clock, pictures(1000, size=50, gop=25)))
        await running.passes(3)
        volume.fail(errno.ENOSPC)
        await running.passes(15)
        state = {status.key: status for status in running.recorder.status()}
        assert state[KEY].cause is GapCause.STORAGE_FULL
        volume.heal()
        await running.passes(24)
    gaps = [(start, end, cause) for start, end, cause in axis(tmp_path / "store") if cause is not None]
    assert gaps[0][2] is GapCause.STORAGE_FULL
    assert sum(end - start for start, end, _ in gaps) < 20 * SECOND
    assert_nothing_is_unaccounted_for(tmp_path / "store", 900)
    assert stored(tmp_path / "store", other)[-1].dts == START + 999 * STEP


@pytest.mark.parametrize(
    ("code", "cause"), [(errno.EIO, GapCause.STORAGE_ERROR), (errno.EROFS, GapCause.STORAGE_ERROR), (errno.EDQUOT, GapCause.STORAGE_FULL)]
)
async def test_trouble_of_the_disk_is_named(tmp_path: Path, code: int, cause: GapCause) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(500)))
        await running.passes(2)
        volume.fail(code)
        await running.passes(6)
        assert running.recorder.status()[0].cause is cause
        volume.heal()
        await running.passes(8)
        assert running.recorder.status()[0].state == "recording"
    found = stored(tmp_path / "store")
    assert found[-1].dts > START + 15 * SECOND
    assert not list((tmp_path / "store").rglob("*.part"))


async def test_the_queue_to_a_slow_disk_is_bounded_and_what_is_given_up_is_in_the_ledger(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(1500, size=40_000, gop=25)))
        await running.passes(2)
        volume.fail(errno.EIO)
        for _ in range(40):
            await running.passes(1)
            waiting = running.recorder.waiting_bytes()
            assert waiting <= 9 * 1024 * 1024
        volume.heal()
        await running.passes(10)
    assert_nothing_is_unaccounted_for(tmp_path / "store", 1250)


async def test_a_copy_of_the_store_taken_in_mid_segment_opens_and_holds_all_whole_fragments(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        source = Scripted(running.clock, pictures(500))
        running.recorder.add(KEY, source)
        await running.passes(7.3)
        shutil.copytree(tmp_path / "store", tmp_path / "copy")
        (part,) = (tmp_path / "copy").rglob("*.part")
        with part.open("ab") as file:
            file.write(b"\0\0\1\x28moof torn")
        before = len(source.given)
    store = Store.open(tmp_path / "copy")
    try:
        assert not list((tmp_path / "copy").rglob("*.part"))
        assert store.findings == []
    finally:
        store.close()
    found = stored(tmp_path / "copy")
    assert found == source.given[: len(found)]
    assert before - len(found) <= 14  # at most the fragment that was open
    (_, end, cause), *rest = axis(tmp_path / "copy")
    assert cause is None
    assert START + end == found[-1].dts + STEP
    assert {cause for _, _, cause in rest} <= {GapCause.RESTART}  # the index may have been copied a little later than the file
    async with recording(tmp_path / "copy", wall=START + 20 * SECOND) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(50, start=START + 21 * SECOND)))
        await running.passes(4)
    causes = [cause for _, _, cause in axis(tmp_path / "copy")]
    assert (causes[0], causes[-1], set(causes[1:-1])) == (None, None, {GapCause.RESTART})


async def test_a_store_that_vanishes_is_not_made_anew_on_the_disk_below(tmp_path: Path) -> None:
    root = tmp_path / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=2)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(500)))
        await running.passes(3)
        root.rename(tmp_path / "elsewhere")
        root.mkdir()
        await running.passes(9)
        assert running.recorder.status()[0].cause is GapCause.STORAGE_ERROR
        assert [path.name for path in root.iterdir() if path.name != "status.json"] == []
        shutil.rmtree(root)
        (tmp_path / "elsewhere").rename(root)
        await running.passes(9)
        assert running.recorder.status()[0].state == "recording"
    assert_nothing_is_unaccounted_for(root, 450)


async def test_a_recorder_killed_in_its_first_second_loses_nothing_that_was_written(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as running:
        source = Scripted(running.clock, pictures(500, start=START + SECOND // 2))
        running.recorder.add(KEY, source)
        await running.passes(1.6)
        shutil.copytree(tmp_path / "store", tmp_path / "copy")
    Store.open(tmp_path / "copy").close()
    assert stored(tmp_path / "copy") != []
    assert axis(tmp_path / "copy")[:2] == [
        (0, SECOND // 2, GapCause.NO_KEYFRAME),
        (SECOND // 2, SECOND // 2 + len(stored(tmp_path / "copy")) * STEP, None),
    ]


@pytest.mark.parametrize("early", [1, STEP // 2])
async def test_a_file_that_begins_before_the_usual_end_of_the_last_picture_is_found_again_after_a_kill(early: int, tmp_path: Path) -> None:
    limits = StoreLimits(least_free_bytes=0, segment_seconds=1)
    film = pictures(50) + pictures(20, start=START + 50 * STEP - early)
    async with recording(tmp_path / "store", limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, film))
        await running.passes(2.75)
        await running.until(lambda: len(running.reader.segments(KEY, START + 50 * STEP, 2**53)) > 0)
        shutil.copytree(tmp_path / "store", tmp_path / "copy")
    store = Store.open(tmp_path / "copy")
    store.close()
    assert store.findings == []
    found = stored(tmp_path / "copy")
    assert found == film[: len(found)]
    assert found[-1].dts > film[50].dts
    assert FootageReader(tmp_path / "copy").segments(KEY, 0, 2**53)[-1].sha256 is not None
    (_, end, cause), *_ = axis(tmp_path / "copy")
    assert (cause, START + end >= found[-1].dts) == (None, True)


async def test_the_row_comes_after_the_bytes_are_on_disk_under_their_name(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(50)))
        await running.passes(3)
        assert FootageReader(tmp_path / "store").segments(KEY, 0, 2**53)[0].sha256 is None
    (segment,) = FootageReader(tmp_path / "store").segments(KEY, 0, 2**53)
    name = segment.path.name
    assert segment.sha256 is not None
    at = volume.log.index(("rename", name))
    assert volume.log[at + 1] == ("sync_folder", segment.path.parent.name)


async def test_rows_for_which_an_index_that_fails_has_no_room_come_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "store"
    monkeypatch.setattr(of_recorder, "MOST_ROWS", 2)
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=1)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(300)))
        await running.passes(2)
        with monkeypatch.context() as failing:

            def fails(*_: object) -> None:
                raise StoreFailed("The index is busy.")

            failing.setattr(running.store.index, "add_segment", fails)
            await running.passes(6)
            assert len(running.recorder._rows) == 2  # noqa: SLF001 - memory
        await running.passes(6)
    Store.open(root).close()
    segments = FootageReader(root).segments(KEY, 0, 2**53)
    assert all(segment.sha256 for segment in segments)
    assert len(stored(root)) == 300
    assert axis(root) == [(0, 12 * SECOND, None)]


@pytest.mark.parametrize("every", [5, 60])
async def test_a_picture_that_breaks_all_the_time_does_not_have_its_disk_sync_all_the_time(tmp_path: Path, every: int) -> None:
    disk = Counting()
    async with recording(tmp_path / "store", volume=disk, limits=StoreLimits(least_free_bytes=0, sync_seconds=60)) as running:
        events: list[SourceEvent] = []
        for number, each in enumerate(pictures(300, gop=5)):
            events += [lost(GapCause.GARBLED, each.dts - 1)] if number % every == 0 else []
            events.append(each)
        running.recorder.add(KEY, Scripted(running.clock, events))
        await running.passes(12)
        assert 300 // max(25, every) - 1 <= disk.syncs <= 13


class Counting(FaultyVolume):
    """A disk that counts what it must sync of footage."""

    def __init__(self) -> None:
        super().__init__()
        self.syncs = 0

    def create(self, path: Path) -> WritableFile:
        return _CountingFile(super().create(path), path, self)


class _CountingFile:
    def __init__(self, file: WritableFile, path: Path, disk: Counting) -> None:
        self._file, self._path, self._disk = file, path, disk

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def sync(self) -> None:
        self._disk.syncs += self._path.suffix == ".part"
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class Forgetful(FaultyVolume):
    """A disk whose sync fails once, takes what was not synced yet away with it, and then says that all is well, as disks do."""

    def __init__(self) -> None:
        super().__init__()
        self.forgets = False

    def create(self, path: Path) -> WritableFile:
        return _ForgetfulFile(super().create(path), path, self)


class _ForgetfulFile:
    def __init__(self, file: WritableFile, path: Path, disk: Forgetful) -> None:
        self._file, self._path, self._disk, self._synced = file, path, disk, 0

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def sync(self) -> None:
        size = self._path.stat().st_size
        if self._disk.forgets and self._path.suffix == ".part":
            self._disk.forgets = False
            with self._path.open("r+b") as file:
                file.seek(self._synced)
                file.write(bytes(size - self._synced))
            raise OSError(errno.EIO, "EIO")
        self._file.sync()
        self._synced = size

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize("at_a_break", [False, True])
async def test_a_row_never_names_bytes_that_a_failed_sync_has_lost(tmp_path: Path, at_a_break: bool) -> None:
    disk, root = Forgetful(), tmp_path / "store"
    limits = StoreLimits(least_free_bytes=0, segment_seconds=4, sync_seconds=2 if not at_a_break else 60)
    async with recording(root, volume=disk, limits=limits) as running:
        events: list[SourceEvent] = [*pictures(400)]
        if at_a_break:
            events.insert(150, lost(GapCause.STALLED, START + 150 * STEP - 1))
        running.recorder.add(KEY, Scripted(running.clock, events))
        await running.passes(5.5)
        disk.forgets = True
        await running.passes(12)
    assert not disk.forgets
    segments = FootageReader(root).segments(KEY, 0, 2**53)
    assert len(segments) >= 3
    for segment in segments:
        assert hashlib.sha256(segment.path.read_bytes()).digest() == segment.sha256
    assert all(picture.data.strip(b"\0") for picture in stored(root))


async def test_three_writes_a_second_and_camera_are_enough(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(500, gop=50)))
        await running.passes(20)
        assert volume.writes <= 3 * 20


async def test_a_camera_that_sends_only_key_pictures_does_not_cost_a_write_for_each(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(250, gop=1)))
        await running.passes(11)
        assert volume.writes <= 4 * 10
    assert len(stored(tmp_path / "store")) == 250


async def test_a_fault_of_our_own_in_writing_is_outlived_and_in_the_ledger(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with recording(tmp_path / "store") as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(500)))
        await running.passes(2.1)
        with monkeypatch.context() as patched:
            patched.setattr("citysquare.engine.footage.fragments.write_fragment", lambda *_: 1 / 0)
            await running.passes(1)
        await running.passes(8)
    assert "goes on in a new file" in caplog.text
    assert_nothing_is_unaccounted_for(tmp_path / "store", 250)
    assert [cause for _, _, cause in axis(tmp_path / "store")] == [None, GapCause.STORAGE_ERROR, None]


async def test_what_is_over_its_time_goes_and_the_kept_axis_says_so(tmp_path: Path) -> None:
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2, retention_seconds=60, sub_retention_seconds=10)
    async with recording(tmp_path / "store", limits=limits) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(750, size=20)))
        running.recorder.add(SUB, Scripted(running.clock, pictures(750, size=20)))
        await running.passes(34)
        reader = running.reader
        assert reader.segments(KEY, 0, 2**53)[0].start == START
        first = reader.segments(SUB, 0, 2**53)[0].start
        assert START + 12 * SECOND <= first <= START + 26 * SECOND
        (deleted,) = reader.deleted(SUB, 0, 2**53)
        assert (deleted.start, deleted.end, deleted.reason) == (START, first, "retention")
        await running.until(lambda: axis(tmp_path / "store", SUB)[0][1] == 30 * SECOND)
        assert axis(tmp_path / "store", SUB)[0][:2] == (0, 30 * SECOND)  # what was captured stays true
    names = {path.stem for path in (tmp_path / "store" / "gate.sub").rglob("*.mp4")}
    assert len(names) == len(FootageReader(tmp_path / "store").segments(SUB, 0, 2**53))


async def test_over_budget_the_oldest_footage_of_all_cameras_goes_first(tmp_path: Path) -> None:
    keys = [StreamKey("a"), StreamKey("b")]
    limits = StoreLimits(least_free_bytes=0, segment_seconds=2, budget_bytes=1_000_000)
    async with recording(tmp_path / "store", limits=limits) as running:
        for key in keys:
            running.recorder.add(key, Scripted(running.clock, pictures(750, size=2000)))
        await running.passes(31)
        size = sum(path.stat().st_size for path in (tmp_path / "store").rglob("*.mp4*"))
        assert size <= 1_000_000 + 6 * 2 * 25 * 2000
        firsts = [running.reader.segments(key, 0, 2**53)[0].start for key in keys]
        assert abs(firsts[0] - firsts[1]) <= 3 * SECOND
        assert min(firsts) > START + 12 * SECOND
        assert {d.reason for key in keys for d in running.reader.deleted(key, 0, 2**53)} == {"space"}


async def test_too_little_free_space_deletes_the_oldest(tmp_path: Path) -> None:
    volume = FaultyVolume()
    async with recording(tmp_path / "store", volume=volume, limits=StoreLimits(least_free_bytes=10**9, segment_seconds=2)) as running:
        volume.free = 2 * 10**9
        running.recorder.add(KEY, Scripted(running.clock, pictures(500)))
        await running.passes(12)
        assert running.reader.deleted(KEY, 0, 2**53) == []
        volume.free = 10**9 - 5000
        await running.passes(5)
        assert running.reader.deleted(KEY, 0, 2**53) != []
