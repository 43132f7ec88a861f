"""How a request travels to a device: HTTP over a connection to an address that was checked, and to no other.

One request a connection; no redirect is followed, no compressed answer taken, heads and bodies are bounded. Time is bounded by the
caller, around everything (`asyncio.timeout`): a device that sends a byte now and then gains nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import h11

from citysquare.engine.errors import BadAddress, Garbled, NotOnvif, Refused, SourceError, Unreachable
from citysquare.engine.sources.addresses import MAX_URL, AddressRule, literal_address

DEVICE_PATH = "/onvif/device_service"
"""Where the ONVIF core specification (5.1.1) puts a device's first service."""
MAX_HEAD = 16 * 1024
MAX_BODY = 2 * 1024 * 1024
"""A recorder of 64 channels describes its profiles in about 600 KB."""
_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device's services are, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """Host and port as a sentence or a Host header shows them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address, whole."""
        return f"{self.scheme}://{self.shown}{self.path}"


def parse_place(text: str) -> Place:
    """Take a host, host:port or http(s) address apart. Raises BadAddress."""
    if len(text) > MAX_URL or not text.isascii() or any(ord(char) <= 0x20 or ord(char) == 0x7F for char in text):
        raise BadAddress("The address is too long, or has blanks or characters in it that no address has.")
    if "://" not in text and text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"  # an IPv6 address by itself
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("The address cannot be read; it should be a host, or look like http://host:80/onvif/device_service.") from None
    if parts.scheme not in _PORTS:
        raise BadAddress(f"{parts.scheme}:// cannot be asked over ONVIF; give a host, or an address that starts with http:// or https://.")
    if not host or port == 0:
        raise BadAddress("The address names no host; it should be a host, or look like http://host:80/onvif/device_service.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("User and password do not belong into the address; they have their own fields.")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], path if len(path) > 1 else DEVICE_PATH)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    challenges: tuple[str, ...]
    """The WWW-Authenticate headers."""
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Wire:
    """The way to one device. Make it with `lay`."""

    place: Place
    addresses: list[str]
    """What the host's name stood for when it was asked, once; all were checked."""

    @classmethod
    async def lay(cls, place: Place, rule: AddressRule) -> Wire:
        """Resolve the host once and check what it stands for. Raises BadAddress or Unreachable."""
        if place.host == "localhost" or place.host.endswith(".localhost"):
            rule.check_address(ip_address("127.0.0.1"), place.port)
        return cls(place, await rule.resolve_host(place.host, place.port))

    def path_of(self, address: str) -> str:
        """Return the path of a service's address that the device named. Host and port stay those that were asked."""
        try:
            place = parse_place(address)
        except BadAddress:
            raise NotOnvif(f"{self.place.shown} names an address for one of its services that cannot be read.") from None
        return place.path

    def is_own(self, host: str) -> bool:
        """Say whether `host`, named by the device, is the host that was asked."""
        if host.lower() == self.place.host.lower():
            return True
        try:
            literal = literal_address(host)
        except BadAddress:
            return False
        return literal is not None and str(literal) in self.addresses

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send one request and return its answer. Raises Unreachable, Refused, NotOnvif or Garbled."""
        reader, writer = await self._connect()
        try:
            answer = await self._exchange(reader, writer, _request(self.place.shown, path, body, headers), body)
        except (OSError, asyncio.IncompleteReadError):
            raise Unreachable(f"{self.place.shown} closed the connection before it had answered.") from None
        except h11.RemoteProtocolError:
            raise NotOnvif(f"What answers at {self.place.shown} does not speak HTTP; check the port of the camera's web pages.") from None
        finally:
            writer.transport.abort()
        if 300 <= answer.status < 400:
            raise NotOnvif(
                f"{self.place.shown} sends on to another address, which is not followed; give the address it should be asked at."
            )
        return answer

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        place = self.place
        secure = ssl.create_default_context() if place.scheme == "https" else None
        trouble: SourceError = Unreachable(f"{place.shown} cannot be reached.")
        for address in self.addresses:
            try:
                return await asyncio.open_connection(
                    address, place.port, ssl=secure, server_hostname=place.host if secure else None, limit=_CHUNK
                )
            except ssl.SSLCertVerificationError:
                trouble = Refused(f"The certificate of {place.shown} is not one this machine trusts.")
            except ssl.SSLError:
                trouble = Unreachable(f"{place.shown} does not speak TLS; try http:// instead of https://.")
            except ConnectionRefusedError:
                trouble = Unreachable(f"Nothing listens at {place.shown}; check the port of the camera's web pages.")
            except OSError:
                trouble = Unreachable(f"{place.shown} cannot be reached; check its address, its power and the network between.")
        raise trouble

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes) -> Answer:
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        for part in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(http.send(part) or b"")
        await writer.drain()
        head: h11.Response | None = None
        content = bytearray()
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > MAX_BODY:
                    raise Garbled(f"{self.place.shown} answers with more than a description can hold.")
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _answer(self.place, head, bytes(content))
            elif not isinstance(event, h11.InformationalResponse):
                raise NotOnvif(f"What answers at {self.place.shown} does not speak HTTP; check the port of the camera's web pages.")


def _request(host: str, path: str, body: bytes, headers: dict[str, str]) -> h11.Request:
    every = {"Host": host, "Content-Length": str(len(body)), "Connection": "close", "Accept-Encoding": "identity", **headers}
    # As bytes: a user's name in a sign-in may be outside ASCII.
    return h11.Request(method="POST", target=path, headers=[(name.encode(), value.encode()) for name, value in every.items()])


def _answer(place: Place, head: h11.Response, body: bytes) -> Answer:
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in head.headers):
        raise Garbled(f"{place.shown} answers in a packed form that was not asked for.")
    challenges = tuple(value.decode("latin-1") for name, value in head.headers if name == b"www-authenticate")
    return Answer(head.status_code, challenges[:8], body)
