"""The protocol between a page and the hub. All lengths are bounded; what a page sends is never trusted.

Page to hub, text: `{"watch": [{"tile": 7, "camera": "<id>", "stream": "sub"}]}` is the full wanted set and replaces the former one. A page
gives each new wish a tile number it has not used before, so that late pictures of the old wish cannot be mistaken for the new one's.

Hub to page, binary, big-endian:

    1 | tile u32 | length u8 | codec string (RFC 6381) | init segment
    2 | tile u32 | start u64 | end u64 | (moof mdat)+        start and end in ticks (1/90 000 s since 1970)

Hub to page, text: `{"now": seconds since 1970}` once, then `{"tile", "state", "since", "code", "message"}` whenever a tile's state changes.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from citysquare.engine.model import StreamKey, StreamKind, iso_from_ticks

MAX_MESSAGE_BYTES = 16 * 1024
MAX_TILES = 64

_CAMERA = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_TILE_NUMBER = 2**32 - 1


class WireError(Exception):
    """A page sent something that is not in the protocol. `code` is stable, the message one sentence."""

    code = "live.bad_message"


class TileState(StrEnum):
    """What a tile shows."""

    LIVE = "live"
    NO_PICTURE = "no_picture"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Wish:
    """A tile and the stream it wants."""

    tile: int
    key: StreamKey


@dataclass(frozen=True, slots=True)
class StateChange:
    """What is said of a stream when its state changes. `since` in ticks, None when no picture is known."""

    state: TileState
    since: int | None = None
    code: str = ""
    message: str = ""


def parse_watch(text: str) -> tuple[Wish, ...]:
    """Return the wanted set of a page's message.

    Raises WireError for anything else.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise WireError(f"A message may hold at most {MAX_MESSAGE_BYTES} bytes.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("A message must be JSON.") from error
    watch = message.get("watch") if isinstance(message, dict) else None
    if not isinstance(watch, list):
        raise WireError("A message must name the tiles to watch.")
    if len(watch) > MAX_TILES:
        raise WireError(f"A page may watch at most {MAX_TILES} tiles.")
    wishes = tuple(_wish(item) for item in watch)
    if len({wish.tile for wish in wishes}) != len(wishes):
        raise WireError("A tile may be named once only.")
    return wishes


def _wish(item: object) -> Wish:
    if not isinstance(item, dict):
        raise WireError("A tile must be an object.")
    tile, camera, stream = item.get("tile"), item.get("camera"), item.get("stream")
    if not isinstance(tile, int) or isinstance(tile, bool) or not 0 <= tile <= _MAX_TILE_NUMBER:
        raise WireError("A tile must have a number.")
    if not isinstance(camera, str) or not _CAMERA.fullmatch(camera):
        raise WireError("A tile must name a camera.")
    if not isinstance(stream, str) or stream not in {StreamKind.MAIN.value, StreamKind.SUB.value}:
        raise WireError("A stream must be main or sub.")
    return Wish(tile, StreamKey(camera, StreamKind(stream)))


def init_message(tile: int, codec_string: str, init: bytes) -> bytes:
    """Return the message that opens a tile's stream, or gives it new parameters."""
    codec = codec_string.encode("ascii")[:255]
    return struct.pack(">BIB", 1, tile, len(codec)) + codec + init


def fragment_message(tile: int, start: int, end: int, data: bytes) -> bytes:
    """Return the message that carries one fragment, or several joined."""
    return struct.pack(">BIQQ", 2, tile, start, end) + data


def state_message(tile: int, change: StateChange) -> str:
    """Return the message that tells a tile's state."""
    since = None if change.since is None else iso_from_ticks(change.since)
    return json.dumps({"tile": tile, "state": change.state, "since": since, "code": change.code, "message": change.message})


def hello_message(now: float) -> str:
    """Return the message that tells the hub's time, so that a page with a wrong clock can still say how far behind it is."""
    return json.dumps({"now": now})
