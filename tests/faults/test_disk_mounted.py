"""The recorder on a real small disk: full, read-only, unmounted and back, slow. Needs root, or a namespace in which we are; else skipped.

The same faults are injected on every machine in tests/engine/footage (test_recorder_and_disk, test_volumes).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreFull, StoreReadOnly
from citysquare.engine.footage import FootageReader, Store, StoreLimits
from citysquare.engine.model import GapCause, StreamKey
from citysquare.engine.ports import WritableFile
from tests.engine.footage.at_work import KEY, SECOND, Running, assert_nothing_is_unaccounted_for, axis, recording, stored
from tests.engine.footage.scripted import START, FaultyVolume, Scripted, pictures

INSIDE = "CITYSQUARE_TEST_NAMESPACE"
MEGABYTE = 1024 * 1024


def run(*words: str) -> bool:
    """Run a command of the system; say whether it went well."""
    return subprocess.run(words, check=False, capture_output=True, timeout=30).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted disk of 40 MB whose content outlives its unmounting."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a disk needs root")
    behind, disk = tmp_path / "behind", tmp_path / "disk"
    behind.mkdir()
    disk.mkdir()
    if not run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(behind)):
        pytest.skip("this machine lets nobody mount a tmpfs")
    (behind / "content").mkdir()
    try:
        assert run("mount", "--bind", str(behind / "content"), str(disk))
        yield disk
    finally:
        run("umount", "-l", str(disk))
        run("umount", "-l", str(behind))


@pytest.mark.skipif(os.geteuid() == 0 or INSIDE in os.environ, reason="these tests run here themselves")
def test_where_we_are_not_root_these_tests_run_in_a_namespace_of_our_own() -> None:
    if not run("unshare", "--user", "--map-root-user", "--mount", "true"):
        pytest.skip("this machine allows no user namespaces")
    words = ("unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__)
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=600, env=os.environ | {INSIDE: "1"})
    assert done.returncode == 0, done.stdout[-3000:]


async def test_a_disk_that_is_really_full_keeps_recording_by_giving_up_the_oldest(small_disk: Path) -> None:
    root = small_disk / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=2, retention_seconds=None)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(1750, size=40_000)))
        await running.passes(72)
        assert running.recorder.status()[0].state == "recording"
    assert_nothing_is_unaccounted_for(root, 1750)
    assert {each.reason for each in FootageReader(root).deleted(KEY, 0, 2**53)} == {"space"}
    assert {cause for _, _, cause in axis(root)} <= {None, GapCause.STORAGE_FULL}
    assert sum(end - start for start, end, cause in axis(root) if cause is None) >= 55 * SECOND


async def test_a_disk_full_of_other_things_is_a_gap_until_they_are_gone(small_disk: Path) -> None:
    root = small_disk / "store"
    async with recording(root, limits=StoreLimits(least_free_bytes=0, segment_seconds=60)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(1500, size=40_000)))
        await running.passes(3)
        fill(small_disk / "other")
        await running.passes(25)
        assert running.recorder.status()[0].cause is GapCause.STORAGE_FULL
        (small_disk / "other").unlink()
        await running.passes(10)
        assert running.recorder.status()[0].state == "recording"
    assert_nothing_is_unaccounted_for(root, 900)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        for size in (MEGABYTE, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_full_disk_without_footage_and_a_read_only_one_are_refused_with_a_sentence(small_disk: Path) -> None:
    root = small_disk / "store"
    Store.open(root).close()
    fill(small_disk / "other")
    with pytest.raises(StoreFull, match="full"):
        Store.open(root)
    (small_disk / "other").unlink()
    assert run("mount", "-o", "remount,bind,ro", str(small_disk))
    with pytest.raises(StoreReadOnly, match="cannot be"):
        Store.open(root)
    assert run("mount", "-o", "remount,bind,rw", str(small_disk))
    Store.open(root).close()


async def test_a_disk_unmounted_while_it_records_is_not_replaced_by_the_empty_folder_below(small_disk: Path) -> None:
    content = small_disk.parent / "behind" / "content"
    async with recording(small_disk, limits=StoreLimits(least_free_bytes=0, segment_seconds=2)) as running:
        running.recorder.add(KEY, Scripted(running.clock, pictures(750)))
        await running.passes(3)
        assert run("umount", "-l", str(small_disk))
        await running.passes(12)
        assert running.recorder.status()[0].cause is GapCause.STORAGE_ERROR
        assert files_in(small_disk) == []
        assert run("mount", "--bind", str(content), str(small_disk))
        await running.passes(10)
        assert running.recorder.status()[0].state == "recording"
    assert_nothing_is_unaccounted_for(small_disk, 600)


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*.mp4*"))


class Stuck(FaultyVolume):
    """Disks of which one does not answer while `held`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.answers = threading.Event()
        self.answers.set()

    def create(self, path: Path) -> WritableFile:
        if path.is_relative_to(self.folder):
            self.answers.wait(60)
        return _StuckFile(super().create(path), self) if path.is_relative_to(self.folder) else super().create(path)


class _StuckFile:
    def __init__(self, file: WritableFile, disk: Stuck) -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes) -> None:
        self._disk.answers.wait(60)
        self._file.write(data)

    def sync(self) -> None:
        self._disk.answers.wait(60)
        self._file.sync()

    def close(self) -> None:
        self._file.close()


async def test_a_disk_that_does_not_answer_costs_only_its_own_cameras(tmp_path: Path) -> None:
    (tmp_path / "slow").mkdir()
    disk = Stuck(tmp_path / "slow")
    store = Store.open(tmp_path / "store", files=disk, volumes=[tmp_path / "slow"])
    running = Running(store, ManualClock(START), StoreLimits(least_free_bytes=0, segment_seconds=60))
    keys = [StreamKey(f"c{n}") for n in range(12)]
    sources = {key: Scripted(running.clock, pictures(600, size=40_000)) for key in keys}
    for key, source in sources.items():
        running.recorder.add(key, source)
    await running.passes(2.2)
    slow = {key for key in keys if (tmp_path / "slow" / key.folder).exists()}
    assert 2 <= len(slow) <= 10
    disk.answers.clear()
    for _ in range(200):
        running.clock.advance(0.1)
        for _ in range(4):
            await asyncio.sleep(0)
        await running.until(lambda: _waiting(running, set(keys) - slow) == 0)
    assert running.recorder.waiting_bytes() <= 9 * MEGABYTE * len(keys)
    disk.answers.set()
    await running.passes(3)
    await running.ends()
    store.close()
    for key in keys:
        gaps = {cause for _, _, cause in axis(tmp_path / "store", key)} - {None}
        assert gaps == ({GapCause.STORAGE_ERROR} if key in slow else set())
        found = stored(tmp_path / "store", key)
        assert len({picture.dts for picture in found}) == len(found)
        if key not in slow:
            assert found == sources[key].given


def _waiting(running: Running, keys: set[StreamKey]) -> int:
    """Bytes of these cameras that wait for their disk."""
    return sum(each.stream.waiting_bytes for key, each in running.recorder._streams.items() if key in keys)  # noqa: SLF001 - by camera
