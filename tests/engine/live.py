"""Cameras that play at the pace of life, for tests of whole processes."""

from __future__ import annotations

import asyncio

from tests.engine.sources.camera import Viewer
from tests.engine.sources.clips import RATE, STEP, packets_of


async def live(viewer: Viewer) -> None:
    """Send the camera's clip again and again, a picture at its time."""
    clip = viewer.camera.clip
    loop = asyncio.get_running_loop()
    began, sent, sequence = loop.time(), 0, 0
    while True:
        for packets in packets_of(clip, sequence=sequence, rtp_time=sent * STEP):
            await viewer.send(packets)
            sent += 1
            sequence += len(packets)
            await asyncio.sleep(max(0.0, began + sent / RATE - loop.time()))
