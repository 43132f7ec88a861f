"""A recorder at work whose cameras' key is lost: it goes on with what it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from citysquare.engine.footage import StoreLimits, read_status
from citysquare.engine.local import NodeCamera, NodeFile, record_node, write_node_file
from tests.engine.live import live
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip


def recording(store: Path) -> set[str]:
    return {status.key.camera for status in read_status(store) if status.state == "recording"}


async def until(what: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - what is waited for happens on disk
            await asyncio.sleep(0.05)


async def test_a_camera_whose_password_no_key_opens_any_more_is_recorded_on(tmp_path: Path) -> None:
    path, store = tmp_path / "node.json", tmp_path / "store"
    async with Camera(make_clip(), stream=live).running() as camera:

        def node(*cameras: NodeCamera) -> NodeFile:
            return NodeFile(store, cameras, StoreLimits(budget_bytes=10**9, least_free_bytes=0), frozenset({camera.port}))

        whole = camera.url().replace("rtsp://", "rtsp://viewer:secret-1@")
        write_node_file(path, node(NodeCamera("first", whole)))
        stop = asyncio.Event()
        task = asyncio.ensure_future(record_node(path, stop=stop))
        await until(lambda: "first" in recording(store))
        write_node_file(path, node(NodeCamera("first", camera.url(), locked=True), NodeCamera("second", camera.url("/other"))))
        await until(lambda: "second" in recording(store))
        turns = [method for method in camera.methods if method in {"PLAY", "TEARDOWN"}]
        stop.set()
        await task
    assert turns == ["PLAY", "PLAY"], "the first camera's connection was left as it was"
