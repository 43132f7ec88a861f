"""The RTSP server as a client sees it, over real connections."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.broadcast import Camera, Showing, Station
from citysquare.simulator.errors import PortTaken
from citysquare.simulator.rtsp import MOST_HEADER_BYTES, Malformed, Server, interleaved_channels, parse_request
from tests.simulator.conftest import made_up_loop


@dataclass
class Answer:
    """Status, headers, body."""

    status: int
    headers: dict[str, str]
    body: str


class Client:
    """A client that asks one thing after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.number = reader, writer, 0

    async def ask(self, method: str, path: str, **headers: str) -> Answer:
        self.number += 1
        lines = [f"{method} rtsp://127.0.0.1{path} RTSP/1.0", f"CSeq: {self.number}"]
        lines += [f"{name.title()}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await self.answer()

    async def answer(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = (await self.reader.readexactly(int(headers.get("content-length", "0")))).decode()
        return Answer(int(head[0].split()[1]), headers, body)

    async def frame(self) -> tuple[int, bytes]:
        head = await self.reader.readexactly(4)
        assert head[0] == 0x24
        return head[1], await self.reader.readexactly(int.from_bytes(head[2:], "big"))

    async def playing(self, path: str) -> str:
        """Set up and play; returns the session."""
        setup = await self.ask("SETUP", f"{path}/track1", transport="RTP/AVP/TCP;unicast;interleaved=2-3")
        assert setup.status == 200
        session = setup.headers["session"].partition(";")[0]
        assert (await self.ask("PLAY", path, session=session)).status == 200
        return session


@pytest.fixture
async def station() -> Station:
    """One camera that is ready and one that is not. Nobody runs the clock: tests tick by hand."""
    ready = Camera("cam1", "river", 1)
    ready.add(Showing.of(made_up_loop()))
    return Station([ready, Camera("cam2", "market", 1)])


@pytest.fixture
async def server(station: Station) -> AsyncIterator[tuple[Server, int]]:
    running = Server(station)
    yield running, await running.start("127.0.0.1", 0)
    await running.stop()


@pytest.fixture
async def client(server: tuple[Server, int]) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server[1])
    yield Client(reader, writer)
    writer.close()
    await writer.wait_closed()


async def test_the_description_names_the_stream_with_its_parameter_sets(client: Client) -> None:
    assert "PLAY" in (await client.ask("OPTIONS", "/cam1/main")).headers["public"]
    answer = await client.ask("DESCRIBE", "/cam1/main", accept="application/sdp")
    assert answer.headers["content-type"] == "application/sdp"
    found = re.search(r"sprop-parameter-sets=([^,\r]+),([^\r]+)", answer.body)
    assert found is not None
    assert base64.b64decode(found[1]) == b"\x67\x64\x00\x28sps"
    assert base64.b64decode(found[2]) == b"\x68pps"
    assert "profile-level-id=640028" in answer.body
    assert "a=control:track1" in answer.body


async def test_playing_begins_with_a_report_and_a_keyframe_on_the_asked_channels(client: Client, station: Station) -> None:
    await client.playing("/cam1/main")
    station.cameras["cam1"].tick(0.0)
    channel, report = await client.frame()
    assert (channel, report[1]) == (3, 200)
    kinds = []
    for _ in range(3):
        channel, packet = await client.frame()
        assert channel == 2
        kinds.append(packet[12] & 31)
    assert kinds == [7, 8, 5]


async def test_play_announces_the_first_packet(client: Client, station: Station) -> None:
    setup = await client.ask("SETUP", "/cam1/sub/track1", transport="RTP/AVP/TCP;interleaved=0-1")
    answer = await client.ask("PLAY", "/cam1/sub", session=setup.headers["session"].partition(";")[0])
    found = re.search(r"seq=(\d+);rtptime=(\d+)", answer.headers["rtp-info"])
    assert found is not None
    station.cameras["cam1"].tick(0.0)
    await client.frame()
    _, packet = await client.frame()
    assert int.from_bytes(packet[2:4], "big") == int(found[1])
    assert int.from_bytes(packet[4:8], "big") == int(found[2])


async def test_pause_and_teardown_silence_the_stream_and_playing_again_starts_at_a_keyframe(client: Client, station: Station) -> None:
    camera = station.cameras["cam1"]
    session = await client.playing("/cam1/main")
    assert len(camera.main) == 1
    assert (await client.ask("PAUSE", "/cam1/main", session=session)).status == 200
    assert camera.main == []
    camera.tick(0.0)
    assert (await client.ask("PLAY", "/cam1/main", session=session)).status == 200
    for _ in range(30):
        camera.tick(0.0)
    assert (await client.frame())[0] == 3
    assert (await client.frame())[1][12] & 31 == 7
    client.reader = asyncio.StreamReader()  # what is on its way no longer matters
    client.writer.write(f"TEARDOWN rtsp://x/cam1/main RTSP/1.0\r\nCSeq: 9\r\nSession: {session}\r\n\r\n".encode())
    for _ in range(100):
        await asyncio.sleep(0)
        if not camera.main:
            break
        await asyncio.sleep(0.01)
    assert camera.main == []


@pytest.mark.parametrize("path", ["/cam9/main", "/cam1/third", "/", "/cam1", "/cam1/main/extra/parts"])
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert (await client.ask("DESCRIBE", path)).status == 404
    assert (await client.ask("SETUP", path, transport="RTP/AVP/TCP;interleaved=0-1")).status == 404


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP"])
async def test_a_camera_that_is_not_rendered_yet_hangs_up_like_one_that_is_switched_off(client: Client, method: str) -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        await client.ask(method, "/cam2/main", transport="RTP/AVP/TCP;interleaved=0-1")


async def test_a_camera_is_found_as_soon_as_it_is_ready(client: Client, station: Station) -> None:
    station.cameras["cam2"].add(Showing.of(made_up_loop()))
    assert (await client.ask("DESCRIBE", "/cam2/main")).status == 200


async def test_udp_is_refused_and_tcp_may_follow(client: Client) -> None:
    assert (await client.ask("SETUP", "/cam1/main/track1", transport="RTP/AVP;unicast;client_port=5000-5001")).status == 461
    assert (await client.ask("SETUP", "/cam1/main/track1", transport="RTP/AVP/TCP;interleaved=0-1")).status == 200


async def test_sessions_are_checked(client: Client) -> None:
    assert (await client.ask("PLAY", "/cam1/main")).status == 455
    await client.ask("SETUP", "/cam1/main/track1", transport="RTP/AVP/TCP;interleaved=0-1")
    assert (await client.ask("PLAY", "/cam1/main", session="guessed")).status == 454
    assert (await client.ask("SETUP", "/cam1/sub/track1", transport="RTP/AVP/TCP;interleaved=2-3")).status == 455
    assert (await client.ask("GET_PARAMETER", "/cam1/main")).status == 200
    assert (await client.ask("RECORD", "/cam1/main")).status == 501


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nno colon here\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -5\r\n\r\n",
        b"X" * (MOST_HEADER_BYTES + 10),
    ],
)
async def test_nonsense_is_answered_once_and_hung_up_on(client: Client, sent: bytes) -> None:
    client.writer.write(sent)
    assert (await client.answer()).status == 400
    assert await client.reader.read() == b""


