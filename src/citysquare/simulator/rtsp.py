"""The RTSP server: RTSP 1.0 (RFC 2326) with RTP interleaved on the same TCP connection, and nothing else.

A client may only ask for what is there: /camN/main and /camN/sub; all else is 404. A camera that is not rendered yet hangs up
without an answer, like one that is switched off; UDP answers 461. All input is bounded: 8 kB of header, 4 kB of body, one stream
per connection.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit
from zlib import crc32

from citysquare.simulator.broadcast import BREAK_OFF, SAY_NOTHING, USUAL, Answer, Camera, Listener, Station
from citysquare.simulator.errors import PortTaken, SimulatorError
from citysquare.simulator.loops import FPS
from citysquare.simulator.rtp import PAYLOAD_TYPE

MOST_HEADER_BYTES = 8192
MOST_BODY_BYTES = 4096
SEND_BUFFER_BYTES = 64 << 10
"""What the system may hold of a stream, beside the listener's own backlog: little, as in a camera."""
TRACK = "track1"
_REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "RTSP Version not supported",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One parsed request. Header names are in lower case."""

    method: str
    url: str
    version: str
    headers: dict[str, str]


class Malformed(Exception):
    """The bytes are no RTSP request."""


def parse_request(head: bytes) -> Request:
    """Parse a request's header without its empty line. Raises Malformed."""
    lines = head.decode("utf-8", "replace").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[0].replace("_", "").isalpha() or not words[2].startswith("RTSP/"):
        raise Malformed(lines[0][:80])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise Malformed(line[:80])
        headers[name.strip().lower()] = value.strip()
    return Request(words[0].upper(), words[1], words[2], headers)


def interleaved_channels(transport: str) -> tuple[int, int] | None:
    """Read the first acceptable way of a Transport header: RTP/AVP/TCP with its two channels; None when there is none."""
    for way in transport.split(",")[:8]:
        fields = [part.strip() for part in way.split(";")]
        if fields[0].upper() != "RTP/AVP/TCP":
            continue
        for part in fields[1:]:
            if part.lower().startswith("interleaved="):
                first, _, second = part[12:].partition("-")
                if first.isdecimal() and (not second or second.isdecimal()):
                    pair = int(first), int(second) if second else int(first) + 1
                    return pair if max(pair) < 256 and pair[0] != pair[1] else None
        return 0, 1
    return None


def describe(camera: Camera, stream: str) -> str:
    """Write the session description (RFC 4566; the video's parameters as RFC 6184 8.1 names them)."""
    reel = camera.stream(stream)
    sets = ",".join(base64.b64encode(nal).decode() for nal in reel.parameter_sets)
    profile = reel.parameter_sets[0][1:4].hex()
    lines = (
        "v=0",
        f"o=- {crc32(camera.name.encode() + stream.encode())} 1 IN IP4 127.0.0.1",
        f"s={camera.name} {stream}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}",
        f"a=framerate:{FPS}",
        f"a=control:{TRACK}",
    )
    return "".join(line + "\r\n" for line in lines)


