"""A store with footage in it, written by the recorder's own writer, without a recorder at work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from citysquare.engine.footage import Store
from citysquare.engine.footage.fragments import Fragment, FragmentBuilder
from citysquare.engine.footage.segments import SegmentWriter
from citysquare.engine.model import TICKS_PER_SECOND, CodedPicture, GapCause, Interval, StreamKey
from citysquare.engine.sources import h264, h265
from tests.engine.sources.clips import SET_TYPES, make_clip, nal_type


def film(root: Path, key: StreamKey, shown: Sequence[CodedPicture], *, segment_seconds: float = 4.0, fragment_seconds: float = 0.5) -> None:
    """Write pictures into a store as they would have been recorded, and close it; a step of more than a second between two is a gap."""
    builder = FragmentBuilder(round(fragment_seconds * TICKS_PER_SECOND))
    pieces = [piece for each in shown for piece in builder.push(each)] + builder.flush()
    fragments = [piece for piece in pieces if isinstance(piece, Fragment)]
    with closing(Store.open(root)) as store:
        writer = SegmentWriter(store.files, store.volumes, key, round(segment_seconds * TICKS_PER_SECOND))
        for fragment in fragments:
            writer.put(fragment)
        writer.close()
        for segment in writer.closed:
            store.index.add_segment(segment)
        store.index.write_captured([(key, captured(fragments))])


def footage(
    frames: int, *, start: int, codec: str = "h264", gop: int = 10, b_frames: int = 0, width: int = 320, height: int = 192
) -> list[CodedPicture]:
    """Real pictures at 25 a second, the first one shown at `start`; they can be played."""
    clip = make_clip(codec, frames=frames, gop=gop, b_frames=b_frames, width=width, height=height)
    sets = [[nal for nal in clip.sets if nal_type(codec, nal) == kind] for kind in SET_TYPES[codec]]
    known = h264.video_parameters(*sets) if codec == "h264" else h265.video_parameters(*sets)
    return [CodedPicture(each.stored, start + each.pts, start + each.dts, each.key, known) for each in clip.pictures]


def captured(fragments: Sequence[Fragment]) -> list[Interval]:
    """The captured axis that goes with fragments."""
    out = [Interval(fragments[0].start, fragments[0].end)]
    for fragment in fragments[1:]:
        last = out[-1]
        if fragment.start - last.end > TICKS_PER_SECOND:
            out += [Interval(last.end, fragment.start, GapCause.UNREACHABLE), Interval(fragment.start, fragment.end)]
        else:
            out[-1] = Interval(last.start, fragment.end)
    return out
