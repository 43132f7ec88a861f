"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from citysquare.platform.events import Event


@dataclass(frozen=True)
class SpaceChanged(Event):
    """A space or one of its zones was added, changed or removed; whoever needs more reads it."""

    name: ClassVar[str] = "spaces.space_changed"

    space_id: str
    organisation_id: str


@dataclass(frozen=True)
class SpaceRemoved(Event):
    """A space and its zones are gone."""

    name: ClassVar[str] = "spaces.space_removed"

    space_id: str
    organisation_id: str


@dataclass(frozen=True)
class SpacesImported(Event):
    """A file was brought in: one event for all it changed."""

    name: ClassVar[str] = "spaces.spaces_imported"

    organisation_id: str
    created: int
    changed: int
