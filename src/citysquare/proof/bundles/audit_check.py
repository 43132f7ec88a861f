"""The check of an audit bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from citysquare.proof import timestamps
from citysquare.proof.bundles import audit
from citysquare.proof.bundles.audit import AuditStretch
from citysquare.proof.bundles.common import NOT_OUR_FORM, OTHER_HISTORY, Kept, check_files, check_signature, say_signed, usable_keys
from citysquare.proof.bundles.files import Source
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.chain import EntryChecker, LogTrouble
from citysquare.proof.entries import LONGEST_LINE, Entry
from citysquare.proof.errors import BadBundle, BadJson, BadTimestamp, BadValue, OutOfTree, ProofError
from citysquare.proof.heads import LONGEST_LINE as LONGEST_HEAD
from citysquare.proof.heads import Head, SignedHead, check_head
from citysquare.proof.jws import LONGEST_TOKEN
from citysquare.proof.keys import KeySet
from citysquare.proof.words import gettext_noop

_ENTRY_TROUBLES = {
    "changed": gettext_noop("Entry {number} of {at} was changed."),
    "unlinked": gettext_noop("Before entry {number} of {at} something is missing, was moved or was replaced."),
    "backdated": gettext_noop("Entry {number} says {at}, which is before a signed head that it stands behind: it was dated back."),
    "other_root": gettext_noop("The first {number} entries are not those that the head of {at} signed."),
    "other_history": gettext_noop("The first {number} entries are not those of the head of {at} that you kept: the log was written anew."),
    "missing": gettext_noop("From entry {number} on entries are missing that the head of {at} signed."),
    "unsigned": gettext_noop("From entry {number} on no signed head covers the entries."),
}
_HEAD_TROUBLES = {
    "forged": gettext_noop("The head of {at} over {number} entries is not signed by the centre."),
    "unlinked": gettext_noop("Before the head of {at} over {number} entries a head is missing or was replaced."),
    "backdated": gettext_noop("The head of {at} over {number} entries is earlier than the one before it."),
    "shrunk": gettext_noop("The head of {at} over {number} entries is smaller than the one before it: the log was put back."),
    "another_log": gettext_noop("The head of {at} over {number} entries is another log's."),
    "other_root": gettext_noop("The head of {at} contradicts the one before it over the same {number} entries."),
}


@dataclass(slots=True)
class _Seen:
    """What went by while the lines were read."""

    entries: int = 0
    heads: int = 0
    agree: int = 0
    began: str = ""
    ended: str = ""
    last: Head | None = None
    authorities: tuple[Certificate, ...] = ()
    stamps: dict[int, bytes] = field(default_factory=dict)
    """Time-stamps of heads that have not gone by yet, by size."""
    stamped: list[tuple[int, str]] = field(default_factory=list)
    """Sizes and times of the stamps that hold."""


def check_audit(source: Source, trust: Trust) -> Report:
    """Check an audit bundle from anybody. Raises BadBundle when it cannot be read at all."""
    report = Report(audit.KIND)
    text = source.read(audit.DESCRIPTION, most=audit.MOST_DESCRIPTION)
    keys = usable_keys(source, audit.KEYS, trust, report)
    kid = check_signature(source.read(audit.SIGNATURE, most=LONGEST_TOKEN), text, keys, audit.AUDIT_TYPE, report)
    if not kid:
        return report
    try:
        stretch = AuditStretch.decoded(text)
    except (BadJson, BadValue):
        raise BadBundle(NOT_OUR_FORM) from None
    say_signed(kid, stretch.made_at, keys, trust, report)
    check_files(source, stretch.files, (audit.DESCRIPTION, audit.SIGNATURE), report)
    seen = _Seen(authorities=trust.authorities, stamps=_stamps(source, trust, report))
    _check_lines(source, stretch, keys, trust, report, seen)
    if seen.stamps:
        values = {"count": len(seen.stamps)}
        report.fault("stamps", gettext_noop("There are time-stamps of heads that are not in the bundle: {count}."), values)
    _say(stretch, seen, report)
    return report


def _check_lines(source: Source, stretch: AuditStretch, keys: KeySet, trust: Trust, report: Report, seen: _Seen) -> None:
    try:
        kept = Kept(trust, stretch.log)
        heads = _heads(source, keys, kept, report, seen)
        checker = EntryChecker(heads, first=stretch.first, previous=stretch.previous, edge=stretch.edge, kept=kept.heads)
        _note(checker.start(), report)
        for line in source.lines(audit.ENTRIES, longest=LONGEST_LINE):
            entry = Entry.decoded(line)
            _note(checker.add(entry), report)
            seen.entries, seen.ended = seen.entries + 1, entry.at
            seen.began = seen.began or entry.at
        _note(checker.finish(), report)
        seen.agree = checker.kept_met
    except OutOfTree:
        report.fault("edge", gettext_noop("The hashes before the first entry do not belong to a log of that size."))
    except ProofError:
        report.fault("line", gettext_noop("A line behind entry {number} cannot be read."), {"number": stretch.first + seen.entries - 1})
    else:
        if seen.last is not None and seen.last.log != stretch.log:
            report.fault("head_another_log", _HEAD_TROUBLES["another_log"], {"number": seen.last.size, "at": seen.last.at})
        if checker.size != stretch.last:
            report.fault(
                "stretch", gettext_noop("The bundle says that it ends with entry {number}, but it does not."), {"number": stretch.last}
            )


def _stamps(source: Source, trust: Trust, report: Report) -> dict[int, bytes]:
    """Return the time-stamps by the size of their heads; nothing where they cannot be checked."""
    if audit.STAMPS not in source.paths():
        return {}
    if not trust.authorities:
        report.limit(gettext_noop("There are time-stamps. To check them, give the certificates of their authority (--tsa-certificates)."))
        return {}
    try:
        if source.size(audit.STAMPS) > audit.MOST_STAMPS:
            raise BadValue("There are too many time-stamps.")
        lines = source.lines(audit.STAMPS, longest=timestamps.LONGEST_LINE)
        return {one.size: one.token for one in map(timestamps.StampedHead.decoded, lines)}
    except ProofError:
        report.fault("stamps", gettext_noop("The time-stamps cannot be read."))
        return {}


def _check_stamp(signed: SignedHead, report: Report, seen: _Seen) -> None:
    token = seen.stamps.pop(signed.head.size, None)
    if token is None:
        return
    try:
        stamp = timestamps.check(token, signed.encoded(), seen.authorities)
    except BadTimestamp:
        report.fault(
            "stamp",
            gettext_noop("The time-stamp of the head of {at} over {number} entries does not hold, or its authority is not one you trust."),
            {"number": signed.head.size, "at": signed.head.at},
        )
    else:
        seen.stamped.append((signed.head.size, stamp.at))


def _heads(source: Source, keys: KeySet, kept: Kept, report: Report, seen: _Seen) -> Iterator[Head]:
    """Yield the heads and check each one's signature, its link, and what others kept."""
    for line in source.lines(audit.HEADS, longest=LONGEST_HEAD):
        signed = SignedHead.decoded(line)
        for trouble in check_head(signed, seen.last, keys):
            report.fault(f"head_{trouble.kind}", _HEAD_TROUBLES[trouble.kind], {"number": trouble.size, "at": trouble.at})
        if kept.contradict(signed.head):
            report.fault("other_history", OTHER_HISTORY, {"number": signed.head.size, "at": signed.head.at})
        _check_stamp(signed, report, seen)
        seen.heads, seen.last = seen.heads + 1, signed.head
        yield signed.head


