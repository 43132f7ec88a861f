"""The check of an exhibit."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from citysquare.proof import timestamps
from citysquare.proof.bundles import exhibit
from citysquare.proof.bundles.common import NOT_OUR_FORM, OTHER_HISTORY, Kept, check_files, check_signature, say_signed, usable_keys
from citysquare.proof.bundles.exhibit import LogExtract, ProvenEntry, SealedAct
from citysquare.proof.bundles.files import Source
from citysquare.proof.bundles.footage_check import check_footage
from citysquare.proof.bundles.manifest import KIND, MOST_MANIFEST, Day, Manifest
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.entries import Entry
from citysquare.proof.errors import BadBundle, BadJson, BadSignature, BadTimestamp, BadValue, NotCanonical, SealBroken
from citysquare.proof.fields import from_time_text
from citysquare.proof.heads import Head
from citysquare.proof.jws import LONGEST_TOKEN
from citysquare.proof.keys import KeySet
from citysquare.proof.merkle import leaf_hash, verify_inclusion
from citysquare.proof.passkeys import Seal, act_digest, verify_pair
from citysquare.proof.words import gettext_noop

_DAY_ACTION, _KEY_ADDED, _KEY_REMOVED, _SEALED, _MADE, _DONE = "footage.day", "key.add", "key.remove", "act.seal", "exhibit.make", "done"
_STAMP_EARLY = timedelta(minutes=1)
"""So much the centre's clock may be ahead of the time-stamping authority's."""


def check_exhibit(source: Source, trust: Trust) -> Report:
    """Check an exhibit from anybody. Raises BadBundle when it cannot be read at all."""
    report = Report(KIND)
    text, token = source.read(exhibit.MANIFEST, most=MOST_MANIFEST), source.read(exhibit.SIGNATURE, most=LONGEST_TOKEN)
    keys = usable_keys(source, exhibit.KEYS, trust, report)
    kid = check_signature(token, text, keys, exhibit.MANIFEST_TYPE, report)
    if not kid:
        return report
    try:
        manifest = Manifest.decoded(text)
    except (BadJson, BadValue):
        raise BadBundle(NOT_OUR_FORM) from None
    _say_what(manifest, report)
    say_signed(kid, manifest.made_at, keys, trust, report)
    check_files(source, manifest.files, exhibit.OWN_FILES, report)
    days = list(check_footage(source, manifest, report))
    sealed = _check_act(source, manifest, report)
    entries = _check_log(source, keys, trust, report)
    _say_footage(manifest, report)
    _say_days(days, entries, report)
    _say_log(manifest, sealed, entries, report)
    _check_stamp(source, manifest, token, trust, report)
    return report


def _say_what(manifest: Manifest, report: Report) -> None:
    purpose = manifest.purpose
    report.fact(
        gettext_noop("Exhibit {exhibit} for the case {case}, made at {at}."),
        exhibit=purpose.exhibit,
        case=purpose.case,
        at=manifest.made_at,
    )
    for camera in manifest.cameras:
        report.fact(
            gettext_noop("Camera {camera} ({name}) from {start} to {end}; files: {count}, gaps: {gaps}."),
            camera=camera.camera,
            name=camera.name,
            start=purpose.start,
            end=purpose.end,
            count=len(camera.pieces),
            gaps=len(camera.gaps),
        )


def _check_act(source: Source, manifest: Manifest, report: Report) -> SealedAct | None:
    try:
        sealed = SealedAct.decoded(source.read(exhibit.ACTS, most=exhibit.MOST_ACTS))
        digest = act_digest(sealed.act)
    except (BadJson, BadValue, NotCanonical):
        report.fault("act", gettext_noop("The act behind the exhibit cannot be read."))
        return None
    act, before = sealed.act, len(report.wrong)
    if digest != manifest.act or act.kind != exhibit.ACT_KIND or act.organisation != manifest.organisation:
        report.fault("act", gettext_noop("The act that was sealed is not the one behind this exhibit."))
    if dict(act.body) != manifest.purpose.json():
        report.fault("act_purpose", gettext_noop("What was sealed (case, reason, cameras, time) is not what the exhibit says."))
    try:
        verify_pair(act, sealed.seals, rp_id=sealed.rp_id, origins=sealed.origins)
    except SealBroken:
        report.fault(
            "seals", gettext_noop("The seals do not hold: two different persons must each have sealed this very act with a passkey.")
        )
    if not all(act.asked_at <= seal.at <= manifest.made_at for seal in sealed.seals):
        report.fault("act_time", gettext_noop("The act was not asked for, sealed and carried out in this order."))
    if len(report.wrong) == before:
        persons = {seal.role_in_act: seal.person for seal in sealed.seals}
        report.proof(
            gettext_noop("Two persons sealed this very act with passkeys of their own: {asks} asked, {approves} agreed."),
            asks=persons["asks"],
            approves=persons["approves"],
        )
    return sealed


def _check_log(source: Source, keys: KeySet, trust: Trust, report: Report) -> list[Entry]:
    """Return the entries that are proven to stand in the log."""
    try:
        extract = LogExtract.decoded(source.read(exhibit.LOG, most=exhibit.MOST_LOG))
        extract.head.verify(keys)
    except (BadJson, BadValue, NotCanonical):
        report.fault("log", gettext_noop("The extract of the audit log cannot be read."))
        return []
    except BadSignature:
        report.fault("log", gettext_noop("The head of the audit log is not signed by the centre."))
        return []
    head = extract.head.head
    found = []
    for one in extract.entries:
        if _stands_under(one, head):
            found.append(one.entry)
        else:
            report.fault("log_entry", gettext_noop("Entry {number} does not stand in the audit log."), {"number": one.entry.sequence})
    _compare(head, Kept(trust, head.log), report)
    return found


def _stands_under(one: ProvenEntry, head: Head) -> bool:
    try:
        leaf = one.entry.leaf()
    except NotCanonical:
        return False  # longer than any entry of a log
    same = one.entry.hash == hashlib.sha256(leaf).hexdigest()
    return same and verify_inclusion(leaf_hash(leaf), one.entry.sequence - 1, head.size, one.proof, head.root)


def _compare(head: Head, kept: Kept, report: Report) -> None:
    """Compare the extract's one head with those that were kept: only one over as many entries shows that the tree is the same."""
    same = kept.of(head.size)
    if kept.contradict(head) or any(one.root != head.root for one in same):
        report.fault("other_history", OTHER_HISTORY, {"number": head.size, "at": head.at})
    elif same:
        report.proof(gettext_noop("The head behind it is one that you kept."))
    elif kept.heads:
        report.limit(
            gettext_noop("The heads that you kept are over other sizes of the log: a part of the audit log is needed to compare them.")
        )


