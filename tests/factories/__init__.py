"""Things of the rooms, made for tests: one factory per model, with nothing in it that a test relies on without saying so."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.test import Client
from django.utils import timezone

from citysquare.apps.accounts.models import Membership, Organisation, User
from citysquare.apps.accounts.services import sittings
from citysquare.apps.accounts.sitting_rules import By
from citysquare.apps.devices.credentials import Streams, write_streams
from citysquare.apps.devices.models import Camera
from citysquare.apps.observations.directions import Direction
from citysquare.apps.observations.models import HourCount, Observation
from citysquare.apps.observations.queries import hour_of
from citysquare.apps.spaces.models import Space
from citysquare.engine.model import ObjectClass
from citysquare.platform.policy import Actor, Coverage, Role

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class OrganisationFactory(factory.django.DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    names = factory.Sequence(lambda number: {"en": f"City {number}", "uk": f"Місто {number}"})
    created_at = NOW


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    sign_in_name = factory.Sequence(lambda number: f"person-{number}")
    display_name = factory.Sequence(lambda number: f"Person {number}")
    password = "!"
    created_at = NOW


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.OPERATOR
    since = NOW


class SpaceFactory(factory.django.DjangoModelFactory[Space]):
    class Meta:
        model = Space

    organisation = factory.SubFactory(OrganisationFactory)
    names = factory.Sequence(lambda number: {"en": f"Square {number}", "bg": f"Площад {number}"})
    created_at = NOW


class CameraFactory(factory.django.DjangoModelFactory[Camera]):
    class Meta:
        model = Camera

    organisation = factory.SubFactory(OrganisationFactory)
    space = factory.SubFactory(SpaceFactory, organisation=factory.SelfAttribute("..organisation"))
    names = factory.Sequence(lambda number: {"en": f"Camera {number}", "ro": f"Camera numărul {number}"})
    main_url = factory.Sequence(lambda number: f"rtsp://viewer:secret@192.168.1.{number % 250 + 1}/main{number}")
    sub_url = factory.Sequence(lambda number: f"rtsp://viewer:secret@192.168.1.{number % 250 + 1}/sub{number}")
    order = factory.Sequence(int)
    created_at = NOW

    @classmethod
    def _create(cls, model_class: type[Camera], *args: Any, **kwargs: Any) -> Camera:  # noqa: ANN401 -- factory_boy's own signature
        """Take whole addresses, and keep them as the register does: sealed."""
        assert not args
        camera = model_class(**kwargs)
        write_streams(camera, Streams(camera.main_url, camera.sub_url))
        camera.save()
        return camera


class ObservationFactory(factory.django.DjangoModelFactory[Observation]):
    class Meta:
        model = Observation

    id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    camera = factory.SubFactory(CameraFactory)
    organisation = factory.SelfAttribute("camera.organisation")
    space = factory.SelfAttribute("camera.space")
    object_class = ObjectClass.CAR
    direction = Direction.RIGHTWARD
    first = NOW
    last = factory.LazyAttribute(lambda made: made.first + timedelta(seconds=4))
    path = factory.LazyFunction(lambda: [[0.1, 0.5], [0.9, 0.55]])
    recorded_at = NOW


EVERYWHERE = Coverage(everything=True)


def seeing(organisation_id: str) -> Actor:
    """Somebody who sees everything that an organisation's pages show."""
    return Actor("someone", organisation_id, frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}))


def recount() -> None:
    """Make the hourly counts anew from what factories made beside the service."""
    sorts = Counter(
        (one.organisation_id, one.space_id, one.camera_id, one.object_class, one.direction, hour_of(one.first))
        for one in Observation.objects.all()
    )
    HourCount.objects.all().delete()
    HourCount.objects.bulk_create(
        HourCount(organisation_id=owner, space_id=space, camera_id=camera, object_class=kind, direction=way, hour=hour, count=number)
        for (owner, space, camera, kind, way, hour), number in sorts.items()
    )


def person(organisation: Organisation, *roles: Role, **values: object) -> User:
    """A person with roles in an organisation."""
    user = UserFactory.create(**values)
    for role in roles:
        MembershipFactory.create(user=user, organisation=organisation, role=role)
    return user


def signed_in(user: User, by: By = By.PASSKEY) -> Client:
    """A browser in which somebody has just signed in."""
    client = Client(headers={"accept": "text/html"})
    client.force_login(user)
    session = client.session
    sittings.begin(session=session, user=user, by=by, browser="Test", at=timezone.now())
    return client
