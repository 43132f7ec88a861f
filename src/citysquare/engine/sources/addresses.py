"""Which addresses a source may open, and what may be said of them.

Guards against server-side request forgery (OWASP ASVS 5.0, 1.3.6): the scheme, the host's text and every address it resolves to are
checked, and the connection then goes to the checked address, so that a name which answers differently a moment later gains nothing.
Private networks are allowed, since that is where cameras live.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import PurePath
from urllib.parse import SplitResult, unquote, urlsplit

from citysquare.engine.errors import BadAddress, Unreachable

DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}
MAX_URL = 2048
_NUMERIC_HOST = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+)){0,3}")
_TRANSLATED = tuple(ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96"))
"""IPv6 addresses whose last 32 bits are an IPv4 address: NAT64 (RFC 6052, RFC 8215) and stateless translation (RFC 7915)."""
_THIS_NETWORK = ip_network("0.0.0.0/8")
_METADATA = frozenset(ip_address(text) for text in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"))
"""Addresses at which clouds hand out a machine's credentials, outside the link-local range."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
USER_FIELDS = "user|username|usr|login|loginuse|account"
PASSWORD_FIELDS = "password|passwd|passcode|pass|pwd|psw|pw|loginpas"  # noqa: S105 -- names of fields, no password
FIELD_VALUE = r"(?:(?!_[a-z]+=)[^&])*"
"""What makers call these fields, and how far a value goes: alternatives and a part of regular expressions."""
_SECRET_FIELD = re.compile(
    rf"(?i)([?&/;_](?:{USER_FIELDS}|{PASSWORD_FIELDS}|token|auth|authbasic|authorization|apikey|key|secret|signature)=){FIELD_VALUE}"
)
"""Some makers' addresses carry user and password as fields behind the question mark, or in the path: `/user=…_password=…_channel=1`."""

_Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class CameraUrl:
    """An RTSP address, taken apart."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    """The address as requests carry it: without user and password before the host; some makers write them behind it."""
    path: str = field(repr=False)
    user: str | None
    password: str = field(repr=False, default="")

    @property
    def shown(self) -> str:
        """Host and port as a sentence shows them; the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown_path(self) -> str:
        """The path as a sentence shows it: without user and password, which some makers write into it."""
        return _SECRET_FIELD.sub(r"\1...", self.path) or "/"


def parse_camera_url(url: str) -> CameraUrl:
    """Take an rtsp or rtsps address apart. Raises BadAddress."""
    if len(url) > MAX_URL or not url.isascii() or any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
        raise BadAddress("The address is too long, or has blanks or characters in it that no address has.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress("The address cannot be read; it should look like rtsp://host:554/path.") from None
    if parts.scheme not in DEFAULT_PORTS:
        named = f"{parts.scheme}:// cannot be opened" if parts.scheme else "The address has no scheme"
        raise BadAddress(f"{named}; a camera's address starts with rtsp:// or rtsps://.")
    if not host or port == 0:
        raise BadAddress("The address names no host; it should look like rtsp://host:554/path.")
    port = port or DEFAULT_PORTS[parts.scheme]
    return CameraUrl(
        scheme=parts.scheme,
        host=host,
        port=port,
        target=_target(parts),
        path=parts.path,
        user=None if parts.username is None else unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def _target(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()


def literal_address(host: str) -> _Address | None:
    """Return the address that `host` spells, also as one number, in hexadecimal, octal or short form; None for a name.

    Raises BadAddress, also for one with a zone (`%`): only link-local addresses need one, and a resolver that is asked for `10.0.0.1%.name`
    answers for the name.
    """
    if "%" in host:
        raise BadAddress("An address with a zone (%) is none a camera can have here.")
    try:
        return ip_address(host)
    except ValueError:
        pass
    if _NUMERIC_HOST.fullmatch(host):
        try:
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            raise BadAddress(f"{host} is no address a camera can have.") from None
    return None


def _embedded(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _TRANSLATED):
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None and int(address) >> 32 == 0 and int(address) > 1:
            inner = IPv4Address(int(address))  # ::a.b.c.d, long deprecated
        return inner or address
    return address


@dataclass(frozen=True, slots=True)
class AddressRule:
    """What a source may connect to. Loopback only where it is said: for tests, or for the ports of our own simulator."""

    allow_loopback: bool = False
    loopback_ports: frozenset[int] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """The networks cameras live in; none given: every address that is not refused anyway."""

    def check_url(self, url: str) -> None:
        """Check everything that can be checked without asking the network. Raises BadAddress."""
        camera = parse_camera_url(url)
        address = literal_address(camera.host)
        if address is not None:
            self.check_address(address, camera.port)
        elif camera.host == "localhost" or camera.host.endswith(".localhost"):
            self.check_address(IPv4Address("127.0.0.1"), camera.port)

    def check_address(self, address: _Address, port: int) -> None:
        """Raise BadAddress when `address` must not be connected to."""
        real = _embedded(address)
        if real.is_loopback:
            if not self.allow_loopback and port not in self.loopback_ports:
                raise BadAddress(f"{address} is this machine itself; a camera has an address of its own.")
            return
        refused = real.is_unspecified or real.is_multicast or real.is_link_local or real in _METADATA
        if refused or real in _THIS_NETWORK or real.is_reserved:
            raise BadAddress(f"{address} is no address a camera may have.")
        if self.networks and not any(real in network for network in self.networks):
            raise BadAddress(f"{address} is in none of the networks set up for cameras (camera_networks).")

    async def resolve(self, camera: CameraUrl) -> list[str]:
        """Return the addresses of a camera's host; every one must pass. Raises BadAddress or Unreachable."""
        return await self.resolve_host(camera.host, camera.port)

    async def resolve_host(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, asked for once; every one must pass. Raises BadAddress or Unreachable.

        Connect to what this returns and to nothing else: a name asked again may answer differently.
        """
        literal = literal_address(host)
        if literal is not None:
            self.check_address(literal, port)
            return [str(literal)]
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Unreachable(f"The name {host} is not known in the network.") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            self.check_address(ip_address(address.partition("%")[0]), port)
        return addresses


def redact(url: str) -> str:
    """Return an address without user and password, for logs and messages. Any text is taken; none is refused."""
    head, mark, rest = url.partition("://")
    if not mark:
        return url
    if not _SCHEME.fullmatch(head):
        head, mark, rest = "", "", url  # the mark stands further on; user and password may stand before it
    # A password may hold "/", "?" or "@" unescaped, so whatever stands before the last "@" is taken for credentials.
    shown = _SECRET_FIELD.sub(r"\1...", rest.rpartition("@")[2])
    return f"{head}{mark}{shown}"


def safe_name(url_or_path: str) -> str:
    """Return a camera name of [a-z0-9_-]: host, port and path of an address, or a file's stem. Never empty, at most 80 characters."""
    shown = redact(url_or_path)
    text = shown.partition("://")[2].partition("?")[0] if "://" in shown else PurePath(shown).stem
    name = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
    return name[:80].rstrip("-") or "camera"
