"""A recorder in a process of its own, stopped and killed: order, sums and bytes, whatever the machine's speed."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from citysquare.engine.footage import FootageReader, Store, StoreLimits, read_status, samples
from citysquare.engine.local import NodeCamera, NodeFile, write_node_file
from citysquare.engine.model import CodedPicture, GapCause, Interval, StreamKey
from tests.engine.sources.camera import Camera, Viewer
from tests.engine.sources.clips import RATE, STEP, make_clip, payloads

CLIP = make_clip("h264")
GROUP = 10
KEY = StreamKey("gate")
SIZE = 20_000
"""Bytes of a picture: 4 Mbit/s, as a usual camera sends."""
SEND_BUFFER = 64 << 10
BACKLOG = 256 << 10
_SCRIPT = """
import asyncio, sys
from pathlib import Path
from citysquare.engine.local import record_node
asyncio.run(record_node(Path(sys.argv[1])))
"""


@dataclass
class Produced:
    """A camera that makes 25 pictures a second for ever, each of its own bytes, and drops what its client does not take in time."""

    hashes: list[bytes] = field(default_factory=list)
    sent: set[int] = field(default_factory=set)

    async def play(self, viewer: Viewer) -> None:
        transport = viewer.writer.transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        loop = asyncio.get_running_loop()
        begun, sequence, needs_key = loop.time(), 0, True
        for turn in itertools.count():
            await asyncio.sleep(max(0.0, begun + turn / RATE - loop.time()))
            number = len(self.hashes)
            picture = CLIP.pictures[number % len(CLIP.pictures)]
            nals = (*picture.nals, b"\x0c" + random.Random(number).randbytes(SIZE))  # filler data (7.4.1): a picture may carry any amount
            self.hashes.append(hashlib.sha256(b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)).digest())
            packets = list(payloads("h264", nals))
            full = transport.get_write_buffer_size() > BACKLOG
            if full or (needs_key and not picture.key):
                sequence += 0 if needs_key else len(packets)
                needs_key = True
                continue
            needs_key = False
            self.sent.add(number)
            for last, payload in ((each is packets[-1], each) for each in packets):
                sequence += 1
                header = struct.pack(">BBHII", 0x80, 0x80 * last | 96, sequence & 0xFFFF, number * STEP & 0xFFFF_FFFF, 7)
                viewer.writer.write(struct.pack(">BBH", 36, 0, len(header) + len(payload)) + header + payload)


@dataclass
class Recording:
    """The recorder's process, its camera and its store."""

    process: asyncio.subprocess.Process
    produced: Produced
    root: Path

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not what():  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.02)

    async def makes(self, more: int) -> None:
        """Wait until the camera has made `more` pictures."""
        wanted = len(self.produced.hashes) + more
        await self.until(lambda: len(self.produced.hashes) >= wanted)

    async def stores(self, more: int) -> None:
        """Wait until the camera has made `more` pictures and the recorder is at work on the newest."""
        wanted = len(self.produced.hashes) + more
        await self.until(lambda: len(self.produced.hashes) >= wanted and self.state() == "recording")

    def state(self) -> str:
        return next((status.state for status in read_status(self.root)), "none")

    async def ends(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


@asynccontextmanager
async def recording(folder: Path) -> AsyncIterator[Recording]:
    produced = Produced()
    async with Camera(CLIP, stream=produced.play).running() as camera:
        node = NodeFile(folder / "store", (NodeCamera("gate", camera.url()),), StoreLimits(least_free_bytes=0), frozenset({camera.port}))
        write_node_file(folder / "node.json", node)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SCRIPT, str(folder / "node.json"), env=environment)
        running = Recording(process, produced, node.store)
        try:
            await running.stores(2 * RATE)
            yield running
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                await running.ends(signal.SIGKILL)


def stored(root: Path) -> list[CodedPicture]:
    found = FootageReader(root).init_and_fragments(KEY, 0, 2**53)
    return [picture for fragment in found for picture in samples(fragment.init, fragment.data)]


def numbers(produced: Produced, pictures: list[CodedPicture]) -> list[int]:
    """Which of the produced pictures the stored ones are; each must be one, as it was sent."""
    known = {digest: number for number, digest in enumerate(produced.hashes)}
    return [known[hashlib.sha256(picture.data).digest()] for picture in pictures]


def axis(root: Path) -> list[Interval]:
    return FootageReader(root).captured(KEY, 0, 2**53)


def ticks(intervals: list[Interval], cause: GapCause | None) -> int:
    return sum(each.end - each.start for each in intervals if each.cause is cause)


async def told(running: Recording) -> float:
    """Let the recorder come back to its camera and end; return the seconds it says it has dropped."""
    await running.stores(3 * RATE)
    (status,) = read_status(running.root)
    await running.ends(signal.SIGTERM)
    return status.dropped_by_us_seconds


def assert_only_what_was_dropped_is_missing(running: Recording) -> None:
    found = numbers(running.produced, stored(running.root))
    assert found == sorted(set(found))
    missing = set(range(found[0], found[-1])) - set(found)
    assert missing
    assert not missing & running.produced.sent
    intervals = axis(running.root)
    assert {each.cause for each in intervals} <= {None, GapCause.NO_KEYFRAME, GapCause.DROPPED_BY_US}
    assert intervals[0].cause in (None, GapCause.NO_KEYFRAME)
    assert all(each.cause is not GapCause.NO_KEYFRAME for each in intervals[1:])
    slack = 2 * STEP * len(intervals)
    assert ticks(intervals, None) == pytest.approx(len(found) * STEP, abs=slack)
    assert ticks(intervals, GapCause.DROPPED_BY_US) == pytest.approx(len(missing) * STEP, abs=slack)


@pytest.mark.slow
async def test_what_a_stopped_recorder_misses_is_dropped_by_us_and_nothing_else_is_lost(tmp_path: Path) -> None:
    async with recording(tmp_path) as running:
        running.process.send_signal(signal.SIGSTOP)
        await running.makes(5 * RATE)
        running.process.send_signal(signal.SIGCONT)
        assert await told(running) > 0
    assert_only_what_was_dropped_is_missing(running)


@pytest.mark.slow
async def test_a_recorder_that_gets_a_tenth_of_its_time_says_what_it_dropped_and_loses_nothing_else(tmp_path: Path) -> None:
    async with recording(tmp_path) as running:
        for _ in range(5):
            for number, seconds in ((signal.SIGSTOP, 2.7), (signal.SIGCONT, 0.3)):
                running.process.send_signal(number)
                await running.makes(round(seconds * RATE))
        assert await told(running) > 0
    assert_only_what_was_dropped_is_missing(running)


async def test_a_killed_recorder_leaves_whole_pictures_in_order_up_to_its_end(tmp_path: Path) -> None:
    async with recording(tmp_path) as running:
        await running.ends(signal.SIGKILL)
        made = len(running.produced.hashes)
    Store.open(running.root).close()
    found = numbers(running.produced, stored(running.root))
    assert found == list(range(found[0], found[-1] + 1))
    assert 0 < len(found) <= made
    intervals = axis(running.root)
    assert ticks(intervals, None) == pytest.approx(len(found) * STEP, abs=STEP)
    assert intervals[-1].cause in (None, GapCause.RESTART)
