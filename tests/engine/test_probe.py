"""A short look at a camera, for "test with picture"."""

from __future__ import annotations

import asyncio

import cv2
import numpy as np
import pytest

from citysquare.engine.clock import ManualClock, SystemClock
from citysquare.engine.errors import BadAddress, NoVideo, Refused, SourceError, Unreachable
from citysquare.engine.probe import Probe, probe
from citysquare.engine.sources import AddressRule
from tests.engine.live import live
from tests.engine.sources.camera import Camera, Viewer
from tests.engine.sources.clips import make_clip

RULE = AddressRule(allow_loopback=True)


async def look(camera: Camera, user: str = "") -> Probe:
    return await probe(camera.url(user=user), rule=RULE, clock=SystemClock())


@pytest.mark.parametrize("codec", ["h264", "h265"])
async def test_a_camera_shows_its_picture_size_and_rate(codec: str) -> None:
    async with Camera(make_clip(codec)).running() as camera:
        shown = await look(camera)
    assert (shown.parameters.width, shown.parameters.height) == (320, 192)
    assert shown.fps == 25.0
    assert shown.jpeg is not None
    picture = cv2.imdecode(np.frombuffer(shown.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (192, 320, 3)


async def test_the_camera_is_left_at_once() -> None:
    async with Camera(make_clip(), stream=live).running() as camera:
        await look(camera)
        await camera.until(lambda: "TEARDOWN" in camera.methods)
    assert camera.connections == 1


async def test_a_wrong_password_is_told_in_a_sentence_that_does_not_hold_it() -> None:
    async with Camera(make_clip(), login="md5").running() as camera:
        with pytest.raises(Refused, match="user name or password") as refused:
            await look(camera, "admin:secret")
    assert "secret" not in refused.value.message


async def test_a_camera_without_video_is_told_apart() -> None:
    async with Camera(make_clip(), sdp="v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:trackID=0\r\n").running() as camera:
        with pytest.raises(NoVideo):
            await look(camera)


async def test_forbidden_addresses_are_never_connected_to() -> None:
    for url in ("http://10.0.0.1/", "rtsp://127.0.0.1/live", "rtsp://[::1]:554/live", "rtsp://169.254.1.1/"):
        with pytest.raises(BadAddress):
            await probe(url, rule=AddressRule(), clock=SystemClock())


async def test_where_nothing_listens_it_is_unreachable() -> None:
    camera = Camera(make_clip())
    async with camera.running():
        pass
    with pytest.raises(Unreachable):
        await look(camera)


async def silent(_viewer: Viewer) -> None:
    """Play nothing."""


async def test_a_camera_that_sends_no_picture_is_given_up_in_time() -> None:
    clock = ManualClock()
    async with Camera(make_clip(), stream=silent).running() as camera:
        looking = asyncio.ensure_future(probe(camera.url(), rule=RULE, clock=clock, timeout=2.0))
        await camera.until(lambda: "PLAY" in camera.methods)
        await clock.run_for(3.0)
        with pytest.raises(SourceError, match=r"no picture|nothing"):
            await looking


async def test_few_pictures_still_show_something() -> None:
    sent = asyncio.Event()

    async def few(viewer: Viewer) -> None:
        await viewer.send_clip(viewer.camera.clip, last=3)
        sent.set()

    clock = ManualClock()
    async with Camera(make_clip(), stream=few).running() as camera:
        looking = asyncio.ensure_future(probe(camera.url(), rule=RULE, clock=clock, timeout=2.0))
        await sent.wait()
        await asyncio.sleep(0.3)  # the network of this machine is no part of the clock
        await clock.run_for(2.5)
        shown = await looking
    assert shown.jpeg is not None
    assert shown.fps is None
