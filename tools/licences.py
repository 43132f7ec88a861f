"""The licence of every package in requirements/: only those a city can take without a second thought.

Our source is EUPL-1.2. What a package declares in its metadata is compared with an allow-list; nothing under the AGPL enters.
PyAV itself is BSD, but its wheel carries codecs under the GPL: docs/decisions/0002-pyav.md says what follows from that.
"""

from __future__ import annotations

import importlib.metadata
import re

from tools import tree

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CNRI-Python",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Zlib",
}
"""SPDX names."""

ALSO_AS_A_TOOL = {"GPL-3.0-or-later"}
"""Allowed for programs that tests and checks start but never import, and that are never shipped."""

TOOLS = {"djlint"}

AS_A_LIBRARY = {"LGPL-3.0-only"}
"""Allowed for a library that is used unmodified and through its public interface, as a separate package that anybody can replace."""

LIBRARIES = {"psycopg", "psycopg-binary"}
"""PostgreSQL's driver: for tests, and for an operator who chose that database and adds it. Nothing of ours is built from it or holds it."""

SPOKEN = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What older packages write, as SPDX."""

READ_BY_US = {"axe-playwright-python": "MIT"}
"""Packages that declare nothing: what their licence file says."""


def problems() -> list[str]:
    """Return one line for each package whose licence is not allowed or not known."""
    found: list[str] = []
    for package in sorted(pinned("run") | pinned("test")):
        try:
            metadata = importlib.metadata.metadata(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # pinned for another platform or Python
        licence = READ_BY_US.get(package) or declared(metadata)
        if not acceptable(licence, allowed_for(package)):
            found.append(f"{package}: licence '{licence or 'not declared'}' is not on the list in tools/licences.py")
    return found


def allowed_for(package: str) -> set[str]:
    """Return the licences that this package may have."""
    allowed = set(ALLOWED)
    if package in TOOLS and package not in pinned("run"):
        allowed |= ALSO_AS_A_TOOL
    if package in LIBRARIES:
        allowed |= AS_A_LIBRARY
    return allowed


def pinned(level: str) -> set[str]:
    """Return the names in a compiled requirements file."""
    text = (tree.ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE))


def declared(metadata: importlib.metadata.PackageMetadata) -> str:
    """Return what a package says of its licence, as an SPDX expression where we understand it."""
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    for classifier in metadata.get_all("Classifier") or []:
        if classifier.startswith("License :: OSI Approved ::"):
            return spdx(classifier.rpartition("::")[2])
    return spdx(metadata["License"].partition("\n")[0]) if "License" in metadata else ""


def spdx(words: str) -> str:
    """Return a licence's name as SPDX writes it."""
    return SPOKEN.get(words.strip().lower(), words.strip())


def acceptable(expression: str, allowed: set[str]) -> bool:
    """Say whether an SPDX expression can be met: one side of each OR, all sides of each AND. Parentheses are not understood."""
    return any(all(part.strip() in allowed for part in side.split(" AND ")) for side in expression.split(" OR "))
