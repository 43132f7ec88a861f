"""Exhibits: asked for with a reason, sealed by two people, made untouched, checkable by anybody, and handed out on the record."""

from __future__ import annotations

import errno
import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import av
import pytest
from django.conf import settings
from django.utils import timezone

from citysquare.apps.accounts.models import Membership, Passkey
from citysquare.apps.devices.queries import NoSuchCamera
from citysquare.apps.footage.models import Exhibit, Hold
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import exhibits, making
from citysquare.apps.footage.ties import sentences
from citysquare.engine.model import StreamKey
from citysquare.platform import audit, retention
from citysquare.platform.audit import centre
from citysquare.platform.audit.heads import sign_head
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.proof.bundles.exhibit import ExhibitWriter
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.errors import BadSignature
from citysquare.proof.fields import time_text
from tests.engine.footage.filmed import film, footage
from tests.engine.footage.scripted import START, STEP, picture, pictures
from tests.factories import NOW, CameraFactory, person
from tests.footage.exhibiting import LATER, Desk, desk

pytestmark = pytest.mark.django_db


def checked(found: Exhibit) -> Report:
    return check(queries.file_of(found.pk), Trust(keys=audit.centre_keys()))


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.wrong}


@pytest.fixture
def at_desk() -> Desk:
    return desk()


# --- from asking to a file -----------------------------------------------------------------------------------------------------


def test_an_exhibit_of_two_cameras_is_proven_by_the_check_that_anybody_can_run() -> None:
    found = desk(2).made()
    assert (found.state, found.problem) == ("ready", "")
    report = checked(found)
    assert codes(report) == set()
    assert any("Two persons sealed" in proof.text for proof in report.proven)
    assert any("bit for bit" in proof.text for proof in report.proven)
    assert any("stands in the centre's audit log" in proof.text for proof in report.proven)


def test_the_file_is_an_ordinary_zip_with_the_stored_segments_bit_for_bit(at_desk: Desk) -> None:
    found = at_desk.made()
    stored = {path.read_bytes() for path in settings.CITYSQUARE.store_dir.rglob("*.mp4")}
    with zipfile.ZipFile(queries.file_of(found.pk)) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        footage = [bundle.read(name) for name in names if name.endswith(".mp4")]
    assert {"manifest.json", "manifest.jws", "acts.json", "log.json", "keys.json", "READ-ME.txt"} < set(names)
    assert len(footage) >= 3
    assert all(data in stored for data in footage[1:-1])  # the first and the last are cut, unless the range begins or ends with a file
    assert queries.file_of(found.pk).stat().st_mode & 0o777 == 0o600


def test_asking_holds_the_footage_at_once(at_desk: Desk) -> None:
    found = at_desk.ask()
    (hold,) = Hold.objects.all()
    assert [hold.pk] == found.holds
    assert (hold.case, hold.start, hold.end) == (found.case, found.start, found.end)
    assert hold.until > NOW + timedelta(days=29)


def test_without_two_seals_nothing_is_made(at_desk: Desk) -> None:
    found = at_desk.ask()
    assert making.make_exhibits(at=LATER) == 0
    Exhibit.objects.update(state="sealed")  # somebody with the database alone
    making.make_exhibits(at=LATER)
    found.refresh_from_db()
    assert (found.state, found.problem) == ("failed", "footage.exhibit_seals_broken")
    assert not queries.file_of(found.pk).exists()


@pytest.mark.parametrize("changed", [{"case": "2026/118"}, {"recipient": "Somebody else"}, {"end": NOW + timedelta(seconds=19)}])
def test_seals_under_other_words_do_not_count(at_desk: Desk, changed: dict[str, object]) -> None:
    found = at_desk.ask()
    at_desk.seal(found)
    Exhibit.objects.update(**changed)
    making.make_exhibits(at=LATER)
    found.refresh_from_db()
    assert (found.state, found.problem) == ("failed", "footage.exhibit_seals_broken")


def test_who_has_lost_the_right_meanwhile_gets_no_exhibit(at_desk: Desk) -> None:
    found = at_desk.ask()
    at_desk.seal(found)
    Membership.objects.filter(user=at_desk.asker).delete()
    making.make_exhibits(at=LATER)
    found.refresh_from_db()
    assert (found.state, found.problem) == ("failed", "policy.refused")
    assert AuditEntry.objects.filter(action="exhibit.make", outcome="refuse").exists()


