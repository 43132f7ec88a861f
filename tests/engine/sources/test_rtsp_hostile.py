"""A camera that means harm: what it sends costs its own stream a break, and the loop all cameras share next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from citysquare.engine.errors import BadAddress, Garbled
from citysquare.engine.model import Break, Codec, CodedPicture
from citysquare.engine.sources import ParameterSets, RtspSource
from citysquare.engine.sources.rtp import Damage, Depacketiser
from citysquare.engine.sources.rtsp import auth
from tests.engine.sources.camera import Camera, Viewer
from tests.engine.sources.clips import make_clip
from tests.engine.sources.watching import RULE, Eager, collect, first_trouble, moving

H264 = make_clip("h264")


def cost_of(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


@pytest.mark.parametrize(
    ("codec", "head"), [(Codec.H264, b"\x67"), (Codec.H264, b"\x68"), (Codec.H265, b"\x42\x01")], ids=["sps", "pps", "h265-sps"]
)
def test_a_huge_parameter_set_is_refused_without_being_read(codec: Codec, head: bytes) -> None:
    sets = ParameterSets(codec)

    def offered(size: int) -> None:
        with pytest.raises(Garbled, match="none needs so many"):
            sets.offer(head + b"\0\0\3\1" * size)

    offered(2000)
    assert cost_of(lambda: offered(2_000_000)) < 100 * (cost_of(lambda: offered(2000)) + 1e-3)


def test_a_long_word_in_a_challenge_costs_no_more_than_its_length() -> None:
    def read(letters: int) -> None:
        auth.parse_challenges(["Digest " + "a" * letters])

    assert cost_of(lambda: read(16_000)) < 50 * (cost_of(lambda: read(1000)) + 1e-3)


def test_a_challenge_is_still_read_after_a_long_word() -> None:
    (found,) = auth.parse_challenges(['Digest aaaa realm="x",nonce=y'])
    assert found.fields == {"realm": "x", "nonce": "y"}


@pytest.mark.parametrize("header", ["", " ", ",", '=realm="x"', "\0"])
def test_a_challenge_that_names_no_scheme_is_none(header: str) -> None:
    assert auth.parse_challenges([header]) == []


async def test_a_number_of_thousands_of_digits_is_no_fault_of_ours() -> None:
    async with Camera(H264, sdp=f"v=0\r\nm=video 0 RTP/AVP {'9' * 5000} 96\r\na=rtpmap:96 H264/90000\r\n").running() as camera:
        events, _ = await collect(camera, 1)
    assert isinstance(events[0], CodedPicture)


@pytest.mark.parametrize("channels", ["0" * 4000 + "1-2", "0001999-3", "256-257", "²-3"])
async def test_a_channel_that_does_not_exist_is_garbled(channels: str) -> None:
    async with Camera(H264, transport=f"RTP/AVP/TCP;unicast;interleaved={channels}").running() as camera:
        assert isinstance(await first_trouble(camera), Garbled)


async def test_silence_is_noticed_also_when_the_camera_names_an_absurd_channel_for_reports() -> None:
    clock = Eager()
    interleaved = "RTP/AVP/TCP;unicast;interleaved=0-00001999"
    async with Camera(H264, transport=interleaved, stream=slowly_then_silence, clock=clock).running() as camera:
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        async with moving(clock), aclosing(source.events()) as stream:
            async for event in stream:
                if isinstance(event, Break):
                    assert "sent no picture" in event.detail
                    break


async def slowly_then_silence(viewer: Viewer) -> None:
    """Play for longer than the first receiver report takes, then say nothing."""
    await viewer.send_clip(viewer.camera.clip, last=5)
    for number in range(1, 5):
        await viewer.camera.time_to_pass(2.0)
        await viewer.send_clip(viewer.camera.clip, first=5 * number, last=5 * number + 5)


async def test_a_base_that_is_no_address_is_passed_over() -> None:
    async with Camera(H264, content_base="//[").running() as camera:
        events, _ = await collect(camera, 1)
    assert isinstance(events[0], CodedPicture)


async def test_a_redirect_that_is_no_address_is_refused() -> None:
    async with Camera(H264, redirect="//[").running() as camera:
        assert isinstance(await first_trouble(camera), BadAddress)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_an_empty_packet_at_the_very_end_of_the_buffer_is_damage(codec: Codec) -> None:
    buffer = bytearray(b"\x80\x60" + bytes(10))
    depacketiser = Depacketiser(ParameterSets(codec), 96)
    depacketiser.packet(buffer, memoryview(buffer), 0, len(buffer))
    assert [type(unit) for unit in depacketiser.units] == [Damage]
