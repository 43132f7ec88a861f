"""Whether the system can do its work: the answer for a load balancer or a watchdog, without a word about cameras."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from citysquare.site.system.figures import SystemFigures, gather
from citysquare.site.system.troubles import Weight, troubles

State = Literal["ok", "degraded", "failing"]


def state_of(figures: SystemFigures) -> State:
    """Return `failing` when footage is being lost or the database is away, `degraded` when somebody should act, else `ok`."""
    weights = {trouble.weight for trouble in troubles(figures)}
    if Weight.SERIOUS in weights:
        return "failing"
    return "degraded" if Weight.WARNING in weights else "ok"


def state(*, at: datetime) -> State:
    """Gather and judge."""
    return state_of(gather(at=at))