def _say_footage(manifest: Manifest, report: Report) -> None:
    if not report.ok:
        return
    pieces = [piece for camera in manifest.cameras for piece in camera.pieces]
    whole = sum(piece.whole for piece in pieces)
    report.proof(gettext_noop("Whole stored files, bit for bit and each in its place in the day's chain: {count}."), count=whole)
    if whole < len(pieces):
        report.limit(
            gettext_noop(
                "Files cut at the edges of the range: {count}. That they are parts of stored files rests on the centre's signature."
            ),
            count=len(pieces) - whole,
        )


def _say_days(days: list[tuple[str, Day]], entries: list[Entry], report: Report) -> None:
    for camera, day in days:
        entered = next((one for one in entries if _is_day(one, camera, day)), None)
        if entered is not None:
            report.proof(
                gettext_noop(
                    "The chain of camera {camera} on {day} ends in the head that stands in the audit log as entry {number} of {at}."
                ),
                camera=camera,
                day=day.day,
                number=entered.sequence,
                at=entered.at,
            )
        else:
            report.limit(
                gettext_noop("That the head of {day} of camera {camera} stands in the audit log is not shown."), day=day.day, camera=camera
            )
    if not days:
        report.limit(gettext_noop("The days were not closed when the exhibit was made: no head of a day stands behind the footage yet."))


def _is_day(entry: Entry, camera: str, day: Day) -> bool:
    told = (entry.details.get("camera"), entry.details.get("date"), entry.details.get("head"))
    return entry.action == _DAY_ACTION and entry.outcome == _DONE and told == (camera, day.day, day.head.hex())


