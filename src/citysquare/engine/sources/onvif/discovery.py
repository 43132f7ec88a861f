"""Looking for devices: WS-Discovery 1.0 (April 2005, as ONVIF core section 7 wants it), over UDP.

One question by multicast through each interface that leads to a network asked for, and one to each address by itself. An answer counts
when it comes from such an address, belongs to our question and is small; of the addresses it names only its own is believed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote

from lxml import etree

from citysquare.engine.errors import BadAddress, EngineError
from citysquare.engine.sources.addresses import AddressRule, literal_address
from citysquare.engine.sources.onvif import MOST_HOSTS
from citysquare.engine.sources.onvif.model import Found
from citysquare.engine.sources.onvif.soap import ENVELOPE, is_utf8, tidy
from citysquare.engine.sources.onvif.wire import DEVICE_PATH, Place, parse_place

PORT = 3702
GROUP = "239.255.255.250"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_TYPES = (
    'xmlns:t="http://www.onvif.org/ver10/network/wsdl">t:NetworkVideoTransmitter',
    'xmlns:t="http://www.onvif.org/ver10/device/wsdl">t:Device',
)
"""What is looked for; devices answer to the one or the other."""
_SCOPE = "onvif://www.onvif.org/"
_MOST_BYTES = 16 * 1024
_MOST_ANSWERS = 4096
_MOST_OF_ONE_HOST = 64
_AT_ONCE, _PAUSE = 32, 0.02
"""So many questions, then so many seconds' rest: 1024 addresses take about 1.3 s and flood no small switch."""

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


@dataclass(slots=True)
class _Search:
    """What is asked, and what came."""

    networks: Sequence[_Network]
    rule: AddressRule
    asked: dict[str, bytes] = field(default_factory=lambda: dict(_questions()))
    """Message number -> question."""
    found: dict[tuple[str, int, str], Found] = field(default_factory=dict)
    taken: int = 0

    def wants(self, address: _Address) -> bool:
        """Say whether this address may be asked and heard."""
        if not any(address in network for network in self.networks):
            return False
        try:
            self.rule.check_address(address, PORT)
        except BadAddress:
            return self._is_own_simulator(address)
        return True

    def _is_own_simulator(self, address: _Address) -> bool:
        return address.is_loopback and bool(self.rule.loopback_ports)

    def take(self, data: bytes, sender: str) -> None:
        """Take an answer; what is no answer to us is left alone."""
        self.taken += 1
        if self.taken > _MOST_ANSWERS or len(data) > _MOST_BYTES:
            return
        with contextlib.suppress(ValueError, EngineError, etree.LxmlError):
            address = ip_address(sender.partition("%")[0])
            if self.wants(address):
                for one in self._matches(data, str(address)):
                    self._keep(one)

    def _keep(self, one: Found) -> None:
        with contextlib.suppress(BadAddress):
            self.rule.check_address(ip_address(one.host), one.port)
            if sum(key[0] == one.host for key in self.found) < _MOST_OF_ONE_HOST:
                self.found.setdefault((one.host, one.port, one.path), one)

    def _matches(self, data: bytes, sender: str) -> Iterator[Found]:
        if b"<!" in data.replace(b"<!--", b"") or not is_utf8(data):
            return
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False))
        if root.findtext(f"{{{ENVELOPE}}}Header/{{{ADDRESSING}}}RelatesTo", "").strip() not in self.asked:
            return
        for match in root.findall(f".//{{{DISCOVERY}}}ProbeMatch")[:8]:
            types = match.findtext(f"{{{DISCOVERY}}}Types", "")
            scopes = match.findtext(f"{{{DISCOVERY}}}Scopes", "").split()[:64]
            if "NetworkVideoTransmitter" in types or any(scope.startswith(_SCOPE) for scope in scopes):
                place = _place(match.findtext(f"{{{DISCOVERY}}}XAddrs", ""), sender)
                yield Found(
                    host=sender,
                    port=place.port,
                    path=place.path,
                    endpoint=tidy(match.findtext(f"{{{ADDRESSING}}}EndpointReference/{{{ADDRESSING}}}Address", "")),
                    name=_said(scopes, "name"),
                    hardware=_said(scopes, "hardware"),
                    location=_said(scopes, "location"),
                )


