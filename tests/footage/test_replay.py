"""Replay: nobody looks back without saying why, and each stretch is in the log."""

from __future__ import annotations

import io
from datetime import timedelta

import av
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage.models import StatedReason
from citysquare.engine.model import StreamKey, ticks_from_datetime
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.engine.footage.filmed import film, footage
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

BEGUN = timezone.now().replace(microsecond=0) - timedelta(minutes=10)
GIVEN = {
    "case": "2026/117",
    "reason": "crime",
    "person_role": "suspect",
    "offence": "",
    "text": "The robbery at the kiosk, seen from the north",
}


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def camera(city: Organisation) -> Camera:
    """A camera that filmed for twelve seconds, ten minutes ago."""
    made = CameraFactory.create(organisation=city)
    film(settings.CITYSQUARE.store_dir, StreamKey(made.pk), footage(300, start=ticks_from_datetime(BEGUN), gop=25))
    return made


@pytest.fixture
def client(city: Organisation) -> Client:
    return signed_in(person(city, Role.INVESTIGATOR))


def address(camera: Camera) -> str:
    local = timezone.localtime(BEGUN)
    return f"/cameras/{camera.pk}/replay/?at={local:%Y-%m-%dT%H:%M:%S}&minutes=1"


def film_address(camera: Camera) -> str:
    start = ticks_from_datetime(BEGUN)
    return f"/cameras/{camera.pk}/replay/film.mp4?from={start}&to={start + 60 * 90_000}"


def entries() -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(action="replay.view").order_by("sequence")
    return [(entry.outcome, str(entry.details.get("what", ""))) for entry in found]


def read(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_led_25_a_replay_without_a_justification_is_refused_asked_for_and_logged(client: Client, camera: Camera) -> None:
    answer = client.get(address(camera))
    assert answer.status_code == 403
    assert b'name="person_role"' in answer.content
    assert b"<video" not in answer.content
    assert entries() == [("refuse", "")]
    assert client.get(film_address(camera)).status_code == 403
    assert [outcome for outcome, _ in entries()] == ["refuse", "refuse"]


def test_with_a_reason_the_film_plays_and_one_entry_stands_for_the_stretch(client: Client, camera: Camera) -> None:
    answer = client.post(address(camera), GIVEN)
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert b"<video" in page.content
    whole = client.get(film_address(camera))
    data = read(whole)
    assert len(data) == int(whole["Content-Length"])
    with av.open(io.BytesIO(data), "r", options={"err_detect": "explode"}) as file:
        assert len(list(file.decode(video=0))) == 300
    part = client.get(film_address(camera), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(data)}")
    assert read(part) == data[100:200]
    assert entries() == [("allow", "reason"), ("allow", "")]


def test_the_log_has_the_reason_as_pseudonym_and_digest_and_the_table_the_words(client: Client, camera: Camera) -> None:
    client.post(address(camera), GIVEN)
    (entry,) = AuditEntry.objects.filter(action="replay.view")
    assert entry.details["case"].startswith("h:")
    assert entry.details["text"].startswith("d:")
    assert (entry.details["reason"], entry.details["person_role"]) == ("crime", "suspect")
    assert StatedReason.objects.get().text == GIVEN["text"]


@pytest.mark.parametrize(
    "wrong", [{"case": "-"}, {"text": "..."}, {"text": ""}, {"reason": ""}, {"reason": "curiosity"}, {"person_role": ""}]
)
def test_a_reason_that_says_nothing_is_asked_for_again(client: Client, camera: Camera, wrong: dict[str, str]) -> None:
    answer = client.post(address(camera), {**GIVEN, **wrong})
    assert answer.status_code == 403
    assert b"errorlist" in answer.content or b"note bad" in answer.content
    assert not StatedReason.objects.exists()
    assert client.get(address(camera)).status_code == 403


def test_a_reason_counts_for_half_an_hour_one_person_and_one_camera(client: Client, camera: Camera, city: Organisation) -> None:
    client.post(address(camera), GIVEN)
    other = CameraFactory.create(organisation=city)
    assert client.get(address(other)).status_code == 403
    assert signed_in(person(city, Role.INVESTIGATOR)).get(address(camera)).status_code == 403
    StatedReason.objects.update(until=timezone.now())
    assert client.get(address(camera)).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PLANNER, Role.APPROVER])
def test_whose_duty_it_is_not_sees_no_replay_whatever_they_say(camera: Camera, city: Organisation, role: Role) -> None:
    client = signed_in(person(city, role))
    assert client.post(address(camera), GIVEN).status_code == 403
    answer = client.get(address(camera))
    assert answer.status_code == 403
    assert b'name="person_role"' not in answer.content
    assert not StatedReason.objects.exists()


def test_nobody_replays_the_footage_of_another_city(camera: Camera) -> None:
    stranger = signed_in(person(OrganisationFactory.create(), Role.INVESTIGATOR))
    assert stranger.post(address(camera), GIVEN).status_code == 403
    assert stranger.get(film_address(camera)).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "from=1", "from=x&to=y", "from=5&to=5", "from=9&to=5", f"from=0&to={601 * 90_000}", f"from=0&to={2**60}", "from=²&to=9"]
)
def test_a_stretch_that_the_page_never_names_is_refused(client: Client, camera: Camera, query: str) -> None:
    client.post(address(camera), GIVEN)
    assert client.get(f"/cameras/{camera.pk}/replay/film.mp4?{query}").status_code == 404


def test_what_is_still_being_written_is_not_replayed(client: Client, camera: Camera) -> None:
    client.post(address(camera), GIVEN)
    soon = ticks_from_datetime(timezone.now() + timedelta(seconds=30))
    assert client.get(f"/cameras/{camera.pk}/replay/film.mp4?from={soon - 90_000}&to={soon}").status_code == 404


def test_a_range_behind_the_end_is_told(client: Client, camera: Camera) -> None:
    client.post(address(camera), GIVEN)
    answer = client.get(film_address(camera), headers={"Range": "bytes=999999999-"})
    assert answer.status_code == 416


def test_a_stretch_without_footage_says_so(client: Client, camera: Camera) -> None:
    client.post(address(camera), GIVEN)
    answer = client.get(f"/cameras/{camera.pk}/replay/?at=2026-01-01T00:00:00&minutes=1")
    assert answer.status_code == 200
    assert b"<video" not in answer.content
    assert b"/day/" in answer.content