def test_a_refused_exhibit_lets_go_of_its_footage(at_desk: Desk) -> None:
    found = at_desk.ask()
    exhibits.give_up(act_id=found.act, at=LATER)
    exhibits.give_up(act_id=found.act, at=LATER)
    found.refresh_from_db()
    assert found.state == "refused"
    assert Hold.objects.get().lifted_at == LATER


@pytest.mark.parametrize(
    "changed",
    [
        {"camera_ids": []},
        {"end": NOW + timedelta(seconds=2)},
        {"end": NOW},
        {"end": NOW + timedelta(hours=1)},
        {"start": NOW - timedelta(hours=25)},
        {"recipient": "-"},
        {"recipient": "x" * 201},
    ],
)
def test_what_cannot_be_an_exhibit_is_refused_and_holds_nothing(at_desk: Desk, changed: dict[str, object]) -> None:
    wish = replace(at_desk.wish(), **changed)  # type: ignore[arg-type]
    with pytest.raises(exhibits.BadExhibit):
        exhibits.ask_exhibit(wish=wish, asker=at_desk.asker.actor(), at=NOW + timedelta(minutes=5))
    assert not Exhibit.objects.exists()
    assert not Hold.objects.exists()


def test_cameras_of_two_cities_are_two_exhibits(at_desk: Desk) -> None:
    for camera_ids, error in (
        ([at_desk.cameras[0].pk, CameraFactory.create().pk], exhibits.BadExhibit),
        ([at_desk.cameras[0].pk] * 2, exhibits.BadExhibit),
        (["a" * 16], NoSuchCamera),
    ):
        with pytest.raises(error):
            exhibits.ask_exhibit(
                wish=replace(at_desk.wish(), camera_ids=camera_ids), asker=at_desk.asker.actor(), at=NOW + timedelta(minutes=5)
            )


def test_an_exhibit_made_after_a_rotation_is_proven_to_who_knows_the_former_key(at_desk: Desk) -> None:
    former = audit.centre_keys()
    centre.rotate(at=NOW + timedelta(minutes=7))
    report = check(queries.file_of(at_desk.made().pk), Trust(keys=former))
    assert codes(report) == set()
    assert any("or one that such a key signed" in one.text for one in report.proven)


def test_who_trusts_a_key_that_was_lost_has_to_be_told_the_new_one(at_desk: Desk) -> None:
    trusted, before = audit.centre_keys(), at_desk.made()
    former, _new = centre.rotate(at=LATER + timedelta(minutes=1), lost=True)
    told = check(queries.file_of(before.pk), Trust(keys=audit.centre_keys()))
    assert codes(told) == set()
    assert any("was revoked at" in one.text for one in told.unproven)
    after = at_desk.made(after=timedelta(minutes=20))
    assert codes(check(queries.file_of(after.pk), Trust(keys=trusted))) == {"signature"}
    assert codes(checked(after)) == set()
    with pytest.raises(BadSignature):
        audit.centre_keys().find(former.kid, at=time_text(LATER + timedelta(minutes=2)))


# --- what is in it -------------------------------------------------------------------------------------------------------------


def test_gaps_stand_in_the_manifest_and_the_range_is_covered() -> None:
    shown = pictures(200) + pictures(200, start=START + 12 * 90_000)
    report = checked(desk(shown=shown).made(2, 19))
    assert codes(report) == set()
    assert [fact.values["gaps"] for fact in report.facts if "gaps" in fact.values] == [1]


@pytest.mark.parametrize("shift", [-900, 900, 1800])
def test_pictures_that_come_a_little_early_or_late_between_two_files_are_no_tampering(shift: int) -> None:
    shown = [picture(START + n * STEP + (shift if n % 25 == 0 and n else 0), key=n % 25 == 0) for n in range(500)]
    assert codes(checked(desk(shown=shown).made(1, 18))) == set()


def test_footage_that_is_not_what_was_stored_never_becomes_an_exhibit(at_desk: Desk) -> None:
    paths = sorted(settings.CITYSQUARE.store_dir.rglob("*.mp4"))
    data = bytearray(paths[1].read_bytes())
    data[-3] ^= 1
    paths[1].write_bytes(data)
    found = at_desk.made()
    assert (found.state, found.problem) == ("failed", "store.damaged")
    assert not list(queries.exhibits_folder().glob(f"{found.pk}*"))


