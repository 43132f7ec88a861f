"""No request makes us read, or keep, more than a file of spaces may have.

Django's ASGI handler writes a whole body into a temporary file before any of our code runs, so the limit is set in front of it: `bounded`
wraps the application. A body that says it is too large is not read at all; one that does not say is cut off where it becomes too large.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from citysquare.platform.pages import refusal

LARGEST_BODY = 21_000_000
"""Bytes: the largest file that any page takes, 20 MB, and the form around it."""

CODE = "http.body_too_large"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Coroutine[Any, Any, None]]


class BodyLimitMiddleware:
    """Answer a request whose body says that it is too large, with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse, or pass the request on; the body is not touched."""
        if _length(request.META.get("CONTENT_LENGTH", "")) <= LARGEST_BODY:
            return self.get_response(request)
        message = _("What was sent is larger than %(limit)d MB, so it was not read.") % {"limit": LARGEST_BODY // 1_000_000}
        response = refusal(request, status=413, code=CODE, message=message)
        response.headers["Connection"] = "close"
        return response


def bounded(application: Application, *, limit: int = LARGEST_BODY) -> Application:
    """Return an ASGI application that never takes more than `limit` bytes and one piece of a body."""

    async def guard(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers") or ())
        if _length(headers.get(b"content-length", b"").decode("latin-1")) > limit:
            await application(scope, _unread(), send)
            return
        cut = _Cut(receive, send, limit)
        await application(scope, cut.receive, cut.send)
        if cut.over and not cut.answered:
            await _refuse(send)

    return guard


class _Cut:
    """Counts what comes in, and pretends that the caller hung up where it becomes too much."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self.over = self.answered = False

    async def receive(self) -> Message:
        """Return the next piece of the body."""
        if self.over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.over = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on."""
        self.answered = True
        await self._send(message)


def _unread() -> Receive:
    """Stand in for a body that nobody reads: empty, and then nothing until the answer has been sent."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            await asyncio.Event().wait()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


async def _refuse(send: Send) -> None:
    """Answer in a few words: whoever hides a body's length is no browser with a page open."""
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    body = b'{"type": "urn:citysquare:http.body_too_large", "title": "Too large", "status": 413, "code": "http.body_too_large"}'
    await send({"type": "http.response.body", "body": body})


def _length(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
