"""Answers that are written while they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def streamed(request: HttpRequest, chunks: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    """Return an answer that sends each chunk as it comes. Under ASGI a plain iterator would first be read to its end into memory."""
    body = _stepwise(chunks) if isinstance(request, ASGIRequest) else chunks
    return StreamingHttpResponse(body, content_type=content_type)


async def _stepwise(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Take one chunk after the other in the thread of the request, which has the database's connection; close them in any case."""
    try:
        while (chunk := await sync_to_async(_next)(chunks)) is not None:
            yield chunk
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            await sync_to_async(close)()


def _next(chunks: Iterator[bytes]) -> bytes | None:
    """Return the next chunk, None at the end: a coroutine cannot pass StopIteration on."""
    return next(chunks, None)
