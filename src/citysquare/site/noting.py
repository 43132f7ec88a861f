"""What the web process does of itself again and again: undelivered events, the cameras' health and clocks, the node's word on holds.

Each task lives as long as the server. A round that fails because the database is away is made up for by the next one; whatever else goes
wrong is a fault of ours: it is logged, and the next round is tried all the same, so that one bad round does not end the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from citysquare.apps.accounts.services import acts, sittings
from citysquare.apps.devices import services as devices
from citysquare.apps.footage import services as footage
from citysquare.apps.footage.services import days, making, orders, rules
from citysquare.apps.footage.services import stamps as exhibit_stamps
from citysquare.apps.observations import services as observations
from citysquare.platform import looks, retention
from citysquare.platform.audit import heads, second, stamps
from citysquare.platform.events import deliver_due
from citysquare.site import clocks

OUTBOX_SECONDS = 5.0
"""How often deliveries that failed are looked for."""
HEALTH_SECONDS = 5.0
"""How often the recorder's ledger is looked through: a silence of ten seconds is told within fifteen."""
HOLDS_SECONDS = 5.0
"""How often the node's word on holds is read."""
EXHIBIT_SECONDS = 5.0
"""How often sealed exhibits that wait to be made are looked for."""
RETENTION_SECONDS = 600.0
"""How often what is over its time is deleted from the database."""
DAYS_SECONDS = 1800.0
"""How often the log is told of days of footage that are over, and of what the recorder deleted."""
HEAD_SECONDS = 60.0
"""How often the head of the audit log is signed and what is new is copied to its second place."""
STAMPS_SECONDS = 600.0
"""How often the time-stamping authority is asked for what it has not witnessed yet."""
ACTS_SECONDS = 60.0
"""How often acts that nobody sealed in time are ended."""
SITTINGS_SECONDS = 3600.0
"""How often sessions that are over by age are forgotten."""
DRAFT_SECONDS = 600.0
"""How often set-ups that nobody finished are forgotten, with the passwords in them."""

ORDERS_SECONDS = 5.0
"""How often authorisations that were sealed are let count, and those that are over are ended."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is done again and again; `act` is given the time."""

    name: str
    seconds: float
    act: Callable[..., int]
    waits: bool = False
    """It waits for others, such as cameras, or has long rounds: it gets a thread of its own, so that nobody waits for it."""


TASKS = (
    Task("outbox", OUTBOX_SECONDS, deliver_due),
    Task("health", HEALTH_SECONDS, observations.note_health),
    Task("holds", HOLDS_SECONDS, footage.note_acknowledgements),
    Task("exhibits", EXHIBIT_SECONDS, making.make_exhibits, waits=True),
    Task("authorisations", ORDERS_SECONDS, orders.round_of_orders, waits=True),
    Task("rules", ORDERS_SECONDS, rules.round_of_packs),
    Task("retention", RETENTION_SECONDS, retention.run, waits=True),
    Task("footage days", DAYS_SECONDS, days.tell_days, waits=True),
    Task("acts", ACTS_SECONDS, acts.expire),
    Task("sittings", SITTINGS_SECONDS, sittings.forget_sittings),
    Task("drafts", DRAFT_SECONDS, devices.forget_drafts),
    Task("audit heads", HEAD_SECONDS, heads.note_head, waits=True),
    Task("log's time-stamp", STAMPS_SECONDS, stamps.note_stamp, waits=True),
    Task("exhibits' time-stamps", STAMPS_SECONDS, exhibit_stamps.stamp_exhibits, waits=True),
    Task("second place", HEAD_SECONDS, second.copy_to_second_place, waits=True),
    Task("looks", looks.HEARTBEAT.total_seconds(), looks.close_vanished),
    Task("clocks", clocks.ROUND_SECONDS, clocks.ask_clocks, waits=True),
)


def start() -> list[asyncio.Task[None]]:
    """Begin with all tasks."""
    return [asyncio.create_task(_again_and_again(task), name=task.name) for task in TASKS]


async def stop(running: list[asyncio.Task[None]]) -> None:
    """End all tasks."""
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _again_and_again(task: Task) -> None:
    while True:
        await asyncio.sleep(task.seconds)
        await sync_to_async(one_round, thread_sensitive=not task.waits)(task, at=timezone.now())


def one_round(task: Task, *, at: datetime) -> None:
    """Do a task once. This is one of the program's named supervisors: what a round raises is logged and the next one is tried."""
    close_old_connections()
    try:
        task.act(at=at)
    except DatabaseError as error:
        _log.warning("the task %s waits for the database: %s", task.name, error)
    except Exception:  # noqa: BLE001 -- the supervisor of tasks, see above
        _log.exception("the task %s failed and is tried again", task.name)
    finally:
        if task.waits:
            connections.close_all()  # the next round has another thread