def _said(scopes: Sequence[str], kind: str) -> str:
    start = f"{_SCOPE}{kind}/"
    return tidy(", ".join(unquote(scope[len(start) :]) for scope in scopes if scope.startswith(start)))


def _place(addresses: str, sender: str) -> Place:
    """Return the first address that is the sender's own; else the usual place at the sender."""
    for text in addresses.split()[:16]:
        with contextlib.suppress(BadAddress):
            place = parse_place(text)
            if place.scheme == "http" and str(literal_address(place.host)) == sender:
                return place
    return Place("http", sender, 80, DEVICE_PATH)


def _questions() -> Iterator[tuple[str, bytes]]:
    for types in _TYPES:
        number = f"urn:uuid:{uuid.uuid4()}"
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}" xmlns:a="{ADDRESSING}" xmlns:d="{DISCOVERY}">'
            f"<e:Header><a:MessageID>{number}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
            f"<a:Action>{DISCOVERY}/Probe</a:Action></e:Header>"
            f"<e:Body><d:Probe><d:Types {types}</d:Types></d:Probe></e:Body></e:Envelope>"
        )
        yield number, text.encode("ascii")


class _Hearing(asyncio.DatagramProtocol):
    def __init__(self, search: _Search) -> None:
        self._search = search

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._search.take(data, addr[0])


async def discover(
    networks: Sequence[_Network],
    *,
    rule: AddressRule,
    timeout: float,  # noqa: ASYNC109 -- see the package
    port: int = PORT,
) -> list[Found]:
    """See the package. `port` is for tests."""
    if sum(network.num_addresses for network in networks) > MOST_HOSTS:
        raise BadAddress(f"A search asks at most {MOST_HOSTS} addresses; name smaller networks, such as 10.20.0.0/24.")
    search = _Search(networks, rule)
    async with contextlib.AsyncExitStack() as open_sockets:
        ways = [await _way(search, network, open_sockets) for network in networks]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                # Asked twice: a datagram may be lost, and a device waits up to half a second before it answers.
                for _ in range(2):
                    for network, way in zip(networks, ways, strict=True):
                        if way is not None:
                            await _ask(search, network, way, port)
                    await asyncio.sleep(timeout / 3)
                await asyncio.Event().wait()
    return sorted(search.found.values(), key=lambda one: (ip_address(one.host).version, int(ip_address(one.host)), one.port, one.path))


async def _way(search: _Search, network: _Network, stack: contextlib.AsyncExitStack) -> asyncio.DatagramTransport | None:
    """Open a socket at the interface that leads to `network`; None where nothing leads there."""
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    first = next(iter(network.hosts()), network.network_address)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.connect((str(first), PORT))  # sends nothing; the system says which of our addresses it would send from
            own = trial.getsockname()[0]
        made = socket.socket(family, socket.SOCK_DGRAM)
        stack.callback(made.close)
        if family == socket.AF_INET:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        made.setblocking(False)  # noqa: FBT003 -- the socket's signature
        made.bind((own, 0))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Hearing(search), sock=made)
    except OSError:
        return None
    stack.callback(transport.abort)
    return transport


async def _ask(search: _Search, network: _Network, way: asyncio.DatagramTransport, port: int) -> None:
    if network.version == 4:
        for question in search.asked.values():
            way.sendto(question, (GROUP, port))
    hosts: list[_Address] = [network.network_address] if network.num_addresses == 1 else list(network.hosts())
    for number, host in enumerate(host for host in hosts if search.wants(host)):
        for question in search.asked.values():
            way.sendto(question, (str(host), port))
        if number % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(_PAUSE)
