"""How deletion by age goes: figures, and what is wrong with it in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils.translation import gettext as _

from citysquare.platform.retention import clock, telling

SILENT = timedelta(hours=2)
"""A round comes each ten minutes."""


@dataclass(frozen=True, slots=True)
class KeptState:
    """Deletion by age as it stands."""

    doubted: bool
    """The machine's clock leapt, and nothing ages until that is clear."""
    stuck: int
    """Batches that do not end."""
    seen: datetime
    """When the last round was."""


def kept_state(*, at: datetime) -> KeptState | None:
    """Ask the database; None when it does not answer, and before the first round."""
    try:
        known = clock.known()
        return None if known is None else KeptState(known.doubted, telling.stuck(at=at), known.seen)
    except DatabaseError:
        return None


def kept_sentences(kept: KeptState | None, at: datetime) -> Iterator[tuple[str, bool, str, str]]:
    """Yield code, whether it is serious, what is wrong and what to do."""
    if kept is None:
        return
    if kept.doubted:
        yield (
            "retention.clock_leapt",
            False,
            _("The machine's clock leapt by more than a day. Nothing is deleted by age until it has gone on steadily for six hours."),
            _("Look at the clock. If it is wrong, correct it; if it is right, say so on the page of what is kept and deleted."),
        )
    if kept.stuck:
        yield (
            "retention.stuck",
            False,
            _("Something that is over its time could not be deleted for more than an hour."),
            _("It is tried again every ten minutes. Look into the web process's log for the reason."),
        )
    if at - kept.seen > SILENT:
        yield (
            "retention.silent",
            False,
            _("For more than two hours nothing was looked through for what is over its time."),
            _("Look into the web process's log for the reason, and start it again."),
        )
