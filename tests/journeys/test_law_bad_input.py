"""What goes wrong around the law: strange packs, permissions that are over, clocks, one person for two, and a disk that is full.

Each of these ends in a sentence that says what to do, and in nothing half done.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn, cast

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from citysquare.apps.accounts.models import Membership, SealedAct
from citysquare.apps.accounts.services import TokenWish, acts, make_token
from citysquare.apps.footage.models import Exhibit, ExhibitFetch, Hold, StatedReason
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import making, orders
from citysquare.engine.footage import FootageReader
from citysquare.engine.model import StreamKey
from citysquare.platform import audit, packs
from citysquare.platform.audit.spool import Spool
from citysquare.platform.authorisations import Draft
from citysquare.platform.models import AuditEntry, InstalledPack
from citysquare.platform.policy import Action, Role, Scope
from citysquare.platform.policy.pack_files import FOLDER, SIGNATURE_TYPE
from citysquare.proof import jws
from citysquare.proof.bundles.exhibit import ExhibitWriter
from citysquare.proof.canonical import Json, canonical
from citysquare.proof.fields import base64url
from citysquare.proof.keys import KeySet, PrivateKey
from tests.engine.footage.filmed import film
from tests.engine.footage.scripted import START, pictures
from tests.factories import NOW, CameraFactory, ObservationFactory, person, signed_in
from tests.footage.exhibiting import LATER, SITE, Desk, desk
from tests.footage.test_exhibit_pages import HANDED, asked_for
from tests.footage.test_replay import GIVEN

pytestmark = pytest.mark.django_db

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
BY_ORDER = {**GIVEN, "reason": "court_order", "text": "The court ordered the footage of the square"}
KEY = PrivateKey.make()


class Clock:
    """The machine's clock, in the hands of a test."""

    def __init__(self, at: datetime) -> None:
        """Begin at a time."""
        self.at = at

    def __call__(self) -> datetime:
        """Tell it."""
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands where a test puts it."""
    clock = Clock(NOW + 12 * HOUR)
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def at_desk() -> Desk:
    return desk()


def text_of(answer: object) -> str:
    return cast("HttpResponse", answer).content.decode()


# --- packs -----------------------------------------------------------------------------------------------------------------------


def pack(**changed: Json) -> bytes:
    return canonical({**json.loads((FOLDER / "bg.json").read_bytes()), **changed})


def sent(text: bytes, signature: str) -> dict[str, SimpleUploadedFile]:
    return {"pack": SimpleUploadedFile("bg.json", text), "signature": SimpleUploadedFile("bg.jws", signature.encode())}


@pytest.fixture
def administrator(at_desk: Desk, tmp_path: Path, settings: Settings) -> Client:
    """Somebody who may ask for other rules, in a city that trusts the holder of KEY and has the second version of its rules."""
    (tmp_path / "keys.json").write_bytes(KeySet([KEY.public]).encoded())
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"pack_keys": tmp_path / "keys.json", "jurisdiction": "bg"})
    newer = pack(version=2)
    packs.install(text=newer, signature=jws.sign(newer, KEY, typ=SIGNATURE_TYPE), at=NOW)
    return signed_in(person(at_desk.city, Role.ADMINISTRATOR))


@pytest.mark.parametrize(
    ("text", "signature", "said"),
    [
        (pack(version=3), "", "signature"),
        (pack(version=3), jws.sign(pack(version=4), KEY, typ=SIGNATURE_TYPE), "signature"),
        (pack(version=3), jws.sign(pack(version=3), PrivateKey.make(), typ=SIGNATURE_TYPE), "signature"),
        (pack(version=1), jws.sign(pack(version=1), KEY, typ=SIGNATURE_TYPE), "Version 2 is here already"),
        (pack(version=2), jws.sign(pack(version=2), KEY, typ=SIGNATURE_TYPE), "Version 2 is here already"),
    ],
    ids=["unsigned", "altered", "a stranger's", "older", "the same"],
)
def test_led_4_rules_that_are_unsigned_altered_or_older_are_not_even_put_before_two_persons(
    administrator: Client, text: bytes, signature: str, said: str
) -> None:
    answer = administrator.post("/rules/install/", sent(text, signature))
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert not SealedAct.objects.exists()
    assert InstalledPack.objects.count() == 1


# --- permissions and clocks ------------------------------------------------------------------------------------------------------


def permitted_until(at_desk: Desk, end: datetime) -> None:
    """Enter a court's authorisation to look back, sealed by two."""
    Membership.objects.create(user=at_desk.asker, organisation=at_desk.city, role=Role.SUPERVISOR, since=NOW)
    draft = Draft(
        permits=at_desk.city.pk,
        action=Action.REPLAY_VIEW,
        cameras=(at_desk.cameras[0].pk,),
        spaces=(),
        valid_from=NOW,
        valid_to=end,
        issued_at=NOW,
        issuer="District court, order 12",
        document_sha256=hashlib.sha256(b"order").hexdigest(),
    )
    row = orders.ask_to_enter(draft=draft, asker=at_desk.asker.actor(), at=NOW)
    asked = acts.find(act_id=row.act, organisation_id=at_desk.city.pk)
    for user, part in ((at_desk.asker, "asks"), (at_desk.approver, "approves")):
        response = at_desk.devices[user.pk].get({"challenge": base64url(asked.digest)})
        acts.seal(act_id=row.act, person=user.actor(), role_in_act=part, response=response, site=SITE, at=NOW)  # type: ignore[arg-type]
    orders.round_of_orders(at=NOW)


