"""Time for permissions: it never runs backwards, whatever is done to the machine's clock.

The log is the witness: no time counts that is earlier than its newest entry's or head's. A clock that had run ahead and was put right
would leave permissions in the future for good; `accept` therefore says at the console, in the log, that time is counted anew from there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.proof.chain import CLOCK_ACTION

SET_BACK = timedelta(seconds=60)
"""How far the machine's clock may stand behind the log before it counts as set back."""
_ROWS = 500


def now_at_least(at: datetime) -> datetime:
    """Return the later of `at` and the newest time in the log, in UTC. Raises ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("a time for permissions needs a zone")
    newest = newest_time()
    here = at.astimezone(UTC)
    return here if newest is None else max(here, newest)


def clock_set_back(at: datetime) -> bool:
    """Tell whether `at` is more than a minute behind the log, so that what needs an authorisation is refused."""
    return now_at_least(at) - at > SET_BACK


def newest_time() -> datetime | None:
    """Return the newest time in the log since the console last accepted the clock; None for an empty log."""
    accepted = (
        AuditEntry.objects.filter(action=CLOCK_ACTION, outcome="accepted").order_by("-sequence").values_list("sequence", flat=True).first()
    )
    newest = _newest_since(accepted or 0)
    signed = AuditHead.objects.order_by("-pk").values_list("at", flat=True).first() if accepted is None else None
    return max(newest, signed) if newest and signed else newest or signed


def _newest_since(sequence: int) -> datetime | None:
    """Return the newest time of the entries from this number on.

    Looked for from the newest time back: passed over is only what was entered while the clock ran ahead, however long the log is.
    """
    entries = AuditEntry.objects.order_by("-at").values_list("at", "sequence")
    start = 0
    while found := list(entries[start : start + _ROWS]):
        newest = next((at for at, number in found if number >= sequence), None)
        if newest is not None:
            return newest
        start += _ROWS
    return None
