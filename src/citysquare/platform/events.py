"""How a lower room tells higher ones what happened: typed events through an outbox.

`publish` writes the event and one delivery per handler in the caller's transaction, so an event exists exactly when its cause
does. After the commit the deliveries are tried at once; `deliver_due` tries the rest again, with growing pauses. Delivery is at
least once, so handlers must be idempotent; what a handler writes into the database commits together with its receipt.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.db import connection, transaction

from citysquare.platform.models import Delivery, OutboxEvent

_log = logging.getLogger(__name__)

_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=10)
KEEP_DELIVERED = timedelta(days=7)
_MOST_PER_ROUND = 200


@dataclass(frozen=True)
class Event:
    """Root of all events. A subclass is a frozen dataclass of ids and scalars, with a `name` that never changes."""

    name: ClassVar[str] = ""


AnyEvent = TypeVar("AnyEvent", bound=Event)


@dataclass(frozen=True, slots=True)
class _Subscription:
    event: type[Event]
    handle: Callable[[Any], None]


_subscriptions: dict[str, dict[str, _Subscription]] = {}


class NotInTransactionError(RuntimeError):
    """An event was published outside of a transaction: a mistake in the program."""


def subscribe(event: type[AnyEvent], handler: str, handle: Callable[[AnyEvent], None]) -> None:
    """Let `handle` receive every `event`. `handler` names the subscription for ever (it stands in the outbox)."""
    if not event.name:
        raise ValueError(f"{event.__name__} has no name")
    _subscriptions.setdefault(event.name, {})[handler] = _Subscription(event, handle)


def unsubscribe(event: type[Event], handler: str) -> None:
    """End a subscription."""
    _subscriptions.get(event.name, {}).pop(handler, None)


def publish(event: Event, *, at: datetime) -> None:
    """Announce `event` as part of the current transaction.

    Raises NotInTransactionError outside of one.
    """
    if not connection.in_atomic_block:
        raise NotInTransactionError(f"{event.name} was published outside of a transaction")
    handlers = _subscriptions.get(event.name)
    if not handlers:
        return
    row = OutboxEvent.objects.create(name=event.name, payload=dataclasses.asdict(event), at=at)
    deliveries = Delivery.objects.bulk_create(Delivery(event=row, handler=handler, due_at=at) for handler in handlers)
    transaction.on_commit(partial(_deliver_all, [delivery.pk for delivery in deliveries], at))


def deliver_due(*, at: datetime) -> int:
    """Try every delivery that is due, forget what arrived long ago, and return how many arrived now."""
    due = list(Delivery.objects.filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)[:_MOST_PER_ROUND])
    OutboxEvent.objects.filter(at__lt=at - KEEP_DELIVERED).exclude(deliveries__due_at__isnull=False).delete()
    return _deliver_all(due, at)


def waiting() -> int:
    """Return how many deliveries have not arrived yet."""
    return Delivery.objects.filter(due_at__isnull=False).count()


def _deliver_all(deliveries: list[int], at: datetime) -> int:
    return sum(_deliver(delivery, at) for delivery in deliveries)


def _deliver(pk: int, at: datetime) -> bool:
    """Hand one event to one handler. A handler that fails is tried again later; its failure harms nobody else.

    This is one of the program's named supervisors: whatever a handler raises is kept with the delivery and logged.
    """
    try:
        with transaction.atomic():
            waiting = Delivery.objects.select_for_update(of=("self",)).select_related("event")
            delivery = waiting.filter(pk=pk, due_at__isnull=False).first()
            if delivery is None:
                return False
            _handle(delivery)
            delivery.due_at = None
            delivery.attempts += 1
            delivery.last_error = ""
            delivery.save(update_fields=("due_at", "attempts", "last_error"))
    except Exception as error:  # noqa: BLE001 -- the supervisor of handlers, see above
        _log.warning("delivery %s failed and will be tried again: %s", pk, error, exc_info=error)
        _postpone(pk, at, error)
        return False
    return True


def _handle(delivery: Delivery) -> None:
    subscription = _subscriptions.get(delivery.event.name, {}).get(delivery.handler)
    if subscription is None:
        raise LookupError(f"nobody is called {delivery.handler} any more")
    payload = {key: tuple(value) if isinstance(value, list) else value for key, value in delivery.event.payload.items()}
    subscription.handle(subscription.event(**payload))


def _postpone(pk: int, at: datetime, error: Exception) -> None:
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=pk, due_at__isnull=False).first()
        if delivery is None:
            return
        pause = min(_FIRST_PAUSE * 2 ** min(delivery.attempts, 16), _LONGEST_PAUSE)
        delivery.attempts += 1
        delivery.due_at = at + pause
        delivery.last_error = f"{type(error).__name__}: {error}".replace("\0", "")[:500]
        delivery.save(update_fields=("attempts", "due_at", "last_error"))
