"""What was done to the audit log, and how it is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.bundles.common import Kept
from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.chain import EntryChecker
from citysquare.proof.entries import Entry
from citysquare.proof.heads import Head, SignedHead, check_head
from citysquare.proof.keys import KeySet
from tests.proof.made import CENTRE, KEYS, LOG, OTHER, audit_bundle, entries, entry, heads, minute

SIZES = (4, 8, 12)
LOG_OF_12 = entries(12)
HEADS = heads(LOG_OF_12, SIZES)


def kinds(log: Sequence[Entry], signed: Sequence[SignedHead] = HEADS) -> set[str]:
    checker = EntryChecker([one.head for one in signed])
    troubles = [checker.start(), *map(checker.add, log), checker.finish()]
    return {trouble.kind for found in troubles for trouble in found}


def chained(log: Sequence[Entry]) -> list[Entry]:
    """Make the chain whole again, as a forger would."""
    found: list[Entry] = []
    for number, one in enumerate(log, 1):
        found.append(replace(one, sequence=number, previous=found[-1].hash if found else "0" * 64).sealed())
    return found


def test_a_whole_log_is_found_whole() -> None:
    assert kinds(LOG_OF_12) == set()


def without(number: int) -> list[Entry]:
    return LOG_OF_12[: number - 1] + LOG_OF_12[number:]


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ([*LOG_OF_12[:5], replace(LOG_OF_12[5], actor="h:zzz"), *LOG_OF_12[6:]], "changed"),
        ([*LOG_OF_12[:5], replace(LOG_OF_12[5], actor="h:zzz").sealed(), *LOG_OF_12[6:]], "unlinked"),
        (without(6), "unlinked"),
        (without(1), "unlinked"),
        ([*LOG_OF_12[:5], LOG_OF_12[6], LOG_OF_12[5], *LOG_OF_12[7:]], "unlinked"),
        (LOG_OF_12[:11], "missing"),
        (LOG_OF_12[:8], "missing"),
        ([], "missing"),
        ([*LOG_OF_12, entry(13, LOG_OF_12[-1].hash)], "unsigned"),
        (chained([*LOG_OF_12[:5], replace(LOG_OF_12[5], actor="h:zzz"), *LOG_OF_12[6:]]), "other_root"),
        (chained(without(6)), "other_root"),
        (chained([*LOG_OF_12[:8], replace(LOG_OF_12[8], at=minute(2)), *LOG_OF_12[9:]]), "backdated"),
    ],
)
def test_what_was_done_to_the_entries_is_found(log: list[Entry], kind: str) -> None:
    assert kind in kinds(log)


def test_a_clock_that_was_set_back_is_no_backdating_once_it_is_entered() -> None:
    def times(number: int) -> dict[str, object]:
        return {"at": minute(number if number < 9 else number - 6), "action": "audit.clock" if number == 9 else "camera.live"}

    def kinds_of(log: list[Entry]) -> set[str]:
        first = heads(log, [4, 8])
        later = Head(LOG, 12, heads(log, [12])[0].head.root, minute(8), first[-1].head.digest()).signed(CENTRE)
        return kinds(log, [*first, later])

    entered = entries(12, times)
    assert kinds_of(entered) == set()
    assert kinds_of(chained([*entered[:8], replace(entered[8], action="camera.live"), *entered[9:]])) == {"backdated"}


def test_an_entry_may_be_noted_a_moment_after_the_time_it_names() -> None:
    log = entries(3, lambda number: {"at": minute(5) if number < 3 else minute(4)})
    assert kinds(log, heads(log, [2, 3])) == set()


def troubles(chain: Sequence[SignedHead]) -> list[str]:
    """Return what is wrong with heads, each behind the one before it."""
    before = [None, *(one.head for one in chain)]
    return [trouble.kind for last, one in zip(before, chain, strict=False) for trouble in check_head(one, last, KEYS)]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda one: replace(one, log="other"), "another_log"),
        (lambda one: replace(one, at=minute(1)), "backdated"),
        (lambda one: replace(one, size=2), "shrunk"),
        (lambda one: replace(one, size=4, root=bytes(32)), "other_root"),
        (lambda one: replace(one, previous=bytes(32)), "unlinked"),
    ],
)
def test_a_head_that_does_not_follow_is_found(change: Callable[[Head], Head], kind: str) -> None:
    second = change(HEADS[1].head).signed(CENTRE)
    assert troubles([HEADS[0], second]) == [kind]


def test_a_head_that_was_taken_out_or_forged_is_found() -> None:
    assert troubles([HEADS[0], HEADS[2]]) == ["unlinked"]
    assert troubles([HEADS[0], replace(HEADS[1], jws=HEADS[0].jws), HEADS[2]]) == ["forged"]
    assert set(troubles(heads(LOG_OF_12, SIZES, OTHER))) == {"forged"}


@given(st.data())
def test_no_change_of_a_log_goes_unseen(data: st.DataObject) -> None:
    """Whatever is dropped, doubled, moved or changed, with the chain mended or not: some head or link does not fit."""
    log = list(LOG_OF_12)
    place = data.draw(st.integers(0, 11))
    act = data.draw(st.sampled_from(["drop", "double", "move", "change"]))
    if act == "drop":
        del log[place]
    elif act == "double":
        log.insert(place, log[place])
    elif act == "move":
        one = log.pop(place)
        log.insert(data.draw(st.integers(0, 10).filter(lambda to: to != place)), one)
    else:
        field = data.draw(st.sampled_from(["actor", "organisation", "action", "subject_kind", "subject_id", "outcome"]))
        text = data.draw(st.text(max_size=8).filter(lambda text: text != getattr(log[place], field) and text.isprintable()))
        log[place] = replace(log[place], **{field: text})  # type: ignore[arg-type]  # a text for a text
    if data.draw(st.booleans()):
        log = chained(log)
    assert kinds(log)


def test_a_stretch_that_claims_another_beginning_is_found(tmp_path: Path) -> None:
    other = entries(12, lambda _: {"outcome": "refused"})
    forged = [*other[:5], *LOG_OF_12[5:]]
    report = check(audit_bundle(tmp_path / "audit.zip", forged, HEADS[1:], first=6), Trust(KEYS))
    assert {finding.code for finding in report.wrong} == {"entry_unlinked", "entry_other_root"}


def test_a_log_put_back_to_an_older_state_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    older = LOG_OF_12[:8]
    went_on = chained([*older, *entries(12, lambda _: {"outcome": "refused"})[8:]])
    path = audit_bundle(tmp_path / "audit.zip", went_on, heads(went_on, SIZES))
    assert check(path, Trust(KEYS)).ok
    report = check(path, Trust(KEYS, (HEADS[2],)))
    assert {finding.code for finding in report.wrong} == {"entry_other_history"}
    assert check(path, Trust(KEYS, (HEADS[1],))).ok


def test_a_log_written_anew_under_heads_of_other_sizes_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    anew = chained([*LOG_OF_12[:5], replace(LOG_OF_12[5], actor="h:zzz"), *LOG_OF_12[6:]])
    path = audit_bundle(tmp_path / "audit.zip", anew, heads(anew, [3, 7, 12]))
    assert check(path, Trust(KEYS)).ok, "with the centre's key alone nobody sees it"
    assert {finding.code for finding in check(path, Trust(KEYS, (HEADS[1],))).wrong} == {"entry_other_history"}
    before = check(path, Trust(KEYS, (HEADS[0],)))
    assert before.ok, "up to there it is the same log"


def test_a_log_that_lost_its_end_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    path = audit_bundle(tmp_path / "audit.zip", LOG_OF_12[:8], [*HEADS[:1], replace(HEADS[1].head, at=minute(40)).signed(CENTRE)])
    assert check(path, Trust(KEYS)).ok
    assert {finding.code for finding in check(path, Trust(KEYS, (HEADS[2],))).wrong} == {"other_history"}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6), st.integers(0, 20), st.integers(0, 20))
def test_kept_heads_contradict_by_time_and_size_as_if_each_were_compared(kept: list[tuple[int, int]], size: int, at: int) -> None:
    def head(number: int, moment: int) -> Head:
        return Head(LOG, number, bytes(32), minute(moment))

    trust = Trust(heads=tuple(SignedHead(head(*one), "") for one in kept))
    simple = any((one < size and then > at) or (one > size and then < at) for one, then in kept)
    assert Kept(trust, LOG).contradict(head(size, at)) == simple


def test_a_log_rewritten_with_another_key_is_found(tmp_path: Path) -> None:
    path = audit_bundle(tmp_path / "audit.zip", LOG_OF_12, heads(LOG_OF_12, SIZES, OTHER), key=OTHER)
    assert {finding.code for finding in check(path, Trust(KEYS)).wrong} == {"signature"}
    mixed = audit_bundle(tmp_path / "mixed.zip", LOG_OF_12, [*HEADS[:2], heads(LOG_OF_12, SIZES, OTHER)[2]])
    assert "head_forged" in {finding.code for finding in check(mixed, Trust(KeySet([CENTRE.public]))).wrong}
