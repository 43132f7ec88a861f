"""The door of the live pictures: who gets in, what is refused, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from citysquare.engine.clock import ManualClock
from citysquare.site.live.application import BAD_MESSAGE, FOREIGN_ORIGIN, SIGNED_OUT, Services, serve
from citysquare.site.live.viewer import RECHECK_SECONDS
from citysquare.site.live.wire import MAX_MESSAGE_BYTES
from tests.site.live.stand_ins import CAM1, OpenGate, Tape, hub_of, pass_time

HEADERS = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
WATCH = json.dumps({"watch": [{"tile": 1, "camera": "cam1", "stream": "sub"}]})


class Socket:
    """A browser's end of a socket."""

    def __init__(self, gate: OpenGate, headers: list[tuple[bytes, bytes]]) -> None:
        self.tape = Tape(ManualClock())
        self.hub = hub_of(self.tape)
        self.sent: list[MutableMapping[str, Any]] = []
        self._incoming: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._incoming.put_nowait({"type": "websocket.connect"})
        services = Services(self.hub, self.tape.clock, lambda _headers: gate)
        scope = {"type": "websocket", "headers": headers}
        self.task = asyncio.create_task(serve(scope, self._incoming.get, self._send, services))

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    async def say(self, **message: object) -> None:
        self._incoming.put_nowait({"type": "websocket.receive", **message})
        await pass_time(self.tape.clock, 0.2)

    async def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect"})
        await pass_time(self.tape.clock, 0.2)

    @property
    def closed_with(self) -> int | None:
        return next((message["code"] for message in self.sent if message["type"] == "websocket.close"), None)

    @property
    def texts(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.sent if message.get("text")]

    @property
    def pictures(self) -> list[bytes]:
        return [message["bytes"] for message in self.sent if message.get("bytes")]


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
async def socket(gate: OpenGate) -> AsyncIterator[Socket]:
    socket = Socket(gate, HEADERS)
    await pass_time(socket.tape.clock, 0.05)
    yield socket
    socket.task.cancel()
    await asyncio.gather(socket.task, return_exceptions=True)


async def test_a_page_gets_the_pictures_it_asks_for(socket: Socket) -> None:
    await socket.say(text=WATCH)
    socket.tape.write(CAM1, keyframe=True)
    await pass_time(socket.tape.clock, 0.2)
    assert [message[0] for message in socket.pictures] == [1, 2]
    assert "now" in socket.texts[0]
    assert socket.texts[1]["state"] == "live"


async def test_leaving_ends_the_follower_and_is_logged(socket: Socket, gate: OpenGate) -> None:
    await socket.say(text=WATCH)
    await socket.leave()
    assert socket.task.done()
    assert socket.hub.watched == frozenset()
    assert [entry[0] for entry in gate.log] == ["look", "ended"]


@pytest.mark.parametrize("origin", [None, b"http://elsewhere.example", b"http://localhost:9000", b"null", b"file://"])
async def test_a_foreign_page_is_kept_out(gate: OpenGate, origin: bytes | None) -> None:
    socket = Socket(gate, [HEADERS[0], *([(b"origin", origin)] if origin else [])])
    await asyncio.wait_for(socket.task, 5)
    assert [message["type"] for message in socket.sent] == ["websocket.close"]
    assert socket.closed_with == FOREIGN_ORIGIN


async def test_nobody_looks_without_signing_in(gate: OpenGate) -> None:
    gate.signed_in = False
    socket = Socket(gate, HEADERS)
    await asyncio.wait_for(socket.task, 5)
    assert socket.closed_with == SIGNED_OUT
    assert gate.log == []


async def test_a_session_that_ends_ends_the_pictures(socket: Socket, gate: OpenGate) -> None:
    await socket.say(text=WATCH)
    gate.signed_in = False
    await pass_time(socket.tape.clock, RECHECK_SECONDS + 1)
    assert socket.closed_with == SIGNED_OUT
    assert socket.hub.watched == frozenset()


@pytest.mark.parametrize("message", [{"text": "{"}, {"text": "x" * (MAX_MESSAGE_BYTES + 1)}, {"bytes": b"\x00"}])
async def test_what_is_not_in_the_protocol_closes_the_socket_with_a_sentence(socket: Socket, message: dict[str, object]) -> None:
    await socket.say(**message)
    assert socket.texts[-1]["code"] == "live.bad_message"
    assert socket.closed_with == BAD_MESSAGE
    assert socket.task.done()


async def test_a_server_that_stops_leaves_nothing_behind(socket: Socket, gate: OpenGate) -> None:
    await socket.say(text=WATCH)
    socket.task.cancel()
    await asyncio.gather(socket.task, return_exceptions=True)
    assert socket.hub.watched == frozenset()
    assert [entry[0] for entry in gate.log] == ["look", "ended"]
