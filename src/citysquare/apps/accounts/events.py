"""What this room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from citysquare.platform.events import Event


@dataclass(frozen=True)
class ActSealed(Event):
    """Both people have sealed an act: the room it belongs to may do it. Ask `services.acts.sealed`, which checks both seals anew."""

    name: ClassVar[str] = "accounts.act_sealed"

    act_id: str
    kind: str
    organisation_id: str


@dataclass(frozen=True)
class ActEnded(Event):
    """An act will not happen: somebody refused it, or its time ran out ("refused" or "expired")."""

    name: ClassVar[str] = "accounts.act_ended"

    act_id: str
    kind: str
    organisation_id: str
    state: str
