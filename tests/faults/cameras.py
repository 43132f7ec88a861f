"""A street of faulty cameras and a recorder, together on a loop of virtual time and with real sockets between them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from citysquare.engine.footage import Recorder, Store, StoreLimits
from citysquare.engine.model import TICKS_PER_SECOND, StreamKey
from citysquare.engine.sources import AddressRule, RtspSource
from citysquare.engine.sources.rtsp.source import SourceStatus
from citysquare.simulator.broadcast import Showing, Station
from citysquare.simulator.faults import FaultScript, FaultyCamera, Produced
from citysquare.simulator.faults.film import pattern
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.rtsp import Server
from tests.faults.scorer import Score, kept_pictures, score
from tests.faults.virtual import VirtualClock, run

RULE = AddressRule(allow_loopback=True)
LIMITS = StoreLimits(least_free_bytes=0)
WIDTH, HEIGHT = 320, 180
LOGGED_IN = {"locks_out"}
"""Cameras that are asked with a user and a password."""
LOGIN = "admin:secret@"


def faulty(name: str, script: FaultScript, clock: VirtualClock) -> FaultyCamera:
    """A small camera with this script, ready."""
    camera = FaultyCamera(name, "river", 1, script=script, wall=lambda: clock.wall() / TICKS_PER_SECOND)
    reel = pattern(WIDTH, HEIGHT)
    camera.add(Showing(LoopSpec("river", 0, 1, seconds=2, width=WIDTH, height=HEIGHT), reel, reel))
    return camera


@dataclass(frozen=True)
class Outcome:
    """What cameras produced and what their recorder made of it."""

    root: Path
    produced: dict[str, list[Produced]]
    status: dict[str, SourceStatus]

    def score(self, name: str) -> Score:
        return score(self.produced[name], self.root, StreamKey(name))

    def time_errors(self, name: str) -> list[float]:
        """How far each stored picture is dated from when it was made, in seconds."""
        made = {hashed: picture.wall for picture in self.produced[name] for hashed in (picture.sha256, picture.sent)}
        return [kept.pts / TICKS_PER_SECOND - made[kept.sha256] for kept in kept_pictures(self.root, StreamKey(name))]


async def _film(
    clock: VirtualClock, root: Path, scripts: Mapping[str, FaultScript], seconds: float, steps: Sequence[tuple[float, float]]
) -> Outcome:
    made = {name: faulty(name, script, clock) for name, script in scripts.items()}
    station = Station(list(made.values()))
    server = Server(station)
    port = await server.start("127.0.0.1", 0)
    store = Store.open(root)
    recorder = Recorder(store, clock=clock, limits=LIMITS)
    sources = {
        name: RtspSource(f"rtsp://{LOGIN if name in LOGGED_IN else ''}127.0.0.1:{port}/{name}/main", clock=clock, rule=RULE)
        for name in made
    }
    for name, source in sources.items():
        recorder.add(StreamKey(name), source)
    stop = asyncio.Event()
    recording = asyncio.create_task(recorder.run(stop))
    await clock.sleep(1.0)
    showing = asyncio.create_task(station.run())
    begun = clock.monotonic()
    for at, step in steps:
        await clock.sleep(begun + at - clock.monotonic())
        clock.step_wall(step)
    await clock.sleep(begun + seconds - clock.monotonic())
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await clock.sleep(0.2)
    stop.set()
    await recording
    await server.stop()
    store.close()
    return Outcome(root, {n: c.logs["main"].pictures for n, c in made.items()}, {n: s.status() for n, s in sources.items()})


def film(root: Path, scripts: Mapping[str, FaultScript], seconds: float, *, steps: Sequence[tuple[float, float]] = ()) -> Outcome:
    """Let cameras with these scripts run for so long under the eyes of a recorder.

    `steps` are pairs of seconds: when the machine's own clock is set, and by how much.
    """
    random.seed(1)  # what spreads reconnects repeats itself
    return run(lambda clock: _film(clock, root, scripts, seconds, steps))
