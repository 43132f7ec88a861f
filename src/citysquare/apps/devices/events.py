"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from citysquare.platform.events import Event


@dataclass(frozen=True)
class CameraChanged(Event):
    """A camera was added, changed or switched; whoever needs more reads it."""

    name: ClassVar[str] = "devices.camera_changed"

    camera_id: str
    organisation_id: str


@dataclass(frozen=True)
class CamerasImported(Event):
    """A file of cameras was brought in; whoever needs more reads them."""

    name: ClassVar[str] = "devices.cameras_imported"

    organisation_id: str
    created: int
    changed: int
