"""What a camera produced: a line for each picture it made, whether it was sent or not, with the hash of its coded bytes.

The hash is SHA-256 over the picture as a recorder must keep it: each NAL unit behind its length in four bytes. Every picture carries its
number (see `numbered`), so no two are alike and what is stored can be matched without guessing.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from citysquare.simulator.rtp import PacketRun, packetise

_SUPPLEMENT = b"\x06\x05"
_UUID = b"citysquare-made\x80"
_FLUSH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Produced:
    """One picture that a camera made."""

    number: int
    """Counts a camera's pictures in the order of coding, from 0."""
    rtp: int
    """RTP time as it should be, from the camera's first picture on, in ticks of 1/90 000 s."""
    wall: float
    """Seconds since 1970 by the camera's machine."""
    key: bool
    sha256: str
    """Hash of the picture as the camera coded it."""
    sent: str
    """Hash of what left the camera: another one where a fault altered the bytes inside the picture."""
    faults: tuple[str, ...] = ()
    """Kinds of the faults at work."""


class ProducedLog:
    """The log of one stream: kept in `pictures`, or written to a file as JSON lines and not kept."""

    def __init__(self, path: Path | None = None, *, keeps: bool = True) -> None:
        """Begin; a file that is there is begun anew. Neither `path` nor `keeps`: nobody asks for the log. Raises OSError."""
        self.pictures: list[Produced] = []
        self._keeps = keeps
        self._file: IO[str] | None = path.open("w", encoding="utf-8") if path else None
        self._flushed = time.monotonic()

    def note(self, picture: Produced) -> None:
        """Take a picture."""
        if self._file is None:
            if self._keeps:
                self.pictures.append(picture)
            return
        self._file.write(json.dumps(asdict(picture)) + "\n")
        now = time.monotonic()
        if now - self._flushed > _FLUSH_SECONDS:
            self._flushed = now
            self._file.flush()

    def close(self) -> None:
        """Write what is left."""
        if self._file is not None:
            self._file.close()


def read_produced(path: Path) -> list[Produced]:
    """Read a log; a last line that is cut off (its writer was killed) is left out. Raises OSError, and ValueError for anything else."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [Produced(**{**fields, "faults": tuple(fields["faults"])}) for fields in map(json.loads, lines)]


def numbered(run: PacketRun, number: int, padding: int = 0) -> PacketRun:
    """Return the picture with its number in front, and `padding` bytes, as supplemental information.

    ITU-T H.264 annex D.1.6, user data of nobody else's; no byte is zero, so that nothing needs escaping.
    """
    text = _UUID + b"%08d" % number + b"x" * padding
    text += b"x" * (len(text) % 255 == 0)  # its length's last byte must not be zero
    size = b"\xff" * (len(text) // 255) + bytes((len(text) % 255,))
    return run.behind(packetise([_SUPPLEMENT + size + text + b"\x80"], key=run.key, ends=False))
