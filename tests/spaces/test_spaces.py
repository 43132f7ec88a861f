"""Public spaces: named in several languages, on the globe, owned."""

from __future__ import annotations

import math

import pytest
from django.db import IntegrityError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.spaces import queries, services
from citysquare.platform.names import LANGUAGES, LONGEST_NAME, clean_names, named
from tests.factories import NOW, OrganisationFactory, SpaceFactory

pytestmark = pytest.mark.django_db


def test_a_space_is_named_in_the_language_of_the_moment() -> None:
    names = {"en": "Market square", "uk": "Ринкова площа"}
    space = services.create_space(organisation_id=OrganisationFactory.create().pk, names=names, at=NOW)
    for language, name in (("uk", "Ринкова площа"), ("en", "Market square"), ("ro", "Market square")):
        with translation.override(language):
            assert space.name == name


def test_a_space_belongs_to_one_organisation() -> None:
    space = SpaceFactory.create()
    assert list(queries.spaces_of(space.organisation_id)) == [space]
    assert queries.space(space.pk, organisation_id=OrganisationFactory.create().pk) is None


@pytest.mark.parametrize(("latitude", "longitude"), [(90.1, 0), (0, 180.1), (math.nan, 0), (0, math.inf), (-91, -181)])
def test_a_place_off_the_globe_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(services.BadSpace):
        services.create_space(
            organisation_id=OrganisationFactory.create().pk, names={"en": "X"}, position=services.Position(latitude, longitude), at=NOW
        )


def test_the_database_refuses_half_a_place() -> None:
    with pytest.raises(IntegrityError):
        SpaceFactory.create(latitude=45.0, longitude=None)


def test_a_space_without_a_name_is_refused() -> None:
    with pytest.raises(services.BadSpace):
        services.create_space(organisation_id=OrganisationFactory.create().pk, names={"fr": "Place"}, at=NOW)


@given(st.dictionaries(st.sampled_from([*LANGUAGES, "fr"]), st.text(max_size=300)))
def test_a_kept_name_is_short_printable_and_in_a_known_language(names: dict[str, str]) -> None:
    try:
        kept = clean_names(names)
    except ValueError:
        return
    assert set(kept) <= set(LANGUAGES)
    assert all(0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip() for name in kept.values())
    assert named(kept, "fr")
