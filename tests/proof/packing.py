"""Bundles unpacked and packed again."""

from __future__ import annotations

import io
from pathlib import Path

from citysquare.proof.bundles.archive import ArchiveSource, ArchiveWriter


def contents(path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        source = ArchiveSource(file)
        return {name: b"".join(source.pieces(name)) for name in source.paths()}


def pack(path: Path, files: dict[str, bytes]) -> Path:
    buffer = io.BytesIO()
    writer = ArchiveWriter(buffer)
    for name, data in files.items():
        writer.add(name, data)
    writer.close()
    path.write_bytes(buffer.getvalue())
    return path
