"""The checks that every bundle shares: its files, its keys, its signature, heads that were kept elsewhere."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from itertools import accumulate

from citysquare.proof import jws
from citysquare.proof.bundles.files import FileRecord, Source
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.errors import BadKey, BadSignature, ProofError
from citysquare.proof.heads import Head
from citysquare.proof.jws import follow
from citysquare.proof.keys import KeySet
from citysquare.proof.words import gettext_noop

MOST_KEYS_FILE = 128 * 1024
NOT_OUR_FORM = gettext_noop("The description that was signed is not of the form that bundles have: perhaps a newer version can read it.")


def check_files(source: Source, named: Iterable[FileRecord], own: Collection[str], report: Report) -> None:
    """Compare the files with the ones that were signed: none more, none fewer, none changed."""
    records = {record.path: record for record in named}
    there = set(source.paths())
    for path in sorted(records.keys() - there):
        report.fault("file_missing", gettext_noop("The file {path} was taken out."), {"path": path})
    for path in sorted(there - records.keys() - set(own)):
        report.fault("file_added", gettext_noop("The file {path} was put in later: nobody signed it."), {"path": path})
    for path in sorted(there & records.keys()):
        try:
            same = source.record(path) == records[path]
        except ProofError:
            same = False
        if not same:
            report.fault("file_changed", gettext_noop("The file {path} was changed."), {"path": path})
    if report.ok:
        report.proof(gettext_noop("All {count} files are there and unchanged, and none was added."), count=len(records))


def usable_keys(source: Source, path: str, trust: Trust, report: Report) -> KeySet:
    """Return the keys that may sign: the given ones and those they signed, or else the bundle's own. Raises BadBundle."""
    try:
        own = KeySet.decoded(source.read(path, most=MOST_KEYS_FILE))
    except BadKey:
        report.fault("keys", gettext_noop("The keys in the bundle cannot be read."))
        own = KeySet()
    return own if trust.keys is None else follow(own, trust.keys)


def check_signature(token: bytes, text: bytes, keys: KeySet, typ: str, report: Report) -> str:
    """Return the name of the key that signed `text`, or an empty one when the signature does not hold, which the report then says."""
    try:
        return jws.verify(token.decode("ascii", errors="replace"), text, keys, typ=typ)
    except BadSignature:
        report.fault("signature", gettext_noop("The signature does not hold: what it stands under was changed, or it is not the centre's."))
        return ""


def say_signed(kid: str, at: str, keys: KeySet, trust: Trust, report: Report) -> None:
    """Say by whom the bundle is signed, and how far that is known."""
    known = next(one for one in keys if one.key.kid == kid)
    if not known.counts(at):
        report.fault("key_time", gettext_noop("The key {kid} did not count at {at}, or was revoked by then."), {"kid": kid, "at": at})
    elif known.revoked_at:
        report.limit(
            gettext_noop("The key {kid} was revoked at {at}. Only a time-stamp or a head that you kept shows that it signed this before."),
            kid=kid,
            at=known.revoked_at,
        )
    if trust.keys is None:
        report.limit(
            gettext_noop("The keys come from the bundle itself. Ask the centre for its fingerprint by another way and compare it: {kid}"),
            kid=kid,
        )
    else:
        report.proof(gettext_noop("It is signed by a key that you gave, or one that such a key signed: {kid}"), kid=kid)


class Kept:
    """Heads of one log that were kept elsewhere, and what contradicts them by time and size alone: a log only grows."""

    def __init__(self, trust: Trust, log: str) -> None:
        """Take the heads of this log."""
        self.heads = sorted((one.head for one in trust.heads if one.head.log == log), key=lambda head: (head.size, head.at))
        self._sizes = [head.size for head in self.heads]
        self._latest = list(accumulate((head.at for head in self.heads), max))
        self._earliest = list(accumulate((head.at for head in reversed(self.heads)), min))[::-1]

    def of(self, size: int) -> list[Head]:
        """Return the kept heads over so many entries."""
        return self.heads[bisect_left(self._sizes, size) : bisect_right(self._sizes, size)]

    def contradict(self, head: Head) -> bool:
        """Tell whether a smaller head is later than this one, or a larger one earlier."""
        below, above = bisect_left(self._sizes, head.size), bisect_right(self._sizes, head.size)
        return (below > 0 and self._latest[below - 1] > head.at) or (above < len(self.heads) and self._earliest[above] < head.at)


OTHER_HISTORY = gettext_noop("The log was put back or written anew: the head of {at} over {number} entries contradicts one that you kept.")
