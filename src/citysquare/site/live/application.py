"""The ASGI door of the live pictures: `/live/`."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from citysquare.engine.clock import SystemClock
from citysquare.engine.footage import Tail, read_status
from citysquare.engine.model import StreamKey
from citysquare.engine.ports import Clock
from citysquare.platform.doors import guarded_socket
from citysquare.platform.hosts import same_origin
from citysquare.platform.looks import Why
from citysquare.platform.policy import Action
from citysquare.site.live.gate import gate_of, headers_of
from citysquare.site.live.hub import Footage, Hub, LastSeen
from citysquare.site.live.viewer import RECHECK_SECONDS, Gate, Viewer
from citysquare.site.live.wire import MAX_MESSAGE_BYTES, StateChange, TileState, WireError, hello_message, parse_watch, state_message

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BAD_MESSAGE = 1008
"""Close code: what was sent is not in the protocol (RFC 6455, 7.4.1)."""
SIGNED_OUT = 4401
FOREIGN_ORIGIN = 4403
_BETWEEN_WISHES = 0.05
"""Seconds between two wanted sets that are heeded: a page that sends more waits."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """What a socket needs."""

    hub: Hub
    clock: Clock
    gate_of: Callable[[dict[str, str]], Gate]


@functools.cache
def _services() -> Services:
    root = settings.CITYSQUARE.store_dir

    def last_seen(key: StreamKey) -> LastSeen:
        for status in read_status(root):
            if status.key == key:
                return LastSeen(status.last_picture, status.cause.value if status.cause is not None else "")
        return LastSeen()

    clock = SystemClock()
    pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
    return Services(Hub(Footage(lambda key: Tail(root, key), last_seen), clock, pool), clock, gate_of)


@guarded_socket(Action.LIVE_VIEW)
async def live_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one page's live pictures. Each camera asked for passes `platform.doors.look`."""
    await serve(scope, receive, send, _services())


async def serve(scope: Scope, receive: Receive, send: Send, services: Services) -> None:
    """Serve one socket until the page goes, its session ends or it breaks the protocol."""
    await receive()  # websocket.connect
    if not same_origin(scope["headers"]):
        await send({"type": "websocket.close", "code": FOREIGN_ORIGIN})
        return
    gate = services.gate_of(headers_of(scope["headers"]))
    await send({"type": "websocket.accept"})
    if not await gate.still_signed_in():
        await send({"type": "websocket.close", "code": SIGNED_OUT})
        return
    viewer = Viewer(services.hub, gate, services.clock)
    await send({"type": "websocket.send", "text": hello_message(time.time())})
    writer = asyncio.create_task(_write(viewer, send), name="live writer")
    checker = asyncio.create_task(_check(viewer, services.clock), name="live checker")
    reader = asyncio.create_task(_read(viewer, receive, services.clock), name="live reader")
    try:
        done, _ = await asyncio.wait({writer, checker, reader}, return_when=asyncio.FIRST_COMPLETED)
        await _say_goodbye(done, reader, checker, send)
    finally:
        for task in (writer, checker, reader):
            task.cancel()
        await asyncio.gather(writer, checker, reader, return_exceptions=True)
        await viewer.close(Why.SIGNED_OUT if checker.done() and not checker.cancelled() else Why.LEFT)


async def _say_goodbye(done: set[asyncio.Task[None]], reader: asyncio.Task[None], checker: asyncio.Task[None], send: Send) -> None:
    """Close the socket with a code that says why, unless the page has gone already."""
    if reader in done:
        error = reader.exception()
        if isinstance(error, WireError):
            refusal = StateChange(TileState.ERROR, None, error.code, str(error))
            await send({"type": "websocket.send", "text": state_message(0, refusal)})
            await send({"type": "websocket.close", "code": BAD_MESSAGE})
        elif error is not None:
            raise error
    elif checker in done:
        checker.result()
        await send({"type": "websocket.close", "code": SIGNED_OUT})


async def _read(viewer: Viewer, receive: Receive, clock: Clock) -> None:
    """Heed what the page wants until it goes."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None or len(text) > MAX_MESSAGE_BYTES:
            raise WireError(f"A message must be text of at most {MAX_MESSAGE_BYTES} bytes.")
        await viewer.watch(parse_watch(text))
        await clock.sleep(_BETWEEN_WISHES)


async def _write(viewer: Viewer, send: Send) -> None:
    """Send what waits until the page is gone. `send` holds us up while the page is slow; the outbox then skips ahead."""
    try:
        while True:
            for message in await viewer.outbox.next():
                if isinstance(message, bytes):
                    await send({"type": "websocket.send", "bytes": message})
                else:
                    await send({"type": "websocket.send", "text": message})
    except OSError:
        _log.debug("live: the page has gone")


async def _check(viewer: Viewer, clock: Clock) -> None:
    """Ask for rights again and again; ends with the session."""
    await clock.sleep(RECHECK_SECONDS)
    while await viewer.recheck():
        await clock.sleep(RECHECK_SECONDS)