def replay(at_desk: Desk) -> str:
    return f"/cameras/{at_desk.cameras[0].pk}/replay/?at={timezone.localtime(NOW):%Y-%m-%dT%H:%M:%S}&minutes=1"


def test_led_8_an_authorisation_that_ended_a_second_ago_opens_nothing(at_desk: Desk, clock: Clock) -> None:
    end = clock.at
    permitted_until(at_desk, end)
    clock.at = end - SECOND
    client = signed_in(at_desk.asker)
    assert client.post(replay(at_desk), BY_ORDER).status_code == 302
    assert client.get(replay(at_desk)).status_code == 200
    for later in (end, end + SECOND):
        clock.at = later
        answer = client.get(replay(at_desk))
        assert answer.status_code == 403
        assert "An authorisation is needed" in text_of(answer)
    refused = AuditEntry.objects.filter(action="replay.view", outcome="refuse")
    assert [entry.details["rule"] for entry in refused] == ["demand.authorisation"] * 2


def test_led_25_a_clock_set_back_brings_neither_an_authorisation_nor_a_reason_back(at_desk: Desk, clock: Clock) -> None:
    begun, end = clock.at, clock.at + HOUR
    permitted_until(at_desk, end)
    client, other = signed_in(at_desk.asker), CameraFactory.create(organisation=at_desk.city)
    assert client.post(replay(at_desk), BY_ORDER).status_code == 302
    assert client.post(f"/cameras/{other.pk}/replay/", GIVEN).status_code == 302
    clock.at = end + SECOND
    assert signed_in(at_desk.asker).get(replay(at_desk)).status_code == 403
    clock.at = begun + 2 * SECOND
    client = signed_in(at_desk.asker)
    assert client.get(f"/cameras/{other.pk}/replay/").status_code == 403, "its reason was over, and stays so"
    answer = client.post(replay(at_desk), BY_ORDER)
    assert answer.status_code == 403
    assert "clock was set back" in text_of(answer)
    assert client.post(f"/cameras/{other.pk}/replay/", GIVEN).status_code == 302
    assert client.get(f"/cameras/{other.pk}/replay/").status_code == 200, "who says anew why is not kept out by a wrong clock"
    assert AuditEntry.objects.filter(action="audit.clock").exists()


# --- one person for two ----------------------------------------------------------------------------------------------------------


def test_led_4_one_person_with_both_roles_does_not_seal_for_two(at_desk: Desk) -> None:
    Membership.objects.create(user=at_desk.asker, organisation=at_desk.city, role=Role.APPROVER, since=NOW)
    client = signed_in(at_desk.asker)
    client.post("/exhibits/ask/", asked_for(at_desk))
    found = Exhibit.objects.get()
    asked = acts.find(act_id=found.act, organisation_id=at_desk.city.pk)
    answers = []
    for _part in ("asks", "approves"):
        response = at_desk.devices[at_desk.asker.pk].get({"challenge": base64url(asked.digest)})
        answers.append(client.post(f"/acts/{found.act}/seal/", {"response": response}, headers={"host": "localhost"}))
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "given already" in text_of(answers[1])
    act = SealedAct.objects.get()
    assert (act.state, act.seals.count()) == ("asked", 1)
    assert making.make_exhibits(at=timezone.now()) == 0


