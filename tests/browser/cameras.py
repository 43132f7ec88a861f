"""A process that serves small simulated cameras over RTSP: `python cameras.py PORT FIRST LAST [ONVIF]`.

They are /camFIRST/main to /camLAST/sub. On the port ONVIF they answer as ONVIF devices too; searches they leave to others.
"""

from __future__ import annotations

import asyncio
import sys

from citysquare.simulator.broadcast import Camera, Showing, Station
from citysquare.simulator.film import film
from citysquare.simulator.loops import LoopSpec
from citysquare.simulator.onvif import OnvifTown
from citysquare.simulator.rtsp import Server

SCENES = ("market", "bus_stop", "bridge")


async def serve(port: int, numbers: range, onvif_port: int | None) -> None:
    """Serve until the process is ended. Prints `ready` when the cameras can be opened."""
    cameras = [Camera(f"cam{number}", SCENES[number % len(SCENES)], 1) for number in numbers]
    for scene in {camera.scene for camera in cameras}:
        showing = Showing.of(film(LoopSpec(scene, 0, 1, seconds=4, width=640, height=360)))
        for camera in cameras:
            if camera.scene == scene:
                camera.add(showing)
    station = Station(cameras)
    await Server(station).start("127.0.0.1", port)
    if onvif_port is not None:
        await OnvifTown(cameras, port).start("127.0.0.1", onvif_port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await station.run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), range(int(sys.argv[2]), int(sys.argv[3]) + 1), int(sys.argv[4]) if len(sys.argv) > 4 else None))
