"""What waits for one page."""

from __future__ import annotations

import asyncio
import json
import struct

from citysquare.engine.footage import TailFragment
from citysquare.site.live.outbox import MAX_WAITING_FRAGMENTS, Outbox
from citysquare.site.live.wire import StateChange, TileState


def fragment(number: int, *, key: bool = False, init: bytes = b"init") -> TailFragment:
    return TailFragment(
        init=init, codec_string="avc1.4d401e", start=number, end=number + 1, key=key, data=b"%03d" % number, width=640, height=360
    )


def described(messages: list[str | bytes]) -> list[str]:
    """A word per message: what it is, of which tile, and what it carries."""
    words = []
    for message in messages:
        if isinstance(message, str):
            words.append(f"state {json.loads(message)['tile']}")
        else:
            kind, tile = struct.unpack_from(">BI", message)
            words.append(f"init {tile}" if kind == 1 else f"fragment {tile} {message[21:].decode()}")
    return words


async def everything(outbox: Outbox) -> list[str]:
    words: list[str] = []
    while True:
        try:
            async with asyncio.timeout(0.02):
                words += described(await outbox.next())
        except TimeoutError:
            return words


async def test_a_tile_begins_with_init_and_the_running_group_at_once() -> None:
    outbox = Outbox()
    outbox.open(1)
    group = [fragment(1, key=True), fragment(2), fragment(3)]
    outbox.fragment(1, group[-1], group)
    outbox.fragment(1, fragment(4), [*group, fragment(4)])
    assert await everything(outbox) == ["init 1", "fragment 1 001002003004"]


async def test_a_tile_without_a_keyframe_waits_for_one() -> None:
    outbox = Outbox()
    outbox.open(1)
    outbox.fragment(1, fragment(1), [])
    outbox.fragment(1, fragment(2, key=True), [fragment(2, key=True)])
    assert await everything(outbox) == ["init 1", "fragment 1 002"]


async def test_new_parameters_come_before_the_pictures_that_need_them() -> None:
    outbox = Outbox()
    outbox.open(1)
    outbox.fragment(1, fragment(1, key=True), [fragment(1, key=True)])
    changed = fragment(2, key=True, init=b"other")
    outbox.fragment(1, changed, [changed])
    outbox.fragment(1, fragment(3, init=b"other"), [changed, fragment(3, init=b"other")])
    assert await everything(outbox) == ["init 1", "fragment 1 001", "init 1", "fragment 1 002003"]


async def test_a_slow_page_jumps_to_the_newest_keyframe() -> None:
    outbox = Outbox()
    outbox.open(1)
    first = fragment(0, key=True)
    outbox.fragment(1, first, [first])
    for number in range(1, MAX_WAITING_FRAGMENTS):
        outbox.fragment(1, fragment(number), [first])
    newest = [fragment(100, key=True), fragment(101)]
    outbox.fragment(1, newest[-1], newest)
    assert await everything(outbox) == ["init 1", "fragment 1 100101"]


async def test_a_slow_page_does_not_chase_a_group_too_long_to_catch_up_with() -> None:
    outbox = Outbox()
    outbox.open(1)
    group = [fragment(0, key=True)]
    outbox.fragment(1, group[0], group)
    for number in range(1, 2 * MAX_WAITING_FRAGMENTS):
        group.append(fragment(number))
        outbox.fragment(1, group[-1], group)
    assert await everything(outbox) == []
    outbox.fragment(1, fragment(200, key=True), [fragment(200, key=True)])
    assert await everything(outbox) == ["init 1", "fragment 1 200"]


async def test_tiles_take_turns_and_states_go_first() -> None:
    outbox = Outbox()
    for tile in (1, 2, 3):
        outbox.open(tile)
        key = fragment(tile, key=True)
        outbox.fragment(tile, key, [key])
    outbox.state(2, StateChange(TileState.LIVE))
    assert await everything(outbox) == ["state 2", "init 1", "fragment 1 001", "init 2", "fragment 2 002", "init 3", "fragment 3 003"]


async def test_nothing_more_comes_for_a_closed_tile() -> None:
    outbox = Outbox()
    outbox.open(1)
    key = fragment(1, key=True)
    outbox.fragment(1, key, [key])
    outbox.state(1, StateChange(TileState.LIVE))
    outbox.close(1)
    outbox.fragment(1, key, [key])
    assert await everything(outbox) == []
