"""Damage done to good bytes, the same damage each time: what a broken or hostile sender makes of what a good one sends."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence

_NUMBERS = (
    *(b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\0\0", b"\xff\xff", b"\x7f\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"),
    *(struct.pack(">I", 8), struct.pack(">Q", 2**63 - 1), struct.pack("<I", 2**31), b"\0" * 8, b"\xff" * 8),
)
_TEXTS = (
    *(b"-1", b"0", b"1e999", b"NaN", b"9" * 40, b"9" * 5000, b"\xc2\xb2", b"\xd9\xa3", b"\0", b"\r\n", b"\r\n\r\n", b"\n", b" ", b"\t"),
    *(b"%00", b"%s%n", b"../../", b"=", b";", b",", b'"', b"'", b"\\", b"\\ud800", b"<", b">", b"&#0;", b"{", b"[" * 300, b"]", b"}", b":"),
    *(b"/", b"//", b"@", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", "\u202e".encode(), b"true", b"null", b"e"),
)


def damaged(seeds: Sequence[bytes], count: int, *, seed: int) -> Iterator[bytes]:
    """Yield `count` variations of the seeds, most of them damaged in one to four places."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
            chance.choice(_WAYS)(data, chance, seeds)
        yield bytes(data)


def _flip(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _cut(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _remove(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.randrange(1, 40)]


def _repeat(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.randrange(1, 60)]
    data[start:start] = piece * chance.choice((1, 2, 50))


def _number(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    value, start = chance.choice(_NUMBERS), chance.randrange(len(data) + 1)
    data[start : start + len(value)] = value


def _text(data: bytearray, chance: random.Random, _seeds: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    data[start : start + chance.choice((0, 0, 1, 4))] = chance.choice(_TEXTS)


def _splice(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    other, start = chance.choice(seeds), chance.randrange(len(data) + 1)
    data[start:] = other[chance.randrange(len(other) + 1) :]


_WAYS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    _flip,
    _byte,
    _cut,
    _remove,
    _repeat,
    _number,
    _text,
    _splice,
)
