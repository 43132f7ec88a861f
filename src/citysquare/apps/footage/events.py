"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from citysquare.platform.events import Event


@dataclass(frozen=True)
class HoldChanged(Event):
    """A hold was placed, extended or lifted; the node is to be told."""

    name: ClassVar[str] = "footage.hold_changed"

    hold_id: str
    organisation_id: str
