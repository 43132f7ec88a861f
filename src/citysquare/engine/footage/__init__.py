"""Footage: one node's bytes on disk.

Coded pictures come in untouched and leave as fragmented MP4; the ledger says for every moment whether it was stored and if not why;
tails and readers take the same bytes out. Knows no person, no case and no right (docs/design/footage.md).

Words: a *segment* is one file, made of *fragments*; a *gap* is time without footage, with a cause.
"""

from citysquare.engine.footage.boxes import parse_init, samples, write_init
from citysquare.engine.footage.days import DayHead, DayLeft, DayReader
from citysquare.engine.footage.forecast import SpaceReport, VolumeReport
from citysquare.engine.footage.holds import Acknowledgement, Acknowledgements, Hold, KeptTrack, read_acknowledgements
from citysquare.engine.footage.ledger import Deleted, Deletion
from citysquare.engine.footage.limits import StoreLimits
from citysquare.engine.footage.reader import Axes, FootageReader, StoredSegment, StreamTotals
from citysquare.engine.footage.recorder import Recorder
from citysquare.engine.footage.seconds import SecondCount, count_seconds
from citysquare.engine.footage.status import StatusReport, StreamStatus, read_report, read_status
from citysquare.engine.footage.store import Store
from citysquare.engine.footage.tail import Tail, TailFragment

__all__ = [
    "Acknowledgement",
    "Acknowledgements",
    "Axes",
    "DayHead",
    "DayLeft",
    "DayReader",
    "Deleted",
    "Deletion",
    "FootageReader",
    "Hold",
    "KeptTrack",
    "Recorder",
    "SecondCount",
    "SpaceReport",
    "StatusReport",
    "Store",
    "StoreLimits",
    "StoredSegment",
    "StreamStatus",
    "StreamTotals",
    "Tail",
    "TailFragment",
    "VolumeReport",
    "count_seconds",
    "parse_init",
    "read_acknowledgements",
    "read_report",
    "read_status",
    "samples",
    "write_init",
]
