"""A camera that behaves as a test wants: a small RTSP server on asyncio, written apart from the client it tests."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from citysquare.engine.ports import Clock
from tests.engine.sources.clips import Clip, nal_type, packets_of

Reply = tuple[int, dict[str, str], str]
Streamer = Callable[["Viewer"], Awaitable[None]]


@dataclass
class Viewer:
    """One connection, playing."""

    camera: Camera
    number: int
    """1 for the first connection the camera ever had."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, packets: list[bytes], channel: int = 0) -> None:
        self.writer.write(b"".join(struct.pack(">BBH", 36, channel, len(packet)) + packet for packet in packets))
        await self.writer.drain()

    async def send_clip(self, clip: Clip, *, first: int = 0, last: int | None = None, rtp_time: int = 2**32 - 30_000) -> None:
        for packets in packets_of(clip, rtp_time=rtp_time)[first:last]:
            await self.send(packets)
            await asyncio.sleep(0)


async def play_once(viewer: Viewer) -> None:
    """Send the clip, then say nothing more."""
    await viewer.send_clip(viewer.camera.clip)


@dataclass
class Camera:
    """What it is asked for and how it answers; every field may be changed while it runs."""

    clip: Clip
    stream: Streamer = play_once
    user: str = "admin"
    password: str = "päss:w/rd"
    login: str = ""
    """Nothing, `basic`, `md5`, `md5-sess`, `sha-256`, `old-md5` (without qop)."""
    stale_after: int = 0
    """A nonce holds for so many requests; 0: for ever."""
    refuse: dict[str, int] = field(default_factory=dict)
    """Method -> status."""
    redirect: str = ""
    sets_in_sdp: bool = True
    sdp: str | None = None
    content_base: str | None = None
    control: str = "trackID=1"
    session: str = "1f2e3d;timeout=60"
    public: str = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
    port: int = 0
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    heard: list[tuple[int, bytes]] = field(default_factory=list)
    """`$` frames the client sent: channel and data."""
    replies: list[str] = field(default_factory=list)
    """First lines of the client's replies to our requests."""
    connections: int = 0
    noise: bytes = b""
    """Sent instead of any reply."""
    encrypted: ssl.SSLContext | None = None
    transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000007"
    slow: dict[str, float] = field(default_factory=dict)
    """Method -> seconds of the clock until it is answered."""
    mute: str = ""
    """The method that is not answered."""
    rate: str = ""
    """The picture rate that the description states."""
    clock: Clock | None = None
    _nonce: int = 0
    _uses: int = 0

    @property
    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]

    def url(self, path: str = "/live", user: str = "") -> str:
        return f"rtsp://{user + '@' if user else ''}127.0.0.1:{self.port}{path}"

    async def time_to_pass(self, seconds: float) -> None:
        """Wait in the time of the test's clock."""
        assert self.clock is not None
        await self.clock.sleep(seconds)

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait for what the client does, asking often."""
        async with asyncio.timeout(20):
            while not what():  # noqa: ASYNC110 - what is waited for is any of a camera's fields
                await asyncio.sleep(0.001)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Camera]:
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", self.port, ssl=self.encrypted)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        viewer = Viewer(self, self.connections, reader, writer)
        playing: asyncio.Task[None] | None = None
        try:
            while True:
                first = await reader.readexactly(1)
                if first == b"$":
                    channel, length = struct.unpack(">BH", await reader.readexactly(3))
                    self.heard.append((channel, await reader.readexactly(length)))
                    continue
                text = (first + await reader.readuntil(b"\r\n\r\n")).decode()
                line, *lines = text.split("\r\n")
                if line.startswith("RTSP/"):
                    self.replies.append(line)
                    continue
                method, target, _ = line.split(" ")
                headers = {name.lower(): value for name, value in (item.split(": ", 1) for item in lines if item)}
                self.asked.append((method, target, headers))
                if method == self.mute:
                    continue
                if self.noise:
                    writer.write(self.noise)
                    continue
                if method in self.slow:
                    await self.time_to_pass(self.slow[method])
                status, extra, body = self._answer(method, target, headers)
                out = {"CSeq": headers["cseq"]} | extra | ({"Content-Length": str(len(body))} if body else {})
                writer.write((f"RTSP/1.0 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in out.items()) + f"\r\n{body}").encode())
                if method == "PLAY" and status == 200:
                    playing = asyncio.create_task(self._play(viewer))
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)

    async def _play(self, viewer: Viewer) -> None:
        with suppress(ConnectionError):
            await self.stream(viewer)

    def _answer(self, method: str, target: str, headers: dict[str, str]) -> Reply:  # noqa: PLR0911 - one line per answer
        if method != "OPTIONS" and self.login and not self._admitted(method, target, headers.get("authorization", "")):
            return 401, {"WWW-Authenticate": self._challenge(headers.get("authorization", ""))}, ""
        if method in self.refuse:
            return self.refuse[method], {}, ""
        if method == "OPTIONS":
            return 200, {"Public": self.public}, ""
        if method == "DESCRIBE" and self.redirect:
            return 302, {"Location": self.redirect}, ""
        if method == "DESCRIBE":
            base = self.content_base if self.content_base is not None else f"{target}/"
            return 200, {"Content-Type": "application/sdp"} | ({"Content-Base": base} if base else {}), self._describe()
        if method == "SETUP":
            return 200, {"Transport": self.transport, "Session": self.session}, ""
        return 200, {"Session": self.session.partition(";")[0]}, ""

    def _describe(self) -> str:
        if self.sdp is not None:
            return self.sdp
        clip = self.clip
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=x", "t=0 0", "a=control:*", "m=audio 0 RTP/AVP 8", "a=control:trackID=0"]
        lines += ["m=video 0 RTP/AVP 96", f"a=rtpmap:96 {clip.codec.upper()}/90000"]
        if self.rate:
            lines.append(f"a=framerate:{self.rate}")
        if self.sets_in_sdp:
            texts = {nal_type(clip.codec, nal): base64.b64encode(nal).decode() for nal in clip.sets}
            if clip.codec == "h264":
                lines.append(f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={texts[7]},{texts[8]}")
            else:
                lines.append(f"a=fmtp:96 sprop-vps={texts[32]}; sprop-sps={texts[33]}; sprop-pps={texts[34]}")
        return "\r\n".join([*lines, f"a=control:{self.control}", ""])

    def _challenge(self, answered: str) -> str:
        if self.login == "basic":
            return 'Basic realm="cam"'
        stale = ", stale=true" if answered and self.stale_after else ""
        if not answered or stale:
            self._nonce += 1
            self._uses = 0
        algorithm = {"sha-256": ", algorithm=SHA-256", "md5-sess": ", algorithm=MD5-sess"}.get(self.login, "")
        qop = "" if self.login == "old-md5" else ', qop="auth,auth-int"'
        return f'Digest realm="cam, \\"7\\"", nonce="n{self._nonce}"{qop}, opaque="op"{algorithm}{stale}'

    def _admitted(self, method: str, target: str, answer: str) -> bool:
        if self.login == "basic":
            return answer == "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        self._uses += 1
        if not answer.startswith("Digest ") or (self.stale_after and self._uses > self.stale_after):
            return False
        hashed = hashlib.sha256 if self.login == "sha-256" else hashlib.md5

        def digest(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        fields = {k: v or w for k, v, w in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', answer)}
        secret = digest(f'{self.user}:cam, "7":{self.password}')
        if self.login == "md5-sess":
            secret = digest(f"{secret}:{fields['nonce']}:{fields['cnonce']}")
        middle = "" if self.login == "old-md5" else f":{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
        expected = digest(f"{secret}:{fields['nonce']}{middle}:{digest(f'{method}:{target}')}")
        right = fields["nonce"] == f"n{self._nonce}" and fields["uri"] == target and fields["opaque"] == "op"
        return right and bool(fields["response"] == expected)
