"""The command: `python -m citysquare.simulator --cameras N --port P`; `--help` lists the options.

Prints `ready camN` when a camera can be opened. Exit status 2 with one sentence for what cannot be done; SIGTERM and Ctrl-C end it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from citysquare.simulator.broadcast import Camera, Showing, Station
from citysquare.simulator.catalogue import catalogue
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.loops import Loop, LoopSpec, default_cache, usable_cache
from citysquare.simulator.options import cameras_wanted, read, schedule_of
from citysquare.simulator.rtsp import Server
from citysquare.simulator.scenario import Scenario
from citysquare.simulator.schedule import Programme, Schedule
from citysquare.simulator.studio import Studio

DIARY = "showings.jsonl"


def say(sentence: str) -> None:
    """Tell whoever started the simulator."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def cameras_of(count: int, seed: int) -> list[Camera]:
    """Make the cameras. Those whose scene was there before begin elsewhere in their loops."""
    return [Camera(name, scene, seed, start=start) for name, scene, start in _places(count, seed)]


def _places(count: int, seed: int) -> Iterator[tuple[str, str, float]]:
    times = Counter[str]()
    for camera in catalogue(count, seed):
        yield camera.name, camera.scene, times[camera.scene] * 0.37 % 1.0
        times[camera.scene] += 1


def _cameras(options: argparse.Namespace) -> list[Camera]:
    """Make the cameras asked for, with their faults. Raises SimulatorError, ValueError for a number that cannot be, and OSError."""
    count = cameras_wanted(options)
    if options.faults is None and not options.fault and options.produced is None:
        return cameras_of(count, options.seed)
    from citysquare.simulator.faults import FaultyCamera  # noqa: PLC0415  # only who asks for faults loads the coder
    from citysquare.simulator.faults.script import ANY_CAMERA, scripts_of  # noqa: PLC0415  # as above

    scripts = scripts_of(options.faults, options.fault)
    if options.produced:
        options.produced.mkdir(parents=True, exist_ok=True)
    places = list(_places(count, options.seed))
    unknown = scripts.keys() - {name for name, _, _ in places} - {ANY_CAMERA}
    if unknown:
        raise SimulatorError(f"There is no camera {min(unknown)[:40]} for its faults; there are cam1 to cam{count}.")
    usual = scripts.get(ANY_CAMERA)
    return [
        FaultyCamera(name, scene, options.seed, start=start, script=scripts.get(name, usual), folder=options.produced, keeps=False)
        for name, scene, start in places
    ]


def _checked(options: argparse.Namespace) -> tuple[list[Camera], Schedule]:
    """Make the cameras, the schedule and the truth's folder, or raise SimulatorError with what is wrong about the options."""
    for port in (options.port, options.onvif_port or 0):
        if not 0 <= port <= 65535:
            raise SimulatorError(f"The port must be between 0 and 65535, not {port}.")
    try:
        cameras = _cameras(options)
        schedule = schedule_of(options, datetime.now().astimezone())
        if options.truth:
            options.truth.mkdir(parents=True, exist_ok=True)
            (options.truth / DIARY).write_bytes(b"")  # pictures are counted from each start anew
    except ValueError as error:
        raise SimulatorError(str(error)) from error
    except OSError as error:
        raise SimulatorError(f"The folder cannot be made: {error.filename} ({error.strerror}).") from error
    if isinstance(schedule, Scenario):
        for camera, scene in zip(cameras, schedule.cameras, strict=False):
            camera.scene = scene
    return cameras, schedule


class Director:
    """Brings the programmes of a schedule to the cameras, each rendered while the one before is shown."""

    def __init__(self, cameras: list[Camera], schedule: Schedule, studio: Studio, truth: Path | None) -> None:
        """Take what is to be directed."""
        self._cameras, self._schedule, self._studio, self._truth = cameras, schedule, studio, truth

    async def run(self) -> None:
        """Show programme after programme, until one is shown for good or this is cancelled."""
        clock = asyncio.get_running_loop()
        now = self._schedule.programme(0)
        due = clock.time()
        await self._studio.produce(now.wanted(), partial(self._premiere, now))
        number = 0
        while now.lasts is not None:
            number += 1
            following = self._schedule.programme(number)
            ahead: dict[LoopSpec, Showing] = {}
            await self._studio.produce(following.wanted(), partial(self._keep, ahead))
            due += now.lasts
            await asyncio.sleep(due - clock.time())
            for camera, loops in zip(self._cameras, following.loops, strict=False):
                camera.change(ahead[spec] for spec in loops)
            now = following

    def _premiere(self, programme: Programme, loop: Loop) -> None:
        """Give a finished loop at once to all cameras that are to show it."""
        showing = self._export(loop)
        for camera, loops in zip(self._cameras, programme.loops, strict=False):
            if loop.spec in loops:
                new = not camera.ready
                camera.add(showing)
                if new:
                    say(f"ready {camera.name}")

    def _keep(self, ahead: dict[LoopSpec, Showing], loop: Loop) -> None:
        ahead[loop.spec] = self._export(loop)

    def _export(self, loop: Loop) -> Showing:
        if self._truth:
            (self._truth / loop.spec.truth_name).write_bytes(loop.truth)
        return Showing.of(loop)


async def serve(options: argparse.Namespace) -> None:
    """Serve until cancelled. Raises SimulatorError."""
    cameras, schedule = _checked(options)
    station = Station(cameras, diary=options.truth / DIARY if options.truth else None)
    server = Server(station)
    port = await server.start(options.bind, options.port)
    root, warning = usable_cache(options.cache or default_cache())
    if warning:
        sys.stderr.write(warning + "\n")
    studio = Studio(root)
    say(f"serving rtsp://{options.bind}:{port}/cam1/main to /cam{len(cameras)}/sub, each camera when it is ready")
    try:
        async with _onvif(options, cameras, port), asyncio.TaskGroup() as group:
            group.create_task(station.run())
            group.create_task(Director(cameras, schedule, studio, options.truth).run())
    finally:
        await server.stop()
        await studio.close()
        for camera in cameras:
            camera.close()


@asynccontextmanager
async def _onvif(options: argparse.Namespace, cameras: list[Camera], rtsp_port: int) -> AsyncIterator[None]:
    """Answer as ONVIF devices too, where that is asked for."""
    if options.onvif_port is None:
        yield
        return
    from citysquare.simulator.onvif import OnvifTown  # noqa: PLC0415  # 32 MB that only this option needs

    town = OnvifTown(cameras, rtsp_port)
    port = await town.start(options.bind, options.onvif_port)
    found = await town.be_found(options.bind, port)
    say(
        f"answering at http://{options.bind}:{port}/cam1/onvif/device_service"
        + ("" if found else "; searches are answered by another program")
    )
    try:
        yield
    finally:
        await town.stop()


async def _until_told(options: argparse.Namespace) -> None:
    task = asyncio.ensure_future(serve(options))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


def main(given: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = read(given)
    status = 0
    try:
        asyncio.run(_until_told(options))
    except* SimulatorError as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        sys.stderr.write(f"{first}\n")
        status = 2
    return status


if __name__ == "__main__":
    raise SystemExit(main())
