"""Does a camera send pictures? Ten seconds without one is a health event, and the first picture after it is another.

Both are log records with a stable code; the state file carries the present (`StreamStatus.silent_since`). Why there is no picture is the
ledger's to say.
"""

from __future__ import annotations

import logging

from citysquare.engine.model import StreamKey, iso_from_ticks

_log = logging.getLogger(__name__)

SILENT_SECONDS = 10.0
SILENT = "camera.silent"
AGAIN = "camera.pictures_again"


class PictureWatch:
    """Looks once a second whether pictures have come."""

    def __init__(self, key: StreamKey, monotonic: float, since: int) -> None:
        """Begin at `monotonic` seconds; the stream is switched on at `since` (ticks)."""
        self._key = key
        self._latest = since
        self._seen = 0
        self._news = monotonic
        self.silent_since: int | None = None
        """Ticks of the last picture, or of the switch-on, once ten seconds have passed since."""

    def look(self, monotonic: float, pictures: int, latest: int | None) -> None:
        """Take note that until now `pictures` have come in all, the last one of them dated `latest`."""
        if pictures != self._seen:
            self._seen, self._news = pictures, monotonic
            self._latest = self._latest if latest is None else latest
            if self.silent_since is not None:
                self._tell(logging.INFO, "%s sends pictures again; there was none since %s.", AGAIN, self.silent_since)
                self.silent_since = None
        elif self.silent_since is None and monotonic - self._news >= SILENT_SECONDS:
            self.silent_since = self._latest
            self._tell(logging.WARNING, "%s has sent no picture since %s.", SILENT, self._latest)

    def _tell(self, level: int, sentence: str, code: str, since: int) -> None:
        extra = {"camera": self._key.camera, "stream": self._key.kind.value, "code": code, "since": since}
        _log.log(level, sentence, self._key.folder, iso_from_ticks(since), extra=extra)