def test_a_time_without_footage_is_said(at_desk: Desk) -> None:
    found = at_desk.made(60, 120)
    assert (found.state, found.problem) == ("failed", "footage.exhibit_no_footage")


def test_a_file_whose_disk_came_back_late_is_no_tampering() -> None:
    one = desk(shown=pictures(300, start=START + 8 * 90_000))
    film(settings.CITYSQUARE.store_dir, StreamKey(one.cameras[0].pk), pictures(200, start=START))
    found = one.made(2, 18)
    assert (found.state, found.problem) == ("ready", "")
    report = checked(found)
    assert codes(report) == set()
    assert not any("cannot be followed" in one.text for one in report.unproven)


def test_footage_of_two_days_leads_to_the_first_day_s_end() -> None:
    """The range lies over midnight UTC, and the camera sends another picture size from then on."""
    day = 12 * 3600
    one = desk(shown=footage(200, start=START + (day - 8) * 90_000))
    key = StreamKey(one.cameras[0].pk)
    film(settings.CITYSQUARE.store_dir, key, footage(200, start=START + day * 90_000, width=640, height=384))
    found = one.made(day - 5, day + 5, after=timedelta(hours=12))
    assert (found.state, found.problem) == ("ready", "")
    report = checked(found)
    assert codes(report) == set()
    assert [one.values["day"] for one in report.unproven if "head of" in one.text] == ["2026-05-01"]
    sizes = []
    with zipfile.ZipFile(queries.file_of(found.pk)) as bundle:
        for name in sorted(name for name in bundle.namelist() if name.endswith(".mp4")):
            with av.open(io.BytesIO(bundle.read(name)), "r") as played:
                frames = list(played.decode(video=0))
                sizes.append({(frame.width, frame.height) for frame in frames})
                assert frames
    assert all(len(one) == 1 for one in sizes)
    assert (sizes[0], sizes[-1]) == ({(320, 192)}, {(640, 384)})


# --- when something fails ------------------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_nothing_and_the_exhibit_can_be_made_again(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_anything: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(ExhibitWriter, "finish", full)
        found = at_desk.made()
    assert (found.state, found.problem) == ("failed", "footage.exhibit_no_room")
    assert not list(queries.exhibits_folder().glob(f"{found.pk}*"))
    assert exhibits.try_again(found=found) == 1
    assert making.make_exhibits(at=LATER) == 1
    assert codes(checked(found)) == set()


def test_a_disk_with_too_little_room_is_not_filled(at_desk: Desk, settings: object) -> None:
    config = settings.CITYSQUARE  # type: ignore[attr-defined]
    settings.CITYSQUARE = config.model_copy(update={"least_free_bytes": 2**60})  # type: ignore[attr-defined]
    assert at_desk.made().problem == "footage.exhibit_no_room"


