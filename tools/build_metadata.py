"""Tells hatchling what an installed Citysquare depends on: the lines of requirements/run.in, where they stand once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RequirementsHook(MetadataHookInterface):
    """Fills `dependencies`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read the requirements; comments and empty lines are left out."""
        lines = (Path(self.root) / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
        metadata["dependencies"] = [line for line in (text.partition("#")[0].strip() for text in lines) if line]
