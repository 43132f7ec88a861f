"""Exhibits of somebody who works for two organisations: made in the name of the one for which they asked."""

from __future__ import annotations

import pytest

from citysquare.apps.accounts.models import Membership
from citysquare.apps.footage.services import making
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from tests.factories import OrganisationFactory, person
from tests.footage.exhibiting import LATER, Desk, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk() -> Desk:
    """An investigator who joined another organisation before this city."""
    found = desk()
    earlier = person(OrganisationFactory.create(), Role.PLANNER)
    mine = Membership.objects.get(user=found.asker)
    mine.delete()
    Membership.objects.filter(user=earlier).update(user=found.asker)
    Membership.objects.create(user=found.asker, organisation=found.city, role=mine.role, since=mine.since)
    found.asker = type(found.asker).objects.get(pk=found.asker.pk)
    found.asker.choose(found.city.pk)
    return found


def test_an_exhibit_is_made_for_the_organisation_in_which_it_was_asked_for(at_desk: Desk) -> None:
    found = at_desk.made()
    assert (found.state, found.problem) == ("ready", "")
    assert set(AuditEntry.objects.filter(action="exhibit.make").values_list("organisation", flat=True)) == {at_desk.city.pk}


def test_rights_in_the_other_organisation_make_no_exhibit_here(at_desk: Desk) -> None:
    found = at_desk.ask()
    at_desk.seal(found)
    Membership.objects.filter(user=at_desk.asker, organisation=at_desk.city).delete()
    Membership.objects.filter(user=at_desk.asker).update(role=str(Role.INVESTIGATOR))
    making.make_exhibits(at=LATER)
    found.refresh_from_db()
    assert (found.state, found.problem) == ("failed", "policy.refused")
