"""The usual answers of a data class that is a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from citysquare.platform.retention.held import Expired

_Row = TypeVar("_Row", bound=Model)


def expired_rows(rows: QuerySet[_Row], field: str, before: datetime, limit: int) -> list[Expired]:
    """Return up to `limit` rows whose time in `field` is not later than `before`, oldest first."""
    over = rows.filter(**{f"{field}__lte": before}).order_by(field, "pk").values_list("pk", field)
    return [Expired(str(pk), at) for pk, at in over[:limit]]


def present_rows(rows: QuerySet[_Row], ids: Sequence[str]) -> frozenset[str]:
    """Return which of these identifiers have a row."""
    return frozenset(str(pk) for pk in rows.filter(pk__in=ids).values_list("pk", flat=True))
