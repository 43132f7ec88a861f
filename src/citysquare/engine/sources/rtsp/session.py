"""One RTSP session: from connecting to PLAY, kept alive, and taken down (RFC 2326)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin

from citysquare.engine.errors import BadAddress, Garbled, Refused, SourceError, Stalled, Unreachable
from citysquare.engine.ports import Clock
from citysquare.engine.sources.addresses import AddressRule, CameraUrl, parse_camera_url
from citysquare.engine.sources.rtsp import auth, messages, sdp
from citysquare.engine.sources.rtsp.connection import Connection

CONNECT_SECONDS = 5.0
"""For the connection, and for each reply, where nobody says otherwise."""
MAX_REDIRECTS = 2
DEFAULT_SESSION_SECONDS = 60.0
"""What RFC 2326 (12.37) supposes where the camera says nothing."""
_AGENT = ("User-Agent", "Citysquare")
_T = TypeVar("_T")


async def within(clock: Clock, seconds: float, work: Awaitable[_T], trouble: SourceError) -> _T:
    """Return the result of `work`, or raise `trouble` when it takes longer than `seconds` of `clock`."""
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise trouble
        return task.result()
    finally:
        for each in (task, timer):
            each.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)


class _Moved(Exception):
    """A redirect: a way of the flow that never leaves this module."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(slots=True)
