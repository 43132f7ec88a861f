"""Adding to the log.

The order of locks is always: the turn in the database, kept until the transaction has ended, then the folder's lock. The head of the
chain is the later one of table and files. Where one of the two lagged behind, because it had failed for a while or an old copy was put
back, it is brought up to date from the other, and that is itself an entry.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy as _

from citysquare.platform.audit.chain import Details, as_entry, as_row, bounded, keepable
from citysquare.platform.audit.clock import SET_BACK
from citysquare.platform.audit.entries import PRIVATE_KINDS, typed
from citysquare.platform.audit.group import Group
from citysquare.platform.audit.names import pseudonym
from citysquare.platform.audit.spool import Spool
from citysquare.platform.errors import DomainError
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.policy.actors import SYSTEM_MARK, TOKEN_MARK, Actor, Subject
from citysquare.platform.policy.vocabulary import Action
from citysquare.platform.turns import take_turn
from citysquare.proof.chain import CLOCK_ACTION
from citysquare.proof.entries import FIRST_PREVIOUS, LONGEST, Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import from_time_text, time_text

_log = logging.getLogger(__name__)

TURN = "platform.audit"
"""Who holds this turn is the only one who adds to the table."""


class AuditUnavailable(DomainError):
    """Neither the database nor the files can take the entry, so what it was about must not happen."""

    code = "audit.unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to be entered: who did what to what, how it ended, when, and the details its act declares (`entries`)."""

    actor: Actor
    action: Action
    subject: Subject
    outcome: str
    at: datetime
    details: Details = field(default_factory=dict)


def record(*, actor: Actor, action: Action, subject: Subject, outcome: str, at: datetime, details: Details | None = None) -> AuditEntry:
    """Add an entry and return it once it is durable.

    Call it before the act and outside of a transaction: an entry inside one would vanish with it (RuntimeError).
    A subject of another organisation than the actor's is noted with its `owner`.
    Raises AuditUnavailable when neither place takes it, ValueError for a time without zone.
    """
    return record_many([Note(actor, action, subject, outcome, at, details or {})])[0]


def record_many(notes: Sequence[Note]) -> list[AuditEntry]:
    """Add entries that stand together, in their order, all or none, and return them once they are durable. Raises like `record`."""
    if _inside_transaction():
        raise RuntimeError("an audit entry inside a transaction would vanish with it: record it before the act")
    try:
        drafts = [_draft(note) for note in notes]
    except ProofError as error:
        _log.error("the audit log has no key for names: %s", error)
        raise _unavailable() from error
    return [as_row(entry) for entry in _group.add(drafts)] if drafts else []


def _draft(note: Note) -> Entry:
    if note.at.tzinfo is None:
        raise ValueError("an entry needs a time with a zone")
    actor, subject = note.actor, note.subject
    details = bounded(_with_owner(note.details, actor, subject))
    return Entry(
        sequence=0,
        at=time_text(note.at),
        actor=actor_name(actor.id),
        organisation=keepable(actor.organisation, LONGEST["organisation"]),
        action=str(note.action),
        subject_kind=keepable(subject.kind, LONGEST["subject_kind"]),
        subject_id=pseudonym(subject.kind, subject.id) if subject.kind in PRIVATE_KINDS else keepable(subject.id, LONGEST["subject_id"]),
        outcome=keepable(note.outcome, LONGEST["outcome"]),
        details=typed(note.action, details, pseudonym),
    )


def actor_name(actor_id: str) -> str:
    """Return what stands in the log for who acts: the machine's own processes by name, people and tokens by their pseudonyms.

    Raises BadKey.
    """
    if actor_id.startswith(SYSTEM_MARK):
        return keepable(actor_id, LONGEST["actor"])
    kind, identifier = ("token", actor_id.removeprefix(TOKEN_MARK)) if actor_id.startswith(TOKEN_MARK) else ("person", actor_id)
    return pseudonym(kind, identifier)


def _inside_transaction() -> bool:
    """Tell whether this thread is in a transaction other than the one a test wraps around itself (as `atomic(durable=True)` does)."""
    return connection.in_atomic_block and not getattr(connection.atomic_blocks[-1], "_from_testcase", False)


def _write(drafts: Sequence[Entry]) -> list[Entry]:
    """Write a group of entries to both places, or to the files alone. Raises AuditUnavailable."""
    spool = Spool(settings.CITYSQUARE.audit_dir)
    try:
        return _both(spool, drafts)
    except DatabaseError as error:
        _log.warning("the audit table failed, the entries go to the file alone: %s", error)
    try:
        return _file_alone(spool, drafts)
    except OSError as error:
        _log.error("the audit log is not available: %s", error)
        raise _unavailable() from error


_group = Group(_write)


def _unavailable() -> AuditUnavailable:
    return AuditUnavailable(_("The audit log cannot be written, so this was not done. Please tell the administrator."))


def _with_owner(details: Details, actor: Actor, subject: Subject) -> Details:
    """Name the owner where it is another organisation than the actor's: its auditors must find the entry, too."""
    return {"owner": subject.owner, **details} if subject.owner not in {"", actor.organisation} else details


@dataclass(slots=True)
class _Filed:
    """What the file holds by now, also when the transaction around it fails."""

    written: list[Entry] = field(default_factory=list)


