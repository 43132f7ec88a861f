"""A time-stamping authority (RFC 3161) is asked over the network; what it says is checked, and without it nothing stops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.urls import reverse

from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.queries import exhibits as queries
from citysquare.apps.footage.services import stamps as exhibit_stamps
from citysquare.config import Config
from citysquare.platform import audit
from citysquare.platform.audit import bundle, heads, second, stamps
from citysquare.platform.models import AuditEntry, AuditHead
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.proof import timestamps
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.site import stamping
from citysquare.site.system.log_state import log_sentences, log_state
from tests.factories import NOW, person, signed_in
from tests.footage.exhibiting import LATER, desk
from tests.proof.tsa import Authority

AUTHORITY, ANOTHER = Authority(), Authority()
TRUSTED = timestamps.certificates(AUTHORITY.pem())
DAY = timedelta(days=1)


class Tsa(HTTPServer):
    """An authority on this machine, and what goes wrong with it."""

    wrong = ""
    asked = 0
    now = LATER

    def answer(self, request: bytes) -> tuple[int, bytes]:
        self.asked += 1
        others: dict[str, Callable[..., bytes]] = {"another authority": ANOTHER.answer_request, "another request": self._to_another}
        plain = {"away": (503, b"later"), "moved": (302, b""), "rubbish": (200, b"rubbish"), "huge": (200, bytes(3 << 20))}
        return plain.get(self.wrong) or (200, others.get(self.wrong, AUTHORITY.answer_request)(request, at=self.now))

    def _to_another(self, request: bytes, *, at: datetime) -> bytes:
        return AUTHORITY.answer_request(request, at=at, other_nonce=True)


class _Handler(BaseHTTPRequestHandler):
    server: Tsa

    def do_POST(self) -> None:  # http.server's name
        assert self.headers["Content-Type"] == "application/timestamp-query"
        status, body = self.server.answer(self.rfile.read(int(self.headers["Content-Length"])))
        with suppress(OSError):  # who hears too much hangs up
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_anything: object) -> None:
        pass


@pytest.fixture
def tsa(settings: LazySettings, tmp_path: Path) -> Iterator[Tsa]:
    certificates = tmp_path / "tsa.pem"
    certificates.write_bytes(AUTHORITY.pem())
    with Tsa(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        change(settings, tsa_url=f"http://127.0.0.1:{server.server_port}", tsa_certificates=certificates)
        yield server
        server.shutdown()
        thread.join()


def change(settings: LazySettings, **values: object) -> None:
    config: Config = settings.CITYSQUARE
    settings.CITYSQUARE = config.model_copy(update=values)


def checked(path: Path) -> Report:
    return check(path, Trust(keys=audit.centre_keys(), authorities=TRUSTED))


def stamped(report: Report) -> bool:
    return any("authority that you trust" in one.text for one in report.proven)


# --- asking --------------------------------------------------------------------------------------------------------------------


def test_an_authority_says_when_it_was(tsa: Tsa) -> None:
    found = stamping.ask(b"message")
    assert found is not None
    assert found.at == LATER
    assert timestamps.check(found.token, b"message", TRUSTED).at == "2026-05-01T12:10:00.000000Z"
    assert tsa.asked == 1


@pytest.mark.parametrize("wrong", ["away", "moved", "rubbish", "huge", "another authority", "another request"])
def test_an_answer_that_proves_nothing_is_none(tsa: Tsa, wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    tsa.wrong = wrong
    assert stamping.ask(b"message") is None
    assert tsa.asked == 1, "a redirect is not followed"
    assert "gives no time-stamp" in caplog.text


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/tsr", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:1/", "http://127.0.0.1:1/"]
)
def test_addresses_that_nobody_may_be_asked_at_are_not_asked(tsa: Tsa, settings: LazySettings, address: str) -> None:
    change(settings, tsa_url=address)
    assert stamping.ask(b"message") is None
    assert tsa.asked == 0


def test_certificates_that_cannot_be_read_stop_nothing(tsa: Tsa, settings: LazySettings, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.pem", tmp_path):
        change(settings, tsa_certificates=path)
        assert stamping.ask(b"message") is None
    assert tsa.asked == 0


# --- exhibits ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_exhibit_is_made_with_a_time_stamp(tsa: Tsa) -> None:
    found = desk().made()
    assert (found.state, found.stamped_at) == ("ready", LATER)
    report = checked(queries.file_of(found.pk))
    assert not report.wrong
    assert stamped(report)
    assert tsa.asked == 1


@pytest.mark.django_db
def test_an_exhibit_whose_authority_is_away_says_so_and_gets_its_time_stamp_later(tsa: Tsa) -> None:
    tsa.wrong = "away"
    at_desk = desk()
    found = at_desk.made()
    before = found.sha256
    assert (found.state, found.stamped_at) == ("ready", None)
    assert not stamped(checked(queries.file_of(found.pk)))
    client = signed_in(at_desk.asker)
    Exhibit.objects.update(made_at=LATER + timedelta(days=36_500))
    assert "It is asked again" in client.get(reverse("exhibit", args=[found.pk])).content.decode()
    Exhibit.objects.update(made_at=LATER)
    assert exhibit_stamps.stamp_exhibits(at=LATER + timedelta(minutes=10)) == 0
    tsa.wrong = ""
    assert exhibit_stamps.stamp_exhibits(at=LATER + timedelta(minutes=20)) == 1
    assert exhibit_stamps.stamp_exhibits(at=LATER + timedelta(minutes=30)) == 0
    found.refresh_from_db()
    path = queries.file_of(found.pk)
    report = checked(path)
    assert not report.wrong
    assert stamped(report)
    assert (found.stamped_at, found.bytes) == (LATER, path.stat().st_size)
    assert found.sha256 != before
    assert path.stat().st_mode & 0o777 == 0o600
    entry = AuditEntry.objects.filter(action="exhibit.make").last()
    assert entry is not None
    assert (entry.details["state"], entry.details["digest"]) == ("stamped", found.sha256)
    assert "A time-stamping authority says that it existed" in client.get(reverse("exhibit", args=[found.pk])).content.decode()


@pytest.mark.django_db
def test_an_exhibit_that_was_stamped_but_not_noted_is_made_right(tsa: Tsa) -> None:
    """As after a loss of power between the file and the row."""
    found = desk().made()
    Exhibit.objects.update(stamped_at=None, sha256="0" * 64, bytes=1)
    assert exhibit_stamps.stamp_exhibits(at=LATER) == 1
    found.refresh_from_db()
    assert found.bytes == queries.file_of(found.pk).stat().st_size
    assert not checked(queries.file_of(found.pk)).wrong
    assert tsa.asked == 2


@pytest.mark.django_db
def test_a_broken_exhibit_keeps_no_other_from_its_time_stamp(tsa: Tsa) -> None:
    tsa.wrong = "away"
    at_desk = desk()
    broken, found = at_desk.made(), at_desk.made(3, 12)
    queries.file_of(broken.pk).write_bytes(b"broken")
    tsa.wrong = ""
    assert exhibit_stamps.stamp_exhibits(at=LATER) == 1
    found.refresh_from_db()
    assert found.stamped_at == LATER
    assert exhibit_stamps.stamp_exhibits(at=LATER + timedelta(days=8)) == 0


@pytest.mark.django_db
def test_without_an_authority_nobody_is_asked() -> None:
    assert exhibit_stamps.stamp_exhibits(at=LATER) == 0
    assert stamps.note_stamp(at=NOW) == 0


# --- the log -------------------------------------------------------------------------------------------------------------------


def look(minute: int) -> None:
    at = NOW + timedelta(minutes=minute)
    audit.record(actor=Actor("p", "c"), action=Action.LIVE_VIEW, subject=Subject("camera", "x", "c"), outcome="allow", at=at)
    heads.sign_head(at=at)


@pytest.mark.django_db(transaction=True)
def test_the_log_is_stamped_once_a_day_and_the_stamp_goes_with_each_export(tsa: Tsa, tmp_path: Path, settings: LazySettings) -> None:
    place = tmp_path / "second"
    place.mkdir()
    change(settings, audit_second_place=place)
    assert stamps.note_stamp(at=NOW) == 0, "there is no head yet"
    look(1)
    assert stamps.note_stamp(at=NOW + timedelta(minutes=1)) == 1
    look(2)
    assert stamps.note_stamp(at=NOW + timedelta(minutes=2)) == 0, "today it was asked"
    assert stamps.note_stamp(at=NOW + DAY) == 1
    assert stamps.note_stamp(at=NOW + 2 * DAY) == 0, "nothing is new"
    assert tsa.asked == 2
    path = tmp_path / "audit.zip"
    with path.open("wb") as file:
        stretch = bundle.stretch_between(since=NOW, until=NOW + DAY, at=NOW + DAY)
        bundle.write_bundle(file, stretch, at=NOW + DAY)
    report = checked(path)
    assert not report.wrong
    (said,) = [one for one in report.proven if "authority that you trust" in one.text]
    assert (said.values["number"], said.values["count"]) == (2, 2)
    second.copy_to_second_place(at=NOW + DAY)
    second.copy_to_second_place(at=NOW + DAY)
    (there,) = place.glob("*/stamps.jsonl")
    assert there.read_bytes() == (settings.CITYSQUARE.audit_dir / "stamps.jsonl").read_bytes()


@pytest.mark.django_db(transaction=True)
def test_a_log_that_no_authority_witnesses_any_more_is_a_trouble(tsa: Tsa) -> None:
    def codes(days: int) -> list[str]:
        return [code for code, *_rest in log_sentences(log_state(), NOW + days * DAY)]

    tsa.wrong = "away"
    look(1)
    assert stamps.note_stamp(at=NOW) == 0
    assert codes(1) == []
    assert codes(3) == ["audit.no_time_stamp"]
    tsa.wrong = ""
    assert stamps.note_stamp(at=NOW + 3 * DAY) == 1
    assert codes(3) == []
    assert AuditHead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_auditor_sees_how_far_the_log_is_stamped(tsa: Tsa) -> None:
    client = signed_in(person(desk().city, Role.AUDITOR))
    assert "no head yet" in client.get(reverse("audit-log")).content.decode()
    look(1)
    assert stamps.note_stamp(at=NOW) == 1
    assert "covers entries 1 to" in client.get(reverse("audit-log")).content.decode().partition("Time-stamp")[2]
    assert tsa.asked == 1