def _say_log(manifest: Manifest, sealed: SealedAct | None, entries: list[Entry], report: Report) -> None:
    act = manifest.act.hex()
    made = [one for one in entries if (one.action, one.outcome, one.details.get("act_digest")) == (_MADE, _DONE, act)]
    noted = next((one for one in made if one.details.get("digest") == manifest.footage_digest()), None)
    if noted is not None:
        report.proof(
            gettext_noop("This act with exactly this footage stands in the centre's audit log as entry {number} of {at}."),
            number=noted.sequence,
            at=noted.at,
        )
    elif made:
        report.fault("log_footage", gettext_noop("The audit log says that something else was made of this act than what is here."))
    else:
        report.limit(gettext_noop("That the act stands in the audit log is not shown."))
    if sealed is not None:
        _say_keys(sealed, act, entries, report)
    report.limit(gettext_noop("All times are those of the centre's clock in UTC, unless a time-stamp says otherwise."))
    report.limit(gettext_noop("That a camera showed what was before it, and was where it is said to be, no signature can prove."))


def _say_keys(sealed: SealedAct, act: str, entries: list[Entry], report: Report) -> None:
    """Compare what the log says of both passkeys and of the sealing: it knows persons by pseudonyms."""
    report.fact(gettext_noop("Both persons sealed on the site {site}."), site=sealed.rp_id)
    owners = [_say_key(seal, entries, report) for seal in sealed.seals]
    if None not in owners and len(set(owners)) < len(owners):
        report.fault("seals_person", gettext_noop("Both passkeys were registered by one and the same person."))
    for seal, owner in zip(sealed.seals, owners, strict=True):
        told = (act, seal.role_in_act)
        sealers = {
            one.actor
            for one in entries
            if (one.action, one.outcome) == (_SEALED, _DONE) and (one.details.get("digest"), one.details.get("role")) == told
        }
        if owner is not None and sealers and owner not in sealers:
            report.fault(
                "seals_person",
                gettext_noop("The passkey of {person} was registered by another person than the one who sealed with it."),
                {"person": seal.person},
            )


def _say_key(seal: Seal, entries: list[Entry], report: Report) -> str | None:
    """Say how the log knows a passkey when it sealed, and return the pseudonym of who registered it."""
    digest = hashlib.sha256(seal.public_key).hexdigest()
    before = [
        one
        for one in entries
        if one.action in {_KEY_ADDED, _KEY_REMOVED}
        and one.outcome == _DONE
        and one.details.get("key_digest") == digest
        and one.at <= seal.at
    ]
    known = max(before, key=lambda one: one.sequence, default=None)
    if known is None:
        report.limit(
            gettext_noop(
                "No entry shows that the passkey of {person} was registered before: that it is theirs rests on the centre's word."
            ),
            person=seal.person,
        )
        return None
    if known.action == _KEY_REMOVED:
        report.fault(
            "key_removed",
            gettext_noop("The passkey of {person} had been removed when it sealed: entry {number} of {at}."),
            {"person": seal.person, "number": known.sequence, "at": known.at},
        )
        return None
    report.proof(
        gettext_noop("The passkey of {person} was registered before, by whom the log calls {name}: entry {number} of {at}."),
        person=seal.person,
        name=known.actor,
        number=known.sequence,
        at=known.at,
    )
    return known.actor


def _check_stamp(source: Source, manifest: Manifest, token: bytes, trust: Trust, report: Report) -> None:
    if exhibit.STAMP not in source.paths():
        return
    if not trust.authorities:
        report.limit(gettext_noop("There is a time-stamp. To check it, give the certificates of its authority (--tsa-certificates)."))
        return
    try:
        stamp = timestamps.check(source.read(exhibit.STAMP, most=timestamps.MOST_TOKEN), token, trust.authorities)
    except (BadTimestamp, BadBundle):
        report.fault("stamp", gettext_noop("The time-stamp does not hold, or its authority is not one that you trust."))
    else:
        report.proof(gettext_noop("An authority that you trust says that the signed manifest existed at {at}."), at=stamp.at)
        if from_time_text(manifest.made_at) - from_time_text(stamp.at) > _STAMP_EARLY:
            report.fault("stamp_time", gettext_noop("The exhibit says that it was made later than its time-stamp: it was re-dated."))
