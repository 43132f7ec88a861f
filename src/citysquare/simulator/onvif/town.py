"""All cameras of a simulated town as ONVIF devices behind one port: `/camN/onvif/device_service`, no password, like their streams."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Protocol

from citysquare.engine.sources.onvif import soap
from citysquare.engine.sources.onvif.soap import DEVICE, MEDIA1, MEDIA2
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.onvif.device import OnvifDevice, SignInWanted
from citysquare.simulator.onvif.saying import Stream
from citysquare.simulator.onvif.searching import Responder

_REQUEST = re.compile(r"POST /([a-z0-9]{1,20})/onvif/[a-z0-9_]{1,40} HTTP/1\.[01]\r\n")
_SILENT = 10.0
"""Seconds after which a question that does not end is left."""


class _Pictures(Protocol):
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class TownCamera(Protocol):
    """What is needed of a simulated camera."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether there is anything to show."""
        ...

    def stream(self, name: str) -> _Pictures:
        """Give the present pictures of `main` or `sub`."""
        ...


class OnvifTown:
    """Answers for every camera that is ready, and to searches where the usual port is free."""

    def __init__(self, cameras: Sequence[TownCamera], rtsp_port: int) -> None:
        """`rtsp_port` is where the streams are."""
        self._cameras = {camera.name: camera for camera in cameras}
        self._rtsp_port = rtsp_port
        self._server: asyncio.Server | None = None
        self._responder: Responder | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port. Raises SimulatorError when it is taken."""
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=64 * 1024)
        except OSError as error:
            raise SimulatorError(f"Port {port} on {host} is taken by another program; choose another one with --onvif-port.") from error
        return int(self._server.sockets[0].getsockname()[1])

    async def be_found(self, host: str, port: int) -> bool:
        """Answer searches at the usual port with addresses at `port`; say whether the usual port was free."""
        named = [(name, f"http://{{host}}:{port}/{name}/onvif/device_service") for name in self._cameras]
        responder = Responder(named, present=lambda name: self._cameras[name].ready)
        try:
            await responder.start(host, group=not host.startswith("127."))
        except OSError:
            return False
        self._responder = responder
        return True

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        if self._responder is not None:
            self._responder.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, TimeoutError):
            async with asyncio.timeout(_SILENT):
                host, port = writer.get_extra_info("sockname")[:2]
                await self._answer(str(host), int(port), reader, writer)
        writer.close()

    async def _answer(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        asked = _REQUEST.match(head)
        camera = self._cameras.get(asked[1]) if asked else None
        if camera is None or not camera.ready:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            for service in (DEVICE, MEDIA1, MEDIA2):  # read once, beside the cameras, which must not wait for it
                await asyncio.to_thread(soap.client, service)
            writer.write(await self._device(camera, host, port).answered(head, reader))
        await writer.drain()

    def _device(self, camera: TownCamera, host: str, port: int) -> OnvifDevice:
        address = f"[{host}]" if ":" in host else host
        streams = []
        for kind, bitrate in (("main", 2048), ("sub", 512)):
            reel = camera.stream(kind)
            url = f"rtsp://{address}:{self._rtsp_port}/{camera.name}/{kind}"
            streams.append(Stream(kind, reel.width, reel.height, url, bitrate=bitrate))
        base = f"http://{address}:{port}/{camera.name}"
        return OnvifDevice(streams, name="Simulated camera", serial=camera.name, wants=SignInWanted.NONE, named_base=base)
