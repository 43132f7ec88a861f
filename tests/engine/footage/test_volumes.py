"""Several disks for one store: whose footage goes where, a disk that fails or fills up, one that is missing, gone and back."""

from __future__ import annotations

import errno
import shutil
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import StoreFull
from citysquare.engine.footage import FootageReader, Hold, Store, StoreLimits, Tail, read_report
from citysquare.engine.footage.volumes import Volume, Volumes
from citysquare.engine.model import GapCause, StreamKey
from citysquare.engine.ports import WritableFile
from tests.engine.footage.at_work import SECOND, Running, axis, stored
from tests.engine.footage.scripted import START, STEP, FaultyVolume, Scripted, pictures

KEYS = [StreamKey(f"camera-{n}") for n in range(6)]
LIMITS = StoreLimits(least_free_bytes=0, segment_seconds=2, sync_seconds=60)


class Disks(FaultyVolume):
    """Several disks, one of which may refuse writes, or have its own free space."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: Path | None = None
        self.code = errno.EIO
        self.frees: dict[Path, int] = {}

    def check_path(self, path: Path) -> None:
        if self.broken is not None and path.is_relative_to(self.broken) and path.suffix in (".part", ".mp4"):
            raise OSError(self.code, errno.errorcode[self.code])

    def create(self, path: Path) -> WritableFile:
        self.check_path(path)
        return _File(super().create(path), path, self)

    def rename(self, old: Path, new: Path) -> None:
        self.check_path(old)
        super().rename(old, new)

    def free_bytes(self, path: Path) -> int:
        return self.frees.get(path, super().free_bytes(path))

    def size_bytes(self, path: Path) -> int:
        return 10**12 if path.exists() else 0


class _File:
    def __init__(self, file: WritableFile, path: Path, disks: Disks) -> None:
        self._file, self._path, self._disks = file, path, disks

    def write(self, data: bytes) -> None:
        self._disks.check_path(self._path)
        self._file.write(data)

    def sync(self) -> None:
        self._disks.check_path(self._path)
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class Several:
    """A recorder on a store with two more disks."""

    def __init__(self, base: Path, limits: StoreLimits = LIMITS, wall: int = START) -> None:
        self.root = base / "store"
        self.more = [base / "disk-1", base / "disk-2"]
        self.disks = Disks()
        self.store = Store.open(self.root, files=self.disks, volumes=self.more)
        self.running = Running(self.store, ManualClock(wall), limits)

    def record(self, count: int, size: int = 100, start: int = START) -> dict[StreamKey, Scripted]:
        sources = {key: Scripted(self.running.clock, pictures(count, size=size, start=start)) for key in KEYS}
        for key, source in sources.items():
            self.running.recorder.add(key, source)
        return sources

    async def ends(self) -> None:
        await self.running.ends()
        self.store.close()


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two more disks. Which stream goes where follows from the ids of store and disks: the same in each run, some on each."""
    numbers = count(1)
    monkeypatch.setattr(
        "citysquare.engine.footage.volumes.secrets.token_hex", lambda size: sha256(b"%d" % next(numbers)).hexdigest()[: 2 * size]
    )
    for name in ("disk-1", "disk-2"):
        (tmp_path / name).mkdir()
    return tmp_path


def places(root: Path, key: StreamKey) -> list[str]:
    return [segment.path.relative_to(root.parent).parts[0] for segment in FootageReader(root).segments(key, 0, 2**53)]


def left_open(base: Path) -> list[Path]:
    return list(base.rglob("*.part"))


async def test_each_stream_has_its_disk_and_readers_and_tails_find_it(base: Path) -> None:
    several = Several(base)
    tails = {key: Tail(several.root, key, start="oldest", monotonic=several.running.clock.monotonic) for key in KEYS}
    sources = several.record(250)
    followed: dict[StreamKey, list[int]] = {key: [] for key in KEYS}
    for _ in range(24):
        await several.running.passes(0.5)
        for key, tail in tails.items():
            followed[key] += [fragment.start for fragment in tail.poll()]
    await several.ends()
    used = {key: set(places(several.root, key)) for key in KEYS}
    assert all(len(each) == 1 for each in used.values())
    assert len(set.union(*used.values())) >= 2
    for key, source in sources.items():
        assert stored(several.root, key) == source.given
        assert axis(several.root, key) == [(0, 10 * SECOND, None)]
        assert followed[key] == sorted(set(followed[key]))
        assert len(followed[key]) >= 18
        tails[key].close()
    store = Store.open(several.root, volumes=several.more)
    assert store.findings == []
    store.close()


