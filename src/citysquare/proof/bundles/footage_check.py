"""The check of an exhibit's footage: each piece where the manifest says, the range covered, the day's chain computed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from citysquare.proof.bundles.files import FileRecord, Source
from citysquare.proof.bundles.manifest import Camera, Day, Fragment, Manifest, Piece, Stored
from citysquare.proof.bundles.report import Report
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import from_time_text
from citysquare.proof.words import gettext_noop

TICKS_PER_SECOND = 90_000
LAST_PICTURE = TICKS_PER_SECOND // 2
"""A stored file may reach so far into the next one: the length of its last picture is only what was usual (docs/design/footage.md)."""
BEFORE_SHOWN = 2 * TICKS_PER_SECOND
"""A picture may be shown so much later than its file's times say: cameras with B-frames send it earlier."""
_MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_TICKS = 86_400 * TICKS_PER_SECOND
_DAY_START = bytes(32)
_DELETED, _STEP = "deleted", "step"
_FOLDER = "footage/"


def check_footage(source: Source, manifest: Manifest, report: Report) -> Iterator[tuple[str, Day]]:
    """Check all cameras, and yield each camera with a day whose chain leads to the day's head."""
    records = {record.path: record for record in manifest.files}
    _check_range(manifest, report)
    if not _names_hold(manifest, records, report):
        return  # a hostile manifest may name one large file a thousand times
    for camera in manifest.cameras:
        for piece in camera.pieces:
            _check_piece(source, camera, piece, records, report)
        _check_edges(camera, report)
        _check_cover(camera, report)
        yield from ((camera.camera, day) for day in _check_chains(camera, report))


def _fault(report: Report, code: str, text: str, camera: Camera, more: str = "") -> None:
    """Say what is wrong with a camera's footage; `more` is the file or the day."""
    report.fault(code, text, {"camera": camera.camera, "file": more, "day": more})


