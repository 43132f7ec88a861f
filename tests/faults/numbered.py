"""Cameras whose every picture carries its name and number, and the account of what became of each picture.

For tests of whole processes: nothing here goes by how long something took. A picture that was produced is stored, bit for bit and in its
place, or the ledger has a gap between the stored pictures before and after it.
"""

from __future__ import annotations

import asyncio
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from citysquare.engine.footage import FootageReader, samples
from citysquare.engine.model import CodedPicture, GapCause, Interval, StreamKey
from citysquare.simulator.broadcast import Camera, Reel, Showing, Station
from citysquare.simulator.encoder import Encoder
from citysquare.simulator.loops import FPS, LoopSpec
from citysquare.simulator.rtp import packetise, split_nal_units
from citysquare.simulator.rtsp import Server

GROUP = FPS
_FOR_EVER = 2**53
_MARK = b"citysquare-tests"
_SUPPLEMENT = 6


@cache
def coded() -> tuple[tuple[bytes, ...], ...]:
    """NAL units of two groups of real pictures, one second each: the first with the parameter sets in front."""
    encoder = Encoder(320, 180, group=GROUP, kilobits=200, quality=35)
    y, x = np.mgrid[0:180, 0:320]
    for number in range(2 * GROUP):
        grey = ((x * 3 + y * 2 + number * 7) % 256).astype(np.uint8)
        encoder.add(grey, grey[::2, ::2], 255 - grey[::2, ::2])
    return tuple(tuple(split_nal_units(picture)) for picture in encoder.finish().pictures)


def units_of(camera: str, number: int, padding: int = 0) -> tuple[bytes, ...]:
    """Return the NAL units of a camera's picture: a coded one with its name in supplemental information before the slice.

    The message is of user data (ITU-T H.264 annex D.1.6), and free of zeros, so that nothing in it needs escaping.
    """
    units = coded()[number % len(coded())]
    text = _MARK + f"{camera}:{number}:".encode() + b"x" * padding
    supplement = bytes((_SUPPLEMENT, 5)) + b"\xff" * (len(text) // 255) + bytes((len(text) % 255,)) + text + b"\x80"
    at = next(index for index, unit in enumerate(units) if unit[0] & 31 in {1, 5})
    return (*units[:at], supplement, *units[at:])


def as_stored(camera: str, number: int, padding: int = 0) -> bytes:
    """Return a picture as a recorder must keep it: each NAL unit behind its length."""
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units_of(camera, number, padding))


def number_in(data: bytes) -> int:
    """Return the number that a stored picture carries. Raises ValueError."""
    at = data.index(_MARK)
    return int(data[at + len(_MARK) : at + len(_MARK) + 100].split(b":")[1])


@dataclass(slots=True)
class NumberedCamera(Camera):
    """A camera of the simulator that shows numbered pictures for ever, on both streams."""

    padding: int = 0

    def __post_init__(self) -> None:
        """Describe itself with the first picture."""
        units = coded()[0]
        reel = Reel((packetise(units, key=True),), (units[0], units[1]), 320, 180)
        self.showings = {0: Showing(LoopSpec("river", 0, 1, seconds=2, width=320, height=180), reel, reel)}

    def next_key(self, name: str) -> int:
        """The next group's first picture."""
        del name
        return -(-self.number // GROUP) * GROUP

    def tick(self, now: float) -> None:
        """Produce the next picture, whether anybody listens or not."""
        listeners = [*self.main, *self.sub]
        if listeners:
            run = packetise(units_of(self.name, self.number, self.padding), key=self.number % GROUP == 0)
            for listener in listeners:
                listener.show(run, self.number, now)
        self.number += 1


@dataclass(slots=True)
class Cameras:
    """Cameras on an event loop of their own, in a thread."""

    port: int
    cameras: dict[str, NumberedCamera]

    def url(self, name: str) -> str:
        """The address of a camera."""
        return f"rtsp://127.0.0.1:{self.port}/{name}/main"

    def produce(self, pictures: int) -> None:
        """Wait until each camera has produced so many more pictures."""
        goals = [(camera, camera.number + pictures) for camera in self.cameras.values()]
        while not all(camera.number >= goal for camera, goal in goals):
            time.sleep(0.02)


@contextmanager
def cameras(names: Sequence[str], *, padding: int = 0) -> Iterator[Cameras]:
    """Serve numbered cameras until the end of the block."""
    made = [NumberedCamera(name, "river", 1, padding=padding) for name in names]
    ready = threading.Event()
    served: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        server, over = Server(Station(list(made))), asyncio.Event()
        station = Station(list(made))
        port = await server.start("127.0.0.1", 0)
        showing = asyncio.ensure_future(station.run())
        served.append((port, asyncio.get_running_loop(), over))
        ready.set()
        await over.wait()
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="cameras", daemon=True)
    thread.start()
    assert ready.wait(60)
    port, loop, over = served[0]
    try:
        yield Cameras(port, {camera.name: camera for camera in made})
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one camera's pictures."""

    stored: tuple[int, ...]
    """Numbers, in order."""
    missing: tuple[int, ...]
    """Numbers between the first and the last stored one that are not; each lies in a gap."""
    causes: Counter[GapCause] = field(compare=False)
    """How many gaps of each cause lie behind the first stored picture."""
    axis: tuple[Interval, ...] = field(compare=False, repr=False)


def account(root: Path, camera: str, *, padding: int = 0, folder: str | None = None) -> Account:
    """Compare what is stored with what was produced; asserts that nothing is altered, doubled, out of order or missing without a gap."""
    key = StreamKey(folder or camera)
    reader = FootageReader(root)
    found = [picture for fragment in reader.init_and_fragments(key, 0, _FOR_EVER) for picture in samples(fragment.init, fragment.data)]
    numbers = [_checked(camera, picture, padding) for picture in found]
    assert numbers == sorted(set(numbers)), f"{camera}: pictures are doubled or out of order"
    axis = reader.captured(key, 0, _FOR_EVER)
    for before, after in pairwise(axis):
        assert before.end == after.start, f"{camera}: the ledger has a hole"
    stored = [interval for interval in axis if interval.cause is None]
    for picture, number in zip(found, numbers, strict=True):
        assert any(i.start <= picture.dts < i.end for i in stored), f"{camera}: picture {number} is stored, and the ledger denies it"
    missing: list[int] = []
    for (a, one), (b, two) in pairwise(zip(found, numbers, strict=True)):
        gap = any(i.cause is not None and i.start < b.dts and i.end > a.dts for i in axis)
        assert gap or two == one + 1, f"{camera}: pictures {one + 1} to {two - 1} are missing without a gap"
        missing += range(one + 1, two)
    begun = found[0].dts if found else _FOR_EVER
    causes = Counter(i.cause for i in axis if i.cause is not None and i.end > begun)
    return Account(tuple(numbers), tuple(missing), causes, tuple(axis))


def _checked(camera: str, picture: CodedPicture, padding: int) -> int:
    number = number_in(picture.data)
    assert picture.data == as_stored(camera, number, padding), f"{camera}: picture {number} was altered"
    return number