def test_when_a_disk_comes_only_streams_move_to_it_and_larger_ones_take_more() -> None:
    keys = [StreamKey(f"c{n}") for n in range(600)]
    small, large, new = Volume("a" * 16, Path("/a"), 10**12), Volume("b" * 16, Path("/b"), 3 * 10**12), Volume("c" * 16, Path("/c"), 10**12)
    before = {key: Volumes([small, large]).ranked(key, 0)[0].id for key in keys}
    after = {key: Volumes([small, large, new]).ranked(key, 0)[0].id for key in keys}
    assert all(after[key] in (before[key], new.id) for key in keys)
    assert 390 < sum(place == large.id for place in before.values()) < 510
    assert 70 < sum(place == new.id for place in after.values()) < 170


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS])
async def test_a_disk_that_fails_is_left_at_once_and_costs_its_streams_one_group_of_pictures(base: Path, code: int) -> None:
    several = Several(base)
    sources = several.record(500)
    await several.running.passes(3.3)
    several.disks.code, several.disks.broken = code, several.more[0]
    hit = [key for key in KEYS if places(several.root, key)[-1] == "disk-1"]
    await several.running.passes(9)
    several.disks.broken = None
    await several.running.passes(10)
    await several.ends()
    cause = GapCause.STORAGE_FULL if code == errno.ENOSPC else GapCause.STORAGE_ERROR
    assert hit
    for key, source in sources.items():
        gaps = [(start, end, why) for start, end, why in axis(several.root, key) if why is not None]
        if key not in hit:
            assert gaps == []
            assert stored(several.root, key) == source.given
            continue
        assert {why for _, _, why in gaps} <= {cause}
        assert sum(end - start for start, end, _ in gaps) <= 25 * STEP
        found = {picture.dts for picture in stored(several.root, key)}
        missing = [picture.dts for picture in source.given if picture.dts not in found]
        assert all(any(start <= at - START < end for start, end, _ in gaps) for at in missing)
        assert len(set(places(several.root, key))) > 1
    assert not left_open(base)


async def test_a_disk_missing_at_the_start_is_reported_recorded_around_and_its_rows_stay(base: Path) -> None:
    several = Several(base)
    sources = several.record(200)
    await several.running.passes(9)
    await several.ends()
    before = {key: FootageReader(several.root).segments(key, 0, 2**53) for key in KEYS}
    several.more[0].rename(base / "unplugged")
    several.more[0].mkdir()  # what an unmounted disk leaves: an empty folder
    again = Several(base, wall=START + 20 * SECOND)
    assert any("is missing" in finding for finding in again.store.findings)
    more = again.record(200, start=START + 20 * SECOND)
    await again.running.passes(6)
    while (report := read_report(several.root)) is None or report.at < START + 20 * SECOND or report.space is None:
        await again.running.passes(1)
    assert sorted(each.state for each in report.space.volumes) == ["missing", "ok", "ok"]
    await again.running.passes(5)
    await again.ends()
    assert list(several.more[0].iterdir()) == []
    for key in KEYS:
        kept = FootageReader(several.root).segments(key, 0, START + 10 * SECOND)
        assert [segment.start for segment in kept] == [segment.start for segment in before[key]]
        assert {picture.dts for picture in more[key].given} <= {picture.dts for picture in stored(several.root, key)}
    several.more[0].rmdir()
    (base / "unplugged").rename(several.more[0])
    back = Store.open(several.root, volumes=several.more)
    assert back.findings == []
    back.close()
    for key in KEYS:
        assert stored(several.root, key) == [*sources[key].given, *more[key].given]