def _both(spool: Spool, drafts: Sequence[Entry]) -> list[Entry]:
    """Write table and file; the file may fail.

    Raises DatabaseError when the table fails and the file does not hold the entries.
    """
    filed = _Filed()
    try:
        with transaction.atomic(durable=True):
            take_turn(TURN)
            return _chain(spool, drafts, filed)
    except DatabaseError:
        if not filed.written:
            raise
        return filed.written


def _chain(spool: Spool, drafts: Sequence[Entry], filed: _Filed) -> list[Entry]:
    with ExitStack() as stack:
        file_head, usable = _open(spool, stack)
        table_head = _table_head()
        plan = _plan(spool, drafts, table_head, file_head) if usable else _Plan.behind(table_head, drafts, _signed_at(drafts))
        AuditEntry.objects.bulk_create(as_row(entry) for entry in plan.to_table)
        if usable:
            try:
                spool.append(plan.to_file)
                filed.written = plan.asked
            except OSError as error:
                _log.warning("the audit file failed, the entries stand in the table alone: %s", error)
        return plan.asked


def _open(spool: Spool, stack: ExitStack) -> tuple[Entry | None, bool]:
    """Lock the folder and return the file's head, and whether the folder can be used at all."""
    try:
        stack.enter_context(spool.locked())
        return spool.head(), True
    except OSError as error:
        _log.warning("the audit folder failed, the entries go to the table alone: %s", error)
        return None, False


@dataclass(slots=True)
class _Plan:
    """What each place must take, and the entries that were asked for among them."""

    head: Entry | None
    new: list[Entry] = field(default_factory=list)
    asked: list[Entry] = field(default_factory=list)
    to_table: list[Entry] = field(default_factory=list)
    to_file: list[Entry] = field(default_factory=list)

    @classmethod
    def behind(cls, head: Entry | None, drafts: Sequence[Entry], signed_at: str = "") -> _Plan:
        """Return the plan that puts the drafts behind a head, for both places."""
        plan = cls(head)
        plan.follow(drafts, signed_at)
        plan.to_table = plan.to_file = plan.new
        return plan

    def add(self, draft: Entry) -> Entry:
        """Chain one entry behind the last."""
        previous = self.head.hash if self.head else FIRST_PREVIOUS
        entry = replace(draft, sequence=_number(self.head) + 1, previous=previous).sealed()
        self.new.append(entry)
        self.head = entry
        return entry

    def follow(self, drafts: Sequence[Entry], signed_at: str = "") -> None:
        """Chain what was asked for; where time goes back by more than a minute, an entry before it says so.

        `signed_at` is the time of the newest head that binds what follows: no entry may pass for an earlier one.
        """
        for draft in drafts:
            newest = max(self.head.at if self.head else "", signed_at)
            back = _back(newest, draft.at)
            if back > SET_BACK.total_seconds() and draft.action != CLOCK_ACTION:
                self.add(_own(draft, CLOCK_ACTION, "clock", {"newest_time": newest, "seconds": back}))
                signed_at = ""
            self.asked.append(self.add(draft))


def _back(newest: str, at: str) -> int:
    """Return by how many seconds a time is earlier than the newest one."""
    return int((from_time_text(newest) - from_time_text(at)).total_seconds()) if at < newest else 0


def _signed_at(drafts: Sequence[Entry]) -> str:
    """Return the time of the newest head if some draft is earlier and no clock entry has explained that: heads' times never go back."""
    head = AuditHead.objects.order_by("-pk").values_list("at", flat=True).first()
    newest = time_text(head) if head else ""
    if not newest or all(draft.at >= newest for draft in drafts):
        return ""
    said = AuditEntry.objects.filter(action=CLOCK_ACTION).order_by("-sequence").values_list("details", flat=True).first()
    return "" if said and newest <= str(said.get("newest_time", "")) else newest


def _plan(spool: Spool, drafts: Sequence[Entry], table_head: Entry | None, file_head: Entry | None) -> _Plan:
    """Return what the table and what the file must take, the new entries last in both."""
    table_at, file_at = _number(table_head), _number(file_head)
    missing_in_table = spool.after(table_at) if file_at > table_at else []
    missing_in_file = [as_entry(row) for row in AuditEntry.objects.filter(sequence__gt=file_at)] if table_at > file_at else []
    plan = _Plan(file_head if missing_in_table else table_head)
    for place, missing in (("table", missing_in_table), ("file", missing_in_file)):
        if missing:
            said: Details = {"entries": len(missing), "from": missing[0].sequence}
            plan.add(_own(drafts[0], str(Action.AUDIT_RESTORED), place, said))
    plan.follow(drafts, _signed_at(drafts))
    plan.to_table = [*missing_in_table, *plan.new]
    plan.to_file = [*missing_in_file, *plan.new]
    return plan


def _file_alone(spool: Spool, drafts: Sequence[Entry]) -> list[Entry]:
    with spool.locked():
        plan = _Plan.behind(spool.head(), drafts)
        spool.append(plan.to_file)
    return plan.asked


def _own(draft: Entry, action: str, subject: str, details: Details) -> Entry:
    """Return an entry of the log about itself, at the time of `draft`."""
    return replace(
        draft,
        actor=Actor.system("audit").id,
        organisation="",
        action=action,
        subject_kind="audit",
        subject_id=subject,
        outcome="done",
        details=details,
    )


def _number(entry: Entry | None) -> int:
    return entry.sequence if entry else 0


def _table_head() -> Entry | None:
    row = AuditEntry.objects.order_by("-sequence").first()
    return as_entry(row) if row else None
