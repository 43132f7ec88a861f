"""What is held on a person can be handed out and erased, whatever room holds it."""

from __future__ import annotations

import pytest

from citysquare.platform import personal_data
from citysquare.platform.policy import Role
from tests.factories import NOW, OrganisationFactory, person

pytestmark = pytest.mark.django_db


def test_everything_held_on_a_person_is_handed_out() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, display_name="Olena")
    held = personal_data.export(user.pk)["accounts.person"]
    assert held[0]["display_name"] == "Olena"
    assert held[1]["role"] == "operator"


def test_an_erased_person_is_nobody_and_stays_out() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, display_name="Olena", sign_in_name="olena")
    assert personal_data.erase(user.pk, at=NOW)["accounts.person"] == 2
    user = type(user).objects.get(pk=user.pk)
    assert "olena" not in f"{user.display_name} {user.sign_in_name}".lower()
    assert not user.actor().is_known


def test_each_holding_says_why_and_how_long() -> None:
    for holding in personal_data.holdings():
        assert str(holding.title)
        assert str(holding.legal_basis)
        assert str(holding.retention)
