"""What must not stand in the tree: a package registry's host, or a path of somebody's machine."""

from __future__ import annotations

import re

from tools import tree

# Written with a bracket in the middle, so that this file does not name what it looks for.
HOSTS = re.compile(r"py[p]i\.org|python[h]osted\.org|registry\.npm[j]s|deb\.deb[i]an\.org")
MACHINE = re.compile(r"(?<![A-Za-z0-9_./-])/(?:wor[k]|far[m]|roo[t]|hom[e]/[a-z]+|Users/[a-z]+)/")


def problems() -> list[str]:
    """Return one line for each place."""
    found: list[str] = []
    for path in tree.files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a model
        for number, line in enumerate(text.splitlines(), start=1):
            if HOSTS.search(line):
                found.append(f"{tree.name(path)}:{number}: names a package registry's host")
            if MACHINE.search(line):
                found.append(f"{tree.name(path)}:{number}: names a path of one machine")
    return found
