"""RTSP 1.0 messages (RFC 2326): requests written, replies and the camera's own requests read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from citysquare.engine.errors import Garbled

MAX_HEAD = 16_384
MAX_BODY = 65_536
_MAX_HEADERS = 64
_STATUS_LINE = re.compile(r"RTSP/1\.\d (\d{3})(?: (.*))?")
_REQUEST_LINE = re.compile(r"([A-Z_]{1,32}) (\S+) RTSP/1\.\d")


@dataclass(frozen=True, slots=True)
class Message:
    """A reply (`status` > 0) or a request of the camera (`method`)."""

    status: int
    method: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order they came."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of that name (lower case), or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def every(self, name: str) -> list[str]:
        """Return all headers of that name."""
        return [value for key, value in self.headers if key == name]


def parse_head(head: bytes) -> tuple[Message, int]:
    """Read what stands before the empty line; return it and the length of the body that follows. Raises Garbled."""
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    if len(lines) > _MAX_HEADERS:
        raise Garbled("The camera's reply has too many headers.")
    status = _STATUS_LINE.fullmatch(first)
    request = _REQUEST_LINE.fullmatch(first)
    if status is None and request is None:
        if first.startswith("HTTP/"):
            raise Garbled("What answers speaks HTTP, not RTSP; it may be the camera's web page, whose port is another.")
        raise Garbled("What answers does not speak RTSP.")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and headers:  # a continued header line
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    message = Message(int(status[1]) if status else 0, request[1] if request else "", tuple(headers))
    length = message.header("content-length")
    if length and (not length.isdecimal() or len(length) > 6 or int(length) > MAX_BODY):
        raise Garbled("The camera announces a reply of absurd length.")
    return message, int(length or 0)


def write_request(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a request without body. Raises Garbled where a value would break out of its line."""
    lines = [f"{method} {target} RTSP/1.0", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise Garbled("The camera gave an address with line breaks in it.")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def write_reply(status: int, reason: str, sequence: str) -> bytes:
    """Return a reply to a request of the camera."""
    number = sequence if sequence.isdecimal() and len(sequence) < 12 else "0"
    return f"RTSP/1.0 {status} {reason}\r\nCSeq: {number}\r\n\r\n".encode("ascii")
