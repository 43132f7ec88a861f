"""The cameras of a soak, as a process: `python -m tools.soak.cameras FOLDER`; the folder holds `cameras.json` and takes their logs."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

from citysquare.simulator.broadcast import Showing, Station
from citysquare.simulator.faults import FaultScript, FaultyCamera
from citysquare.simulator.faults.film import pattern
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.rtsp import Server

WIDTH, HEIGHT = 320, 180


def _camera(name: str, folder: Path, script: FaultScript, first: int) -> FaultyCamera:
    camera = FaultyCamera(name, "river", 1, script=script, folder=folder)
    reel = pattern(WIDTH, HEIGHT)
    camera.add(Showing(LoopSpec("river", 0, 1, seconds=2, width=WIDTH, height=HEIGHT), reel, reel))
    camera.number = first
    return camera


async def _serve(folder: Path) -> None:
    order = json.loads((folder / "cameras.json").read_bytes())
    cameras = [_camera(name, folder, FaultScript.parse(faults), order["first"]) for name, faults in order["scripts"].items()]
    station = Station(list(cameras))
    server = Server(station)
    await server.start("127.0.0.1", order["port"])
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    showing = asyncio.create_task(station.run())
    print("ready", flush=True)
    try:
        await over.wait()
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        for camera in cameras:
            camera.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
