"""Cameras misbehave: what is whole is kept, what is not is told with its cause."""

from __future__ import annotations

import asyncio
import struct
from contextlib import aclosing
from itertools import pairwise
from typing import cast

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.engine.model import Break, CodedPicture, GapCause
from citysquare.engine.sources import RtspSource
from tests.engine.sources.camera import Camera, Viewer
from tests.engine.sources.clips import Clip, make_clip, packets_of
from tests.engine.sources.watching import PATIENCE, RULE, Eager, breaks, collect, moving, pictures

H264 = make_clip("h264")
H265 = make_clip("h265")


async def then_close(viewer: Viewer) -> None:
    await viewer.send_clip(viewer.camera.clip)
    viewer.writer.close()


async def test_a_camera_that_goes_away_comes_back_by_itself() -> None:
    async with Camera(H264, stream=then_close).running() as camera:
        events, source = await collect(camera, 102)
    assert [type(event) for event in events] == [*[CodedPicture] * 50, Break, *[CodedPicture] * 50, Break]
    assert breaks(events)[0].cause is GapCause.UNREACHABLE
    assert [picture.data for picture in pictures(events)] == H264.stored * 2
    assert all(a.dts < b.dts for a, b in pairwise(pictures(events)))
    assert pictures(events)[49].pts < breaks(events)[0].at <= pictures(events)[50].pts
    assert source.status().connections == 2


async def test_silence_is_noticed_within_three_seconds_and_told_once() -> None:
    async with Camera(H264).running() as camera:
        events, source = await collect(camera, 51)
        last, broken = pictures(events)[-1], breaks(events)[0]
    assert broken.cause is GapCause.STALLED
    assert "sent no picture for 3 s" in broken.detail
    assert last.pts < broken.at <= last.pts + 90_000
    assert source.status().state == "trouble"


async def one_picture_in_ten_seconds(viewer: Viewer) -> None:
    groups = packets_of(viewer.camera.clip)
    await viewer.send(groups[0])
    await viewer.camera.time_to_pass(8.0)
    for group in groups[1:]:
        await viewer.send(group)


@pytest.mark.parametrize("slow", [False, True])
async def test_a_camera_declared_slow_is_given_three_of_its_intervals(slow: bool) -> None:
    clock = Eager()
    async with Camera(H264, stream=one_picture_in_ten_seconds, rate="0.2" if slow else "", clock=clock).running() as camera:
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        async with moving(clock), aclosing(source.events()) as stream:
            assert isinstance(await anext(stream), CodedPicture)
            assert isinstance(await anext(stream), CodedPicture if slow else Break)


async def test_the_same_trouble_is_told_once_and_another_anew() -> None:
    async with Camera(H264, refuse={"DESCRIBE": 404}, stream=then_close).running() as camera:
        clock = Eager()
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        stream = source.events()
        async with moving(clock):
            first = await anext(stream)
            following = asyncio.ensure_future(anext(stream))
            await camera.until(lambda: camera.connections >= 4)
            assert not following.done()
            camera.refuse = {}
            camera.sdp = "nonsense"
            second = await following
            camera.sdp = None
            third = await anext(stream)
        await stream.aclose()
    assert isinstance(first, Break)
    assert isinstance(second, Break)
    assert (first.cause, second.cause) == (GapCause.REFUSED, GapCause.GARBLED)
    assert isinstance(third, CodedPicture)


