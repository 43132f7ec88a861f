"""The usual answers of a data class that is a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from citysquare.platform.retention.held import Expired, Held

_Row = TypeVar("_Row", bound=Model)


def expired_rows(rows: QuerySet[_Row], field: str, before: datetime, limit: int) -> list[Expired]:
    """Return up to `limit` rows whose time in `field` is not later than `before`, oldest first."""
    over = rows.filter(**{f"{field}__lte": before}).order_by(field, "pk").values_list("pk", field)
    return [Expired(str(pk), at) for pk, at in over[:limit]]


def present_rows(rows: QuerySet[_Row], ids: Sequence[str]) -> frozenset[str]:
    """Return which of these identifiers have a row."""
    return frozenset(str(pk) for pk in rows.filter(pk__in=ids).values_list("pk", flat=True))


def held_rows(
    data_class: str, field: str, *, title: Promise, purpose: Promise, every: QuerySet[_Row], over: QuerySet[_Row] | None = None
) -> Held:
    """Return what the retention needs to know of rows that simply go by their age in `field`; only those of `over`, where it is given."""
    ending = every if over is None else over
    return Held(
        data_class=data_class,
        title=title,
        purpose=purpose,
        find_expired=lambda before, _now, limit: expired_rows(ending.all(), field, before, limit),
        delete=lambda ids: ending.filter(pk__in=ids).delete()[0],
        remaining=lambda ids: present_rows(every.all(), ids),
        count=every.all().count,
    )
