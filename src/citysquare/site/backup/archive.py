"""What stands in a backup: files under plain names, and at the end the manifest that lists them with their SHA-256."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from citysquare.site.backup.errors import Altered, disk
from citysquare.site.backup.sealing import Header, Reader, Writer

MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,127}){0,4}")
_MOST_FILES = 200_000
_LARGEST_MANIFEST = 64_000_000
_COPIED_AT_ONCE = 1_048_576


@dataclass(slots=True)
class Packing:
    """A backup being written."""

    tar: tarfile.TarFile
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def into(cls, writer: Writer) -> Packing:
        """Begin."""
        return cls(tarfile.open(fileobj=cast("BinaryIO", writer), mode="w:", format=tarfile.PAX_FORMAT))

    def add(self, name: str, path: Path, size: int | None = None) -> None:
        """Add a file, or its first `size` bytes where it may grow meanwhile. Raises OSError."""
        with path.open("rb") as file:
            counted = _Counted(file)
            member = tarfile.TarInfo(name)
            member.size = path.stat().st_size if size is None else size
            member.mode = 0o600
            self.tar.addfile(member, cast("BinaryIO", counted))
            self.listed[name] = {"bytes": member.size, "sha256": counted.digest.hexdigest()}

    def finish(self, about: dict[str, Any]) -> None:
        """Add the manifest and end."""
        text = json.dumps({**about, "files": self.listed}, sort_keys=True).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(text), 0o600
        self.tar.addfile(member, io.BytesIO(text))
        self.tar.close()


class _Counted:
    """Hashes what is read through it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    header: Header
    values: dict[str, Any]

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Size and SHA-256 by name."""
        return cast("dict[str, dict[str, Any]]", self.values["files"])

    @property
    def database(self) -> dict[str, Any]:
        """Kind, migrations and tables."""
        return cast("dict[str, Any]", self.values["database"])


def unpack(path: Path, passphrase: bytes | None, into: Path | None, on_header: Callable[[Header], None]) -> Manifest:
    """Check a whole backup, and write its files below `into` if given. `on_header` may refuse it before anything is read.

    Raises BackupError.
    """
    with disk("The backup cannot be read"):
        file = path.open("rb")
    with file:
        reader = Reader(file, passphrase)
        on_header(reader.header)
        try:
            found, text = _members(reader, into)
        except (tarfile.TarError, EOFError, ValueError):
            raise _altered("its files cannot be told apart") from None
        reader.finish()
    return Manifest(reader.header, _compared(found, text))


def _members(reader: Reader, into: Path | None) -> tuple[dict[str, dict[str, Any]], bytes]:
    found: dict[str, dict[str, Any]] = {}
    text = b""
    with tarfile.open(fileobj=cast("BinaryIO", reader), mode="r|") as tar:
        for member in tar:
            # A sparse file counts as a regular one, and could say that it is larger than any disk.
            content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
            if content is None or not _NAME.fullmatch(member.name) or member.name in found or len(found) >= _MOST_FILES:
                raise _altered("it holds something that does not belong into a backup")
            if member.name == MANIFEST:
                text = content.read(_LARGEST_MANIFEST)
                continue
            with disk("The backup cannot be unpacked"):
                found[member.name] = _write(cast("BinaryIO", content), into / member.name if into else None)
    return found, text


def _write(content: BinaryIO, path: Path | None) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") if path is not None else io.BytesIO() as file:
        while data := content.read(_COPIED_AT_ONCE):
            digest.update(data)
            size += len(data)
            if path is not None:
                file.write(data)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _compared(found: dict[str, dict[str, Any]], text: bytes) -> dict[str, Any]:
    """Return the manifest's values when they say what was found."""
    try:
        values = json.loads(text)
        same = values["files"] == found
        whole = isinstance(values["database"]["engine"], str) and isinstance(values["database"]["migrations"], list)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _altered("its manifest cannot be read") from None
    if not (same and whole):
        raise _altered("its files are not those of its manifest")
    return cast("dict[str, Any]", values)


def _altered(why: str) -> Altered:
    return Altered(f"The backup is not as it was written: {why}. Take another copy.")