def _note(troubles: list[LogTrouble], report: Report) -> None:
    for trouble in troubles:
        report.fault(f"entry_{trouble.kind}", _ENTRY_TROUBLES[trouble.kind], {"number": trouble.sequence, "at": trouble.at})


def _say(stretch: AuditStretch, seen: _Seen, report: Report) -> None:
    report.fact(gettext_noop("The audit log {log}, exported at {at}."), log=stretch.log, at=stretch.made_at)
    if report.ok:
        report.proof(
            gettext_noop("All {count} entries from number {first} to {last} are there, unchanged and in their order ({began} to {ended})."),
            count=seen.entries,
            first=stretch.first,
            last=stretch.last,
            began=seen.began,
            ended=seen.ended,
        )
        report.proof(gettext_noop("{count} signed heads lead to exactly these entries."), count=seen.heads)
        if seen.agree:
            report.proof(gettext_noop("Heads of this log that you kept agree with it: {count}."), count=seen.agree)
        _say_stamps(seen, report)
    if not seen.agree:
        report.limit(
            gettext_noop("Who has the centre's key could have written the whole log anew. A head that you kept earlier shows that.")
        )
    if stretch.first > 1:
        report.limit(gettext_noop("What stands before entry {number} is not in this bundle."), number=stretch.first)
    if seen.last is not None:
        report.limit(gettext_noop("What happened after the last head of {at} is not covered."), at=seen.last.at)
    report.limit(gettext_noop("All times are those of the centre's clock, unless a time-stamp says otherwise."))
    report.limit(
        gettext_noop("That everything that happened was entered cannot be proven afterwards, only that what was entered is unchanged.")
    )


def _say_stamps(seen: _Seen, report: Report) -> None:
    if not seen.stamped:
        return
    size, at = seen.stamped[-1]
    report.proof(
        gettext_noop("An authority that you trust says that the log up to entry {number} existed at {at}; stamped heads: {count}."),
        number=size,
        at=at,
        count=len(seen.stamped),
    )
