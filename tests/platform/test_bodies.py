"""A body that is too large is refused before it is read: two gigabytes cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from django.test import Client

from citysquare.platform.bodies import LARGEST_BODY, bounded

TWO_GIGABYTES = 2_000_000_000
Message = MutableMapping[str, Any]


class Browser:
    """Sends a body in pieces of 64 kB, for ever, and notes what it sent and what came back."""

    def __init__(self) -> None:
        self.sent = 0
        self.answers: list[Message] = []

    async def receive(self) -> Message:
        self.sent += 65_536
        return {"type": "http.request", "body": bytes(65_536), "more_body": True}

    async def send(self, message: Message) -> None:
        self.answers.append(message)


async def reader(scope: Message, receive: Any, send: Any) -> None:  # noqa: ANN401 -- an ASGI application
    """As Django does: read all of the body first, give up when the caller hangs up."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})


def scope(**headers: str) -> Message:
    return {"type": "http", "headers": [(name.encode().replace(b"_", b"-"), value.encode()) for name, value in headers.items()]}


def test_a_body_that_says_it_is_too_large_is_not_read_at_all() -> None:
    browser = Browser()
    asyncio.run(bounded(reader)(scope(content_length=str(TWO_GIGABYTES)), browser.receive, browser.send))
    assert browser.sent == 0


def test_a_body_that_does_not_say_is_cut_where_it_becomes_too_large() -> None:
    browser = Browser()
    asyncio.run(bounded(reader)(scope(transfer_encoding="chunked"), browser.receive, browser.send))
    assert LARGEST_BODY < browser.sent <= LARGEST_BODY + 65_536
    assert browser.answers[0]["status"] == 413


def test_a_body_within_the_limit_passes_untouched() -> None:
    seen: list[Message] = []

    async def once() -> Message:
        return {"type": "http.request", "body": b"a=1", "more_body": False}

    async def note(scope: Message, receive: Any, send: Any) -> None:  # noqa: ANN401 -- an ASGI application
        seen.append(await receive())

    browser = Browser()
    asyncio.run(bounded(note)(scope(content_length="3"), once, browser.send))
    assert seen == [{"type": "http.request", "body": b"a=1", "more_body": False}]


@pytest.mark.django_db
def test_a_page_says_that_what_was_sent_is_too_large() -> None:
    answer = Client(headers={"accept": "text/html"}).post("/spaces/import/", CONTENT_LENGTH=str(TWO_GIGABYTES))
    assert answer.status_code == 413
    assert "http.body_too_large" in answer.content.decode()
