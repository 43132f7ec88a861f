"""The site as an ASGI application: pages to Django, live pictures to their hub, and what the web process does of itself."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citysquare.site.settings")
# WhiteNoise hands files over as synchronous streams. Ours are small, so that Django may well read each as a whole.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
_pages = get_asgi_application()

from citysquare.platform.bodies import bounded  # noqa: E402 -- models exist only after Django is set up
from citysquare.site import noting  # noqa: E402 -- as above
from citysquare.site.live.application import live_application  # noqa: E402 -- as above

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LIVE_PATH = "/live/"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand each connection to whom it belongs."""
    if scope["type"] == "lifespan":
        await _live_as_long_as_the_server(receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)
    else:
        await _bounded_pages(scope, receive, send)


async def _django(scope: Scope, receive: Receive, send: Send) -> None:
    await _pages(cast("dict[str, Any]", scope), receive, cast("Callable[[Mapping[str, Any]], Awaitable[None]]", send))


_bounded_pages = bounded(_django)


async def _socket(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == LIVE_PATH:
        await live_application(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def _live_as_long_as_the_server(receive: Receive, send: Send) -> None:
    """Run what the web process does of itself between the server's start and its end."""
    running: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            running = noting.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await noting.stop(running)
            await send({"type": "lifespan.shutdown.complete"})
            return
