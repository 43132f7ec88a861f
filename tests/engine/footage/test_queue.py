"""What waits for the disk is bounded; whole groups of pictures are given up, the oldest first, and nothing silently."""

from __future__ import annotations

import asyncio

from citysquare.engine.footage.fragments import Fragment, Piece
from citysquare.engine.footage.queue import LEAST_BYTES, PieceQueue
from citysquare.engine.model import TICKS_PER_SECOND, Break, GapCause
from tests.engine.footage.scripted import START, STEP, lost, picture

SIZE = 1024 * 1024


def fragment(number: int, *, key: bool) -> Fragment:
    return Fragment((picture(START + number * 12 * STEP, key=key, size=SIZE),), 12 * STEP)


async def drained(queue: PieceQueue) -> list[Piece]:
    queue.close()
    out = []
    while (piece := await queue.head()) is not None:
        out.append(piece)
        queue.pop()
    return out


def numbers(pieces: list[Piece]) -> list[int | GapCause]:
    return [piece.cause if isinstance(piece, Break) else (piece.start - START) // (12 * STEP) for piece in pieces]


async def test_the_oldest_whole_group_goes_and_a_break_takes_its_place() -> None:
    queue = PieceQueue(lambda _: GapCause.STORAGE_FULL)
    for n in range(10):
        queue.put(fragment(n, key=n % 4 == 0))
        assert queue.bytes <= LEAST_BYTES
    assert numbers(await drained(queue)) == [GapCause.STORAGE_FULL, 4, 5, 6, 7, 8, 9]


async def test_what_is_being_written_stays() -> None:
    queue = PieceQueue(lambda _: GapCause.STORAGE_FULL)
    queue.put(fragment(0, key=True))
    await queue.head()
    queue.hold()
    for n in range(1, 10):
        queue.put(fragment(n, key=n % 4 == 0))
    queue.release(done=False)
    assert numbers(await drained(queue)) == [0, GapCause.STORAGE_FULL, 4, 5, 6, 7, 8, 9]


async def test_without_another_key_picture_all_goes_until_one_comes() -> None:
    queue = PieceQueue(lambda _: GapCause.STORAGE_ERROR)
    for n in range(20):
        queue.put(fragment(n, key=n in (0, 18)))
    assert numbers(await drained(queue)) == [GapCause.STORAGE_ERROR, 18, 19]


async def test_breaks_are_kept_and_a_long_outage_of_the_disk_leaves_one() -> None:
    queue = PieceQueue(lambda _: GapCause.STORAGE_ERROR)
    queue.put(fragment(0, key=True))
    queue.put(lost(GapCause.UNREACHABLE, START + TICKS_PER_SECOND))
    for n in range(1, 60):
        queue.put(fragment(n, key=n % 2 == 1))
    found = numbers(await drained(queue))
    assert found[:3] == [GapCause.STORAGE_ERROR, GapCause.UNREACHABLE, GapCause.STORAGE_ERROR]
    assert sum(isinstance(each, GapCause) for each in found) == 3


async def test_a_source_that_can_wait_waits_for_room() -> None:
    queue = PieceQueue(lambda _: GapCause.STORAGE_ERROR)
    for n in range(6):
        queue.put(fragment(n, key=True))
    waiting = asyncio.create_task(queue.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    for _ in range(2):
        queue.pop()
    await asyncio.wait_for(waiting, 5)
