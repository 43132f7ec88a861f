"""Two at the same moment: whichever database it is, they take turns, and nothing is lost, doubled or out of order."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, transaction

from citysquare.apps.accounts import services as accounts
from citysquare.apps.accounts.models import User
from citysquare.apps.devices import services as devices
from citysquare.apps.devices.models import Camera
from citysquare.apps.observations import services as observations
from citysquare.apps.observations.events import ObservationsRecorded
from citysquare.apps.observations.models import Observation
from citysquare.engine.model import ObjectClass, Track, TrackBatch, ticks_from_datetime
from citysquare.engine.sources import AddressRule
from citysquare.platform import audit
from citysquare.platform.events import Event, deliver_due, publish, subscribe, unsubscribe
from citysquare.platform.models import AuditEntry, Delivery, OutboxEvent
from citysquare.platform.policy import Action, Actor, Role, Subject
from citysquare.platform.turns import TurnOutsideTransactionError, take_turn
from tests.factories import NOW, CameraFactory, OrganisationFactory, SpaceFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
ROUNDS = 5
"""Two threads meet more surely when they meet a few times."""

WRITER = """
import sys, django
django.setup()
from django.utils import timezone
from citysquare.platform import audit
from citysquare.platform.policy import Action, Actor, Subject
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    audit.record(actor=Actor(id=sys.argv[1]), action=Action.LIVE_VIEW, subject=Subject("camera", "c"), outcome="allow", at=timezone.now())
"""


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment, each over a connection of its own; return what each returned or raised."""
    together = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def do(index: int, call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 -- the test looks at it
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def kinds(results: list[object]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def database_url() -> str:
    """The tests' database, as an operator would name it."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(found['NAME']))}"
    return f"postgresql://{found['USER']}@{quote(found['OPTIONS']['host'], safe='')}/{found['NAME']}"


def look(number: int = 0) -> AuditEntry:
    actor = Actor(id=f"person{number}", organisation="city1", roles=frozenset({Role.OPERATOR}))
    return audit.record(actor=actor, action=Action.LIVE_VIEW, subject=Subject("camera", "camera1"), outcome="allow", at=NOW)


def chain() -> tuple[bool, int, int, int]:
    """Whether the log is whole, its entries in table and file, those in the table, and how often one was brought up to date."""
    report = audit.verify(settings.CITYSQUARE.audit_dir)
    restored = AuditEntry.objects.filter(action=str(Action.AUDIT_RESTORED)).count()
    return report.ok, report.entries, AuditEntry.objects.count(), restored


def test_the_tests_run_on_the_database_they_were_asked_to_run_on() -> None:
    assert connection.vendor == settings.TEST_DATABASE
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT version()")
            assert str(cursor.fetchone()[0]).startswith("PostgreSQL ")


def test_threads_make_one_audit_chain_from_an_empty_log_on() -> None:
    def write(start: int) -> list[AuditEntry]:
        return [look(start + number) for number in range(8)]

    results = at_once(*(partial(write, start) for start in (0, 10, 20, 30)))
    assert kinds(results) == ["list"] * 4
    assert chain() == (True, 32, 32, 0)


def test_processes_make_one_audit_chain() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CITYSQUARE_")}
    environment = kept | {
        "DJANGO_SETTINGS_MODULE": "citysquare.site.settings",
        "CITYSQUARE_DATA_DIR": str(settings.CITYSQUARE.data_dir),
        "CITYSQUARE_DATABASE_URL": database_url(),
    }
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, name], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for name in ("first", "second")
    ]
    ready = [writer.stdout.readline() for writer in writers if writer.stdout]
    for writer in writers:
        if writer.stdin:
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
    said = [writer.communicate(timeout=120)[1].decode() for writer in writers]
    assert (ready, [writer.returncode for writer in writers]) == ([b"ready\n"] * 2, [0, 0]), said
    assert chain() == (True, 40, 40, 0)
    assert {entry.actor for entry in AuditEntry.objects.all()} == {audit.actor_name("first"), audit.actor_name("second")}


def test_the_log_is_checked_while_it_is_written() -> None:
    look()
    results = at_once(lambda: [look(number) for number in range(10)], lambda: [chain()[0] for _ in range(10)])
    assert results[1] == [True] * 10


@dataclass(frozen=True)
class Rang(Event):
    name: ClassVar[str] = "tests.two_rang"

    bell: str


@pytest.fixture
def heard() -> Iterator[list[str]]:
    bells: list[str] = []

    def slow(event: Rang) -> None:
        bells.append(event.bell)
        time.sleep(0.05)  # long enough that the other one comes while it is handled

    subscribe(Rang, "tests.two_slow", slow)
    yield bells
    unsubscribe(Rang, "tests.two_slow")


def test_an_event_that_two_deliver_at_once_is_handled_once(heard: list[str]) -> None:
    with transaction.atomic():
        publish(Rang(bell="door"), at=NOW)
    Delivery.objects.update(due_at=NOW)
    heard.clear()
    results = at_once(*[partial(deliver_due, at=NOW + HOUR)] * 3)
    assert (sorted(map(str, results)), heard) == (["0", "0", "1"], ["door"])


def test_events_published_at_once_all_arrive(heard: list[str]) -> None:
    def ring(bell: str) -> None:
        with transaction.atomic():
            publish(Rang(bell=bell), at=NOW)

    assert kinds(at_once(partial(ring, "front"), partial(ring, "back"))) == ["NoneType"] * 2
    assert sorted(heard) == ["back", "front"]
    assert not Delivery.objects.filter(due_at__isnull=False).exists()


def test_a_batch_that_arrives_twice_at_once_is_kept_and_announced_once() -> None:
    subscribe(ObservationsRecorded, "tests.two_nobody", lambda _event: None)
    try:
        camera = CameraFactory.create()
        for number in range(ROUNDS):
            first = ticks_from_datetime(NOW)
            tracks = tuple(Track(str(uuid.uuid4()), camera.pk, ObjectClass.CAR, first, first + 9, ((0.1, 0.5),)) for _ in range(50))
            batch = TrackBatch(camera.pk, tracks, first)
            results = at_once(*[partial(observations.accept_batch, batch=batch, at=NOW)] * 2)
            assert sorted(map(str, results)) == ["0", "50"]
            assert (Observation.objects.count(), OutboxEvent.objects.count()) == (50 * (number + 1), number + 1)
    finally:
        unsubscribe(ObservationsRecorded, "tests.two_nobody")


def test_a_camera_added_twice_at_once_is_in_the_register_once_and_two_cameras_have_two_places() -> None:
    space = SpaceFactory.create()

    def add(number: int) -> Camera:
        streams = devices.Streams(main_url=f"rtsp://192.168.1.20/{number}")
        names = {"en": "Bridge"}
        return devices.add_camera(
            organisation_id=space.organisation_id, space_id=space.pk, names=names, streams=streams, rule=AddressRule(), at=NOW
        )

    for number in range(ROUNDS):
        assert kinds(at_once(*[partial(add, number)] * 2)) == ["Camera", "CameraExists"]
    assert kinds(at_once(partial(add, 100), partial(add, 101))) == ["Camera", "Camera"]
    assert sorted(Camera.objects.values_list("order", flat=True)) == list(range(ROUNDS + 2))


def test_of_two_who_take_a_name_at_once_one_gets_it() -> None:
    for number in range(ROUNDS):
        names = (f"olena{number}", f"Olena{number}")
        calls = [partial(accounts.create_person, sign_in_name=name, display_name=name, at=NOW) for name in names]
        assert kinds(at_once(*calls)) == ["BadName", "User"]


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory.create(sign_in_name="olena")
    accounts.set_password(user=user, new_password="tulip-under-nine-bridges")
    monkeypatch.setattr("citysquare.apps.accounts.services.attempts.ATTEMPTS_PER_NAME", 3)
    running, most = [0], [0]
    true_check = User.check_password

    def counted(self: User, raw_password: str) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        try:
            return true_check(self, raw_password)
        finally:
            running[0] -= 1

    monkeypatch.setattr(User, "check_password", counted)
    guess = partial(accounts.check_password, sign_in_name="olena", password="mistaken", at=NOW)
    results = at_once(*(partial(guess, address=f"10.0.0.{number}") for number in range(8)))
    assert kinds(results) == ["BadCredentials"] * 3 + ["TooManyAttempts"] * 5
    assert most[0] <= 2


def test_two_first_links_for_a_role_at_once_are_for_one_person() -> None:
    for _ in range(ROUNDS):
        city = OrganisationFactory.create()
        make = [partial(accounts.make_role_link, role=Role.AUDITOR, organisation=city, at=NOW, valid_for=HOUR)] * 2
        assert kinds(at_once(*make)) == ["NewLink", "NewLink"]
    assert User.objects.count() == ROUNDS


def test_a_link_used_twice_at_once_lets_one_in() -> None:
    for _ in range(ROUNDS):
        link = accounts.make_link(user=UserFactory.create(), at=NOW, valid_for=HOUR)
        use = [partial(accounts.use_link, token=link.token, address="", at=NOW)] * 2
        assert kinds(at_once(*use)) == ["LinkGone", "User"]


def test_a_turn_needs_a_transaction() -> None:
    with pytest.raises(TurnOutsideTransactionError):
        take_turn("tests.nothing")


@pytest.mark.postgresql
def test_an_entry_is_durable_when_the_server_cuts_the_connection() -> None:
    look(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    assert at_once(cut) == [None]
    assert look(2).sequence == 2
    assert look(3).sequence == 4
    assert chain() == (True, 4, 4, 1)
