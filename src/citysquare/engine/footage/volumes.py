"""The disks of one store: its own folder, which has the index, and folders on other disks that take footage too.

Each volume has the marker with the store's id and its own; `STORE/volumes.json` says where each was last seen, for readers too. A folder
without its marker is never taken for the volume that belongs there, nor made one if it was one before: a disk that is not mounted must not
be replaced by the empty folder below it. Rows of a volume that is missing stay.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TypeVar

from citysquare.engine.errors import StoreDamaged, StoreError, StoreFailed, StoreFull
from citysquare.engine.footage.files import MARKER, replace_file, volume, volume_of
from citysquare.engine.footage.forecast import VolumeState
from citysquare.engine.model import StreamKey, ticks_from_seconds
from citysquare.engine.ports import FileSystem

KNOWN = "volumes.json"
_STORE_ID = ".store-id"
_T = TypeVar("_T")
PATIENCE = 5.0
"""Seconds after which a disk that gives no answer when the store is opened is left out."""
_ID = re.compile(r"[0-9a-f]{16}")
_MOST_BYTES = 1024 * 1024
_RETRY = ticks_from_seconds(10)
"""A volume that failed is tried again after so long."""


@dataclass(slots=True)
class Volume:
    """One disk of a store. Its health is written by the recorder's threads and read by all; each field is replaced whole."""

    id: str
    """Empty for the store's own folder."""
    root: Path
    weight: int = 1
    """Bytes it has in all: its share of the streams."""
    takes: bool = True
    """New footage may go there; not to one that is no longer in the settings."""
    state: VolumeState = "ok"
    retry_at: int = 0
    """Ticks from which a volume that failed is tried again."""
    answers: bool = True
    """It answered when it was last asked; nothing but its own threads touches one that does not."""
    short: bool = False
    """It has less free space than it should, though all is gone from it that may go."""

    @property
    def full(self) -> bool:
        """The last write found no room."""
        return self.state == "full"

    def is_there(self) -> bool:
        """Say whether its disk is mounted: its marker is there."""
        return (self.root / MARKER).is_file()

    def ask(self, files: FileSystem) -> None:
        """Ask its disk for something; whatever it says, it answers. Blocks, for ever where the disk hangs."""
        with contextlib.suppress(OSError):
            self.is_there()
            files.free_bytes(self.root)

    def path_of(self, relative: str) -> str:
        """Return how the index names a file of this volume."""
        return f"@{self.id}/{relative}" if self.id else relative

    def check_there(self) -> None:
        """Raise StoreFailed unless its disk is mounted."""
        if not self.is_there():
            raise StoreFailed(f"The footage store {self.root} is gone. Check that its disk is mounted.")


