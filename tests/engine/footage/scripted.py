"""Sources, pictures and volumes for the tests of the recorder: scripted, without a camera, a codec or a failing disk."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from citysquare.engine.clock import ManualClock
from citysquare.engine.footage.files import RealFileSystem
from citysquare.engine.model import TICKS_PER_SECOND, Break, Codec, CodedPicture, GapCause, SourceEvent, VideoParameters
from citysquare.engine.ports import WritableFile

START = 1_777_636_800 * TICKS_PER_SECOND
"""2026-05-01 12:00 UTC."""
STEP = TICKS_PER_SECOND // 25
PARAMETERS = VideoParameters(Codec.H264, 640, 360, b"\x01\x64\x00\x1f\xff\xe1\x00\x00", "avc1.64001f", 0)
OTHER = VideoParameters(Codec.H264, 1280, 720, b"\x01\x64\x00\x20\xff\xe1\x00\x00", "avc1.640020", 2)


def picture(dts: int, *, key: bool, size: int = 200, parameters: VideoParameters = PARAMETERS, shift: int = 0) -> CodedPicture:
    """A picture whose bytes are random, but the same for the same time."""
    return CodedPicture(random.Random(dts).randbytes(size), dts + shift, dts, key, parameters)


def pictures(
    count: int, *, start: int = START, gop: int = 25, size: int = 200, parameters: VideoParameters = PARAMETERS
) -> list[CodedPicture]:
    """Pictures at 25 a second, the first one a key picture and then each `gop`-th."""
    return [picture(start + n * STEP, key=n % gop == 0, size=size, parameters=parameters) for n in range(count)]


class Scripted:
    """A source that gives its events when the clock has reached them (pictures at their time, breaks at theirs), then stays silent."""

    def __init__(self, clock: ManualClock, events: Iterable[SourceEvent]) -> None:
        self.clock = clock
        self.script = list(events)
        self.given: list[CodedPicture] = []
        self.started = 0

    async def events(self) -> AsyncIterator[SourceEvent]:
        self.started += 1
        while self.script:
            event = self.script.pop(0)
            at = event.dts if isinstance(event, CodedPicture) else event.at
            if at > self.clock.wall():
                await self.clock.sleep((at - self.clock.wall()) / TICKS_PER_SECOND)
            if isinstance(event, CodedPicture):
                self.given.append(event)
            yield event
        await asyncio.get_running_loop().create_future()


def lost(cause: GapCause, at: int) -> Break:
    return Break(cause, at, "scripted")


class FailingFile:
    """A file whose writes its volume may refuse."""

    def __init__(self, file: WritableFile, volume: FaultyVolume) -> None:
        self._file = file
        self._volume = volume

    def write(self, data: bytes) -> None:
        self._volume.writes += 1
        error = self._volume.fault("write")
        if error is not None:
            self._file.write(data[: len(data) // 2])
            raise error
        self._file.write(data)

    def sync(self) -> None:
        self._volume.check("sync")
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class FaultyVolume(RealFileSystem):
    """The real files, but operations fail while `failing` says so, and a file's write leaves half of its bytes."""

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}
        self.only: Callable[[Path], bool] = lambda path: path.suffix != ".new"
        self.free: int | None = None
        self.writes = 0
        self.log: list[tuple[str, str]] = []

    def fail(self, code: int, *operations: str) -> None:
        """From now on these operations raise OSError with this errno."""
        self.failing = dict.fromkeys(operations or ("create", "write", "sync", "rename", "truncate"), code)

    def heal(self) -> None:
        self.failing = {}

    def fault(self, operation: str) -> OSError | None:
        code = self.failing.get(operation)
        return OSError(code, errno.errorcode[code]) if code is not None else None

    def check(self, operation: str) -> None:
        error = self.fault(operation)
        if error is not None:
            raise error

    def create(self, path: Path) -> WritableFile:
        self.log.append(("create", path.name))
        if not self.only(path):
            return super().create(path)
        self.check("create")
        return FailingFile(super().create(path), self)

    def rename(self, old: Path, new: Path) -> None:
        self.check("rename")
        self.log.append(("rename", new.name))
        super().rename(old, new)

    def truncate(self, path: Path, length: int) -> None:
        self.check("truncate")
        super().truncate(path, length)

    def unlink(self, path: Path) -> None:
        self.check("unlink")
        self.log.append(("unlink", path.name))
        super().unlink(path)

    def sync_folder(self, path: Path) -> None:
        self.log.append(("sync_folder", path.name))
        super().sync_folder(path)

    def free_bytes(self, path: Path) -> int:
        return super().free_bytes(path) if self.free is None else self.free
