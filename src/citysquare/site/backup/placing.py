"""Putting prepared files in their place in one step: written down first, so that a step cut short is finished later, never half done.

`<data_dir>/.restore/` holds the prepared files in `files/` and, from the moment of no return on, `journal.json` with the moves. A folder
without a journal is the leftover of an attempt that changed nothing. What a backup brings never lies beside the journal: a file of that
name in it would be taken for a decision of ours.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from citysquare.config import Config
from citysquare.proof.private_files import sync_folder
from citysquare.site.backup.errors import Altered, disk

FOLDER = ".restore"
JOURNAL = "journal.json"


@dataclass(slots=True)
class Moves:
    """Which path goes where, in this order; a source that is gone has been moved already."""

    pairs: list[tuple[Path, Path, bool]] = field(default_factory=list)
    """From where, to where, and whether it is a prepared file: that one replaces what a start has made meanwhile."""

    def aside_then_in(self, place: Path, prepared: Path | None, aside: Path) -> None:
        """Move what is at `place` aside, and what was prepared there."""
        if place.exists():
            self.pairs.append((place, aside, False))
        if prepared is not None and prepared.exists():
            self.pairs.append((prepared, place, True))


def staging(config: Config) -> Path:
    """Return the folder in which a restore is prepared."""
    return config.data_dir / FOLDER


def prepared(config: Config) -> Path:
    """Return the folder into which a backup's files are unpacked."""
    return staging(config) / "files"


def write_journal(config: Config, moves: Moves, mark: str) -> None:
    """Write down what will be moved. `mark` names the PostgreSQL transaction on which it depends; empty: it is decided."""
    text = json.dumps({"mark": mark, "moves": [[str(source), str(target), new] for source, target, new in moves.pairs]})
    folder = staging(config)
    with disk("The restore cannot be prepared"):
        temporary = folder / (JOURNAL + ".new")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / JOURNAL)
        sync_folder(folder)


def pending(config: Config) -> tuple[Moves, str] | None:
    """Return the moves that were decided and perhaps not finished. Raises Altered when the journal is none."""
    path = staging(config) / JOURNAL
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Moves([(Path(source), Path(target), bool(new)) for source, target, new in values["moves"]]), str(values["mark"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Altered(f"The note of an unfinished restore, {path}, cannot be read: restore again with --replace.") from None


def perform(config: Config, moves: Moves) -> None:
    """Move everything that has not been moved yet, then forget the journal. Safe to repeat."""
    with disk("The restored files cannot be put in place"):
        for source, target, new in moves.pairs:
            if source.exists() and (new or not target.exists()):
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                source.replace(target)
                sync_folder(target.parent)
        (staging(config) / JOURNAL).unlink(missing_ok=True)
        forget(config)


def forget(config: Config) -> None:
    """Remove what was prepared."""
    shutil.rmtree(staging(config), ignore_errors=True)
