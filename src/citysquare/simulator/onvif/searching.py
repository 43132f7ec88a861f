"""Simulated devices that are found: answers to WS-Discovery probes, sent to the group or to this machine alone."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from citysquare.engine.sources.onvif.discovery import ADDRESSING, DISCOVERY, GROUP, PORT
from citysquare.engine.sources.onvif.soap import ENVELOPE

_MOST_BYTES = 16 * 1024


@dataclass
class Responder(asyncio.DatagramProtocol):
    """Answers for devices, given as (name, address of its device service); `{host}` in it becomes our address on the asker's side."""

    devices: Sequence[tuple[str, str]]
    present: Callable[[str], bool] = lambda _name: True
    """Says by its name whether a device is there yet."""
    transport: asyncio.DatagramTransport | None = field(default=None, repr=False)

    async def start(self, host: str = "127.0.0.1", port: int = PORT, *, group: bool = True) -> int:
        """Listen at `host`, and with `group` to searches by multicast on the interface of that address; return the port. Raises OSError."""
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if group:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # others on the machine may listen to the group too
                interface = socket.inet_aton(host)
                made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + interface)
            made.bind(("" if group else host, port))
            made.setblocking(False)  # noqa: FBT003 -- the socket's signature
        except OSError:
            made.close()
            raise
        self.transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=made)
        return int(made.getsockname()[1])

    def stop(self) -> None:
        """Listen no more."""
        if self.transport is not None:
            self.transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a probe."""
        number = _number(data)
        if number and self.transport is not None:
            host = _towards(addr[0])
            for name, address in self.devices:
                if not self.present(name):
                    continue
                self.transport.sendto(self.answer(number, name, address.replace("{host}", host)), addr)

    def answer(self, number: str, name: str, address: str) -> bytes:
        """Write the answer for one device; tests put other behaviour here."""
        lasting = uuid.uuid5(uuid.NAMESPACE_URL, address)
        scopes = f"onvif://www.onvif.org/name/{name.replace(' ', '%20')} onvif://www.onvif.org/hardware/simulated"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{ENVELOPE}" xmlns:a="{ADDRESSING}" xmlns:d="{DISCOVERY}">'
            f"<e:Header><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{number}</a:RelatesTo>"
            f"<a:To>{ADDRESSING}/role/anonymous</a:To><a:Action>{DISCOVERY}/ProbeMatches</a:Action></e:Header>"
            f"<e:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:{lasting}</a:Address></a:EndpointReference>"
            f'<d:Types xmlns:t="http://www.onvif.org/ver10/network/wsdl">t:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>'
            f"<d:XAddrs>{address}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
        ).encode()


def _towards(asker: str) -> str:
    """Return the address that this machine has on the asker's side."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.connect((asker, PORT))  # sends nothing
        return str(trial.getsockname()[0])


def _number(data: bytes) -> str:
    """Return the number of a probe; empty when it is none."""
    if len(data) > _MOST_BYTES or b"<!" in data:
        return ""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.LxmlError:
        return ""
    asked = root.find(f"{{{ENVELOPE}}}Body/{{{DISCOVERY}}}Probe")
    number = root.findtext(f"{{{ENVELOPE}}}Header/{{{ADDRESSING}}}MessageID", "")
    return number if asked is not None and "<" not in number and "&" not in number else ""