class Volumes:
    """All volumes of an open store."""

    def __init__(self, volumes: Sequence[Volume]) -> None:
        """Take the store's own folder first."""
        self.home = volumes[0]
        self._all = {each.id: each for each in volumes}
        self.closed = False
        """Only held footage is left and the room is used up: nothing new is taken."""

    @classmethod
    def of(cls, root: Path) -> Volumes:
        """Return a store that is its own folder alone."""
        return cls([Volume("", root)])

    def all(self) -> list[Volume]:
        """Return all, the store's own folder first; missing ones too."""
        return list(self._all.values())

    def present(self) -> list[Volume]:
        """Return those whose disks are mounted now, and answer."""
        return [each for each in self._all.values() if each.answers and each.is_there()]

    def weigh(self, files: FileSystem) -> None:
        """Find out the size of volumes that were missing before. Raises StoreError."""
        for place in self._all.values():
            if place.weight == 1 and place.answers and place.is_there():
                place.weight = _size(files, place.root)

    def find(self, path: str) -> tuple[Volume, Path] | None:
        """Return where the index' `path` lies; None where its volume is not known."""
        place = self._all.get(volume_of(path))
        return (place, place.root / (path.partition("/")[2] if place.id else path)) if place else None

    def holding(self, file: Path) -> Volume:
        """Return the volume on which a file lies."""
        return next((each for each in self._all.values() if file.is_relative_to(each.root)), self.home)

    def ranked(self, key: StreamKey, now: int) -> list[Volume]:
        """Return the volumes a stream's next file may go to, best first: its own, others, then full ones and those that failed.

        One that does not answer is left out while there is another.

        Its own is found by weighted rendezvous hashing: when a disk comes or goes, only that disk's streams move.
        """
        taking = [each for each in self._all.values() if each.takes]
        usable = [each for each in taking if each.answers] or taking
        return sorted(usable, key=lambda each: (each.state != "ok" and now < each.retry_at, each.short, -_score(key, each)))

    def others(self, than: Volume, now: int) -> bool:
        """Say whether another volume than this one could take footage now."""
        return any(each is not than and self._can_take(each, now) for each in self._all.values())

    def roomier(self, than: Volume, now: int) -> bool:
        """Say whether new footage had better go elsewhere: this one is short of room, another is not."""
        return than.short and any(not each.short and self._can_take(each, now) for each in self._all.values())

    def _can_take(self, place: Volume, now: int) -> bool:
        return place.takes and place.answers and (place.state == "ok" or now >= place.retry_at)

    def failed(self, place: Volume, error: StoreError, now: int) -> None:
        """Note that a volume refused a write."""
        place.state = "full" if isinstance(error, StoreFull) else "failed" if place.is_there() else "missing"
        place.retry_at = now + _RETRY

    def worked(self, place: Volume) -> None:
        """Note that a volume took a write."""
        place.state = "ok"


def _score(key: StreamKey, place: Volume) -> float:
    digest = hashlib.sha256(f"{place.id}\0{key.folder}".encode()).digest()
    return -place.weight / math.log((int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1))


def open_volumes(home: Path, extra: Sequence[Path], files: FileSystem, findings: list[str]) -> Volumes:
    """Return the volumes of a store: those of the settings, new ones made, and those it knew before. What is wrong is a finding.

    Raises StoreError when the store's own folder fails.
    """
    known = known_volumes(home)
    volumes = [Volume("", home, weight=_size(files, home))]
    if extra or known:
        store_id = _store_id(home, files)
        for folder in extra:
            try:
                place = _in_time(folder, partial(_opened, folder, home, known, store_id, files))
            except _Hangs as error:
                findings.append(error.message)
                volumes += [Volume(name, path, answers=False) for name, path in known.items() if path == folder]
            except StoreError as error:
                findings.append(error.message)
            else:
                volumes += [place] if all(place.id != each.id for each in volumes) else []
        volumes += [Volume(name, folder, takes=False) for name, folder in known.items() if all(name != each.id for each in volumes)]
        rows = [{"id": each.id, "folder": str(each.root)} for each in volumes if each.id]
        replace_file(files, home, KNOWN, json.dumps({"version": 1, "volumes": rows}).encode())
    for each in volumes:
        _find(each, findings)
    return Volumes(volumes)


def _find(place: Volume, findings: list[str]) -> None:
    """Note whether a volume is there."""
    if not place.answers:
        return
    try:
        if _in_time(place.root, place.is_there):
            return
    except _Hangs as error:
        place.answers = False
        findings.append(error.message)
        return
    place.state = "missing"
    findings.append(f"The footage volume {place.root} is missing; check that its disk is mounted. Other volumes take its footage.")


class _Hangs(StoreFailed):
    """A disk that gives no answer at all."""