async def cut_inside_a_nal(viewer: Viewer) -> None:
    groups = packets_of(viewer.camera.clip)
    for packets in groups[:15]:
        await viewer.send(packets)
    if viewer.number == 1:
        data = groups[20][0]
        viewer.writer.write(struct.pack(">BBH", 36, 0, len(data)) + data[: len(data) // 2])
        await viewer.writer.drain()
        viewer.writer.transport.abort()


async def test_a_connection_cut_inside_a_nal_unit_leaves_no_half_picture() -> None:
    async with Camera(H264, stream=cut_inside_a_nal).running() as camera:
        events, _ = await collect(camera, 31)
    assert [picture.data for picture in pictures(events)] == H264.stored[:15] * 2
    assert breaks(events)[0].cause is GapCause.UNREACHABLE


async def lose_packets(viewer: Viewer) -> None:
    for number, packets in enumerate(packets_of(viewer.camera.clip)):
        await viewer.send(packets[1:] if number == 12 else packets)


@pytest.mark.parametrize("clip", [H264, H265], ids=["h264", "h265"])
async def test_lost_packets_are_garbled_until_the_next_key_picture(clip: Clip) -> None:
    async with Camera(clip, stream=lose_packets).running() as camera:
        events, source = await collect(camera, 43)
    assert [picture.data for picture in pictures(events)] == clip.stored[:12] + clip.stored[20:]
    assert [event.cause for event in breaks(events)] == [GapCause.GARBLED]
    assert source.status().lost_packets == 1


async def garbage(viewer: Viewer) -> None:
    await viewer.send_clip(viewer.camera.clip, last=10)
    if viewer.number == 1:
        viewer.writer.write(b"\x00\x01\x02garbage" * 20)


async def test_garbage_between_frames_breaks_the_connection_and_it_is_made_anew() -> None:
    async with Camera(H264, stream=garbage).running() as camera:
        events, _ = await collect(camera, 21)
    assert [event.cause for event in breaks(events)] == [GapCause.GARBLED]
    assert len(pictures(events)) == 20


async def keyless(viewer: Viewer) -> None:
    groups = packets_of(make_clip("h264", gop=250, frames=50))
    await viewer.send(groups[0][:1])  # parameter sets at most: the key picture itself never comes whole
    sequence = 1
    while True:
        for packets in groups[1:]:
            for packet in packets:
                sequence += 1
                await viewer.send([packet[:2] + struct.pack(">H", sequence & 0xFFFF) + packet[4:]])
            await asyncio.sleep(0.001)


async def test_pictures_without_a_key_are_told_as_such() -> None:
    async with Camera(H264, stream=keyless).running() as camera:
        events, _ = await collect(camera, 1)
    assert breaks(events)[0].cause in (GapCause.NO_KEYFRAME, GapCause.GARBLED)


async def never_a_key(viewer: Viewer) -> None:
    groups = packets_of(H264, aggregate=False)
    sequence = 0
    while True:
        for picture, packets in zip(H264.pictures, groups, strict=True):
            if picture.key:
                continue
            for packet in packets:
                sequence += 1
                await viewer.send([packet[:2] + struct.pack(">H", sequence & 0xFFFF) + packet[4:]])
            await asyncio.sleep(0.001)


async def test_ten_seconds_of_pictures_without_a_key_are_no_keyframe() -> None:
    async with Camera(H264, stream=never_a_key).running() as camera:
        events, _ = await collect(camera, 1)
    assert breaks(events)[0].cause is GapCause.NO_KEYFRAME
    assert camera.connections == 1


async def starts_in_the_middle(viewer: Viewer) -> None:
    await viewer.send_clip(viewer.camera.clip, first=5)


async def test_pictures_before_the_first_key_are_skipped() -> None:
    async with Camera(H264, stream=starts_in_the_middle).running() as camera:
        events, _ = await collect(camera, 40)
    assert [picture.data for picture in pictures(events)] == H264.stored[10:]


async def changes_size(viewer: Viewer) -> None:
    await viewer.send_clip(viewer.camera.clip)
    larger = make_clip("h264", width=640, height=360, frames=20)
    sequence = 65_500 + sum(len(group) for group in packets_of(viewer.camera.clip))
    for group in packets_of(larger, sequence=sequence & 0xFFFF, rtp_time=2**32 - 30_000 + 50 * 3600):
        await viewer.send(group)


async def test_new_parameters_count_from_the_next_key_picture() -> None:
    async with Camera(H264, stream=changes_size).running() as camera:
        events, _ = await collect(camera, 70)
    got = pictures(events)
    assert len(got) == 70
    assert [picture.parameters.width for picture in got] == [320] * 50 + [640] * 20
    assert got[50].key
    assert len({id(picture.parameters) for picture in got}) == 2


async def asks_us(viewer: Viewer) -> None:
    viewer.writer.write(b"OPTIONS * RTSP/1.0\r\nCSeq: 71\r\n\r\n")
    await viewer.send_clip(viewer.camera.clip, last=10)
    viewer.writer.write(b"ANNOUNCE rtsp://x/ RTSP/1.0\r\nCSeq: 72\r\nContent-Length: 4\r\n\r\nv=0\n")
    await viewer.send_clip(viewer.camera.clip, first=10)


async def test_requests_of_the_camera_are_answered_between_pictures() -> None:
    async with Camera(H264, stream=asks_us).running() as camera:
        events, _ = await collect(camera, 50)
        await camera.until(lambda: len(camera.replies) >= 2)
    assert len(pictures(events)) == 50
    assert camera.replies == ["RTSP/1.0 200 OK", "RTSP/1.0 501 Not Implemented"]


async def slowly_for_ever(viewer: Viewer) -> None:
    groups = packets_of(viewer.camera.clip)
    report = struct.pack(">BBHIQIII", 0x80, 200, 6, 7, (1_767_225_630 + 2_208_988_800) << 32, 0, 0, 0)
    sequence = 0
    turn = 0
    while True:
        await viewer.send([report], channel=1)
        for number, packets in enumerate(groups):
            for packet in packets:
                sequence += 1
                at = (turn * 50 + number) * 3600 & 0xFFFF_FFFF
                await viewer.send([packet[:2] + struct.pack(">HI", sequence & 0xFFFF, at) + packet[8:]])
            await asyncio.sleep(0.001)
        turn += 1


@pytest.mark.parametrize(("public", "method"), [("OPTIONS, GET_PARAMETER", "GET_PARAMETER"), ("OPTIONS, PLAY", "OPTIONS")])
async def test_the_session_is_kept_alive_at_half_its_time_and_reports_are_sent(public: str, method: str) -> None:
    async with Camera(H264, stream=slowly_for_ever, session="s;timeout=8", public=public).running() as camera:
        clock = Eager()
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        async with moving(clock), aclosing(source.events()) as stream:
            async for event in stream:
                assert isinstance(event, CodedPicture), event
                if camera.methods.count(method) >= 3 and len(camera.heard) >= 2:
                    break
    assert {channel for channel, _ in camera.heard} == {1}
    assert all(data[1] == 201 for _, data in camera.heard)
    assert source.status().camera_clock_error is not None
    assert 0 < cast("float", source.status().camera_clock_error) <= 30
    assert source.camera_clock_at is not None


async def test_a_camera_that_does_not_answer_its_keep_alive_is_read_on() -> None:
    async with Camera(H264, stream=slowly_for_ever, session="s;timeout=4", mute="GET_PARAMETER").running() as camera:
        clock = Eager()
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        async with moving(clock), aclosing(source.events()) as stream:
            async for event in stream:
                assert isinstance(event, CodedPicture), event
                if camera.methods.count("GET_PARAMETER") >= 3:
                    break
    assert source.status().lag_seconds == 0


async def test_what_is_lost_after_our_own_standstill_is_our_fault() -> None:
    gate = asyncio.Event()

    async def stream(viewer: Viewer) -> None:
        await viewer.send_clip(viewer.camera.clip)
        await gate.wait()
        viewer.writer.close()

    async with Camera(H264, stream=stream).running() as camera:
        clock = ManualClock()
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        events = source.events()
        async with asyncio.timeout(PATIENCE):
            for _ in range(50):
                assert isinstance(await anext(events), CodedPicture)
            clock.advance(2.0)  # in one step: our loop stood still
            gate.set()
            broken = await anext(events)
        await events.aclose()
    assert isinstance(broken, Break)
    assert broken.cause is GapCause.DROPPED_BY_US
    assert source.status().dropped_by_us == 1
    assert source.status().lag_seconds > 1


async def test_a_reader_that_does_not_come_is_waited_for_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citysquare.engine.sources.rtsp.receiver.MAX_WAITING_BYTES", 20_000)

    async def stream(viewer: Viewer) -> None:
        for turn in range(20):
            await viewer.send_clip(viewer.camera.clip, rtp_time=turn * 180_000)

    async with Camera(H264, stream=stream).running() as camera:
        source = RtspSource(camera.url(), clock=ManualClock(), rule=RULE)
        events = source.events()
        async with asyncio.timeout(PATIENCE):
            assert isinstance(await anext(events), CodedPicture)
            await asyncio.sleep(0.2)
            assert source.status().pictures < 1000
            await anext(events)
        await events.aclose()


async def play_then_close(viewer: Viewer) -> None:
    await viewer.send_clip(viewer.camera.clip, last=5)
    viewer.writer.close()


async def test_a_camera_that_takes_its_time_to_play_is_no_standstill_of_ours() -> None:
    clock = Eager()
    async with Camera(H264, slow={"SETUP": 2.0, "PLAY": 3.0}, stream=play_then_close, clock=clock).running() as camera:
        source = RtspSource(camera.url(), clock=clock, rule=RULE)
        async with moving(clock), aclosing(source.events()) as stream:
            events = [await anext(stream) for _ in range(6)]
    assert [type(event) for event in events] == [*[CodedPicture] * 5, Break]
    assert source.status().lag_seconds == 0
    assert source.status().dropped_by_us == 0
