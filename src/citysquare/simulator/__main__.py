"""The command: `python -m citysquare.simulator --cameras N --port P [--seed S] [--cache DIR] [--truth DIR] [--bind ADDRESS]`.

Prints `ready camN` when a camera can be opened. Exit status 2 with one sentence for what cannot be done; SIGTERM and Ctrl-C end it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from citysquare.simulator.broadcast import Camera, Showing, Station
from citysquare.simulator.catalogue import PLACES, catalogue
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.loops import Loop, default_cache, usable_cache
from citysquare.simulator.rtsp import Server
from citysquare.simulator.studio import Studio, programme

DIARY = "showings.jsonl"


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m citysquare.simulator", description="Serve a small simulated city as RTSP cameras.")
    parser.add_argument("--cameras", type=int, default=8, help="how many cameras, 1 to 200 (default 8)")
    parser.add_argument("--port", type=int, default=8554, help="TCP port to listen on (default 8554; 0 takes a free one)")
    parser.add_argument("--seed", type=int, default=1, help="another number gives other traffic (default 1)")
    parser.add_argument("--cache", type=Path, default=None, help="where rendered scenes are kept (default: the user's cache folder)")
    parser.add_argument("--truth", type=Path, default=None, help="folder to write the ground truth to, as JSON lines")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on; anybody who reaches it can watch (default 127.0.0.1)")
    return parser.parse_args(given)


def say(sentence: str) -> None:
    """Tell whoever started the simulator."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def cameras_of(count: int, seed: int) -> list[Camera]:
    """Make the cameras. Those past the first eight begin elsewhere in their loops."""
    made = []
    for index, camera in enumerate(catalogue(count, seed)):
        again = index // len(PLACES)
        made.append(Camera(camera.name, camera.scene, seed, start=again * 0.37 % 1.0))
    return made


def _checked(options: argparse.Namespace) -> list[Camera]:
    """Make the cameras and the truth's folder, or raise SimulatorError with what is wrong about the options."""
    if not 0 <= options.port <= 65535:
        raise SimulatorError(f"The port must be between 0 and 65535, not {options.port}.")
    try:
        cameras = cameras_of(options.cameras, options.seed)
        if options.truth:
            options.truth.mkdir(parents=True, exist_ok=True)
            (options.truth / DIARY).write_bytes(b"")  # pictures are counted from each start anew
    except ValueError as error:
        raise SimulatorError(str(error)) from error
    except OSError as error:
        raise SimulatorError(f"The folder for the ground truth cannot be made: {options.truth} ({error.strerror}).") from error
    return cameras


def _premiere(cameras: list[Camera], loop: Loop, truth: Path | None) -> None:
    """Give a finished loop to all cameras of its scene."""
    if truth:
        (truth / f"{loop.spec.scene}-{loop.spec.variant}.jsonl").write_bytes(loop.truth)
    showing = Showing.of(loop)
    for camera in cameras:
        if camera.scene == loop.spec.scene:
            new = not camera.ready
            camera.add(showing)
            if new:
                say(f"ready {camera.name}")


async def serve(options: argparse.Namespace) -> None:
    """Serve until cancelled. Raises SimulatorError."""
    cameras = _checked(options)
    station = Station(cameras, diary=options.truth / DIARY if options.truth else None)
    server = Server(station)
    port = await server.start(options.bind, options.port)
    root, warning = usable_cache(options.cache or default_cache())
    if warning:
        sys.stderr.write(warning + "\n")
    studio = Studio(root)
    say(f"serving rtsp://{options.bind}:{port}/cam1/main to /cam{len(cameras)}/sub, each camera when it is ready")
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(station.run())
            wanted = programme((camera.scene for camera in cameras), options.seed)
            group.create_task(studio.produce(wanted, lambda loop: _premiere(cameras, loop, options.truth)))
    finally:
        await server.stop()
        await studio.close()


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
    options = _arguments(given)
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
