"""A disk that does not answer (a network share without its server): the other disks' cameras, index, ledger and state go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreFailed
from citysquare.engine.footage import FootageReader, Hold, Store, StoreLimits, read_report
from citysquare.engine.footage import volumes as of_volumes
from citysquare.engine.model import GapCause, StreamKey
from citysquare.engine.ports import WritableFile
from tests.engine.footage.at_work import SECOND, Running, axis, stored
from tests.engine.footage.scripted import START, FaultyVolume, Scripted, pictures

KEYS = [StreamKey(f"camera-{n}") for n in range(12)]
LIMITS = StoreLimits(least_free_bytes=0, segment_seconds=2, sync_seconds=60, retention_seconds=8)


class Hanging(FaultyVolume):
    """Disks of which one does not answer while `hangs`: whatever is asked of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.answers = threading.Event()
        self.answers.set()

    def wait(self, path: Path) -> None:
        if path.is_relative_to(self.folder):
            assert self.answers.wait(60)

    def create(self, path: Path) -> WritableFile:
        self.wait(path)
        return _File(super().create(path), path, self)

    def rename(self, old: Path, new: Path) -> None:
        self.wait(old)
        super().rename(old, new)

    def truncate(self, path: Path, length: int) -> None:
        self.wait(path)
        super().truncate(path, length)

    def unlink(self, path: Path) -> None:
        self.wait(path)
        super().unlink(path)

    def sync_folder(self, path: Path) -> None:
        self.wait(path)
        super().sync_folder(path)

    def free_bytes(self, path: Path) -> int:
        self.wait(path)
        return super().free_bytes(path)

    def size_bytes(self, path: Path) -> int:
        self.wait(path)
        return super().size_bytes(path)


class _File:
    def __init__(self, file: WritableFile, path: Path, disk: Hanging) -> None:
        self._file, self._path, self._disk = file, path, disk

    def write(self, data: bytes) -> None:
        self._disk.wait(self._path)
        self._file.write(data)

    def sync(self) -> None:
        self._disk.wait(self._path)
        self._file.sync()

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Hanging]:
    (tmp_path / "far").mkdir()
    hanging = Hanging(tmp_path / "far")
    yield hanging
    hanging.answers.set()


async def steps(running: Running, seconds: float, near: set[StreamKey]) -> None:
    """Let time pass; wait for the disks that answer, and for none that does not."""
    streams = running.recorder._streams  # noqa: SLF001 - the recorder tells only what waits of all of them together
    for _ in range(round(seconds * 10)):
        running.clock.advance(0.1)
        for _ in range(4):
            await asyncio.sleep(0)
        await running.until(lambda: all(each.stream.waiting_bytes == 0 for key, each in streams.items() if key in near))
        await asyncio.sleep(0.002)


def states(root: Path) -> set[str]:
    report = read_report(root)
    return {each.state for each in report.space.volumes} if report and report.space else set()


async def test_a_disk_that_hangs_stops_neither_index_nor_ledger_nor_deletion_of_the_others(tmp_path: Path, disk: Hanging) -> None:
    root = tmp_path / "store"
    store = Store.open(root, files=disk, volumes=[tmp_path / "far"])
    running = Running(store, ManualClock(START), LIMITS)
    sources = {key: Scripted(running.clock, pictures(25 * 25)) for key in KEYS}
    for key, source in sources.items():
        running.recorder.add(key, source)
    await running.passes(6)
    far = {key for key in KEYS if (tmp_path / "far" / key.folder).exists()}
    near = set(KEYS) - far
    assert far
    assert near
    disk.answers.clear()
    running.recorder.protect([Hold("h", min(near).camera, START, START + SECOND)], [])
    await steps(running, 14, near)
    reader = FootageReader(root)
    await running.until(lambda: all(axis(root, key)[-1][1] >= 18 * SECOND for key in near))
    await running.until(lambda: states(root) == {"ok", "failed"})
    for key in near:
        segments = [each for each in reader.segments(key, 0, 2**53) if each.sha256]
        assert segments[-1].end >= START + 15 * SECOND
        assert axis(root, key)[-1][2] is None
        assert reader.deleted(key, 0, 2**53)
    disk.answers.set()
    await running.passes(5)
    await running.ends()
    store.close()
    for key in KEYS:
        assert {cause for _, _, cause in axis(root, key)} - {None, GapCause.STORAGE_ERROR} == set()
        found = stored(root, key)
        assert len({each.dts for each in found}) == len(found)
    assert all(axis(root, key) == [(0, 25 * SECOND, None)] for key in near)


async def test_a_disk_that_hangs_at_the_start_is_recorded_around(tmp_path: Path, disk: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "store"
    Store.open(root, files=disk, volumes=[tmp_path / "far"]).close()
    monkeypatch.setattr(of_volumes, "PATIENCE", 0.1)
    disk.answers.clear()
    store = Store.open(root, files=disk, volumes=[tmp_path / "far"])
    assert [finding for finding in store.findings if "does not answer" in finding]
    running = Running(store, ManualClock(START), LIMITS)
    sources = {key: Scripted(running.clock, pictures(200)) for key in KEYS}
    for key, source in sources.items():
        running.recorder.add(key, source)
    await steps(running, 9, set(KEYS))
    disk.answers.set()
    await running.passes(6)
    await running.until(lambda: states(root) == {"ok"})
    await running.ends()
    store.close()
    for key, source in sources.items():
        assert stored(root, key) == source.given[-len(stored(root, key)) :]
        assert axis(root, key) == [(0, 8 * SECOND, None)]


def test_a_new_folder_whose_disk_hangs_is_a_finding(tmp_path: Path, disk: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_volumes, "PATIENCE", 0.1)
    disk.answers.clear()
    store = Store.open(tmp_path / "store", files=disk, volumes=[tmp_path / "far"])
    assert len(store.findings) == 1
    assert "does not answer" in store.findings[0]
    assert len(store.volumes.all()) == 1
    store.close()


def test_a_store_whose_own_disk_is_there_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")
    assert store.volumes.present() == [store.volumes.home]
    with pytest.raises(StoreFailed):
        of_volumes.Volume("", tmp_path / "gone").check_there()
    store.close()
