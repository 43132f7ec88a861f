"""What the page of retention shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from citysquare.platform.lengths import in_words
from citysquare.platform.models import Tombstone, TombstoneState
from citysquare.platform.retention import tombstones
from citysquare.platform.retention.held import Held, Mentioned, all_held, all_mentioned
from citysquare.platform.retention.terms import Term, term

PAGE = 25
"""Tombstones on one page."""
STUCK = timedelta(hours=1)
"""A batch that is open longer than that is told."""
_LATELY = timedelta(days=30)

STATES = {
    TombstoneState.LISTED: gettext_lazy("waits for the log"),
    TombstoneState.TOLD: gettext_lazy("is being deleted"),
    TombstoneState.DELETED: gettext_lazy("deleted, not proven yet"),
    TombstoneState.PROVEN: gettext_lazy("deleted and checked"),
    TombstoneState.WITHDRAWN: gettext_lazy("not deleted: something in it came to be held"),
}


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One data class as the page shows it."""

    data_class: str
    title: str
    purpose: str
    kept_for: str
    law: str
    pack: str
    count: int | None
    """None where others count."""
    deleted: int
    """In the last thirty days."""
    how: str
    waits: bool
    """In the days of grace it is not deleted by its time: earlier versions kept it for ever, or longer."""
    too_long: str
    """What the city's setting asks for, where the rules allow less; empty: it may."""


@dataclass(frozen=True, slots=True)
class TombstoneRow:
    """One tombstone as the page shows it."""

    id: str
    at: datetime
    title: str
    rule: str
    hours: str
    count: int
    oldest: datetime | None
    newest: datetime | None
    state: str
    tone: str
    digest: str
    proven: bool | None
    """Whether it agrees with the log; None: not asked."""


def kept_rows(*, at: datetime) -> list[KeptRow]:
    """Return all data classes with how long they are kept, by title. Raises BadPack."""
    sums = Tombstone.objects.filter(listed_at__gt=at - _LATELY, deleted__isnull=False).values_list("data_class").annotate(Sum("deleted"))
    deleted = dict(sums.order_by())
    rows = [_kept(one, deleted.get(one.data_class, 0)) for one in _all()]
    return sorted(rows, key=lambda row: row.title.casefold())


def _all() -> list[Held | Mentioned]:
    return [*all_held(), *all_mentioned()]


def _kept(one: Held | Mentioned, deleted: int) -> KeptRow:
    wanted = one.kept_for()
    found = term(one.data_class, wanted)
    is_over = wanted is not None and wanted > found.kept_for
    counted, how = (one.count(), "") if isinstance(one, Held) else (None, str(one.how))
    return KeptRow(
        data_class=one.data_class,
        title=str(one.title),
        purpose=str(one.purpose),
        kept_for=_time(found),
        law=found.law,
        pack=f"{found.pack} {found.version}",
        count=counted,
        deleted=deleted,
        how=how,
        waits=one.had_no_end if isinstance(one, Held) else is_over,
        too_long=in_words(wanted) if wanted is not None and is_over else "",
    )


def _time(found: Term) -> str:
    return in_words(found.kept_for) if found.kept_for else _("until it ends by itself")


def titles() -> dict[str, str]:
    """Return what each data class is called, by class."""
    return {one.data_class: str(one.title) for one in _all()}


def tombstone_rows(*, data_class: str = "", before: str = "", check: bool = False) -> list[TombstoneRow]:
    """Return up to PAGE + 1 tombstones, newest first, older than the one with identifier `before`; with `check` held against the log."""
    found = Tombstone.objects.order_by("-listed_at", "-pk").defer("ids")
    if data_class:
        found = found.filter(data_class=data_class)
    last = Tombstone.objects.filter(pk=before).first() if before else None
    if last is not None:
        found = found.filter(listed_at__lt=last.listed_at) | found.filter(listed_at=last.listed_at, pk__lt=last.pk)
    named = titles()
    return [_row(row, named, check=check) for row in found[: PAGE + 1]]


def _row(row: Tombstone, named: dict[str, str], *, check: bool) -> TombstoneRow:
    hours = tombstones.body_of(row).get("hours")
    state = TombstoneState(row.state)
    closed = state in {TombstoneState.PROVEN, TombstoneState.WITHDRAWN}
    return TombstoneRow(
        id=row.pk,
        at=row.listed_at,
        title=named.get(row.data_class, row.data_class),
        rule=row.rule,
        hours=in_words(timedelta(hours=hours)) if isinstance(hours, int) and hours else "",
        count=row.count,
        oldest=row.oldest,
        newest=row.newest,
        state=str(STATES[state]),
        tone="good" if state is TombstoneState.PROVEN else "" if closed else "care",
        digest=row.digest,
        proven=tombstones.is_proven(row) if check and state is TombstoneState.PROVEN else None,
    )


def stuck(*, at: datetime) -> int:
    """Return how many batches are open for longer than STUCK."""
    return Tombstone.objects.filter(closed_at__isnull=True, listed_at__lt=at - STUCK).count()
