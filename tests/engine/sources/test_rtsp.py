"""Cameras are read over RTSP as they are: pictures bit-exact, trouble told with its cause and in a sentence."""

from __future__ import annotations

from itertools import pairwise

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.errors import BadAddress, Garbled, NoVideo, Refused, Stalled, Unreachable
from citysquare.engine.model import GapCause
from citysquare.engine.sources import AddressRule, RtspSource
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip
from tests.engine.sources.watching import SECRET, breaks, collect, first_trouble, pictures

H264 = make_clip("h264")
H265 = make_clip("h265")


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("sets_in_sdp", [True, False])
async def test_every_picture_arrives_bit_exact_and_in_time(codec: str, b_frames: int, sets_in_sdp: bool) -> None:
    clip = make_clip(codec, b_frames=b_frames, frames=24)
    async with Camera(clip, sets_in_sdp=sets_in_sdp).running() as camera:
        events, source = await collect(camera, 24)
        await camera.until(lambda: camera.methods[-1] == "TEARDOWN")
    got = pictures(events)
    assert [picture.data for picture in got] == clip.stored
    assert [picture.key for picture in got] == [picture.key for picture in clip.pictures]
    assert all(a.dts < b.dts for a, b in pairwise(got))
    assert all(picture.pts >= picture.dts for picture in got)
    origin = got[0].pts - clip.pictures[0].pts
    assert all(abs(ours.pts - theirs.pts - origin) <= 90 for ours, theirs in zip(got, clip.pictures, strict=True))
    assert {(picture.parameters.width, picture.parameters.height) for picture in got} == {(320, 192)}
    assert source.status().pictures == 24
    assert camera.methods[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]


@pytest.mark.parametrize("login", ["basic", "md5", "old-md5", "md5-sess", "sha-256"])
async def test_a_camera_with_a_login_lets_the_right_user_in_and_tells_a_wrong_one(login: str) -> None:
    async with Camera(H264, login=login).running() as camera:
        events, _ = await collect(camera, 5, user=SECRET)
        assert len(pictures(events)) == 5
        wrong = await first_trouble(camera, "admin:secret")
        nobody = await first_trouble(camera)
    assert isinstance(wrong, Refused)
    assert wrong.message == f"The camera at 127.0.0.1:{camera.port} refused the user name or password."
    assert "secret" not in wrong.message
    assert nobody.message == f"127.0.0.1:{camera.port} asks for a user name and a password."


async def test_a_wrong_password_is_tried_once_a_connection() -> None:
    async with Camera(H264, login="md5").running() as camera:
        await first_trouble(camera, "admin:secret")
    assert sum("authorization" in headers for _, _, headers in camera.asked) == 1


async def test_a_nonce_grown_old_is_renewed() -> None:
    async with Camera(H264, login="md5", stale_after=1).running() as camera:
        events, _ = await collect(camera, 5, user=SECRET)
    assert len(pictures(events)) == 5


async def test_credentials_travel_in_no_request_line() -> None:
    async with Camera(H264, login="sha-256").running() as camera:
        await collect(camera, 5, user=SECRET)
    assert all("admin" not in target for _, target, _ in camera.asked)


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        (None, "trackID=1", "rtsp://127.0.0.1:{port}/live/trackID=1"),
        ("", "trackID=1", "rtsp://127.0.0.1:{port}/live/trackID=1"),
        ("rtsp://10.1.1.1/other/", "trackID=1", "rtsp://10.1.1.1/other/trackID=1"),
        (None, "rtsp://10.2.2.2/abs", "rtsp://10.2.2.2/abs"),
        (None, "*", "rtsp://127.0.0.1:{port}/live/"),
    ],
)
async def test_control_addresses_are_joined_as_cameras_expect(base: str | None, control: str, expected: str) -> None:
    async with Camera(H264, content_base=base, control=control).running() as camera:
        await collect(camera, 1)
    assert next(target for method, target, _ in camera.asked if method == "SETUP") == expected.format(port=camera.port)


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "does not allow"), (404, "no stream called /live"), (453, "no bandwidth or session"), (503, "too busy"), (406, "answer 406")],
)
async def test_a_camera_that_says_no_is_understood(status: int, words: str) -> None:
    async with Camera(H264, refuse={"DESCRIBE": status}).running() as camera:
        trouble = await first_trouble(camera)
        events, _ = await collect(camera, 1)
    assert isinstance(trouble, Refused)
    assert words in trouble.message
    assert breaks(events)[0].cause is GapCause.REFUSED


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("m=audio 0 RTP/AVP 8\r\na=control:1\r\n", "sound but no video"),
        ("m=video 0 RTP/AVP 26\r\na=control:1\r\n", "as JPEG; set this stream to H.264 or H.265"),
        ("m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", "as MP4V-ES; set this stream"),
        ("m=application 0 RTP/AVP 107\r\n", "carries no video"),
    ],
)
async def test_a_stream_without_a_video_we_can_record_says_what_to_set(lines: str, words: str) -> None:
    async with Camera(H264, sdp=f"v=0\r\ns=x\r\n{lines}").running() as camera:
        trouble = await first_trouble(camera)
    assert isinstance(trouble, NoVideo)
    assert words in trouble.message


@pytest.mark.parametrize(
    "noise",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x16\x03\x01\x00\xff\x01\x00",
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 4000,
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 100 + b"\r\n",
    ],
)
async def test_what_does_not_speak_rtsp_is_garbled(noise: bytes) -> None:
    async with Camera(H264, noise=noise).running() as camera:
        trouble = await first_trouble(camera)
    assert isinstance(trouble, Garbled)
    assert trouble.message.endswith(".")


async def test_nobody_there_is_unreachable() -> None:
    async with Camera(H264).running() as camera:
        pass
    trouble = await first_trouble(camera)
    assert isinstance(trouble, Unreachable)
    assert f"127.0.0.1:{camera.port}" in trouble.message
    assert "nothing listens" in trouble.message


async def test_a_camera_that_answers_nothing_is_stalled() -> None:
    async with Camera(H264, mute="DESCRIBE").running() as camera:
        trouble = await first_trouble(camera)
    assert isinstance(trouble, Stalled)
    assert "DESCRIBE" in trouble.message


async def test_a_redirect_is_followed_and_checked() -> None:
    async with Camera(H264).running() as camera, Camera(H264).running() as first:
        first.redirect = camera.url("/elsewhere")
        events, _ = await collect(first, 3)
        assert len(pictures(events)) == 3
        first.redirect = "rtsp://169.254.169.254/"
        assert isinstance(await first_trouble(first), BadAddress)
        first.redirect = "http://127.0.0.1/"
        assert isinstance(await first_trouble(first), BadAddress)
        first.redirect = first.url()
        assert isinstance(await first_trouble(first), Refused)


async def test_a_redirect_elsewhere_gets_no_password() -> None:
    async with Camera(H264, login="basic").running() as other, Camera(H264, login="basic").running() as first:
        first.redirect = other.url()
        trouble = await first_trouble(first, SECRET)
    assert isinstance(trouble, Refused)
    assert all("authorization" not in headers for _, _, headers in other.asked)


def test_a_forbidden_address_is_refused_before_anything_is_opened() -> None:
    for url in ("http://camera/", "rtsp://127.0.0.1/", "rtsp://camera/\r\n"):
        with pytest.raises(BadAddress):
            RtspSource(url, clock=ManualClock(), rule=AddressRule())
