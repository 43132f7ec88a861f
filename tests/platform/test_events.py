"""Events between rooms: none without its cause, none lost, none handled to the end twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import transaction

from citysquare.apps.accounts.models import Organisation
from citysquare.platform.events import Event, NotInTransactionError, deliver_due, publish, subscribe, unsubscribe
from citysquare.platform.models import Delivery, OutboxEvent
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Rang(Event):
    name: ClassVar[str] = "tests.rang"

    bell: str
    times: tuple[int, ...] = ()


Handle = Callable[[Rang], None]


@pytest.fixture
def listen() -> Iterator[Callable[[str, Handle], None]]:
    names: list[str] = []

    def add(name: str, handle: Handle) -> None:
        names.append(name)
        subscribe(Rang, name, handle)

    yield add
    for name in names:
        unsubscribe(Rang, name)


def ring(bell: str = "door") -> None:
    with transaction.atomic():
        publish(Rang(bell=bell, times=(1, 2)), at=NOW)


def test_an_event_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransactionError):
        publish(Rang(bell="door"), at=NOW)


def test_every_handler_hears_an_event_once(listen: Callable[[str, Handle], None]) -> None:
    heard: list[tuple[str, Rang]] = []
    listen("tests.first", lambda event: heard.append(("first", event)))
    listen("tests.second", lambda event: heard.append(("second", event)))
    ring()
    assert heard == [("first", Rang("door", (1, 2))), ("second", Rang("door", (1, 2)))]
    assert deliver_due(at=NOW + timedelta(days=1)) == 0


def test_what_was_rolled_back_was_never_announced(listen: Callable[[str, Handle], None]) -> None:
    heard: list[Rang] = []
    listen("tests.first", heard.append)
    with transaction.atomic():
        publish(Rang(bell="door"), at=NOW)
        transaction.set_rollback(True)
    assert (heard, OutboxEvent.objects.count()) == ([], 0)


def test_a_handler_that_fails_is_tried_again_later_and_harms_nobody(listen: Callable[[str, Handle], None]) -> None:
    heard: list[str] = []
    broken = True

    def moody(event: Rang) -> None:
        if broken:
            raise ZeroDivisionError("not today")
        heard.append(event.bell)

    listen("tests.moody", moody)
    listen("tests.steady", lambda event: heard.append(f"steady {event.bell}"))
    ring()
    assert heard == ["steady door"]
    waiting = Delivery.objects.get(due_at__isnull=False)
    assert waiting.due_at is not None
    assert waiting.due_at > NOW
    assert "not today" in waiting.last_error
    assert deliver_due(at=NOW) == 0
    broken = False
    assert deliver_due(at=NOW + timedelta(minutes=1)) == 1
    assert heard == ["steady door", "door"]
    assert deliver_due(at=NOW + timedelta(days=1)) == 0


def test_what_a_failing_handler_wrote_is_undone(listen: Callable[[str, Handle], None]) -> None:
    def half(_event: Rang) -> None:
        Organisation.objects.create(names={"en": "half"}, created_at=NOW)
        raise ZeroDivisionError

    listen("tests.half", half)
    ring()
    assert Organisation.objects.count() == 0


def test_pauses_grow_but_not_for_ever(listen: Callable[[str, Handle], None]) -> None:
    def never(_event: Rang) -> None:
        raise ZeroDivisionError

    listen("tests.never", never)
    ring()
    at, pauses = NOW, []
    for _ in range(14):
        due = Delivery.objects.get().due_at
        assert due is not None
        pauses.append(due - at)
        at = due
        deliver_due(at=at)
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=2)
    assert pauses[-1] == timedelta(minutes=10)


def test_a_handler_that_is_gone_leaves_its_delivery_waiting(listen: Callable[[str, Handle], None]) -> None:
    def never(_event: Rang) -> None:
        raise ZeroDivisionError

    listen("tests.never", never)
    ring()
    unsubscribe(Rang, "tests.never")
    assert deliver_due(at=NOW + timedelta(hours=1)) == 0
    assert "nobody is called" in Delivery.objects.get().last_error


def test_delivered_events_are_forgotten_after_a_week_and_waiting_ones_are_not(listen: Callable[[str, Handle], None]) -> None:
    def picky(event: Rang) -> None:
        if event.bell == "broken":
            raise ZeroDivisionError

    listen("tests.picky", picky)
    ring("fine")
    ring("broken")
    deliver_due(at=NOW + timedelta(days=8))
    assert [event.payload["bell"] for event in OutboxEvent.objects.all()] == ["broken"]
