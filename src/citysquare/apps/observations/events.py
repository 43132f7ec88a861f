"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from citysquare.platform.events import Event


@dataclass(frozen=True)
class ObservationsRecorded(Event):
    """A batch of observations of one camera was kept: one event a batch, with those that are new."""

    name: ClassVar[str] = "observations.recorded"

    camera_id: str
    organisation_id: str
    observation_ids: tuple[str, ...]


@dataclass(frozen=True)
class CameraHealthChanged(Event):
    """Cameras fell silent or came back, as one event a round and camera."""

    name: ClassVar[str] = "observations.camera_health_changed"

    camera_id: str
    organisation_id: str
    event_ids: tuple[str, ...]
