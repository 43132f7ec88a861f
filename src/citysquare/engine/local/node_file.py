"""The node file: which cameras this machine records, where to, and within which limits.

It holds the cameras' passwords and is readable by its owner only. What is read is checked as if a stranger had written it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from citysquare.engine.errors import BadNodeFile
from citysquare.engine.footage import StoreLimits
from citysquare.engine.model import StreamKey, StreamKind

_MOST_BYTES = 8 * 1024 * 1024
_MOST_CAMERAS = 4096
_MOST = 10**16
"""Bytes or seconds of a limit: what is larger is no limit anybody meant."""
_LENGTHS = frozenset({"segment_seconds", "fragment_seconds"})
_LONGEST = 3600
_MAY_BE_NONE = frozenset({"budget_bytes", "retention_seconds", "sub_retention_seconds"})
_CAMERA = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class NodeCamera:
    """One camera of a node."""

    id: str
    """Opaque; names its folder in the store."""
    main: str
    """Address of the stream that is kept."""
    sub: str | None = None
    """Address of the small stream, if it has one."""
    enabled: bool = True

    def streams(self) -> dict[StreamKey, str]:
        """Return what is to be recorded, and from where."""
        if not self.enabled:
            return {}
        wanted = {StreamKey(self.id): self.main}
        return wanted | {StreamKey(self.id, StreamKind.SUB): self.sub} if self.sub else wanted


@dataclass(frozen=True, slots=True)
class NodeFile:
    """What a node records, where, and within which limits."""

    store: Path
    cameras: tuple[NodeCamera, ...]
    limits: StoreLimits
    loopback_ports: frozenset[int] = frozenset()
    """Ports of this machine that cameras may have: our own simulator's."""

    def streams(self) -> dict[StreamKey, str]:
        """Return all streams to be recorded, and from where."""
        return {key: url for camera in self.cameras for key, url in camera.streams().items()}


def read_node_file(path: Path) -> NodeFile:
    """Return a node file's content. Raises BadNodeFile with a sentence."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadNodeFile(f"The node file cannot be read: {os.strerror(error.errno or 0)}.") from error
    if len(data) > _MOST_BYTES:
        raise BadNodeFile("The node file is too large.")
    try:
        return _node(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadNodeFile("The node file is not what we write: a JSON object with store, limits, loopback_ports and cameras.") from error


def _node(found: Mapping[str, Any]) -> NodeFile:
    cameras = tuple(_camera(row) for row in found["cameras"])
    if len(cameras) > _MOST_CAMERAS or len({camera.id for camera in cameras}) != len(cameras):
        raise ValueError("too many cameras, or one named twice")
    known = {field.name for field in fields(StoreLimits)}
    limits = {str(name): _limit(name, value) for name, value in found.get("limits", {}).items() if name in known}
    ports = frozenset(int(port) for port in found.get("loopback_ports", []))
    return NodeFile(Path(str(found["store"])), cameras, StoreLimits(**limits), ports)


def _camera(row: Mapping[str, Any]) -> NodeCamera:
    name, main, sub = str(row["id"]), row["main"], row.get("sub")
    if not _CAMERA.fullmatch(name) or not isinstance(main, str) or not isinstance(sub, str | None):
        raise ValueError("a camera without a usable id or address")
    return NodeCamera(name, main, sub or None, bool(row.get("enabled", True)))


def _limit(name: str, value: object) -> Any:  # noqa: ANN401 - each limit's own kind of number, or none
    if value is None and name in _MAY_BE_NONE:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        raise ValueError("a limit that is no number")
    if name in _LENGTHS and not 0 < value <= _LONGEST:
        raise ValueError("a length that no file or fragment can have")
    return value


def write_node_file(path: Path, node: NodeFile) -> None:
    """Replace a node file in one step, readable by its owner only. Raises OSError."""
    content = {
        "store": str(node.store),
        "limits": {field.name: getattr(node.limits, field.name) for field in fields(StoreLimits)},
        "loopback_ports": sorted(node.loopback_ports),
        "cameras": [{"id": c.id, "main": c.main, "sub": c.sub, "enabled": c.enabled} for c in node.cameras],
    }
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is replaced; None when it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
