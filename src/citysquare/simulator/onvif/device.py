"""One simulated ONVIF device: HTTP, sign-in and the few questions a set-up asks."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from lxml import etree

from citysquare.engine.errors import SourceError
from citysquare.engine.sources.onvif import soap
from citysquare.engine.sources.onvif.soap import DEVICE, ENVELOPE, MEDIA1, MEDIA2
from citysquare.simulator.onvif import saying
from citysquare.simulator.onvif.saying import Stream

_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_ERRORS = "http://www.onvif.org/ver10/error"
_OPEN_TO_ALL = frozenset({"GetSystemDateAndTime", "GetServices", "GetCapabilities"})
"""Questions of the access class PRE_AUTH (ONVIF core 5.9.4.1)."""
_MOST_BODY = 64 * 1024
_REALM = "Citysquare"


class SignInWanted(StrEnum):
    """How the device wants the password."""

    NONE = "none"
    DIGEST = "digest"
    TOKEN = "token"  # noqa: S105 -- the name of a way, not a secret
    BASIC = "basic"
    """As no device should."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer, for whoever checks them."""

    service: str
    operation: str
    question: bytes
    answer: bytes


@dataclass
class OnvifDevice:
    """What it is and how it answers; fields may be changed while it runs."""

    streams: list[Stream]
    name: str = "Simulated camera"
    serial: str = "0001"
    user: str = "operator"
    password: str = field(default="", repr=False)
    wants: SignInWanted = SignInWanted.DIGEST
    media2: bool = True
    clock_ahead: float = 0.0
    """Seconds."""
    tells: Callable[[], datetime] = lambda: datetime.now(UTC)
    named_base: str = ""
    """The address it gives for its services; empty: its own."""
    seen: list[Exchange] = field(default_factory=list)
    keeps: int = 0
    """So many exchanges are kept in `seen`."""
    port: int = 0
    encrypted: ssl.SSLContext | None = field(default=None, repr=False)
    _server: asyncio.Server | None = field(default=None, repr=False)
    _nonce: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    _host: str = "127.0.0.1"
    _serving: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen, and return the port."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self.encrypted)
        self._host, self.port = host, int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        """Listen no more, and leave no question open."""
        if self._server is not None:
            self._server.close()
        open_still = list(self._serving)
        for task in open_still:
            task.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)

    @property
    def base(self) -> str:
        """Its own address, without a path."""
        return f"http://{self._host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            await self._converse(reader, writer)
        finally:
            writer.transport.abort() if self._server is None or not self._server.is_serving() else writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            writer.write(await self.answered(head, reader))
            await writer.drain()

    async def answered(self, head: str, reader: asyncio.StreamReader) -> bytes:
        """Read the rest of a request and answer it."""
        length = int(_header(head, "Content-Length") or "0")
        if not 0 <= length <= _MOST_BODY:
            return b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return await self.reply(head, await reader.readexactly(length))

    async def reply(self, head: str, body: bytes) -> bytes:
        """Answer one request, whole; tests put other behaviour here."""
        status, headers, content = self._handle(head, body)
        lines = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}", f"Content-Length: {len(content)}", "Connection: close", *headers]
        return "\r\n".join([*lines, "Content-Type: application/soap+xml; charset=utf-8", "", ""]).encode("latin-1") + content

    def _handle(self, head: str, body: bytes) -> tuple[int, list[str], bytes]:
        try:
            soap.check_xml(body, "the client")
            root = etree.fromstring(body)
            asked = root.find(f"{{{ENVELOPE}}}Body/*")
        except (SourceError, etree.LxmlError):
            asked = None
            root = None
        if root is None or asked is None:
            return 400, [], fault("Sender", "not a question")
        name = etree.QName(asked)
        if self._signed_in_to(name.localname) and not self._signed_in(head, root):
            return self._refusal()
        answer = self._answer(str(name.namespace), name.localname, asked)
        if answer is None:
            return 500, [], fault("Receiver", "not implemented", "ActionNotSupported")
        if len(self.seen) < self.keeps:
            self.seen.append(Exchange(str(name.namespace), name.localname, body, answer))
        return 200, [], answer

    def _signed_in_to(self, operation: str) -> bool:
        """Say whether a question needs a sign-in."""
        return operation not in _OPEN_TO_ALL

    def _answer(self, service: str, operation: str, asked: Any) -> bytes | None:  # noqa: ANN401 -- lxml's elements have no common type
        base = self.named_base or self.base
        values: saying.Values | None = None
        if service == DEVICE:
            values = {
                "GetSystemDateAndTime": lambda: saying.clock(self.tells() + timedelta(seconds=self.clock_ahead)),
                "GetDeviceInformation": lambda: saying.information(self.name, self.serial),
                "GetServices": lambda: saying.services(base, media2=self.media2, ptz=any(stream.ptz for stream in self.streams)),
                "GetCapabilities": lambda: saying.capabilities(base),
            }.get(operation, lambda: None)()
        elif service == MEDIA1 or (service == MEDIA2 and self.media2):
            values = self._media(service, operation, asked.findtext(f"{{{service}}}ProfileToken", ""))
        return None if values is None else written(service, operation, values)

    def _media(self, service: str, operation: str, token: str) -> saying.Values | None:
        if operation == "GetProfiles":
            return saying.profiles(service, self.streams)
        named = next((stream for stream in self.streams if stream.token == token), None)
        return saying.stream_uri(service, named.rtsp_url) if operation == "GetStreamUri" and named is not None else None

    def _refusal(self) -> tuple[int, list[str], bytes]:
        said = fault("Sender", "The action requested requires authorization and the sender is not authorized", "NotAuthorized")
        if self.wants is SignInWanted.DIGEST:
            return 401, [f'WWW-Authenticate: Digest realm="{_REALM}", qop="auth", nonce="{self._nonce}", algorithm=MD5'], said
        if self.wants is SignInWanted.BASIC:
            return 401, [f'WWW-Authenticate: Basic realm="{_REALM}"'], said
        return 400, [], said

    def _signed_in(self, head: str, root: Any) -> bool:  # noqa: ANN401 -- lxml's elements have no common type
        if self.wants is SignInWanted.DIGEST:
            return self._digest_holds(head)
        return self.wants is SignInWanted.NONE or (self.wants is SignInWanted.TOKEN and self._token_holds(root))

    def _digest_holds(self, head: str) -> bool:
        """RFC 7616 with MD5 and qop=auth, as most cameras have it."""
        fields = {
            name: (quoted or plain).encode("latin-1").decode()
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', _header(head, "Authorization"))
        }
        if fields.get("username") != self.user or fields.get("nonce") != self._nonce:
            return False
        method, target, _ = head.split(" ", 2)
        secret, what = _md5(f"{self.user}:{_REALM}:{self.password}"), _md5(f"{method}:{target}")
        due = _md5(f"{secret}:{self._nonce}:{fields.get('nc')}:{fields.get('cnonce')}:auth:{what}")
        return fields.get("uri") == target and secrets.compare_digest(due, fields.get("response", ""))

    def _token_holds(self, root: Any) -> bool:  # noqa: ANN401 -- lxml's elements have no common type
        """WS-Security UsernameToken Profile 1.1, digest; dated within five seconds of the device's own clock."""
        token = root.find(f"{{{ENVELOPE}}}Header/{{{_SECURITY}}}Security/{{{_SECURITY}}}UsernameToken")
        if token is None or token.findtext(f"{{{_SECURITY}}}Username") != self.user:
            return False
        created = token.findtext(f"{{{_UTILITY}}}Created", "")
        nonce = base64.b64decode(token.findtext(f"{{{_SECURITY}}}Nonce", ""))
        ours = hashlib.sha1(nonce + created.encode() + self.password.encode(), usedforsecurity=False).digest()
        with contextlib.suppress(ValueError):
            off = datetime.fromisoformat(created) - self.tells() - timedelta(seconds=self.clock_ahead)
            given = token.findtext(f"{{{_SECURITY}}}Password", "")
            return abs(off.total_seconds()) <= 5 and secrets.compare_digest(base64.b64encode(ours).decode(), given)
        return False


def written(service: str, operation: str, values: saying.Values) -> bytes:
    """Write an answer as the service's description has it."""
    body: bytes = etree.tostring(
        soap.binding(service).get(operation).output.serialize(**values).content, encoding="UTF-8", xml_declaration=True
    )
    return body


def fault(code: str, reason: str, subcode: str = "") -> bytes:
    """Write a SOAP 1.2 fault."""
    inner = f'<e:Subcode><e:Value xmlns:ter="{_ERRORS}">ter:{subcode}</e:Value></e:Subcode>' if subcode else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}"><e:Body><e:Fault><e:Code>'
        f"<e:Value>e:{code}</e:Value>{inner}</e:Code>"
        f'<e:Reason><e:Text xml:lang="en">{reason}</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>'
    ).encode()


def _header(head: str, name: str) -> str:
    found = re.search(rf"^{name}:[ \t]*(.*?)[ \t]*\r$", head, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