class Session:
    """A session that plays, or is about to."""

    camera: CameraUrl
    connection: Connection
    clock: Clock
    login: auth.Login | None
    patience: float = CONNECT_SECONDS
    """Seconds a reply may take."""
    description: sdp.Description | None = None
    channel: int = 0
    """The `$` channel of RTP; RTCP comes on the next one (or what the camera chose)."""
    control_channel: int = 1
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    _id: str = ""
    _seconds: float = DEFAULT_SESSION_SECONDS
    _methods: frozenset[str] = frozenset()
    _base: str = ""
    _pinged: float = 0.0

    async def describe(self) -> sdp.Description:
        """Ask what there is (OPTIONS, DESCRIBE). Raises SourceError."""
        options = await self._request("OPTIONS", self.camera.target, refusal_matters=False)
        self._methods = frozenset(word.strip().upper() for word in options.header("public").split(","))
        reply = await self._request("DESCRIBE", self.camera.target, ("Accept", "application/sdp"))
        base = reply.header("content-base") or reply.header("content-location") or self.camera.target
        if not base.lower().startswith(("rtsp://", "rtsps://")):
            base = _joined(self.camera.target, base) or self.camera.target
        self.description = sdp.parse(reply.body.decode("utf-8", "replace"), base, self.camera.shown)
        return self.description

    async def play(self) -> None:
        """Set up the video over this connection and start it. Raises SourceError."""
        description = self.description or await self.describe()
        self.patience = max(self.patience, CONNECT_SECONDS)  # it lives: what it begins now may take its time
        reply = await self._request("SETUP", description.control, ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"))
        self._read_transport(reply.header("transport"))
        self._read_session(reply.header("session"))
        self._pinged = self.clock.monotonic()
        await self._request("PLAY", description.aggregate, ("Range", "npt=0.000-"))
        self.connection.pace()

    def _read_transport(self, text: str) -> None:
        for item in text.split(";"):
            name, _, value = item.strip().partition("=")
            if name.lower() != "interleaved":
                continue
            low, _, high = value.partition("-")
            channel, control = _channel(low), _channel(high)
            if channel is None:
                raise Garbled(f"{self.camera.shown} names a channel that does not exist.")
            self.channel = channel
            self.control_channel = min(255, channel + 1) if control is None else control
            return
        if text and "TCP" not in text.upper():
            raise Refused(f"{self.camera.shown} does not send over the connection itself (RTP over TCP); allow that in the camera.")

    def _read_session(self, text: str) -> None:
        name, _, rest = text.partition(";")
        self._id = name.strip()[:256]
        for item in rest.split(";"):
            key, _, value = item.strip().partition("=")
            if key.lower() == "timeout" and value.isdecimal() and len(value) < 6 and int(value) > 0:
                self._seconds = max(2.0, float(value))

    def ping_due(self) -> bool:
        """Tell whether the session must be kept alive now: at half its time."""
        return self.clock.monotonic() - self._pinged >= min(self._seconds, 120.0) / 2

    async def ping(self) -> None:
        """Keep the session alive. No answer to it matters: only the silence of the picture tells, and is noticed by itself."""
        self._pinged = self.clock.monotonic()
        aggregate = self.description.aggregate if self.description else self.camera.target
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._methods else "OPTIONS"
        with contextlib.suppress(SourceError):  # cameras answer what they like here (451, 454, 501), or nothing
            await self._request(method, aggregate, refusal_matters=False)

    def close(self) -> None:
        """Take the session down without waiting for the answer."""
        if self._id:
            target = self.description.aggregate if self.description else self.camera.target
            with contextlib.suppress(SourceError):
                self.connection.send(self._write("TEARDOWN", target, self.connection.next_sequence(), ()))
        self.connection.close()

    def _write(self, method: str, target: str, sequence: str, extra: tuple[tuple[str, str], ...]) -> bytes:
        headers = [("CSeq", sequence), _AGENT, *extra]
        if self._id:
            headers.append(("Session", self._id))
        answer = self.login.header(method, target) if self.login else None
        if answer:
            headers.append(("Authorization", answer))
        return messages.write_request(method, target, headers)

    async def _request(self, method: str, target: str, *extra: tuple[str, str], refusal_matters: bool = True) -> messages.Message:
        while True:
            sequence = self.connection.next_sequence()
            late = Stalled(f"{self.camera.shown} does not answer ({method}).")
            waiting = self.connection.request(sequence, self._write(method, target, sequence, extra))
            try:
                reply = await within(self.clock, self.patience, waiting, late)
            finally:
                self.connection.forget(sequence)
            if reply.status == 401 and self.login and self.login.accept(auth.parse_challenges(reply.every("www-authenticate"))):
                continue
            if self.login and 200 <= reply.status < 300:
                self.login.passed()
            if method == "DESCRIBE" and 300 <= reply.status < 400 and reply.header("location"):
                raise _Moved(reply.header("location"))
            if refusal_matters and not 200 <= reply.status < 300:
                raise self._refusal(reply.status)
            return reply

    def _refusal(self, status: int) -> SourceError:
        """Return a sentence a person can act upon."""
        shown = self.camera.shown
        if status == 401:
            if self.login is None:
                return Refused(f"{shown} asks for a user name and a password.")
            return Refused(f"The camera at {shown} refused the user name or password.")
        sentences = {
            403: f"The camera at {shown} does not allow this user to see the stream.",
            404: f"The camera at {shown} has no stream called {self.camera.shown_path}.",
            453: f"The camera at {shown} has no bandwidth or session left for another viewer.",
            454: f"The camera at {shown} has forgotten the session.",
            461: f"{shown} does not send over the connection itself (RTP over TCP); allow that in the camera.",
            503: f"The camera at {shown} is too busy to serve another viewer.",
        }
        return Refused(sentences.get(status, f"The camera at {shown} refused the stream (answer {status})."))


async def connect(url: str, *, rule: AddressRule, clock: Clock, patience: float = CONNECT_SECONDS) -> Session:
    """Connect to a camera and learn what it offers; redirects are followed, each checked anew. Raises SourceError.

    Connection and replies may each take `patience` seconds.
    """
    camera = parse_camera_url(url)
    for _ in range(MAX_REDIRECTS + 1):
        rule.check_url(camera.target)
        connection = await within(clock, patience, _connect(camera, rule, clock), Unreachable(f"{camera.shown} does not answer."))
        login = auth.Login(camera.user, camera.password) if camera.user is not None else None
        session = Session(camera, connection, clock, login, patience)
        try:
            await session.describe()
        except _Moved as moved:
            session.close()
            camera = _redirected(camera, moved.location)
        except BaseException:
            session.close()
            raise
        else:
            return session
    raise Refused(f"The camera at {camera.shown} sends us from one address to the next.")


def _joined(target: str, reference: str) -> str:
    """Return where a camera's reference leads, seen from `target`; nothing when it is no address at all."""
    try:
        return urljoin(target, reference)
    except ValueError:
        return ""


def _channel(text: str) -> int | None:
    """Return the number of a `$` channel, or None when `text` is none."""
    return int(text) if text.isdecimal() and len(text) <= 3 and int(text) < 256 else None


def _redirected(camera: CameraUrl, location: str) -> CameraUrl:
    """Return where a redirect leads. User and password go along only within the same host and port."""
    try:
        there = parse_camera_url(_joined(camera.target, location))
    except BadAddress:
        raise BadAddress(f"The camera at {camera.shown} sends us to an address that cannot be opened.") from None
    if camera.scheme == "rtsps" and there.scheme != "rtsps":
        raise BadAddress(f"The camera at {camera.shown} sends us from an encrypted to an open connection.")
    same = (there.host, there.port) == (camera.host, camera.port)
    return CameraUrl(
        scheme=there.scheme,
        host=there.host,
        port=there.port,
        target=there.target,
        path=there.path,
        user=camera.user if same else None,
        password=camera.password if same else "",
    )


async def _connect(camera: CameraUrl, rule: AddressRule, clock: Clock) -> Connection:
    trouble: SourceError = Unreachable(f"{camera.shown} cannot be reached.")
    loop = asyncio.get_running_loop()
    secure = ssl.create_default_context() if camera.scheme == "rtsps" else None
    for address in await rule.resolve(camera):
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(camera.shown, clock),
                address,
                camera.port,
                ssl=secure,
                server_hostname=camera.host if secure else None,
            )
        except ssl.SSLCertVerificationError:
            trouble = Refused(f"The certificate of {camera.shown} is not one this machine trusts.")
        except (OSError, ssl.SSLError) as error:
            trouble = Unreachable(f"{camera.shown} cannot be reached ({_reason(error)}).")
        else:
            return connection
    raise trouble


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens on that port"
    return "no way to it in the network" if error.errno in (101, 113) else "the connection failed"
