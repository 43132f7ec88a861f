"""What the commands say: one JSON object a line on standard output, one sentence a line with its code on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TextIO

from citysquare.engine.errors import EngineError

OK = 0
FAILED = 2


class Lines:
    """Writes lines, each flushed at once, so that a program behind a pipe sees them as they happen."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        """Write to the given streams, or to the process's own."""
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self.failed = False
        """Whether any source failed."""

    def say(self, line: Mapping[str, object]) -> None:
        """Write one JSON line."""
        self._out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._out.flush()

    def complain(self, error: EngineError, about: str) -> None:
        """Write one sentence about a source or store, and remember that something failed."""
        self.failed = True
        sentence = " ".join(error.message.split())
        where = "" if about in sentence else f"{about}: "
        self._err.write(f"error {error.code}: {where}{sentence}\n")
        self._err.flush()

    @property
    def status(self) -> int:
        """The exit status that follows."""
        return FAILED if self.failed else OK
