"""What the web process does of itself goes on, whatever a round runs into."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import pytest
from django.db import OperationalError

from citysquare.site import noting
from tests.factories import NOW


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "said"), [(OperationalError("away"), "waits for the database"), (KeyError("slip"), "is tried again")])
def test_a_round_that_fails_is_said_and_harms_no_other(error: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    def fails(*, at: datetime) -> int:
        del at
        raise error

    with caplog.at_level(logging.WARNING, logger="citysquare.site.noting"):
        noting.one_round(noting.Task("test", 1.0, fails), at=NOW)
    assert said in caplog.text


@pytest.mark.django_db
def test_all_that_comes_again_is_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [task.name for task in noting.TASKS]
    assert len(names) == len(set(names))
    assert {"outbox", "health", "holds", "retention", "footage days", "audit heads", "drafts", "clocks"} <= set(names)
    for task in noting.TASKS:
        noting.one_round(task, at=NOW)


def test_tasks_live_as_long_as_the_server() -> None:
    async def live() -> list[bool]:
        running = noting.start()
        await asyncio.sleep(0)
        alive = [not task.done() for task in running]
        await noting.stop(running)
        return [*alive, all(task.done() for task in running)]

    assert asyncio.run(live()) == [True] * (len(noting.TASKS) + 1)