class Connection(asyncio.Protocol):
    """One client: requests in, answers and interleaved pictures out."""

    def __init__(self, station: Station, open_connections: set[Connection]) -> None:
        """Know the cameras and the set of all connections, for a clean end."""
        self._station = station
        self._others = open_connections
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._session = ""
        self._listener: Listener | None = None
        self._heard: tuple[Camera, str] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._others.add(self)
            connected = transport.get_extra_info("socket")
            if connected is not None:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # why it went makes no difference
        """Stop sending."""
        self._fall_silent()
        self._others.discard(self)
        self._transport = None

    def close(self) -> None:
        """Hang up without waiting for what is still to be sent."""
        if self._transport:
            self._transport.abort()

    def reset(self) -> None:
        """Break the connection as a camera does that loses its power or crashes: what waits is lost (RST)."""
        if self._transport and not self._transport.is_closing():
            connected = self._transport.get_extra_info("socket")
            if connected is not None:
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take requests apart; a client's own RTCP (`$` frames) is skipped."""
        self._buffer += data
        while self._buffer and self._transport and not self._transport.is_closing():
            if self._buffer[0] == 0x24:
                length = 4 + int.from_bytes(self._buffer[2:4], "big")
                if len(self._buffer) < max(4, length):
                    return
                del self._buffer[:length]
            elif not self._take_request():
                return

    def _take_request(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", 0, MOST_HEADER_BYTES + 4)
        if end < 0:
            if len(self._buffer) > MOST_HEADER_BYTES:
                self._refuse_and_close()
            return False
        if self._buffer.startswith(b"RTSP/"):
            del self._buffer[: end + 4]  # a client's reply to what a camera with faults asked it
            return True
        try:
            request = parse_request(bytes(self._buffer[:end]).lstrip(b"\r\n"))
        except Malformed:
            self._refuse_and_close()
            return False
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 6 or int(length) > MOST_BODY_BYTES:
            self._refuse_and_close()
            return False
        if len(self._buffer) < end + 4 + int(length):
            return False
        del self._buffer[: end + 4 + int(length)]
        self._answer_request(request)
        return True

    def _refuse_and_close(self) -> None:
        self._answer(None, 400)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection once what waits has left."""
        if self._transport:
            self._transport.close()

    def _answer_request(self, request: Request) -> None:
        if request.version != "RTSP/1.0":
            self._answer(request, 505)
        elif "cseq" not in request.headers:
            self._answer(request, 400)
        else:
            handler = self._METHODS.get(request.method)
            if handler is None:
                self._answer(request, 501)
                return
            found = self._heard or self._find(request.url)
            answer = found[0].answer(request.method) if found else USUAL
            if answer.seconds:
                asyncio.get_running_loop().call_later(answer.seconds, self._serve, handler, request, answer)
            else:
                self._serve(handler, request, answer)

    def _serve(self, handler: Callable[[Connection, Request], None], request: Request, answer: Answer) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if answer.status == 200:
            handler(self, request)
        elif answer.status == BREAK_OFF:
            self.reset()
        elif answer.status != SAY_NOTHING:
            self._answer(request, answer.status, answer.headers)

    def _answer(self, request: Request | None, code: int, headers: tuple[str, ...] = (), body: str = "") -> None:
        lines = [f"RTSP/1.0 {code} {_REASONS.get(code, 'No')}"]
        if request and "cseq" in request.headers:
            lines.append(f"CSeq: {request.headers['cseq'][:32]}")
        lines += ["Server: Citysquare simulator", *headers]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        if self._transport:
            self._transport.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _find(self, url: str) -> tuple[Camera, str] | None:
        parts = urlsplit(url).path.strip("/").split("/")
        if len(parts) == 3 and parts[2] == TRACK:
            parts.pop()
        if len(parts) != 2 or parts[1] not in {"main", "sub"}:
            return None
        camera = self._station.cameras.get(parts[0])
        return (camera, parts[1]) if camera else None

    def _options(self, request: Request) -> None:
        self._answer(request, 200, ("Public: " + ", ".join(self._METHODS),))

    def _describe(self, request: Request) -> None:
        found = self._find(request.url)
        if found is None:
            self._answer(request, 404)
            return
        if not found[0].ready:
            self.hang_up()
            return
        base = request.url.rstrip("/") + "/"
        self._answer(request, 200, (f"Content-Base: {base}", "Content-Type: application/sdp"), describe(*found))

    def _setup(self, request: Request) -> None:
        found = self._find(request.url)
        channels = interleaved_channels(request.headers.get("transport", ""))
        if found is None:
            self._answer(request, 404)
        elif not found[0].ready:
            self.hang_up()
        elif channels is None:
            self._answer(request, 461)
        elif self._session or self._transport is None:
            self._answer(request, 455)
        else:
            self._session = secrets.token_hex(8)
            self._heard = found
            self._listener = Listener(self._transport.write, self._transport.get_write_buffer_size, channels, found[0].wall)
            way = f"RTP/AVP/TCP;unicast;interleaved={channels[0]}-{channels[1]};ssrc={self._listener.source:08X}"
            self._answer(request, 200, (f"Transport: {way}", f"Session: {self._session};timeout=60"))

    def _in_session(self, request: Request) -> bool:
        named = request.headers.get("session", "").partition(";")[0].strip()
        if not self._session:
            self._answer(request, 455)
            return False
        if named != self._session:
            self._answer(request, 454)
            return False
        return True

    def _play(self, request: Request) -> None:
        if not self._in_session(request) or self._heard is None or self._listener is None:
            return
        camera, stream = self._heard
        listener = self._listener
        first = listener.rtp_time(camera.next_key(stream))
        control = f"{request.url.rstrip('/').removesuffix('/' + TRACK)}/{TRACK}"
        info = f"RTP-Info: url={control};seq={listener.sequence & 0xFFFF};rtptime={first}"
        self._answer(request, 200, (f"Session: {self._session};timeout=60", "Range: npt=now-", info))
        camera.join(stream, listener, self)

    def _pause(self, request: Request) -> None:
        if self._in_session(request):
            self._fall_silent()
            if self._listener:
                self._listener.needs_key()
            self._answer(request, 200, (f"Session: {self._session}",))

    def _parameters(self, request: Request) -> None:
        if "session" not in request.headers or self._in_session(request):
            self._answer(request, 200, (f"Session: {self._session}",) if self._session else ())

    def _teardown(self, request: Request) -> None:
        if self._in_session(request):
            self._fall_silent()
            self._session, self._listener, self._heard = "", None, None
            self._answer(request, 200)

    def _fall_silent(self) -> None:
        if self._heard and self._listener in (listeners := self._heard[0].listeners(self._heard[1])):
            listeners.remove(self._listener)

    _METHODS: ClassVar[dict[str, Callable[[Connection, Request], None]]] = {
        "OPTIONS": _options,
        "DESCRIBE": _describe,
        "SETUP": _setup,
        "PLAY": _play,
        "PAUSE": _pause,
        "GET_PARAMETER": _parameters,
        "SET_PARAMETER": _parameters,
        "TEARDOWN": _teardown,
    }


class Server:
    """Listens and hands each connection to a `Connection`."""

    def __init__(self, station: Station) -> None:
        """Serve the station's cameras."""
        self._station = station
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful when 0 was asked for). Raises PortTaken or SimulatorError."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Connection(self._station, self._open), host, port, backlog=256)
        except OSError as error:
            if error.errno in {98, 48, 10048}:  # EADDRINUSE on Linux, macOS and Windows
                raise PortTaken(f"Port {port} on {host} is taken by another program; choose another one with --port.") from error
            raise SimulatorError(f"The simulator cannot listen on {host}:{port} ({error.strerror or error}).") from error
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server:
            self._server.close()
            for connection in list(self._open):
                connection.close()
            await self._server.wait_closed()
