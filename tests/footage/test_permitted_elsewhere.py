"""Police of another organisation with a valid authorisation: what it names is open to them by page, and nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from citysquare.apps.accounts.models import Group, GroupMember, Organisation
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import queries
from citysquare.apps.footage.models import Exhibit
from citysquare.engine.model import StreamKey, ticks_from_datetime
from citysquare.platform.doors import Refused
from citysquare.platform.ids import new_id
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, OrganisationKind, Role
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


@dataclass(frozen=True, slots=True)
class Scene:
    """A city with a camera that is named and one that is not, and a police organisation."""

    police: Organisation
    named: Camera
    other: Camera

    def permit(self, action: Action, *, until: timedelta = timedelta(hours=1)) -> StoredAuthorisation:
        now = timezone.now()
        return StoredAuthorisation.objects.create(
            organisation=self.named.organisation_id,
            permits=self.police.pk,
            action=str(action),
            cameras=[self.named.pk],
            valid_from=now - timedelta(hours=2),
            valid_to=now + until,
            issued_at=now - timedelta(hours=2),
            issuer="District court, order 12",
            document_sha256="0" * 64,
            act=new_id(),
            entered_by="somebody",
            entered_at=now - timedelta(hours=2),
            state="issued",
        )

    def client(self, role: Role = Role.SUPERVISOR) -> Client:
        return signed_in(person(self.police, role))


@pytest.fixture
def scene() -> Scene:
    city, police = OrganisationFactory.create(), OrganisationFactory.create(kind=OrganisationKind.POLICE)
    named = CameraFactory.create(organisation=city, names={"en": "Kiosk north"})
    other = CameraFactory.create(organisation=city, names={"en": "School gate"})
    for camera in (named, other):
        film(settings.CITYSQUARE.store_dir, StreamKey(camera.pk), footage(50, start=ticks_from_datetime(BEGUN), gop=25))
    return Scene(police, named, other)


def replay(camera: Camera) -> str:
    return f"/cameras/{camera.pk}/replay/?at={timezone.localtime(BEGUN):%Y-%m-%dT%H:%M:%S}&minutes=1"


def film_of(camera: Camera) -> str:
    start = ticks_from_datetime(BEGUN)
    return f"/cameras/{camera.pk}/replay/film.mp4?from={start}&to={start + 60 * 90_000}"


def looks_live(scene: Scene, camera: Camera, role: Role = Role.OPERATOR) -> bool:
    actor, at = person(scene.police, role).actor(), timezone.now()
    again = queries.may_look_live(actor=actor, camera_id=camera.pk, at=at).allowed
    try:
        queries.look_live(actor=actor, camera_id=camera.pk, page="page", at=at)
    except Refused:
        assert not again
        return False
    assert again
    return True


def test_the_wall_shows_the_camera_that_may_be_seen_live_and_no_other(scene: Scene) -> None:
    order = scene.permit(Action.LIVE_VIEW)
    page = scene.client().get("/wall/").content.decode()
    assert "Kiosk north" in page
    assert scene.named.pk in page
    assert f'href="/authorisations/{order.pk}/"' in page, "the camera's own page is the owner's"
    assert "School gate" not in page
    assert scene.other.pk not in page
    assert looks_live(scene, scene.named)
    assert not looks_live(scene, scene.other)
    assert not looks_live(scene, scene.named, Role.ADMINISTRATOR)
    assert scene.client().get(f"/cameras/{scene.named.pk}/").status_code == 403
    assert scene.client().get(replay(scene.named)).status_code == 403


def test_whose_rights_hold_at_some_cameras_reads_what_opens_another_organisations_camera_to_them(scene: Scene) -> None:
    order, user = scene.permit(Action.LIVE_VIEW), person(scene.police, Role.PLANNER)
    own = CameraFactory.create(organisation=scene.police)
    some = Group.objects.create(organisation=scene.police, name="Yard", roles=["operator"], cameras=[own.pk], made_at=order.entered_at)
    GroupMember.objects.create(group=some, user=user, since=order.entered_at)
    client = signed_in(user)
    assert f'href="/authorisations/{order.pk}/"' in client.get("/wall/").content.decode()
    assert client.get(f"/authorisations/{order.pk}/").status_code == 200
    assert order.pk in client.get("/authorisations/").content.decode()


@pytest.mark.parametrize("end", ["none", "over", "ended", "other act", "not police", "off the machine"])
def test_without_a_valid_authorisation_nothing_is_shown(scene: Scene, end: str) -> None:
    if end != "none":
        for action in (Action.LIVE_VIEW, Action.REPLAY_VIEW, Action.EXHIBIT_ASK):
            scene.permit(action, until=timedelta(seconds=-1) if end == "over" else timedelta(hours=1))
    if end == "ended":
        StoredAuthorisation.objects.update(state="ended", ended_at=timezone.now(), ended_because="ended")
    if end == "other act":
        StoredAuthorisation.objects.update(action="audit.read")
    if end == "not police":
        Organisation.objects.filter(pk=scene.police.pk).update(kind=OrganisationKind.PARTNER)
    if end == "off the machine":
        StoredAuthorisation.objects.update(permits="somebody")
    scene.police.refresh_from_db()
    client = scene.client()
    for page in ("/wall/", "/exhibits/ask/"):
        shown = client.get(page).content.decode()
        assert "Kiosk north" not in shown
        assert scene.named.pk not in shown
    assert not looks_live(scene, scene.named)
    assert client.get(replay(scene.named)).status_code == 403
    given = client.post(replay(scene.named), GIVEN)
    assert given.status_code == 403
    assert b"Kiosk north" not in given.content
    assert client.get(film_of(scene.named)).status_code == 403
    assert not Exhibit.objects.exists()


def test_led_25_they_replay_the_named_camera_once_they_said_why_and_no_other(scene: Scene) -> None:
    order, client = scene.permit(Action.REPLAY_VIEW), scene.client()
    assert f'href="/cameras/{scene.named.pk}/replay/"' in client.get(f"/authorisations/{order.pk}/").content.decode()
    asked = client.get(replay(scene.named))
    assert (asked.status_code, b'name="person_role"' in asked.content) == (403, True)
    given = client.post(replay(scene.named), GIVEN)
    assert given.status_code == 302
    for page in (asked, client.get(given["Location"])):
        for closed in (f'"/cameras/{scene.named.pk}/"', f'"/cameras/{scene.named.pk}/day/"', "/exhibits/ask/"):
            assert closed not in page.content.decode(), "a link that is refused"
    assert client.get(film_of(scene.named)).status_code == 200
    assert client.post(replay(scene.other), GIVEN).status_code == 403
    assert client.get(film_of(scene.other)).status_code == 403
    assert not looks_live(scene, scene.named)
    assert "Kiosk north" not in client.get("/wall/").content.decode()
    StoredAuthorisation.objects.update(state="ended", ended_at=timezone.now(), ended_because="ended")
    assert client.get(film_of(scene.named)).status_code == 403
    assert client.get(replay(scene.named)).status_code == 403


def test_they_ask_for_an_exhibit_of_the_named_camera_and_of_no_other(scene: Scene) -> None:
    order, client = scene.permit(Action.EXHIBIT_ASK), scene.client(Role.INVESTIGATOR)
    scene.permit(Action.REPLAY_VIEW)
    shown = client.get("/exhibits/ask/").content.decode()
    assert "Kiosk north" in shown
    assert "School gate" not in shown
    client.post(replay(scene.named), GIVEN)
    assert f"/exhibits/ask/?camera={scene.named.pk}" in client.get(replay(scene.named)).content.decode()
    span = {
        "start": f"{timezone.localtime(BEGUN):%Y-%m-%dT%H:%M:%S}",
        "end": f"{timezone.localtime(BEGUN) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}",
    }
    wish = {**GIVEN, **span, "recipient": "Police station 2, inspector on duty"}
    assert client.post("/exhibits/ask/", {**wish, "cameras": [scene.other.pk]}).status_code == 200
    assert not Exhibit.objects.exists()
    assert client.post("/exhibits/ask/", {**wish, "cameras": [scene.named.pk]}).status_code == 302
    found = Exhibit.objects.get()
    assert (found.organisation_id, found.authorisation) == (scene.police.pk, order.pk)
    assert client.get(f"/exhibits/{found.pk}/").status_code == 200
    owners = signed_in(person(scene.named.organisation, Role.SUPERVISOR))
    assert owners.get("/holds/").status_code == 200, "its hold stands at the owner's camera"
    assert owners.get(f"/exhibits/{found.pk}/").status_code == 404
