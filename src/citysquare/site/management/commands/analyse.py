"""`citysquare analyse`: follow the recording and keep what was seen. A process of its own; ending it never disturbs recording."""

from __future__ import annotations

import contextlib
import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from citysquare.engine.local.analysing import analyse_node
from citysquare.site.kept_tracks import forget, keep_up
from citysquare.site.sink import DatabaseSink
from citysquare.site.wiring import write_node


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C."""

    help = "Follow the recording of this machine's cameras and keep what was seen."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 -- Django's own signature
        """Analyse until told to stop."""
        stop = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        if not settings.CITYSQUARE.node_file.exists():
            write_node()
        if settings.CITYSQUARE.track_footage_days > 0:
            threading.Thread(target=keep_up, args=(stop, write_node), name="kept-tracks", daemon=True).start()
        else:
            with contextlib.suppress(OSError):  # a folder that cannot be written is no reason not to analyse; nobody reads the file now
                forget(settings.CITYSQUARE)
        analyse_node(settings.CITYSQUARE.node_file, DatabaseSink(), stop)
