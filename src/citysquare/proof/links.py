"""The chain of a day's footage files. It stands alone: the recorder needs it, and none of the rest."""

from __future__ import annotations

import hashlib
import struct


def chain_link(previous: bytes, start: int, end: int, path: str, sha256: bytes) -> bytes:
    """Return the link of a footage file: SHA-256 over the link before it (32 zero bytes at a day's start), its hash, times and path.

    Times are ticks of 1/90 000 s since 1970, the path is that in the store. The last link of a day fixes every file of that day and
    their order (docs/design/footage.md).
    """
    return hashlib.sha256(previous + sha256 + struct.pack(">QQ", start, end) + path.encode()).digest()
