"""Simulated devices, and those that mean harm; what was said is held against ONVIF's schema by a second library."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import xmlschema
from lxml import etree

from citysquare.engine.clock import SystemClock
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import Credentials, Device, describe, soap
from citysquare.simulator.onvif import OnvifDevice, SignInWanted, Stream

RULE = AddressRule(allow_loopback=True)
PASSWORD = "Größe+7 &<x>"
RIGHT = Credentials("operator", PASSWORD)
XSD = "{http://www.w3.org/2001/XMLSchema}schema"

MAIN = Stream("main", 1920, 1080, "rtsp://127.0.0.1:8554/cam1/main", ptz=True)
SUB = Stream("sub", 640, 360, "rtsp://127.0.0.1:8554/cam1/sub", fps=12, bitrate=512)


@dataclass
class Hostile(OnvifDevice):
    """A device whose raw answers a test makes. `twist` gets the honest answer, head and body, and returns what is sent."""

    twist: Callable[[bytes], Awaitable[bytes] | bytes] | None = None
    only: str = ""
    """The operation whose answer is twisted; empty: each."""

    async def reply(self, head: str, body: bytes) -> bytes:
        honest = await super().reply(head, body)
        if self.twist is None or (self.only and self.only.encode() not in body):
            return honest
        twisted = self.twist(honest)
        return twisted if isinstance(twisted, bytes) else await twisted


def device(*streams: Stream, **values: Any) -> Hostile:  # noqa: ANN401 -- the device's fields
    return Hostile(list(streams or (MAIN, SUB)), **{"password": PASSWORD, "keeps": 50, **values})


@asynccontextmanager
async def running(one: OnvifDevice) -> AsyncIterator[str]:
    """Run a device; give its address."""
    port = await one.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await one.stop()


async def described(one: OnvifDevice, credentials: Credentials | None = RIGHT, **values: Any) -> Device:  # noqa: ANN401 -- arguments of `describe`
    async with running(one) as address:
        return await describe(address, credentials, **{"rule": RULE, "clock": SystemClock(), **values})


def body_of(envelope: bytes) -> bytes:
    """Return an answer that carries this envelope."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(envelope)}\r\nContent-Type: application/soap+xml\r\n\r\n"
    return head.encode() + envelope


@cache
def schema(service: str) -> xmlschema.XMLSchema11:
    path = soap.descriptions() / {soap.DEVICE: "ver10/device/wsdl/devicemgmt.wsdl", soap.MEDIA1: "ver10/media/wsdl/media.wsdl"}.get(
        service, "ver20/media/wsdl/media.wsdl"
    )
    inside = etree.parse(path).find(f".//{XSD}")
    assert inside is not None
    with warnings.catch_warnings():
        # ONVIF describes tds:Capabilities at two places with different counts, which is allowed.
        warnings.simplefilter("ignore", xmlschema.XMLSchemaTypeTableWarning)
        return xmlschema.XMLSchema11(etree.tostring(inside).decode(), base_url=f"{path.parent}/", allow="local")


def misfits(service: str, envelope: bytes) -> list[str]:
    """Say where a message's body breaks the schema."""
    inside = etree.fromstring(envelope).find(f"{{{soap.ENVELOPE}}}Body/*")
    assert inside is not None
    return [str(error.reason) for error in schema(service).iter_errors(etree.tostring(inside).decode())]


async def silence(_: bytes) -> bytes:
    await asyncio.sleep(30)
    return b""


__all__ = [
    "MAIN",
    "PASSWORD",
    "RIGHT",
    "RULE",
    "SUB",
    "Hostile",
    "SignInWanted",
    "Stream",
    "body_of",
    "described",
    "device",
    "misfits",
    "running",
]
