"""Which files belong to the project: what git knows or would take, so that caches and environments stay out."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def files(*patterns: str) -> list[Path]:
    """Return the project's files that match the git path patterns (all files without one), sorted."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listing = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
    paths = (ROOT / name for name in listing.split("\0") if name)
    return sorted(path for path in set(paths) if path.is_file())


def name(path: Path) -> str:
    """Return a file's path as it is written in messages: from the repository's root."""
    return path.relative_to(ROOT).as_posix()