def test_more_files_than_a_bundle_takes_are_refused_before_they_are_copied(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_PIECES", 2)
    monkeypatch.setattr(making, "ExhibitWriter", None)
    assert at_desk.made().problem == "footage.exhibit_too_many_files"


def test_sixteen_cameras_over_a_day_fit_into_one_exhibit() -> None:
    assert exhibits.MOST_CAMERAS * (exhibits.LONGEST_RANGE / timedelta(minutes=1) + 1) <= making.MOST_PIECES


def test_the_act_says_its_times_so_that_no_hour_can_be_mistaken(at_desk: Desk) -> None:
    purpose = exhibits.purpose_of(at_desk.ask())
    with timezone.override(ZoneInfo("Europe/Kyiv")):
        said = [" ".join(sentences(replace(purpose, start=f"2026-10-25T{hour}:30:00.000000Z").json())) for hour in ("00", "01")]
    assert "2026-10-25 03:30:00+03:00" in said[0]
    assert "2026-10-25 03:30:00+02:00" in said[1]


def test_a_killed_making_is_begun_anew(at_desk: Desk) -> None:
    found = at_desk.ask()
    at_desk.seal(found)
    Exhibit.objects.update(state="making", copied=17)
    part = queries.exhibits_folder() / f"{found.pk}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    assert making.make_exhibits(at=LATER) == 1
    assert codes(checked(found)) == set()
    assert not part.exists()


def test_a_range_that_has_just_ended_waits_until_its_files_are_closed(at_desk: Desk) -> None:
    found = at_desk.ask()
    at_desk.seal(found)
    assert making.make_exhibits(at=found.end + timedelta(seconds=119)) == 0
    assert making.make_exhibits(at=found.end + timedelta(seconds=120)) == 1


def test_two_makers_do_not_make_at_once(at_desk: Desk) -> None:
    at_desk.seal(at_desk.ask())
    with making.alone_in(queries.exhibits_folder()) as alone:
        assert alone
        assert making.make_exhibits(at=LATER) == 0
    assert making.make_exhibits(at=LATER) == 1


# --- handing out and deleting ----------------------------------------------------------------------------------------------------


def test_led_25_each_handing_out_is_on_record_before_it_happens(at_desk: Desk) -> None:
    found = at_desk.made()
    taken = exhibits.note_fetch(found=found, by=at_desk.asker.pk, why="Asked for by the prosecutor", recipient="Inspector Cee", at=LATER)
    assert (taken.sha256, taken.by_id) == (found.sha256, at_desk.asker.pk)
    for why, recipient in (("-", "Inspector Cee"), ("Asked for by the prosecutor", "."), ("x" * 501, "Inspector Cee")):
        with pytest.raises(exhibits.BadExhibit):
            exhibits.note_fetch(found=found, by=at_desk.asker.pk, why=why, recipient=recipient, at=LATER)
    assert found.fetches.count() == 1


def test_a_purged_exhibit_leaves_its_row_and_no_file(at_desk: Desk) -> None:
    found = at_desk.made()
    assert exhibits.purge([found.pk], LATER) == 1
    assert exhibits.purge([found.pk], LATER) == 0
    assert not queries.file_of(found.pk).exists()
    found.refresh_from_db()
    assert (found.state, found.purged_at) == ("purged", LATER)
    with pytest.raises(exhibits.ExhibitNotReady):
        exhibits.note_fetch(found=found, by=at_desk.asker.pk, why="Asked for by the prosecutor", recipient="Inspector Cee", at=LATER)


def test_nobody_sees_exhibits_of_another_city(at_desk: Desk) -> None:
    found = at_desk.ask()
    other = person(desk(0).city, Role.INVESTIGATOR)
    with pytest.raises(queries.NoSuchExhibit):
        queries.exhibit(found.pk, organisation_id=other.actor().organisation)


def test_the_log_knows_no_case_and_no_text_of_an_exhibit(at_desk: Desk) -> None:
    at_desk.made()
    lines = "".join(path.read_text() for path in Path(settings.CITYSQUARE.audit_dir).glob("*.jsonl"))
    assert "exhibit.make" in lines
    assert "2026/117" not in lines
    assert "kiosk" not in lines


def test_the_registration_of_both_passkeys_is_proven_from_the_log_across_several_heads(at_desk: Desk) -> None:
    system = Actor.system("test")
    for number, user in enumerate((at_desk.asker, at_desk.approver)):
        for _ in range(3 + number):
            audit.record(actor=system, action=Action.SYSTEM_VIEW, subject=Subject("system", "x"), outcome="allow", at=NOW)
        digest = Passkey.objects.get(user=user).registration_digest
        subject = Subject("person", user.pk)
        audit.record(actor=user.actor(), action=Action.KEY_ADD, subject=subject, outcome="done", at=NOW, details={"key_digest": digest})
        sign_head(at=NOW + timedelta(minutes=number))
    report = checked(at_desk.made())
    assert codes(report) == set()
    assert len([proof for proof in report.proven if "passkey of" in proof.text]) == 2


def test_an_exhibit_over_its_time_goes_with_a_tombstone(at_desk: Desk) -> None:
    found = at_desk.made()
    retention.purge(kind="exhibits", ids=[found.pk], rule="test", at=LATER + timedelta(days=1), law="LED Art. 5")
    found.refresh_from_db()
    assert found.state == "purged"
    assert not queries.file_of(found.pk).exists()
    told = AuditEntry.objects.filter(action="retention.deleted").order_by("sequence")
    assert [entry.outcome for entry in told] == ["begun", "done"]
    assert {entry.details["data_class"] for entry in told} == {"exhibits"}
