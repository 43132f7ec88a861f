"""Cameras that were set up over ONVIF are asked for their clock, once an hour each, a few a minute: by the site, never by the recorder.

It needs no password. A camera that does not answer costs its few seconds in a thread of its own and is asked again in an hour.
"""

from __future__ import annotations

import asyncio
import logging
import math
from datetime import datetime, timedelta

from citysquare.apps.devices import queries, services
from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import EngineError
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import clock_error

_log = logging.getLogger(__name__)

EACH = timedelta(hours=1)
"""How often one camera is asked."""
ROUND_SECONDS = 60.0
AT_ONCE = 4
"""Cameras asked at the same time."""
PATIENCE = 5.0
"""Seconds for one camera's answer."""
_ROUNDS = 30
"""In so many rounds all cameras are asked once, so that they come due again as spread over time as they were asked."""


def ask_clocks(*, at: datetime) -> int:
    """Ask the cameras that are due, and return how many told the time. Blocks: for a thread of its own."""
    most = math.ceil(queries.cameras_with_clock() / _ROUNDS)
    due = [(camera.pk, camera.onvif_address) for camera in queries.asked_for_clock_before(at - EACH)[:most]]
    if not due:
        return 0
    errors = asyncio.run(_ask_all([address for _camera, address in due], services.address_rule()))
    for (camera, _address), error in zip(due, errors, strict=True):
        services.note_clock(camera_id=camera, error=error, at=at)
    return sum(error is not None for error in errors)


async def _ask_all(addresses: list[str], rule: AddressRule) -> list[float | None]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(address: str) -> float | None:
        async with turns:
            try:
                return await clock_error(address, rule=rule, clock=SystemClock(), timeout=PATIENCE)
            except EngineError as error:
                _log.info("A camera does not tell its clock: %s", error.message, extra={"code": error.code})
                return None

    return await asyncio.gather(*map(ask, addresses))