async def test_requests_in_pieces_and_with_receiver_reports_between_are_understood(client: Client) -> None:
    client.writer.write(b"$\x01\x00\x08" + b"\x81\xc9\x00\x01abcd" + b"OPTIONS * RTSP/1.0\r\nCS")
    await client.writer.drain()
    await asyncio.sleep(0.01)
    client.writer.write(b"eq: 77\r\n\r\n")
    assert (await client.answer()).headers["cseq"] == "77"


async def test_a_client_that_leaves_is_forgotten(server: tuple[Server, int], station: Station) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server[1])
    await Client(reader, writer).playing("/cam1/sub")
    assert len(station.cameras["cam1"].sub) == 1
    writer.transport.abort()
    for _ in range(200):
        if not station.cameras["cam1"].sub:
            break
        await asyncio.sleep(0.01)
    assert station.cameras["cam1"].sub == []


async def test_a_taken_port_is_named_in_a_sentence(server: tuple[Server, int], station: Station) -> None:
    with pytest.raises(PortTaken, match=rf"Port {server[1]} .* is taken"):
        await Server(station).start("127.0.0.1", server[1])


async def test_the_clock_shows_pictures_at_their_pace(station: Station, client: Client) -> None:
    await client.playing("/cam1/main")
    clock = asyncio.create_task(station.run())
    pictures = 0
    while pictures < 5:
        channel, packet = await client.frame()
        pictures += channel == 2 and packet[1] >> 7
    clock.cancel()
    assert station.cameras["cam1"].number >= 5


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_parser(data: bytes) -> None:
    try:
        parse_request(data)
    except Malformed:
        return


@given(st.text(max_size=80))
def test_no_transport_header_gives_impossible_channels(text: str) -> None:
    found = interleaved_channels("RTP/AVP/TCP;" + text)
    assert found is None or (0 <= found[0] < 256 and 0 <= found[1] < 256)
