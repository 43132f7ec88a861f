"""Loops for the tests: a small rendered one, made once, and hand-made ones without pictures."""

from __future__ import annotations

import pytest

from citysquare.simulator.film import film
from citysquare.simulator.loops import FPS, CodedStream, Loop, LoopSpec

START = b"\0\0\0\1"


@pytest.fixture(scope="session")
def small_loop() -> Loop:
    """Twenty-four seconds of the river bank at a sixth of the size: long enough for all kinds of traffic, whatever the seed."""
    return film(LoopSpec("river", 0, 5, seconds=24, width=320, height=180))


def made_up_loop(variant: int = 0, seconds: int = 2, *, weight: int = 40) -> Loop:
    """A loop of bytes that only look like H.264; each picture names its variant and number."""
    pictures, keys = [], []
    for number in range(seconds * FPS):
        key = number % (2 * FPS) == 0
        named = b"%d:%d " % (variant, number)
        body = START + (b"\x65" if key else b"\x41") + named + b"\x55" * (weight * (20 if key else 1))
        pictures.append((START + b"\x67\x64\x00\x28sps" + START + b"\x68pps" + body) if key else body)
        keys.append(key)
    stream = CodedStream(320, 180, tuple(pictures), tuple(keys))
    spec = LoopSpec("river", variant, 1, seconds=seconds, width=320, height=180)
    return Loop(spec, stream, stream, b'{"type": "loop"}\n')


@pytest.fixture
def pretend_loop() -> Loop:
    """A loop of two seconds, hand-made."""
    return made_up_loop()
