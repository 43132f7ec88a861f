"""Follows every relative link of the documentation: to a file, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from tools import tree

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def problems() -> list[str]:
    """Return one line for each link that leads nowhere."""
    found: list[str] = []
    for page in tree.files("*.md", "docs/**/*.md"):
        targets = LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
        inner = [unquote(target) for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]
        found += [f"{tree.name(page)}: the link {target} leads nowhere" for target in inner if not leads_somewhere(page, target)]
    return found


def leads_somewhere(page: Path, target: str) -> bool:
    """Say whether the file and, where one is named, the heading are there."""
    name, _, heading = target.partition("#")
    path = (page.parent / name) if name else page
    if not path.exists():
        return False
    return not heading or path.suffix != ".md" or heading in anchors(path)


def anchors(page: Path) -> set[str]:
    """Return the anchors a forge makes of a page's headings."""
    headings = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
