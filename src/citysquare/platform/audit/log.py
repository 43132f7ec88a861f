"""Adding to the log.

The order of locks is always: the turn in the database, kept until the transaction has ended, then the folder's lock. The head of the
chain is the later one of table and files. Where one of the two lagged behind, because it had failed for a while or an old copy was put
back, it is brought up to date from the other, and that is itself an entry.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from citysquare.platform.audit.chain import FIRST_PREVIOUS, Details, Line, bounded
from citysquare.platform.audit.spool import Spool
from citysquare.platform.errors import DomainError
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.platform.turns import take_turn

_log = logging.getLogger(__name__)

TURN = "platform.audit"
"""Who holds this turn is the only one who adds to the table."""


class AuditUnavailable(DomainError):
    """Neither the database nor the files can take the entry, so what it was about must not happen."""

    code = "audit.unavailable"
    status = 503


def record(*, actor: Actor, action: Action, subject: Subject, outcome: str, at: datetime, details: Details | None = None) -> AuditEntry:
    """Add an entry and return it once it is durable.

    Call it before the act and outside of a transaction: an entry inside one would vanish with it (RuntimeError).
    A subject of another organisation than the actor's is noted with its `owner`.
    Raises AuditUnavailable when neither place takes it, ValueError for a time without zone.
    """
    if at.tzinfo is None:
        raise ValueError("an entry needs a time with a zone")
    draft = Line(
        sequence=0,
        at=at.astimezone(UTC),
        actor=actor.id[:64],
        organisation=actor.organisation[:64],
        action=str(action),
        subject_kind=subject.kind[:32],
        subject_id=subject.id[:64],
        outcome=outcome[:32],
        details=bounded(_with_owner(details or {}, actor, subject)),
        previous="",
    )
    spool = Spool(settings.CITYSQUARE.audit_dir)
    try:
        return as_row(_both(spool, draft))
    except DatabaseError as error:
        _log.warning("the audit table failed, the entry goes to the file alone: %s", error)
    try:
        return as_row(_file_alone(spool, draft))
    except OSError as error:
        _log.error("the audit log is not available: %s", error)
        raise AuditUnavailable(_("The audit log cannot be written, so this was not done. Please tell the administrator.")) from error


def _with_owner(details: Details, actor: Actor, subject: Subject) -> Details:
    """Name the owner where it is another organisation than the actor's: its auditors must find the entry, too."""
    return {"owner": subject.owner, **details} if subject.owner not in {"", actor.organisation} else details


@dataclass(slots=True)
class _Filed:
    """What the file holds by now, also when the transaction around it fails."""

    line: Line | None = None


def _both(spool: Spool, draft: Line) -> Line:
    """Write table and file; the file may fail.

    Raises DatabaseError when the table fails and the file does not hold the entry.
    """
    filed = _Filed()
    try:
        with transaction.atomic(durable=True):
            take_turn(TURN)
            return _chain(spool, draft, filed)
    except DatabaseError:
        if filed.line is None:
            raise
        return filed.line


def _chain(spool: Spool, draft: Line, filed: _Filed) -> Line:
    with ExitStack() as stack:
        file_head, usable = _open(spool, stack)
        table_head = _table_head()
        to_table, to_file = _plan(spool, draft, table_head, file_head) if usable else ([_follow(draft, table_head)], [])
        _insert(to_table)
        if usable:
            try:
                spool.append(to_file)
                filed.line = to_file[-1]
            except OSError as error:
                _log.warning("the audit file failed, the entry stands in the table alone: %s", error)
        return to_table[-1]


def _open(spool: Spool, stack: ExitStack) -> tuple[Line | None, bool]:
    """Lock the folder and return the file's head, and whether the folder can be used at all."""
    try:
        stack.enter_context(spool.locked())
        return spool.head(), True
    except OSError as error:
        _log.warning("the audit folder failed, the entry goes to the table alone: %s", error)
        return None, False


def _plan(spool: Spool, draft: Line, table_head: Line | None, file_head: Line | None) -> tuple[list[Line], list[Line]]:
    """Return what the table and what the file must take, the new entry last in both."""
    table_at, file_at = _number(table_head), _number(file_head)
    missing_in_table = spool.after(table_at) if file_at > table_at else []
    missing_in_file = [as_line(row) for row in AuditEntry.objects.filter(sequence__gt=file_at)] if table_at > file_at else []
    new: list[Line] = []
    head = file_head if missing_in_table else table_head
    for place, missing in (("table", missing_in_table), ("file", missing_in_file)):
        if missing:
            new.append(_follow(_restored(draft, place, missing), head))
            head = new[-1]
    new.append(_follow(draft, head))
    return [*missing_in_table, *new], [*missing_in_file, *new]


def _file_alone(spool: Spool, draft: Line) -> Line:
    with spool.locked():
        line = _follow(draft, spool.head())
        spool.append([line])
    return line


def _restored(draft: Line, place: str, missing: Sequence[Line]) -> Line:
    """Return the entry that says one place was brought up to date from the other."""
    return replace(
        draft,
        actor=Actor.system("audit").id,
        organisation="",
        action=str(Action.AUDIT_RESTORED),
        subject_kind="audit",
        subject_id=place,
        outcome="done",
        details={"entries": len(missing), "from": missing[0].sequence if missing else 0},
    )


def _follow(draft: Line, head: Line | None) -> Line:
    """Chain `draft` behind `head`. The number says the order; the time is the machine's, also when its clock was set back."""
    return replace(draft, sequence=_number(head) + 1, previous=head.hash if head else FIRST_PREVIOUS).sealed()


def _number(line: Line | None) -> int:
    return line.sequence if line else 0


def _table_head() -> Line | None:
    row = AuditEntry.objects.order_by("-sequence").first()
    return as_line(row) if row else None


def _insert(lines: Sequence[Line]) -> None:
    AuditEntry.objects.bulk_create(as_row(line) for line in lines)


def as_line(row: AuditEntry) -> Line:
    """Return a row of the table as it is hashed."""
    return Line(
        sequence=row.sequence,
        at=row.at,
        actor=row.actor,
        organisation=row.organisation,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        outcome=row.outcome,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
    )


def as_row(line: Line) -> AuditEntry:
    """Return an entry as a row of the table, not yet saved."""
    return AuditEntry(**{**line.values(), "at": line.at})
