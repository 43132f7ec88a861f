"""What was done to an exhibit afterwards, or by somebody with the centre's own key, and how it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from citysquare.proof.bundles.manifest import Camera, Fragment
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.heads import Head
from citysquare.proof.keys import KeySet
from citysquare.proof.passkeys import act_digest
from tests.proof.made import APPROVES, ASKS, CENTRE, KEYS, NOON, OTHER, TICK, Making, Passkey, film, heads, making, minute
from tests.proof.packing import contents, pack

TRUST = Trust(keys=KEYS)
Change = Callable[[Making], None]


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.wrong}


def test_nothing_done_is_nothing_found(tmp_path: Path) -> None:
    assert codes(check(making().write(tmp_path / "exhibit.zip"), TRUST)) == set()


def changed_byte(files: dict[str, bytes]) -> None:
    files["footage/cam-1/00002.mp4"] = files["footage/cam-1/00002.mp4"][:-1] + b"!"


def changed_cut_byte(files: dict[str, bytes]) -> None:
    files["footage/cam-1/00001.mp4"] = b"!" + files["footage/cam-1/00001.mp4"][1:]


def changed_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b"2026/17", b"2026/18")


def dropped_file(files: dict[str, bytes]) -> None:
    del files["footage/cam-1/00003.mp4"]


def added_file(files: dict[str, bytes]) -> None:
    files["footage/cam-1/00009.mp4"] = b"more"


def swapped_files(files: dict[str, bytes]) -> None:
    two, three = "footage/cam-1/00002.mp4", "footage/cam-1/00003.mp4"
    files[two], files[three] = files[three], files[two]


def truncated_file(files: dict[str, bytes]) -> None:
    files["footage/cam-1/00004.mp4"] = files["footage/cam-1/00004.mp4"][:-5]


def replaced_keys(files: dict[str, bytes]) -> None:
    files["keys.json"] = KeySet([OTHER.public]).encoded()


def replaced_signature(files: dict[str, bytes]) -> None:
    token = files["manifest.jws"]
    files["manifest.jws"] = token[:-10] + bytes(reversed(token[-10:]))


def changed_seals(files: dict[str, bytes]) -> None:
    files["acts.json"] = files["acts.json"].replace(b"person-approves", b"person-approvez")


def changed_read_me(files: dict[str, bytes]) -> None:
    files["READ-ME.txt"] = b"All is well.\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (changed_byte, "file_changed"),
        (changed_cut_byte, "file_changed"),
        (changed_manifest, "signature"),
        (dropped_file, "file_missing"),
        (added_file, "file_added"),
        (swapped_files, "file_changed"),
        (truncated_file, "file_changed"),
        (replaced_keys, "file_changed"),
        (replaced_signature, "signature"),
        (changed_seals, "file_changed"),
        (changed_read_me, "file_changed"),
    ],
)
def test_what_anybody_may_do_to_the_file_is_found(tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str) -> None:
    files = contents(making().write(tmp_path / "exhibit.zip"))
    change(files)
    assert code in codes(check(pack(tmp_path / "changed.zip", files), TRUST))


def test_an_older_manifest_with_newer_footage_is_found(tmp_path: Path) -> None:
    older, newer = making(), making()
    newer.files[1] = (newer.files[1][0], film(77))
    files = contents(newer.write(tmp_path / "newer.zip"))
    old = contents(older.write(tmp_path / "older.zip"))
    files.update({name: old[name] for name in ("manifest.json", "manifest.jws")})
    assert codes(check(pack(tmp_path / "mixed.zip", files), TRUST)) == {"file_changed"}


def test_everything_signed_anew_by_another_key_is_found_by_who_knows_the_centre(tmp_path: Path) -> None:
    forged = making()
    forged.key, forged.keys = OTHER, KeySet([OTHER.public])
    path = forged.write(tmp_path / "forged.zip")
    assert codes(check(path, TRUST)) == {"signature"}
    alone = check(path, Trust())
    assert alone.ok
    assert any("keys come from the bundle itself" in one.text for one in alone.unproven)


def of_camera(change: Callable[[Camera], Camera]) -> Change:
    def apply(made: Making) -> None:
        made.camera = change(made.camera)

    return apply


def without_a_piece(made: Making) -> None:
    made.camera = replace(made.camera, pieces=made.camera.pieces[:2] + made.camera.pieces[3:])
    del made.files[2]


def without_a_piece_but_a_gap(made: Making) -> None:
    gone = made.camera.pieces[2]
    without_a_piece(made)
    gap = replace(made.camera.gaps[0], start=gone.start, end=gone.end)
    made.camera = replace(made.camera, gaps=(gap, *made.camera.gaps))


def two_stretches(made: Making) -> None:
    """The centre forgets the piece that is not here, and begins the chain behind it anew."""
    day = made.camera.days[0]
    before, behind = replace(day, files=day.files[:2], head=b""), replace(day, previous=made.camera.pieces[2].previous, files=day.files[3:])
    made.camera = replace(made.camera, days=(before, behind))


def without_a_piece_in_the_chain(made: Making) -> None:
    behind = made.camera.pieces[3]
    without_a_piece_but_a_gap(made)
    two_stretches(made)
    first, second = made.camera.days
    made.camera = replace(made.camera, days=(first, replace(second, previous=behind.previous)))


def without_the_last_pieces_but_a_gap(made: Making) -> None:
    gap = replace(made.camera.gaps[0], start=made.camera.pieces[2].end, end=made.camera.end)
    made.camera = replace(made.camera, pieces=made.camera.pieces[:3], gaps=(gap,))
    del made.files[3:]


def cut_in_the_middle(made: Making) -> None:
    name, data = made.files[1]
    piece = made.camera.pieces[1]
    made.files[1] = (name, data[:64])
    fragments = tuple(Fragment(at, 24, hashlib.sha256(data[at : at + 24]).digest()) for at in (16, 40))
    short = replace(piece, whole=False, end=piece.end - 30 * TICK, fragments=fragments)
    gap = replace(made.camera.gaps[0], start=short.end, end=piece.end)
    made.camera = replace(made.camera, pieces=(made.camera.pieces[0], short, *made.camera.pieces[2:]), gaps=(gap, *made.camera.gaps))


def more_than_was_asked_for(made: Making) -> None:
    made.purpose = replace(made.purpose, end="2026-05-01T12:03:30.000000Z")
    made.act = replace(made.act, body=made.purpose.json())
    made.seals = [ASKS.seal(act_digest(made.act), "asks"), APPROVES.seal(act_digest(made.act), "approves", at=minute(6))]
    made.camera = replace(made.camera, end=NOON + 210 * TICK)


def in_the_log(number: int, **changes: object) -> Change:
    def apply(made: Making) -> None:
        made.changes[number] = changes

    return apply


REMOVED: dict[str, object] = {"action": "key.remove", "actor": "h:asks", "details": {"key_digest": hashlib.sha256(ASKS.public).hexdigest()}}


def a_key_that_was_removed(made: Making) -> None:
    made.changes[4] = REMOVED
    made.about = [2, 3, 4, 5, 6, 7, 8]


def other_film(made: Making) -> None:
    name, _ = made.files[1]
    made.files[1] = (name, film(99))


def redated(made: Making) -> None:
    made.camera = replace(
        made.camera, pieces=tuple(replace(one, stored=replace(one.stored, start=one.stored.start + 1)) for one in made.camera.pieces)
    )


def two_exchanged(made: Making) -> None:
    one, two, three, *rest = made.camera.pieces
    made.camera = replace(made.camera, pieces=(one, replace(two, file=three.file), replace(three, file=two.file), *rest))


def fragments_of_another_file(made: Making) -> None:
    first, *rest = made.camera.pieces
    wrong = (replace(first.fragments[0], sha256=bytes(32)), first.fragments[1])
    made.camera = replace(made.camera, pieces=(replace(first, fragments=wrong), *rest))


def other_camera(made: Making) -> None:
    made.purpose = replace(made.purpose, cameras=("cam-2",))


def other_case(made: Making) -> None:
    made.purpose = replace(made.purpose, case="2026/18")


def no_second_seal(made: Making) -> None:
    del made.seals[1]


def twice_the_same_person(made: Making) -> None:
    made.seals[1] = ASKS.seal(act_digest(made.act), "approves")


def the_same_key_under_two_names(made: Making) -> None:
    made.seals[1] = replace(ASKS.seal(act_digest(made.act), "approves"), person="person-approves", credential_id=b"other")


def a_seal_over_another_act(made: Making) -> None:
    made.seals[1] = APPROVES.seal(act_digest(replace(made.act, nonce="another-nonce-16")), "approves")


def somebody_else_asked(made: Making) -> None:
    made.seals[0] = Passkey.of("person-third").seal(act_digest(made.act), "asks")


def sealed_after_it_was_made(made: Making) -> None:
    made.seals[1] = APPROVES.seal(act_digest(made.act), "approves", at=minute(50))


def an_entry_that_was_never_made(made: Making) -> None:
    extract = making().extract()
    changed = replace(extract.entries[2].entry, subject_id="exhibit-2").sealed()
    made.forged_extract = replace(extract, entries=(replace(extract.entries[2], entry=changed),))


def an_entry_longer_than_any(made: Making) -> None:
    extract = making().extract()
    changed = replace(extract.entries[2].entry, details={str(number): "\u20ac" * 500 for number in range(20)}, hash="0" * 64)
    made.forged_extract = replace(extract, entries=(replace(extract.entries[2], entry=changed),))


def a_forged_head(made: Making) -> None:
    made.forged_extract = replace(making().extract(), head=heads(made.log, [9], OTHER)[0])


def another_day_head(made: Making) -> None:
    made.camera = replace(made.camera, days=(replace(made.camera.days[0], head=bytes(32)),))


for_the_centre: list[tuple[Change, str]] = [
    (without_a_piece, "left_out"),
    (without_a_piece, "cover"),
    (without_a_piece_but_a_gap, "left_out"),
    (without_the_last_pieces_but_a_gap, "left_out"),
    (without_a_piece_in_the_chain, "chain"),
    (of_camera(lambda camera: replace(camera, days=())), "chain"),
    (cut_in_the_middle, "cut"),
    (more_than_was_asked_for, "beyond"),
    (in_the_log(7, details={"act_digest": act_digest(making().act).hex(), "digest": "0" * 64}), "log_footage"),
    (in_the_log(3, actor="h:asks"), "seals_person"),
    (in_the_log(6, actor="h:third"), "seals_person"),
    (a_key_that_was_removed, "key_removed"),
    (other_film, "piece"),
    (redated, "chain"),
    (two_exchanged, "piece"),
    (fragments_of_another_file, "piece"),
    (other_camera, "cameras"),
    (other_camera, "act_purpose"),
    (other_case, "act_purpose"),
    (no_second_seal, "seals"),
    (twice_the_same_person, "seals"),
    (the_same_key_under_two_names, "seals"),
    (a_seal_over_another_act, "seals"),
    (somebody_else_asked, "seals"),
    (sealed_after_it_was_made, "act_time"),
    (an_entry_that_was_never_made, "log_entry"),
    (an_entry_longer_than_any, "log_entry"),
    (a_forged_head, "log"),
    (another_day_head, "day_head"),
    (of_camera(lambda camera: replace(camera, start=camera.start + 1)), "range"),
    (of_camera(lambda camera: replace(camera, gaps=())), "cover"),
    (of_camera(lambda camera: replace(camera, pieces=camera.pieces[::-1])), "order"),
    (of_camera(lambda camera: replace(camera, camera="cam-9")), "pieces"),
    (of_camera(lambda camera: replace(camera, pieces=(replace(camera.pieces[0], day="2026-05-02"), *camera.pieces[1:]))), "piece_time"),
]


@pytest.mark.parametrize(("change", "code"), for_the_centre)
def test_what_even_the_centre_cannot_do_with_its_key_is_found(tmp_path: Path, change: Change, code: str) -> None:
    made = making()
    change(made)
    assert code in codes(check(made.write(tmp_path / "exhibit.zip"), TRUST))


def test_a_log_that_was_put_back_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    made = making()
    path = made.write(tmp_path / "exhibit.zip")
    true = heads(made.log, [9])[0].head

    def told(kept: Head) -> Report:
        return check(path, Trust(KEYS, (kept.signed(CENTRE),)))

    assert any("one that you kept" in one.text for one in told(true).proven)
    other_size = told(heads(made.log, [5])[0].head)
    assert other_size.ok
    assert any("other sizes of the log" in one.text for one in other_size.unproven)
    assert not any("you kept" in one.text for one in other_size.proven)
    for kept in (replace(true, root=bytes(32)), replace(true, size=50, at=minute(2)), replace(true, size=5, at=minute(50))):
        assert codes(told(kept)) == {"other_history"}
    assert told(replace(true, log="another", root=bytes(32))).ok


def test_footage_deleted_in_time_leaves_a_lawful_hole_that_is_said(tmp_path: Path) -> None:
    made = making()
    without_a_piece_in_the_chain(made)
    made.camera = replace(made.camera, gaps=(replace(made.camera.gaps[0], cause="deleted:retention"), *made.camera.gaps[1:]))
    report = check(made.write(tmp_path / "exhibit.zip"), TRUST)
    assert codes(report) == set()
    assert any("had been deleted in time" in one.text for one in report.unproven)


def test_a_file_whose_disk_came_back_late_stands_behind_newer_ones_in_the_chain(tmp_path: Path) -> None:
    made = making()
    day = made.camera.days[0]
    late, order = day.files[2], [day.files[number] for number in (0, 1, 3, 4, 2, 5)]
    links, link = {}, day.previous
    for stored in order:
        links[stored] = link
        link = stored.link(link)
    pieces = tuple(replace(piece, previous=links[piece.stored]) for piece in made.camera.pieces)
    made.camera = replace(made.camera, pieces=pieces, days=(replace(day, files=tuple(order), head=link),))
    assert links[late] != links[order[2]]
    assert codes(check(made.write(tmp_path / "exhibit.zip"), TRUST)) == set()


def test_a_chain_that_is_not_here_to_its_ends_is_said(tmp_path: Path) -> None:
    made = making()
    day = made.camera.days[0]
    made.camera = replace(made.camera, days=(replace(day, files=day.files[:5], head=b""),))
    assert not any("not here whole" in one.text for one in check(made.write(tmp_path / "open.zip"), TRUST).unproven)
    without_the_last_pieces_but_a_gap(made)
    made.camera = replace(made.camera, days=(replace(day, files=day.files[:3], head=b""),))
    report = check(made.write(tmp_path / "left.zip"), TRUST)
    assert report.ok
    assert any("not here whole" in one.text for one in report.unproven)
    assert any("rests on the centre's word" in one.text for one in report.unproven)


@pytest.mark.parametrize(
    ("number", "lost"), [(2, "was registered before, by whom"), (7, "with exactly this footage"), (8, "ends in the head")]
)
def test_what_was_refused_or_only_allowed_proves_nothing(tmp_path: Path, number: int, lost: str) -> None:
    made = making()
    before = check(made.write(tmp_path / "exhibit.zip"), TRUST).proven
    made.changes[number] = {"outcome": "refuse"}
    after = check(made.write(tmp_path / "refused.zip"), TRUST).proven
    assert sum(lost in one.text for one in after) == sum(lost in one.text for one in before) - 1


def test_a_key_that_was_registered_again_counts_again(tmp_path: Path) -> None:
    made = making()
    made.changes = {1: {**REMOVED, "action": "key.add"}, 2: REMOVED, 4: {**REMOVED, "action": "key.add"}}
    made.about = [1, 2, 3, 4, 5, 6, 7, 8]
    assert codes(check(made.write(tmp_path / "exhibit.zip"), TRUST)) == set()
