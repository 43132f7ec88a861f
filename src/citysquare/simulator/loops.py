"""Rendered loops on disk: what they are called, how they are written whole, read back and found to be damaged.

One folder per loop: `main.h264` and `sub.h264` (Annex B, any player opens them), `truth.jsonl`, and `manifest.json` with the length
of every picture and a SHA-256 of each file. A loop is written beside its place and renamed into it, so it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from citysquare.simulator.errors import LoopDamaged

FPS = 15
FORMAT = 1
_HOUR = 3600.0
_NAME = re.compile(r"[a-z0-9_]+-\d+-[0-9a-f]{20}")
_SERVING = {"__main__.py", "rtsp.py", "rtp.py", "catalogue.py", "errors.py", "broadcast.py", "studio.py", "loops.py", "__init__.py"}
_SERVING |= {"schedule.py", "options.py", "scenario.py", "movement.py", "town.py"}
_APART = {"plan", "faults"}
"""Packages that draw the town's map and harm what cameras send: no picture depends on them."""


@cache
def renderer_version() -> str:
    """Say which renderer this is: a hash of the sources a picture depends on, so that a changed renderer renders anew."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(root.rglob("*.py")):
        own = source.relative_to(root).parts
        if own[0] in _APART or (len(own) == 1 and own[0] in _SERVING):
            continue
        digest.update(source.relative_to(root).as_posix().encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class LoopSpec:
    """Everything that decides a loop's bytes, apart from the renderer. `seconds` is even: a group of pictures is 2 s.

    `hour` is the local time of day (0 to 24), `split` the family of looks (`show`, `train` or `test`), `events` what happens on
    demand, each `kind` or `kind@second`.
    """

    scene: str
    variant: int
    seed: int
    seconds: int = 20
    width: int = 1920
    height: int = 1080
    hour: float = 14.0
    weather: str = "clear"
    split: str = "show"
    events: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> LoopSpec:
        """Read what `asdict` gave and JSON made of it. Raises TypeError for unknown fields."""
        return cls(**{**fields, "events": tuple(fields.get("events", ()))})

    @property
    def frames(self) -> int:
        """Pictures in the loop."""
        return self.seconds * FPS

    @property
    def key(self) -> str:
        """The folder's name: readable, and different whenever the bytes would be."""
        text = json.dumps([FORMAT, FPS, renderer_version(), asdict(self)], sort_keys=True)
        return f"{self.scene}-{self.variant}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"

    @property
    def truth_name(self) -> str:
        """The name of the file its truth is exported to: short for the usual afternoon."""
        usual = replace(self, hour=14.0, weather="clear", split="show", events=()) == self
        return f"{self.scene}-{self.variant}.jsonl" if usual else f"{self.key}.jsonl"


@dataclass(frozen=True, slots=True)
class CodedStream:
    """One coded video: its pictures in order (Annex B access units) and which of them are keyframes."""

    width: int
    height: int
    pictures: tuple[bytes, ...]
    keys: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A rendered loop."""

    spec: LoopSpec
    main: CodedStream
    sub: CodedStream
    truth: bytes


def default_cache() -> Path:
    """Where this user's loops are kept: below XDG_CACHE_HOME, else ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "citysquare" / "simulator"


def usable_cache(wanted: Path) -> tuple[Path, str | None]:
    """Give the folder to write to and, when it is not the wanted one, a sentence that says so."""
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted, None
    except OSError as error:
        other = Path(tempfile.mkdtemp(prefix="citysquare-simulator-"))
        why = error.strerror or "unknown reason"
        return (
            other,
            f"The cache folder {wanted} cannot be written ({why}), so the rendered scenes are kept in {other} until it is removed.",
        )


def write_loop(root: Path, loop: Loop) -> Path:
    """Keep a loop under `root`, atomically. When another process was faster with the same loop, its copy stays."""
    place = root / loop.spec.key
    beside = Path(tempfile.mkdtemp(prefix=f".{loop.spec.key}.", dir=root))
    try:
        streams = {name: _write_stream(beside / f"{name}.h264", stream) for name, stream in (("main", loop.main), ("sub", loop.sub))}
        (beside / "truth.jsonl").write_bytes(loop.truth)
        manifest = {
            "format": FORMAT,
            "spec": asdict(loop.spec),
            "streams": streams,
            "truth_sha256": hashlib.sha256(loop.truth).hexdigest(),
        }
        (beside / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        try:
            beside.rename(place)
        except OSError:
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def _write_stream(path: Path, stream: CodedStream) -> dict[str, object]:
    data = b"".join(stream.pictures)
    path.write_bytes(data)
    return {
        "width": stream.width,
        "height": stream.height,
        "lengths": [len(picture) for picture in stream.pictures],
        "keys": [number for number, key in enumerate(stream.keys) if key],
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def read_loop(root: Path, spec: LoopSpec) -> Loop | None:
    """Read a kept loop; None when it was never rendered. Raises LoopDamaged when it is not what was written."""
    place = root / spec.key
    if not place.is_dir():
        return None
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        truth = (place / "truth.jsonl").read_bytes()
        if hashlib.sha256(truth).hexdigest() != manifest["truth_sha256"]:
            raise LoopDamaged(f"The truth of the kept loop {spec.key} is not what was written.")
        streams = {name: _read_stream(place / f"{name}.h264", manifest["streams"][name]) for name in ("main", "sub")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LoopDamaged(f"The kept loop {spec.key} cannot be read.") from error
    with suppress(OSError):
        os.utime(place)  # so that sweeping knows it is in use
    if any(len(stream.pictures) != spec.frames for stream in streams.values()):
        raise LoopDamaged(f"The kept loop {spec.key} is not whole.")
    return Loop(spec=spec, main=streams["main"], sub=streams["sub"], truth=truth)


def _read_stream(path: Path, described: Mapping[str, Any]) -> CodedStream:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != described["sha256"]:
        raise LoopDamaged(f"The kept file {path.name} is not what was written.")
    pictures, at = [], 0
    for length in described["lengths"]:
        pictures.append(data[at : at + length])
        at += length
    keys = set(described["keys"])
    return CodedStream(
        width=int(described["width"]),
        height=int(described["height"]),
        pictures=tuple(pictures),
        keys=tuple(number in keys for number in range(len(pictures))),
    )


def sweep(root: Path, wanted: Iterable[LoopSpec], now: float) -> None:
    """Take away what nobody will use again: other loops unused for two weeks, and what killed workers left behind."""
    keys = {spec.key for spec in wanted}
    for place in root.iterdir():
        left_behind = place.name.startswith(".") and _NAME.fullmatch(place.name[1:].rpartition(".")[0])
        forgotten = _NAME.fullmatch(place.name) and place.name not in keys
        if place.is_dir() and not place.is_symlink() and (left_behind or forgotten):
            age = now - place.stat().st_mtime
            if age > (_HOUR if left_behind else 14 * 24 * _HOUR):
                shutil.rmtree(place, ignore_errors=True)


def drop_loop(root: Path, spec: LoopSpec) -> None:
    """Take a damaged loop away so that it is rendered again."""
    shutil.rmtree(root / spec.key, ignore_errors=True)