def _in_time(folder: Path, work: Callable[[], _T]) -> _T:
    """Do something that may hang with a folder's disk, which is then left to it. Raises StoreError."""
    done: Future[_T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the supervisor of this thread: hands it on to who waits
            done.set_exception(error)

    Thread(target=run, daemon=True, name="footage-opening").start()
    try:
        return done.result(PATIENCE)
    except TimeoutError:
        if done.done():
            raise
        raise _Hangs(f"The disk of {folder} does not answer. Other volumes take its footage until it does.") from None


def known_volumes(home: Path) -> dict[str, Path]:
    """Return where a store's other volumes were last seen, by id. Never raises: what cannot be read says nothing."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        with (home / KNOWN).open("rb") as file:
            rows = json.loads(file.read(_MOST_BYTES))["volumes"]
        return {str(row["id"]): Path(str(row["folder"])) for row in rows if _ID.fullmatch(str(row["id"]))}
    return {}


def roots(home: Path) -> list[Path]:
    """Return all folders in which a store's footage may lie, for readers. Never raises."""
    return [home, *known_volumes(home).values()]


def located(home: Path, path: str, known: dict[str, Path]) -> Path:
    """Return where the index' `path` lies, for readers; of a volume nobody knows, where nothing is."""
    name = volume_of(path)
    return known.get(name, home / name) / path.partition("/")[2] if name else home / path


def name_in_index(home: Path, file: Path) -> str:
    """Return how the index names a file, for readers."""
    for name, root in known_volumes(home).items():
        if file.is_relative_to(root):
            return f"@{name}/{file.relative_to(root)}"
    return str(file.relative_to(home))


def _store_id(home: Path, files: FileSystem) -> str:
    """Return the store's id, made where there is none. Raises StoreError."""
    path = home / _STORE_ID
    with volume(home):
        if path.is_file():
            found = path.read_text("ascii", "replace").strip()
            if not _ID.fullmatch(found):
                raise StoreDamaged(f"The file {path} is damaged; it should hold the footage store's id, which its volumes' markers name.")
            return found
    made = secrets.token_hex(8)
    replace_file(files, home, _STORE_ID, f"{made}\n".encode())
    return made


def _opened(folder: Path, home: Path, known: dict[str, Path], store_id: str, files: FileSystem) -> Volume:
    """Return the volume of a folder of the settings, made where it is new and empty. Raises StoreError."""
    if folder.is_relative_to(home) or home.is_relative_to(folder):
        raise StoreDamaged(f"The folder {folder} for footage lies within the store {home} or around it. Choose one on another disk.")
    with volume(folder):
        marker = folder / MARKER
        if marker.is_file():
            store, name = _read_marker(marker)
            if store != store_id:
                raise StoreDamaged(f"The folder {folder} is a volume of another footage store and is left alone.")
            return Volume(name, folder, weight=_size(files, folder))
        before = next((name for name, path in known.items() if path == folder), None)
        if before is not None:
            return Volume(before, folder)
        if not folder.is_dir():
            raise StoreFailed(f"The folder {folder} for footage is not there. Mount its disk, make the folder, and start again.")
        if any(entry.name not in ("lost+found", f"{MARKER}.new") for entry in folder.iterdir()):
            raise StoreDamaged(f"The folder {folder} holds other things and takes no footage. Choose an empty folder.")
        name = secrets.token_hex(8)
        replace_file(files, folder, MARKER, f"Citysquare footage volume, version 1\nstore {store_id}\nvolume {name}\n".encode())
        return Volume(name, folder, weight=_size(files, folder))


def _read_marker(marker: Path) -> tuple[str, str]:
    """Return the ids of store and volume. Raises OSError, StoreDamaged."""
    with marker.open("rb") as file:
        words = file.read(1000).decode("ascii", "replace").split()
    found = re.fullmatch(r"Citysquare footage volume, version 1 store ([0-9a-f]{16}) volume ([0-9a-f]{16})", " ".join(words))
    if found is None:
        raise StoreDamaged(f"The folder {marker.parent} is no volume of a footage store, or that of another, and is left alone.")
    return found[1], found[2]


def _size(files: FileSystem, folder: Path) -> int:
    with volume(folder):
        return max(1, files.size_bytes(folder))
