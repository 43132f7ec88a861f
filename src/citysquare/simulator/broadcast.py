"""What the cameras show, picture by picture: programmes of loops, one clock for all, and the listeners' bounded backlog.

Every camera counts its pictures from the moment it is ready and never starts again: RTP time runs on over the loops' seams.
All cameras share one clock task that works from absolute monotonic time, so nothing drifts; cameras are spread over the
picture's 1/15 s so that they do not all send at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from citysquare.simulator.loops import FPS, CodedStream, Loop, LoopSpec
from citysquare.simulator.rtp import CLOCK_RATE, PacketRun, Sent, packetise, sender_report, split_nal_units
from citysquare.simulator.schedule import EVENT_VARIANT

TICKS_PER_PICTURE = CLOCK_RATE // FPS
REPORT_SECONDS = 5.0
SLOTS = 5
BACKLOG_BYTES = 256 << 10
"""What a camera keeps for a listener who does not read: this much, or a second of its stream if that is more."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A loop's stream ready to send, with its parameter sets and size."""

    runs: tuple[PacketRun, ...]
    parameter_sets: tuple[bytes, bytes]
    width: int
    height: int
    shifts: tuple[int, ...] = ()
    """How much later than in coding order each picture is shown, in pictures; nothing where the orders agree (no B-frames)."""


def reel(stream: CodedStream) -> Reel:
    """Packetise a stream. Its first picture must carry SPS and PPS."""
    runs, found = [], dict[int, bytes]()
    for data, key in zip(stream.pictures, stream.keys, strict=True):
        nal_units = split_nal_units(data)
        for nal in nal_units[:2] if not found else ():
            found[nal[0] & 31] = nal
        runs.append(packetise(nal_units, key=key))
    return Reel(tuple(runs), (found[7], found[8]), stream.width, stream.height)


@dataclass(frozen=True, slots=True)
class Showing:
    """A loop ready to be shown on both streams."""

    spec: LoopSpec
    main: Reel
    sub: Reel

    @property
    def variant(self) -> int:
        """Which of the scene's loops it is."""
        return self.spec.variant

    @property
    def frames(self) -> int:
        """Pictures in it."""
        return self.spec.frames

    @classmethod
    def of(cls, loop: Loop) -> Showing:
        """Packetise both streams of a loop."""
        return cls(loop.spec, reel(loop.main), reel(loop.sub))


