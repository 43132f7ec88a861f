"""Authorisations and a clock that leaps: what is permitted ends at once, what is deleted waits until the clock can be believed."""

from __future__ import annotations

import pytest

from citysquare.apps.footage.services import orders
from citysquare.platform.policy import Role
from citysquare.platform.retention import clock
from tests.factories import NOW, CameraFactory, OrganisationFactory, person
from tests.footage.authorising import HOUR, SECOND, entered, exhibit, replayed
from tests.footage.exhibiting import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    city = OrganisationFactory.create()
    cameras = [CameraFactory.create(organisation=city)]
    found = Desk(city, person(city, Role.SUPERVISOR, display_name="Ana"), person(city, Role.APPROVER, display_name="Bo"), cameras)
    found.key_for(found.asker)
    found.key_for(found.approver)
    return found


def test_a_clock_that_leaps_ahead_permits_nothing_and_deletes_nothing(desk: Desk) -> None:
    row = entered(desk, urgent_hours=24)
    made = exhibit(desk, row)
    clock.tick(at=NOW)
    ahead = NOW + 400 * 24 * HOUR
    assert not replayed(desk, ahead).allowed
    orders.round_of_orders(at=ahead)
    clock.tick(at=ahead)
    orders.round_of_orders(at=ahead + SECOND)
    made.refresh_from_db()
    row.refresh_from_db()
    assert (row.state, made.state) == ("issued", "ready"), "the exhibit of a case is not lost to a broken clock"
    clock.believe(at=ahead)
    orders.round_of_orders(at=ahead + 2 * SECOND)
    made.refresh_from_db()
    assert made.state == "purged"
