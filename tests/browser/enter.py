"""Fills an empty installation for the browser tests: `python enter.py PORT1 PORT2 CAMERAS` prints JSON with cameras and sign-in paths.

The last camera is on PORT2, so that it can be taken away alone.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citysquare.site.settings")
django.setup()

from django.conf import settings  # noqa: E402 -- Django must be set up first
from django.core.management import call_command  # noqa: E402 -- Django must be set up first
from django.utils import timezone  # noqa: E402 -- as above

from citysquare.apps.accounts import services as accounts  # noqa: E402 -- as above
from citysquare.apps.accounts.models import Organisation  # noqa: E402 -- as above
from citysquare.apps.devices import services as devices  # noqa: E402 -- as above
from citysquare.apps.observations import services as observations  # noqa: E402 -- as above
from citysquare.apps.spaces import services as spaces  # noqa: E402 -- as above
from citysquare.engine.model import ObjectClass, StreamKey, Track, TrackBatch, ticks_from_datetime  # noqa: E402 -- as above
from citysquare.engine.sources import AddressRule  # noqa: E402 -- as above
from citysquare.platform.policy import Role  # noqa: E402 -- as above
from citysquare.simulator.catalogue import catalogue  # noqa: E402 -- as above
from citysquare.site.town import lay_out_map  # noqa: E402 -- as above
from citysquare.site.wiring import write_node  # noqa: E402 -- as above
from tests.engine.footage.filmed import film, footage  # noqa: E402 -- as above

LINKS_PER_ROLE = 100
FILMED = 7
"""Which camera has footage of before the recorder starts."""
NEWCOMERS = 4
"""People who were never here, with one link each."""


def tracks_of(camera: str) -> TrackBatch:
    """Some things seen in the last hours."""
    now = timezone.now()
    made = []
    for index in range(40):
        first = now - timedelta(minutes=23 * index + index % 7)
        kind = (ObjectClass.UNKNOWN, ObjectClass.CAR, ObjectClass.PERSON)[index % 3]
        path = tuple((0.1 + 0.08 * step, 0.3 + 0.04 * step + 0.01 * (index % 9)) for step in range(10))
        made.append(
            Track(
                id=str(uuid.UUID(int=hash((camera, index)) & (2**128 - 1), version=4)),
                camera=camera,
                object_class=kind,
                first=ticks_from_datetime(first),
                last=ticks_from_datetime(first + timedelta(seconds=4)),
                path=path,
            )
        )
    return TrackBatch(camera, tuple(made), ticks_from_datetime(now))


def enter(port: int, other_port: int, count: int) -> dict[str, object]:
    """Enter organisation, spaces, cameras, observations and links."""
    at = timezone.now()
    call_command("migrate", interactive=False, verbosity=0)
    organisation = accounts.create_organisation(names={"en": "Test town"}, at=at)
    rule = AddressRule(loopback_ports=frozenset({port, other_port}))
    ids, space_ids = [], []
    for number, simulated in enumerate(catalogue(count, 1), start=1):
        position = spaces.Position(latitude=simulated.latitude, longitude=simulated.longitude)
        space = spaces.create_space(organisation_id=organisation.pk, names=simulated.title, position=position, at=at)
        space_ids.append(space.pk)
        base = f"rtsp://127.0.0.1:{other_port if number == count else port}/cam{number}"
        streams = devices.Streams(main_url=f"{base}/main", sub_url=f"{base}/sub")
        camera = devices.add_camera(
            organisation_id=organisation.pk, space_id=space.pk, names=simulated.title, streams=streams, rule=rule, at=at
        )
        view = devices.CameraView(
            simulated.latitude,
            simulated.longitude,
            simulated.azimuth,
            simulated.view_angle,
            simulated.range_metres,
            simulated.height_metres,
        )
        devices.place_camera(camera_id=camera.pk, view=view, at=at)
        ids.append(camera.pk)
    observations.accept_batch(batch=tracks_of(ids[0]), at=at)
    filmed_at = at.replace(microsecond=0) - timedelta(minutes=8)
    film(settings.CITYSQUARE.store_dir, StreamKey(ids[FILMED]), footage(500, start=ticks_from_datetime(filmed_at), gop=25))
    write_node()
    lay_out_map()
    links = {
        str(role): [
            f"/sign-in/{accounts.make_role_link(role=role, organisation=organisation, at=at, valid_for=timedelta(hours=1)).token}/"
            for _ in range(LINKS_PER_ROLE)
        ]
        for role in Role
    }
    links["newcomer"] = [newcomers_link(organisation, number, at) for number in range(NEWCOMERS)]
    return {"cameras": ids, "spaces": space_ids, "links": links, "filmed_at": f"{timezone.localtime(filmed_at):%Y-%m-%dT%H:%M:%S}"}


def newcomers_link(organisation: Organisation, number: int, at: datetime) -> str:
    """Make a person who may look at everything an operator may, and a link to come in by."""
    newcomer = accounts.create_person(sign_in_name=f"newcomer-{number}", display_name=f"Newcomer {number}", at=at)
    accounts.grant_role(user=newcomer, organisation=organisation, role=Role.OPERATOR, at=at)
    return f"/sign-in/{accounts.make_link(user=newcomer, at=at, valid_for=timedelta(hours=1)).token}/"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(enter(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