class Listener:
    """One client's way to one stream: addressing, reports, and giving up pictures rather than memory.

    `write` takes the bytes of one picture or report and `waiting` says how many of them have not left yet. A layer that
    harms streams on purpose can stand between this class and the connection, for it sees whole pictures only.
    """

    def __init__(
        self,
        write: Callable[[bytes | bytearray], None],
        waiting: Callable[[], int],
        channels: tuple[int, int],
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Begin with random sequence, time and source, as RFC 3550 asks; nothing is sent before a keyframe.

        `wall` is the camera's clock in seconds since 1970, for its reports.
        """
        self.write = write
        self.waiting = waiting
        self.channels = channels
        self.wall = wall
        random = Random()  # noqa: S311  # RTP wants different values for each session, not secret ones
        self.source = random.getrandbits(32)
        self.sequence = random.getrandbits(16)
        self.time_base = random.getrandbits(32)
        self.dropped = 0
        self._needs_key = True
        self._sent = Sent(0, 0)
        self._next_report = 0.0
        self._second: deque[int] = deque(maxlen=FPS)
        self._second_bytes = 0

    def needs_key(self, *, needed: bool = True) -> None:
        """Begin with a keyframe again, after a pause; or, not `needed`, with whatever comes, as careless cameras do."""
        self._needs_key = needed

    def rtp_time(self, number: int) -> int:
        """RTP time of a camera's picture by its number."""
        return (self.time_base + number * TICKS_PER_PICTURE) & 0xFFFFFFFF

    def show(self, run: PacketRun, number: int, now: float, *, shift: int = 0, skew: float | None = 0.0) -> None:
        """Send one picture, or leave it out: before the first keyframe, and from a full backlog to the next keyframe.

        `shift` is added to its RTP time, `skew` to the time of reports in seconds; None sends no reports.
        """
        bound = self._bound(len(run.template))
        if self._needs_key and not run.key:
            return
        count = len(run.offsets)
        if self.waiting() > bound:
            self._needs_key = True
            self.dropped += 1
            self.sequence += count  # what the camera could not send shows as a hole in the sequence, as with a real one
            return
        self._needs_key = False
        stamp = (self.rtp_time(number) + shift) & 0xFFFFFFFF
        if skew is not None and now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self.write(sender_report(self.channels[1], self.source, self.wall() + skew, stamp, self._sent))
        self.write(run.addressed(self.channels[0], self.sequence, stamp, self.source))
        self.sequence += count
        self._sent = Sent(self._sent.packets + count, self._sent.octets + len(run.template) - 16 * count)

    def _bound(self, size: int) -> int:
        """Take note of a picture's size; return how many bytes may wait."""
        if len(self._second) == FPS:
            self._second_bytes -= self._second[0]
        self._second.append(size)
        self._second_bytes += size
        return max(BACKLOG_BYTES, self._second_bytes)


class Wire(Protocol):
    """A listener's connection, as a camera may end it."""

    def hang_up(self) -> None:
        """End it in good order."""
        ...

    def reset(self) -> None:
        """Break it at once; what waits is lost."""
        ...


BREAK_OFF = 0
SAY_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """How a camera answers a request that it would otherwise serve."""

    status: int = 200
    """200 serves it, BREAK_OFF breaks the connection, SAY_NOTHING says nothing, anything else refuses."""
    headers: tuple[str, ...] = ()
    seconds: float = 0.0
    """How long it takes."""


USUAL = Answer()


@dataclass(slots=True)
class Camera:
    """A camera: its programme of loops, and who listens to its two streams.

    `start` puts cameras that share a scene at different places in their first loop; it is rounded to a group of pictures.
    """

    name: str
    scene: str
    seed: int
    start: float = 0.0
    number: int = 0
    showings: dict[int, Showing] = field(default_factory=dict)
    main: list[Listener] = field(default_factory=list)
    sub: list[Listener] = field(default_factory=list)
    wall: Callable[[], float] = time.time
    """The camera's own clock, seconds since 1970."""
    _showing: Showing | None = None
    _at: int = 0
    _random: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        """Give the camera its own order of loops."""
        self._random = Random(f"{self.seed}:{self.name}")  # noqa: S311  # the order must repeat with the seed

    @property
    def ready(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.showings)

    def add(self, showing: Showing) -> None:
        """Take a loop into the programme."""
        self.showings[showing.variant] = showing

    def change(self, showings: Iterable[Showing]) -> None:
        """Take a new programme; the loop that is being shown is shown to its end, so that time and pictures run on."""
        self.showings = {showing.variant: showing for showing in showings}

    @property
    def shown(self) -> LoopSpec | None:
        """The loop that is being shown."""
        return self._showing.spec if self._showing else None

    def stream(self, name: str) -> Reel:
        """Give the stream's present reel, for its description. Only for a camera that is ready."""
        showing = self._showing or next(iter(self.showings.values()))
        return showing.main if name == "main" else showing.sub

    def listeners(self, name: str) -> list[Listener]:
        """Give who listens to the stream `main` or `sub`."""
        return self.main if name == "main" else self.sub

    def answer(self, method: str) -> Answer:  # noqa: ARG002  # what a camera with faults decides by
        """Say how a request is to be answered: as is usual. A camera with faults may say otherwise."""
        return USUAL

    def join(self, name: str, listener: Listener, wire: Wire) -> None:  # noqa: ARG002  # for a camera with faults
        """Take a listener to the stream `name`; `wire` is its connection."""
        if listener not in self.listeners(name):
            self.listeners(name).append(listener)

    def close(self) -> None:
        """Put away what the camera keeps open: nothing. A camera with faults has logs."""

    def next_key(self, name: str) -> int:
        """Tell the number of the picture a new listener of the stream will see first."""
        showing = self._showing
        if showing is None:
            return self.number
        runs = (showing.main if name == "main" else showing.sub).runs
        ahead = next((index for index, run in enumerate(runs[self._at :]) if run.key), len(runs) - self._at)
        return self.number + ahead

    def tick(self, now: float) -> tuple[int, int] | None:
        """Show the next picture. Returns (variant, picture number) when a loop begins at a place other than its middle."""
        begun = None
        showing = self._showing
        if showing is None or self._at >= showing.frames:
            first = showing is None
            showing = self._showing = self._choose()
            self._at = int(self.start * showing.frames) // (2 * FPS) * 2 * FPS % showing.frames if first else 0
            begun = (showing.variant, self.number - self._at)
        self._show("main", showing.main.runs[self._at], now)
        self._show("sub", showing.sub.runs[self._at], now)
        self._at += 1
        self.number += 1
        return begun

    def _show(self, name: str, run: PacketRun, now: float) -> None:
        for listener in self.listeners(name):
            listener.show(run, self.number, now)

    def _choose(self) -> Showing:
        wanted = self._random.randrange(2)
        eventful = self.showings.get(EVENT_VARIANT)
        if eventful and (self._showing is None or self._showing.variant != EVENT_VARIANT):
            return eventful
        return self.showings.get(wanted) or self.showings[min(self.showings)]


class Station:
    """All cameras and their one clock. `diary`, when given, notes which loop began on which camera when, as JSON lines."""

    def __init__(self, cameras: list[Camera], *, diary: Path | None = None) -> None:
        """Take the cameras; they may become ready later."""
        self.cameras = {camera.name: camera for camera in cameras}
        self._slots = [cameras[slot::SLOTS] for slot in range(SLOTS)]
        self._diary = diary

    async def run(self) -> None:
        """Show pictures until cancelled. After a stall (a suspended machine) the clock starts anew instead of racing."""
        clock = asyncio.get_running_loop()
        step = 1.0 / (FPS * SLOTS)
        begin, count = clock.time(), 0
        while True:
            due = begin + count * step
            now = clock.time()
            if due > now:
                await asyncio.sleep(due - now)
            elif now - due > 2.0:
                begin, count = now, 0
            for camera in self._slots[count % SLOTS]:
                if camera.showings:
                    begun = camera.tick(now)
                    if begun and self._diary:
                        self._note(self._diary, camera, begun)
            count += 1

    @staticmethod
    def _note(diary: Path, camera: Camera, begun: tuple[int, int]) -> None:
        entry: dict[str, object] = {
            "type": "showing",
            "camera": camera.name,
            "scene": camera.scene,
            "variant": begun[0],
            "first_picture": begun[1],
            "picture": camera.number - 1,
            "unix_time": round(time.time(), 3),
        }
        spec = camera.shown
        if spec:
            entry |= {"hour": spec.hour, "weather": spec.weather, "split": spec.split, "events": spec.events, "truth": spec.truth_name}
        line = (json.dumps(entry) + "\n").encode()
        handle = os.open(diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
