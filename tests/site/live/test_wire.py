"""What pages and hub say to each other."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.model import StreamKey, StreamKind
from citysquare.site.live.wire import (
    MAX_MESSAGE_BYTES,
    MAX_TILES,
    StateChange,
    TileState,
    WireError,
    Wish,
    fragment_message,
    init_message,
    parse_watch,
    state_message,
)


def watch(*tiles: object) -> str:
    return json.dumps({"watch": tiles})


def tile(number: object = 1, camera: object = "cam1", stream: object = "sub") -> dict[str, object]:
    return {"tile": number, "camera": camera, "stream": stream}


def test_a_page_names_the_tiles_it_wants() -> None:
    assert parse_watch(watch(tile(7, "a-1", "main"), tile(8))) == (
        Wish(7, StreamKey("a-1", StreamKind.MAIN)),
        Wish(8, StreamKey("cam1", StreamKind.SUB)),
    )


def test_a_page_may_want_nothing() -> None:
    assert parse_watch(watch()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        '{"watch": 3}',
        watch("tile"),
        watch(tile(stream=["sub"])),
        watch(tile(stream={})),
        watch(tile(-1)),
        watch(tile(2**32)),
        watch(tile(True)),  # noqa: FBT003 -- a boolean is what must be refused
        watch(tile("1")),
        watch(tile(camera="../etc")),
        watch(tile(camera="a" * 65)),
        watch(tile(camera="")),
        watch(tile(camera=5)),
        watch(tile(stream="audio")),
        watch(tile(stream=None)),
        watch(tile(1), tile(1, "cam2")),
        "[" * 10_000,
        "x" * (MAX_MESSAGE_BYTES + 1),
    ],
)
def test_what_is_not_in_the_protocol_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(WireError) as refusal:
        parse_watch(text)
    assert str(refusal.value).endswith(".")


def test_a_page_cannot_want_more_tiles_than_the_limit() -> None:
    assert len(parse_watch(watch(*(tile(number) for number in range(MAX_TILES))))) == MAX_TILES
    with pytest.raises(WireError):
        parse_watch(watch(*(tile(number) for number in range(MAX_TILES + 1))))


@given(st.text(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_message_does_worse_than_a_refusal(text: str) -> None:
    try:
        parse_watch(text)
    except WireError:
        return


def test_an_init_segment_carries_its_codec_string() -> None:
    message = init_message(5, "avc1.64001f", b"ftypmoov")
    kind, number, length = struct.unpack_from(">BIB", message)
    assert (kind, number, message[6 : 6 + length], message[6 + length :]) == (1, 5, b"avc1.64001f", b"ftypmoov")


def test_a_fragment_carries_its_times() -> None:
    message = fragment_message(2**32 - 1, 10, 2**63, b"moofmdat")
    assert struct.unpack_from(">BIQQ", message) == (2, 2**32 - 1, 10, 2**63)
    assert message[21:] == b"moofmdat"


def test_a_state_says_since_when() -> None:
    change = StateChange(TileState.NO_PICTURE, since=0, code="stalled")
    assert json.loads(state_message(3, change)) == {
        "tile": 3,
        "state": "no_picture",
        "since": "1970-01-01T00:00:00.000Z",
        "code": "stalled",
        "message": "",
    }