async def test_a_disk_unplugged_while_it_records_and_back_is_used_again(base: Path) -> None:
    several = Several(base)
    several.record(1000, size=20)
    await several.running.passes(3.3)
    hit = [key for key in KEYS if places(several.root, key)[-1] == "disk-2"]
    several.more[1].rename(base / "unplugged")
    several.more[1].mkdir()
    await several.running.passes(10)
    assert {status.state for status in several.running.recorder.status()} == {"recording"}
    assert list(several.more[1].iterdir()) == []
    several.more[1].rmdir()
    (base / "unplugged").rename(several.more[1])
    await several.running.passes(22)
    await several.ends()
    assert hit
    for key in hit:
        assert places(several.root, key)[-1] == "disk-2"
        assert {cause for _, _, cause in axis(several.root, key)} <= {None, GapCause.STORAGE_ERROR}
        lost = sum(end - start for start, end, cause in axis(several.root, key) if cause is not None)
        assert lost <= 3 * SECOND


async def test_a_disk_that_runs_full_gives_up_its_own_oldest_footage_only(base: Path) -> None:
    several = Several(base, StoreLimits(least_free_bytes=10**9, segment_seconds=2, retention_seconds=None))
    several.disks.frees = dict.fromkeys([several.root, *several.more], 2 * 10**9)
    several.record(400)
    await several.running.passes(9)
    several.disks.frees[several.more[0]] = 10**9 - 1
    await several.running.passes(6)
    await several.ends()
    reader = FootageReader(several.root)
    assert any(reader.deleted(key, 0, 2**53) for key in KEYS if places(several.root, key)[0] == "disk-1")
    assert not any(reader.deleted(key, 0, 2**53) for key in KEYS if places(several.root, key)[0] != "disk-1")


async def test_a_disk_on_which_only_held_footage_is_left_closes_none_of_the_others(base: Path) -> None:
    several = Several(base, StoreLimits(least_free_bytes=1000, segment_seconds=2))
    sources = several.record(500)
    await several.running.passes(6)
    used = {key: places(several.root, key)[-1] for key in KEYS}
    crowded = used[KEYS[0]]
    several.running.recorder.protect([Hold(f"h{n}", key.camera, START, START + 3600 * SECOND) for n, key in enumerate(KEYS)], [])
    several.disks.frees = {base / crowded: 0}
    await several.running.passes(16)
    assert not several.store.volumes.closed
    await several.ends()
    for key, source in sources.items():
        assert stored(several.root, key) == source.given
        assert axis(several.root, key) == [(0, 20 * SECOND, None)]
        assert crowded not in places(several.root, key)[-2:]


def test_folders_that_are_no_volumes_of_this_store_are_left_alone(base: Path) -> None:
    Store.open(base / "store", volumes=[base / "disk-1"]).close()
    (base / "letters").mkdir()
    (base / "letters" / "dear.txt").write_text("x")
    wrong = [base / "disk-1", base / "letters", base / "nowhere", base / "elsewhere" / "footage"]
    other = Store.open(base / "other", volumes=[*wrong, base / "other" / "inside"])
    findings = " ".join(other.findings)
    assert "another footage store" in findings
    assert "holds other things" in findings
    assert findings.count("is not there") == 2
    assert "lies within" in findings
    assert [place.root for place in other.volumes.all()] == [base / "other"]
    other.close()
    assert [path.name for path in (base / "letters").iterdir()] == ["dear.txt"]


def test_a_volume_no_longer_in_the_settings_is_read_but_takes_nothing_new(base: Path) -> None:
    Store.open(base / "store", volumes=[base / "disk-1"]).close()
    store = Store.open(base / "store")
    assert store.findings == []
    assert [(place.root.name, place.takes) for place in store.volumes.all()] == [("store", True), ("disk-1", False)]
    assert [place.root.name for place in store.volumes.ranked(KEYS[0], 0)] == ["store"]
    store.close()
    shutil.rmtree(base / "disk-1")
    store = Store.open(base / "store")
    assert any("is missing" in finding for finding in store.findings)
    store.close()


def test_a_full_volume_is_said_to_be_and_tried_again_later() -> None:
    place, other = Volume("", Path("/a")), Volume("b" * 16, Path("/b"))
    volumes = Volumes([place, other])
    volumes.failed(place, StoreFull("full"), 0)
    assert place.full
    assert volumes.ranked(KEYS[0], SECOND)[-1] is place
    assert volumes.others(other, SECOND) is False
    assert volumes.others(other, 11 * SECOND) is True
