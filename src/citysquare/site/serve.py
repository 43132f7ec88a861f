"""The web server's process: how it listens, whom it believes, and the certificate it looks at again."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable

import uvicorn

from citysquare import config
from citysquare.site.tls import Serving

LOOK_AGAIN_SECONDS = 10.0
"""How often the certificate's files are looked at."""


def serve(settings: config.Config) -> None:
    """Serve until a signal. Raises CertificateError."""
    serving = Serving(settings) if settings.speaks_tls else None
    asyncio.run(_serve(uvicorn.Server(server_config(settings, serving)), serving))


def server_config(settings: config.Config, serving: Serving | None) -> uvicorn.Config:
    """Return how the web server listens and whom it believes."""
    unix = settings.bind.removeprefix(config.UNIX) if settings.bind.startswith(config.UNIX) else None
    return uvicorn.Config(
        "citysquare.site.asgi:application",
        host=settings.bind.strip("[]"),
        port=settings.port,
        uds=unix,
        loop="asyncio",
        log_config=None,  # the site's own settings say how logs look
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        # Coded pictures do not shrink: compressing them again doubled the web process's share of a core (0.04 to 0.08 for 16 tiles).
        ws_per_message_deflate=False,
        ws_max_size=16384,
        proxy_headers=True,
        # Who reaches the socket is the proxy: the folder's mode sees to that, and a socket has no address to compare.
        forwarded_allow_ips="*" if unix else list(settings.trusted_proxies),
        ssl_context_factory=_context_of(serving) if serving is not None else None,
    )


def _context_of(serving: Serving) -> Callable[[uvicorn.Config, Callable[[], ssl.SSLContext]], ssl.SSLContext]:
    def context(_config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        return serving.context

    return context


async def _serve(server: uvicorn.Server, serving: Serving | None) -> None:
    watching = asyncio.create_task(_watch(serving), name="certificate") if serving is not None else None
    try:
        await server.serve()
    finally:
        if watching is not None:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


async def _watch(serving: Serving) -> None:
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        await asyncio.to_thread(serving.look_again)
