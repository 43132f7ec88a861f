"""Finding the whole fragments of a file, from its boxes alone."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from citysquare.engine.errors import StoreDamaged
from citysquare.engine.footage.boxes import MAX_INIT, Head, Init, init_length, moof_length, parse_head, parse_init
from citysquare.engine.footage.files import read_at
from citysquare.engine.footage.packing import Span

_HEAD_READ = 4096
"""Bytes read of each fragment: enough for the `moof` of 250 pictures."""

_UNWRITTEN = bytes(512)
"""A sector nobody wrote."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What of a file is whole."""

    init: bytes
    parsed: Init
    spans: tuple[Span, ...]
    pictures: tuple[int, ...]
    """Decoding times of all pictures."""
    length: int
    """Bytes up to the end of the last whole fragment."""


def read_init(descriptor: int) -> bytes | None:
    """Return `ftyp` and `moov`, or None when the file does not hold them yet.

    Raises StoreDamaged when the file is not ours, OSError when it cannot be read.
    """
    data = read_at(descriptor, _HEAD_READ, 0)
    length = init_length(data)
    if length is None and len(data) == _HEAD_READ:
        data = read_at(descriptor, MAX_INIT, 0)
        length = init_length(data)
    return None if length is None else data[:length]


def read_head(descriptor: int, offset: int) -> Head | None:
    """Return the head of the fragment at `offset`, or None when it is not all there yet.

    Raises StoreDamaged when there is something else, OSError when the file cannot be read.
    """
    data = read_at(descriptor, _HEAD_READ, offset)
    length = moof_length(data)
    if length is not None and length + 8 > len(data) == _HEAD_READ:
        data = read_at(descriptor, length + 8, offset)
    return parse_head(data)


def whole_heads(descriptor: int, offset: int, size: int) -> Iterator[tuple[int, Head]]:
    """Yield (offset, head) of each fragment that lies wholly before `size`; ends quietly at damage or at a torn one.

    Raises OSError when the file cannot be read.
    """
    before = 0
    while offset < size:
        try:
            head = read_head(descriptor, offset)
        except StoreDamaged:
            return
        if head is None or offset + head.length > size or head.start < before:
            return
        yield offset, head
        before = head.samples[-1].dts + 1
        offset += head.length


def scan_file(path: Path, *, whole: bool = False) -> Scanned | None:
    """Return what of the file is whole, or None when not even one fragment is.

    After a loss of power a file may have its length but not all its bytes: blocks that had not reached the disk read as zeros. With `whole`
    the pictures' bytes are looked at too, and all ends before such a block: no coded picture holds hundreds of zeros in a row, nor ends in
    them (ITU-T H.264 and H.265, 7.4.1.1 and 7.4.2: a 3 stands after two zeros, and the last byte is not zero).

    Raises StoreDamaged when it is not a file of ours, OSError when it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        init = read_init(descriptor)
        if init is None:
            return None
        parsed = parse_init(init)
        spans: list[Span] = []
        pictures: list[list[int]] = []
        for offset, head in whole_heads(descriptor, len(init), os.fstat(descriptor).st_size):
            if whole and _UNWRITTEN in read_at(descriptor, head.length, offset):
                break
            spans.append(Span(offset, head.length, head.start, head.end, head.key))
            pictures.append([sample.dts for sample in head.samples])
        if whole and spans and read_at(descriptor, 4, spans[-1].offset + spans[-1].length - 4) == bytes(4):
            del spans[-1], pictures[-1]
    finally:
        os.close(descriptor)
    if not spans:
        return None
    return Scanned(init, parsed, tuple(spans), tuple(itertools.chain.from_iterable(pictures)), spans[-1].offset + spans[-1].length)
