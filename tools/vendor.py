"""The browser libraries we serve: copied from npm's packages into the platform's static files, with their licences and a manifest.

`./do run python -m tools.vendor` copies anew after a version was changed in frontend/package.json (needs the network, for npm). The check
needs neither network nor node: it compares what lies in the folder with the manifest, and the manifest with what is written here.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import browser_code, tree

FOLDER = tree.ROOT / "src" / "citysquare" / "platform" / "static" / "platform" / "vendor"
MANIFEST = FOLDER / "manifest.json"
MODULES = browser_code.FRONTEND / "node_modules"
ALLOWED = {"BSD-3-Clause", "MIT", "BSD-3-Clause AND MIT"}

_SOURCE_MAP = re.compile(r"\n//# sourceMappingURL=\S+\s*$")


@dataclass(frozen=True, slots=True)
class Taken:
    """One file: its name here, the package and path it comes from, and what is put behind it."""

    name: str
    package: str
    path: str
    added: str = ""
    """Appended, so that a script that makes a global becomes a module."""


LICENCES = {"maplibre-gl": "BSD-3-Clause", "pmtiles": "BSD-3-Clause AND MIT"}
"""What each package is under; pmtiles' bundle holds the inflating part of fflate, which is MIT."""

FILES = (
    Taken("maplibre-gl.mjs", "maplibre-gl", "dist/maplibre-gl.mjs"),
    Taken("maplibre-gl-worker.mjs", "maplibre-gl", "dist/maplibre-gl-worker.mjs"),
    Taken("maplibre-gl.css", "maplibre-gl", "dist/maplibre-gl.css"),
    Taken("maplibre-gl.LICENSE.txt", "maplibre-gl", "LICENSE.txt"),
    Taken("pmtiles.mjs", "pmtiles", "dist/pmtiles.js", added="\nexport default pmtiles;\n"),
)
WRITTEN_BY_HAND = ("pmtiles.LICENSE.txt",)
"""Licence texts that the package on npm leaves out; taken from the project's repository."""


def served(taken: Taken) -> str:
    """Return a file as we serve it: without the line that names a source map, which we do not serve."""
    text = (MODULES / taken.package / taken.path).read_text(encoding="utf-8")
    return _SOURCE_MAP.sub("", text).rstrip() + (taken.added or "\n")


def copy() -> None:
    """Write every file and the manifest."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for taken in FILES:
        (FOLDER / taken.name).write_text(served(taken), encoding="utf-8")
    packages = {}
    for name, licence in LICENCES.items():
        version = json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))["version"]
        files = [taken.name for taken in FILES if taken.package == name]
        files += [written for written in WRITTEN_BY_HAND if written.startswith(name)]
        packages[name] = {"version": version, "licence": licence, "sha256": {file: digest(FOLDER / file) for file in sorted(files)}}
    MANIFEST.write_text(json.dumps(packages, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def problems() -> list[str]:
    """Return one line for each file that is not what the manifest says, and each version that is not what npm's lock file says."""
    return problems_in(FOLDER, json.loads((browser_code.FRONTEND / "package-lock.json").read_text(encoding="utf-8")))


def problems_in(folder: Path, lock: dict[str, Any]) -> list[str]:
    """Compare a folder with its manifest and with npm's lock file."""
    try:
        packages: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"vendor/manifest.json cannot be read: {error}"]
    found = []
    named = {"manifest.json"}
    for name, package in packages.items():
        locked = lock["packages"].get(f"node_modules/{name}", {}).get("version", "none")
        if package["version"] != locked:
            found.append(f"{name}: {package['version']} is copied and {locked} is locked: run tools/vendor.py")
        if package["licence"] not in ALLOWED:
            found.append(f"{name}: licence {package['licence']} is not allowed for what a browser gets from us")
        for file, wanted in package["sha256"].items():
            named.add(file)
            if not (folder / file).is_file():
                found.append(f"vendor/{file} is missing: run tools/vendor.py")
            elif digest(folder / file) != wanted:
                found.append(f"vendor/{file} was changed: vendored files stay as they came")
    found += [f"vendor/{path.name} stands in no manifest" for path in sorted(folder.iterdir()) if path.name not in named]
    return found


def main() -> int:
    """Fetch what the lock file names, copy it, check it."""
    found = browser_code.install()
    if not found:
        copy()
        found = problems()
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