# --- rights and searches ---------------------------------------------------------------------------------------------------------


def test_led_25_refused_query_is_logged(at_desk: Desk) -> None:
    stranger = person(at_desk.city, Role.PLANNER)
    client = signed_in(stranger)
    assert client.get("/audit/", {"actor": "Ana"}).status_code == 403
    assert client.get(f"/cameras/{at_desk.cameras[0].pk}/replay/").status_code == 403
    assert client.get("/observations/observations.csv", {"object_class": "person"}).status_code == 403
    entries = AuditEntry.objects.filter(actor=audit.actor_name(stranger.pk), outcome="refuse").order_by("sequence")
    assert [entry.action for entry in entries] == ["audit.read", "replay.view", "observations.export"]
    assert entries[0].details["sought"].startswith("h:"), "what was sought is there as a pseudonym, for who has the key"
    assert all(entry.details["rule"] for entry in entries)


def test_led_25_zero_result_search_is_logged(at_desk: Desk) -> None:
    client = signed_in(person(at_desk.city, Role.OPERATOR))
    assert client.get("/observations/", {"object_class": "person"}).status_code == 200
    asked, found = AuditEntry.objects.filter(action="observations.list").order_by("sequence")
    assert (asked.outcome, asked.details["object_class"]) == ("allow", "person"), "before the search"
    assert (found.outcome, found.details["results"]) == ("found", 0), "and that there was nothing"


def test_led_4_a_reason_for_one_camera_opens_no_other_and_nobody_elses_look(at_desk: Desk) -> None:
    client, other = signed_in(at_desk.asker), CameraFactory.create(organisation=at_desk.city)
    assert client.post(replay(at_desk), GIVEN).status_code == 302
    assert client.get(replay(at_desk)).status_code == 200
    assert client.get(f"/cameras/{other.pk}/replay/").status_code == 403
    assert signed_in(person(at_desk.city, Role.INVESTIGATOR)).get(replay(at_desk)).status_code == 403


def test_gdpr_25_by_default_somebody_new_sees_nobody_and_a_planner_sees_numbers_alone(at_desk: Desk) -> None:
    seen = ObservationFactory.create(camera=at_desk.cameras[0], organisation=at_desk.city)
    newcomer, planner = signed_in(person(at_desk.city)), signed_in(person(at_desk.city, Role.PLANNER))
    camera = f"/cameras/{at_desk.cameras[0].pk}/"
    for address in ("/wall/", "/map/", "/cameras/", camera, f"{camera}replay/", "/observations/", "/exhibits/", "/people/", "/audit/"):
        assert newcomer.get(address).status_code == 403, address
    assert seen.pk not in text_of(planner.get("/observations/"))
    assert planner.get("/wall/").status_code == 403


# --- a full disk -----------------------------------------------------------------------------------------------------------------