def ticks(text: str) -> int:
    """Return a time in text form as ticks, as the engine does."""
    return ((from_time_text(text) - _EPOCH) // timedelta(microseconds=1) * TICKS_PER_SECOND + _MICROSECONDS // 2) // _MICROSECONDS


def _check_range(manifest: Manifest, report: Report) -> None:
    wanted = (ticks(manifest.purpose.start), ticks(manifest.purpose.end))
    if wanted[0] >= wanted[1]:
        report.fault("range", gettext_noop("The range of time that was asked for is empty."))
    if tuple(camera.camera for camera in manifest.cameras) != manifest.purpose.cameras:
        report.fault("cameras", gettext_noop("The cameras in the manifest are not those that were asked for."))
    for camera in manifest.cameras:
        if (camera.start, camera.end) != wanted:
            _fault(report, "range", gettext_noop("The range of camera {camera} is not the one that was asked for."), camera)


def _names_hold(manifest: Manifest, records: Mapping[str, FileRecord], report: Report) -> bool:
    """Tell whether each piece is a file of its camera's folder, and each file of footage is one piece."""
    named = [piece.file for camera in manifest.cameras for piece in camera.pieces]
    hold = len(set(named)) == len(named) and set(named) == {path for path in records if path.startswith(_FOLDER)}
    if not hold:
        report.fault("pieces", gettext_noop("The files of footage are not exactly the pieces that the manifest names."))
    for camera in manifest.cameras:
        if not all(piece.file.startswith(f"{_FOLDER}{camera.camera}/") for piece in camera.pieces):
            _fault(report, "pieces", gettext_noop("A piece of camera {camera} lies in another camera's folder."), camera)
    return hold


def _check_piece(source: Source, camera: Camera, piece: Piece, records: Mapping[str, FileRecord], report: Report) -> None:
    stored, record = piece.stored, records.get(piece.file)
    if not stored.start <= piece.start < piece.end <= stored.end or piece.day != _day_of(stored.start):
        _fault(report, "piece_time", gettext_noop("The times of {file} of camera {camera} cannot be."), camera, piece.file)
    if record is None:
        return
    if piece.whole:
        if record.sha256 != stored.sha256 or (piece.start, piece.end) != (stored.start, stored.end) or piece.fragments:
            _fault(report, "piece", gettext_noop("{file} of camera {camera} is not the stored file."), camera, piece.file)
    elif not piece.fragments or not _has_fragments(source, piece, record):
        _fault(report, "piece", gettext_noop("{file} of camera {camera} is not made of the fragments that it names."), camera, piece.file)


def _has_fragments(source: Source, piece: Piece, record: FileRecord) -> bool:
    """Tell whether the fragments stand in the file one behind the other up to its end, as they were stored."""
    place = piece.fragments[0].offset
    for fragment in piece.fragments:
        if fragment.offset != place:
            return False
        place += fragment.size
    try:
        return place == record.size and _digests(source, piece) == [fragment.sha256 for fragment in piece.fragments]
    except ProofError:
        return False


def _digests(source: Source, piece: Piece) -> list[bytes]:
    found, left = [], [*piece.fragments]
    digest, place = hashlib.sha256(), 0
    for content in source.pieces(piece.file):
        taken = 0
        while left and taken < len(content):
            part = _part(left[0], place + taken, memoryview(content)[taken:])
            digest.update(part[1])
            taken += part[0]
            if place + taken == left[0].offset + left[0].size:
                found.append(digest.digest())
                digest = hashlib.sha256()
                del left[0]
        place += len(content)
    return found


def _part(fragment: Fragment, place: int, content: memoryview) -> tuple[int, memoryview]:
    """Return how much of the content, which stands at `place`, belongs before or to the fragment, and what of it belongs to it."""
    if place < fragment.offset:
        return min(len(content), fragment.offset - place), content[:0]
    mine = content[: fragment.offset + fragment.size - place]
    return len(mine), mine


def _check_edges(camera: Camera, report: Report) -> None:
    """Only at the edges of the range is a stored file cut, and nothing is handed out that lies beside the range."""
    last = len(camera.pieces) - 1
    for number, piece in enumerate(camera.pieces):
        cut_before, cut_behind = piece.start > piece.stored.start, piece.end < piece.stored.end
        if (cut_before and number) or (cut_behind and number < last and piece.end < camera.end - LAST_PICTURE):
            _fault(
                report, "cut", gettext_noop("{file} of camera {camera} is cut inside the range: pictures are missing."), camera, piece.file
            )
        if piece.start >= camera.end or piece.end <= camera.start - BEFORE_SHOWN:
            _fault(
                report,
                "beyond",
                gettext_noop("{file} of camera {camera} lies outside of the range that was asked for."),
                camera,
                piece.file,
            )


def _check_cover(camera: Camera, report: Report) -> None:
    """Pieces and gaps follow each other without overlap, and leave nothing of the range out."""
    pairs = list(zip(camera.pieces, camera.pieces[1:], strict=False))
    if any(later.start <= earlier.start or later.start < earlier.end - LAST_PICTURE for earlier, later in pairs):
        _fault(report, "order", gettext_noop("The pieces of camera {camera} are not in their order."), camera)
    place = camera.start
    shown = [(piece.start, piece.end) for piece in camera.pieces]
    for start, end in sorted(shown + [(gap.start, gap.end) for gap in camera.gaps]):
        if start > place:
            break
        place = max(place, end)
    if place < camera.end:
        _fault(
            report, "cover", gettext_noop("Camera {camera} has time in the range that is neither footage nor a gap with its cause."), camera
        )


def _check_chains(camera: Camera, report: Report) -> Iterator[Day]:
    """Compute the days' chains again, and yield each stretch that leads to its day's head.

    Each piece has its place in a stretch; what else of the range a stretch has was left out; between two stretches files are gone.
    """
    places: dict[tuple[bytes, Stored], tuple[int, int]] = {}
    for number, day in enumerate(camera.days):
        link = day.previous
        for place, stored in enumerate(day.files):
            places[link, stored] = number, place
            link = stored.link(link)
        if any(_day_of(stored.start) != day.day for stored in day.files) or day.head not in {b"", link}:
            _fault(report, "day_head", gettext_noop("The footage of camera {camera} does not lead to the head of {day}."), camera, day.day)
        elif day.head:
            yield day
    for piece in camera.pieces:
        if (piece.previous, piece.stored) not in places:
            _fault(report, "chain", _CHAIN, camera, piece.file)
    _check_left_out(camera, report)
    _check_holes(camera, places, report)
    _say_ends(camera, report)


_CHAIN = gettext_noop("Before {file} of camera {camera} footage was taken out, exchanged or moved.")


def _check_left_out(camera: Camera, report: Report) -> None:
    shown = {piece.stored for piece in camera.pieces}
    for stored in dict.fromkeys(stored for day in camera.days for stored in day.files):
        if stored not in shown and stored.start < camera.end and stored.end - LAST_PICTURE > camera.start:
            _fault(
                report,
                "left_out",
                gettext_noop("Camera {camera} has stored {file} in the range, and it is not here."),
                camera,
                stored.source,
            )


def _check_holes(camera: Camera, places: Mapping[tuple[bytes, Stored], tuple[int, int]], report: Report) -> None:
    """Between two pieces of a day the chain has a hole only where something was deleted."""
    for earlier, later in zip(camera.pieces, camera.pieces[1:], strict=False):
        stretches = [places.get((piece.previous, piece.stored), (-1, 0))[0] for piece in (earlier, later)]
        if earlier.day != later.day or stretches[0] == stretches[1] or -1 in stretches:
            continue
        if any(gap.cause.startswith(_DELETED) and gap.start < later.start and gap.end > earlier.end for gap in camera.gaps):
            report.limit(
                gettext_noop("Footage of camera {camera} before {file} had been deleted in time: the chain cannot be followed across it."),
                camera=camera.camera,
                file=later.file,
            )
        else:
            _fault(report, "chain", _CHAIN, camera, later.file)


def _say_ends(camera: Camera, report: Report) -> None:
    """Say where files of the range may have been stored before or behind a stretch, for the bundle does not show that there were none."""
    for day in camera.days:
        times = [stored.start for stored in day.files] or [camera.start]
        is_first = day.previous == _DAY_START or min(times) <= camera.start
        is_last = bool(day.head) or max((stored.end for stored in day.files), default=0) >= camera.end
        if not is_first or not is_last:
            report.limit(
                gettext_noop("The chain of camera {camera} on {day} is not here whole: whether more was stored in the range is not shown."),
                camera=camera.camera,
                day=day.day,
            )
    if any(gap.cause != _STEP for gap in camera.gaps):
        report.limit(
            gettext_noop("Why footage of camera {camera} is missing in its gaps rests on the centre's word."),
            camera=camera.camera,
        )


def _day_of(at: int) -> str:
    """Return the UTC day of a time in ticks; an empty one for times that no calendar has."""
    return (_EPOCH + timedelta(days=at // _DAY_TICKS)).date().isoformat() if at < _DAY_TICKS * 2_000_000 else ""
