"""A city with footage, an investigator and an approver with passkeys, and the way from asking to a finished exhibit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings

from citysquare.apps.accounts.models import Organisation, User
from citysquare.apps.accounts.services import acts, passkeys
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage.models import Exhibit
from citysquare.apps.footage.services import exhibits, making
from citysquare.engine.model import CodedPicture, StreamKey
from citysquare.platform.policy import Justification, PersonRole, ReasonCode, Role
from citysquare.proof.fields import base64url
from tests.accounts.authenticator import ORIGIN, Authenticator
from tests.engine.footage.filmed import film
from tests.engine.footage.scripted import START, pictures
from tests.factories import NOW, CameraFactory, OrganisationFactory, person

SITE = passkeys.RelyingParty("localhost", ORIGIN)
WHY = Justification("2026/117", ReasonCode.CRIME, PersonRole.SUSPECT, "robbery", "The robbery at the kiosk, seen from both sides")
LATER = NOW + timedelta(minutes=10)
"""When exhibits are made: their footage begins at NOW, which is START."""


@dataclass
class Desk:
    """One asks, another approves."""

    city: Organisation
    asker: User
    approver: User
    cameras: list[Camera]
    devices: dict[str, Authenticator] = field(default_factory=dict)

    def key_for(self, user: User) -> None:
        device, challenge = Authenticator(), passkeys.new_challenge()
        response = device.create(passkeys.creation_options(user=user, challenge=challenge, site=SITE))
        passkeys.add_passkey(user=user, response=response, challenge=challenge, name="Key", site=SITE, at=NOW)
        self.devices[user.pk] = device

    def wish(self, begin: float = 2.0, end: float = 14.0) -> exhibits.ExhibitWish:
        span = (NOW + timedelta(seconds=begin), NOW + timedelta(seconds=end))
        return exhibits.ExhibitWish([camera.pk for camera in self.cameras], *span, WHY, "Police station 2, inspector on duty")

    def ask(self, begin: float = 2.0, end: float = 14.0, *, after: timedelta = timedelta()) -> Exhibit:
        return exhibits.ask_exhibit(wish=self.wish(begin, end), asker=self.asker.actor(), at=NOW + timedelta(minutes=5) + after)

    def seal(self, found: Exhibit, *, after: timedelta = timedelta()) -> None:
        asked = acts.find(act_id=found.act, organisation_id=self.city.pk)
        for user, part in ((self.asker, "asks"), (self.approver, "approves")):
            response = self.devices[user.pk].get({"challenge": base64url(asked.digest)})
            at = NOW + timedelta(minutes=6) + after
            acts.seal(act_id=asked.id, person=user.actor(), role_in_act=part, response=response, site=SITE, at=at)  # type: ignore[arg-type]
        exhibits.begin(act_id=found.act)

    def made(self, begin: float = 2.0, end: float = 14.0, *, after: timedelta = timedelta()) -> Exhibit:
        found = self.ask(begin, end, after=after)
        self.seal(found, after=after)
        making.make_exhibits(at=LATER + after)
        found.refresh_from_db()
        return found


def desk(count: int = 1, shown: list[CodedPicture] | None = None) -> Desk:
    """A city with so many cameras, each of which has filmed."""
    city = OrganisationFactory.create()
    cameras = [CameraFactory.create(organisation=city) for _ in range(count)]
    for camera in cameras:
        film(settings.CITYSQUARE.store_dir, StreamKey(camera.pk), shown or pictures(500, start=START))
    found = Desk(city, person(city, Role.INVESTIGATOR, display_name="Ana"), person(city, Role.APPROVER, display_name="Bo"), cameras)
    found.key_for(found.asker)
    found.key_for(found.approver)
    return found