def no_room(*_anything: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full_database() -> Iterator[None]:
    """A database that takes nothing, and a minute in which sessions would be noted as used."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone is told so in one word")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 0")


def fill_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("full_database")
def test_led_25_where_the_log_takes_nothing_nothing_is_shown_and_recording_goes_on(
    at_desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, camera = at_desk.made(), at_desk.cameras[0].pk
    asker, operator, auditor = (
        signed_in(user) for user in (at_desk.asker, person(at_desk.city, Role.OPERATOR), person(at_desk.city, Role.AUDITOR))
    )
    kept = [model.objects.count() for model in (Exhibit, ExhibitFetch, Hold, StatedReason, AuditEntry)]
    clock.at += timedelta(minutes=3)
    monkeypatch.setattr(Spool, "append", no_room)
    fill_database()
    for answer in (
        operator.get("/wall/"),
        operator.get("/observations/"),
        asker.get(f"/cameras/{camera}/replay/"),
        asker.post(f"/cameras/{camera}/replay/", GIVEN),
        asker.post("/exhibits/ask/", asked_for(at_desk)),
        asker.post(f"/exhibits/{made.pk}/fetch/", HANDED),
        auditor.get("/audit/"),
        auditor.post("/audit/export/", {"since": "2026-05-01T00:00", "until": "2026-05-02T00:00"}),
    ):
        assert answer.status_code == 503
        assert "The audit log cannot be written, so this was not done." in text_of(answer)
    assert Client().post("/sign-in/", {"sign_in_name": at_desk.asker.sign_in_name, "password": "x"}).status_code == 503
    assert kept == [model.objects.count() for model in (Exhibit, ExhibitFetch, Hold, StatedReason, AuditEntry)]
    store = settings.CITYSQUARE.store_dir
    film(store, StreamKey(camera), pictures(100, start=START + 60 * 90_000))
    assert FootageReader(store).segments(StreamKey(camera), START + 60 * 90_000, START + 62 * 90_000)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("full_database")
def test_led_25_while_the_database_takes_nothing_a_look_stands_in_the_files_and_what_must_be_kept_is_refused(
    at_desk: Desk, clock: Clock
) -> None:
    client = signed_in(person(at_desk.city, Role.OPERATOR))
    clock.at += timedelta(minutes=3)
    fill_database()
    assert client.get("/wall/").status_code == 200
    answer = client.post(f"/cameras/{at_desk.cameras[0].pk}/replay/", GIVEN)
    assert answer.status_code == 503
    assert "The database takes nothing right now" in text_of(answer)
    lines = (settings.CITYSQUARE.audit_dir / f"{clock.at:%Y-%m-%d}.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in lines][-2:] == ["live.view", "replay.view"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("full_database")
def test_led_25_a_program_is_answered_as_long_as_one_place_of_the_log_takes_its_search(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = person(at_desk.city, Role.ADMINISTRATOR)
    wish = TokenWish("Dashboard", "Shows traffic", frozenset({Scope.OBSERVATIONS}), 24 * HOUR)
    made = make_token(wish=wish, organisation_id=at_desk.city.pk, made_by=maker.pk, at=timezone.now())
    program = Client(headers={"authorization": f"Bearer {made.secret}"})
    fill_database()
    assert program.get("/api/v1/observations").status_code == 200
    monkeypatch.setattr(Spool, "append", no_room)
    answer = program.get("/api/v1/observations")
    assert (answer.status_code, answer.json()["code"]) == (503, "audit.unavailable")


def test_an_exhibit_on_a_full_disk_leaves_no_half_file_says_so_and_is_made_again(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    add = ExhibitWriter.add_footage

    def full_at_the_third(self: ExhibitWriter, path: str, pieces: Iterable[bytes], size: int) -> None:
        if path.endswith("3.mp4"):
            no_room()
        add(self, path, pieces, size)

    with monkeypatch.context() as patched:
        patched.setattr(ExhibitWriter, "add_footage", full_at_the_third)
        found = at_desk.made()
    client = signed_in(at_desk.asker)
    page = text_of(client.get(f"/exhibits/{found.pk}/"))
    assert "The disk had too little room. Make room, then have it made again" in page
    assert "Download it" not in page
    assert client.post(f"/exhibits/{found.pk}/fetch/", HANDED).status_code == 409
    assert not list(queries.exhibits_folder().glob(f"{found.pk}*"))
    assert client.post(f"/exhibits/{found.pk}/again/").status_code == 302
    assert making.make_exhibits(at=LATER) == 1
    taken = client.post(f"/exhibits/{found.pk}/fetch/", HANDED)
    assert b"".join(taken.streaming_content) == queries.file_of(found.pk).read_bytes()  # type: ignore[attr-defined]  # a stream
    taken.close()


def test_led_25_an_exhibit_that_the_log_does_not_take_is_not_made(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_entry: object) -> NoReturn:
        raise audit.AuditUnavailable("The log takes no entry.")

    found = at_desk.ask()
    at_desk.seal(found)
    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", unavailable)
        assert making.make_exhibits(at=LATER) == 0
    assert not list(queries.exhibits_folder().glob(f"{found.pk}*"))
    page = text_of(signed_in(at_desk.asker).get(f"/exhibits/{found.pk}/"))
    assert "The audit log takes no entry. Tell the administrator, then have it made again." in page
