"""Which passwords are refused beside the usual ones: those made of what stands on the door."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from citysquare.apps.accounts import services
from citysquare.apps.accounts.passwords import OwnWordsValidator
from citysquare.platform.policy import Role
from tests.factories import OrganisationFactory, person


@pytest.fixture
def izmail(settings: Settings) -> None:
    """A city with a name of two words."""
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"city_name": "Місто Ізмаїл"})


@pytest.mark.usefixtures("izmail")
@pytest.mark.parametrize(
    "password",
    [
        *("Citysquare2026!", "citysquare-citysquare", "Police1234567", "security-camera-1", "Полиция!Полиция!1"),
        "ІзмаїлІзмаїл2026",  # noqa: RUF001 -- it is Ukrainian
    ],
)
def test_a_password_made_of_the_citys_words_is_refused(password: str) -> None:
    with pytest.raises(ValidationError, match="stand on the door"):
        OwnWordsValidator().validate(password)


@pytest.mark.usefixtures("izmail")
@pytest.mark.parametrize("password", ["correct horse battery", "camera obscura with pelicans", "7#kQ!9z-Lw2&", "Добър ден на всички тук"])
def test_a_password_with_enough_of_its_own_is_taken(password: str) -> None:
    OwnWordsValidator().validate(password)


@pytest.mark.django_db
def test_whoever_sets_such_a_password_is_told_in_a_sentence() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    with pytest.raises(services.WeakPassword, match="stand on the door"):
        services.set_password(user=user, new_password="Citysquare-2026-x")
