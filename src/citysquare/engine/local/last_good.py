"""The last node file that could be read, kept beside it: a recorder that starts over a damaged one records what it recorded before."""

from __future__ import annotations

import logging
from pathlib import Path

from citysquare.engine.errors import BadNodeFile, SealingError
from citysquare.engine.local.node_file import NodeFile, read_node_file
from citysquare.proof.private_files import replace_private

_log = logging.getLogger(__name__)


def last_good_path(path: Path) -> Path:
    """Return where the copy of a node file lies."""
    return path.with_name(f"{path.stem}.last{path.suffix}")


def read_or_last_good(path: Path, *, keep: bool = False) -> NodeFile:
    """Return a node file's content or, when it cannot be read, what it last was; `keep` keeps a copy of one that can.

    Raises BadNodeFile, SealingError where there is neither.
    """
    try:
        node = read_node_file(path)
    except (BadNodeFile, SealingError) as error:
        last = last_good_path(path)
        if not last.exists():
            raise
        try:
            node = read_node_file(last)
        except (BadNodeFile, SealingError):
            raise error from None
        _log.warning("%s What it last said is done.", error.message, extra={"code": error.code})
    else:
        if keep:
            keep_last_good(path)
    return node


def keep_last_good(path: Path) -> None:
    """Copy a node file that has just been read; one that cannot be copied is no reason not to record."""
    last = last_good_path(path)
    try:
        data = path.read_bytes()
        if last.exists() and last.read_bytes() == data:
            return
        replace_private(last, data, check=read_node_file)  # it may have been replaced by rubbish since it was read
    except (OSError, BadNodeFile, SealingError) as error:
        _log.warning("The node file could not be copied for a later start: %s", error)
