"""Where coded pictures come from: cameras over RTSP, and video files.

Words: an *access unit* is one coded picture with all that belongs to it; a *parameter set* tells a decoder how to read pictures (SPS,
PPS, VPS); a *key* picture is one at which decoding can start; a *break* is the moment the picture was lost, with its cause.

Everything here takes what arrives as hostile: lengths are bounded, counts are not trusted, and only the errors of `engine.errors` leave.
"""

from __future__ import annotations

from pathlib import Path

from citysquare.engine.ports import Clock, Source
from citysquare.engine.sources.addresses import AddressRule, redact, safe_name
from citysquare.engine.sources.bits import annexb_to_lengths, join_lengths, split_annexb, split_lengths
from citysquare.engine.sources.files import FileSource
from citysquare.engine.sources.rtsp import RtspSource, SourceStatus, open_once
from citysquare.engine.sources.sets import ParameterSets, sets_of_configuration

__all__ = [
    "AddressRule",
    "FileSource",
    "ParameterSets",
    "RtspSource",
    "SourceStatus",
    "annexb_to_lengths",
    "join_lengths",
    "open_once",
    "open_source",
    "redact",
    "safe_name",
    "sets_of_configuration",
    "split_annexb",
    "split_lengths",
]


def open_source(text: str, *, clock: Clock, rule: AddressRule) -> Source:
    """Return the source that `text` names: an address (anything with `://`) or the path of a file.

    Raises BadAddress. A file's own trouble shows when it is read.
    """
    if "://" in text:
        return RtspSource(text, clock=clock, rule=rule)
    return FileSource(Path(text), clock=clock)
