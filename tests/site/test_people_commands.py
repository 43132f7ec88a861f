"""What only the console does: the first of the oversight, another organisation, a person of two."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.models import Organisation, User
from citysquare.apps.accounts.services import rights
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import OrganisationKind, Role
from tests.factories import NOW, OrganisationFactory, person


def call(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


def test_the_first_auditor_is_named_at_the_console_and_the_log_has_it(city: Organisation) -> None:
    user = person(city, sign_in_name="watcher")
    rights.belong(user, city.pk, NOW)
    call("oversight", "grant", "watcher", "auditor")
    assert User.objects.get(pk=user.pk).actor().roles == {Role.AUDITOR}
    entries = AuditEntry.objects.filter(action="oversight.grant").order_by("sequence").values_list("outcome", flat=True)
    assert list(entries) == ["allow", "done"]
    call("oversight", "revoke", "watcher")
    assert not User.objects.get(pk=user.pk).actor().roles


def test_at_the_console_too_nobody_oversees_what_they_do(city: Organisation) -> None:
    user = person(city, Role.ADMINISTRATOR, sign_in_name="both")
    with pytest.raises(CommandError, match=r"accounts\.roles_conflict"):
        call("oversight", "grant", "both", "data_protection_officer")
    assert User.objects.get(pk=user.pk).actor().roles == {Role.ADMINISTRATOR}


def test_a_centres_only_supervisor_is_put_on_duty_at_the_console_and_the_log_has_it(city: Organisation, settings: LazySettings) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"shifts": "kept"})
    user, at = person(city, Role.SUPERVISOR, sign_in_name="alone"), timezone.now()
    rights.belong(user, city.pk, NOW)
    assert not queries.on_duty(user, at)
    assert "On duty until" in call("duty", "alone", "--hours", "2")
    now = timezone.now()
    assert queries.on_duty(user, now)
    assert not queries.on_duty(user, now + timedelta(hours=2))
    entries = AuditEntry.objects.filter(action="shift.change").order_by("sequence").values_list("outcome", "details__hours")
    assert list(entries) == [("allow", 2), ("done", 2)]


def test_who_works_elsewhere_is_not_put_on_duty_here(city: Organisation) -> None:
    other = OrganisationFactory.create()
    user = person(other, Role.SUPERVISOR, sign_in_name="elsewhere")
    rights.belong(user, other.pk, NOW)
    for words in (("elsewhere", "--organisation", city.pk), ("nobody",), ("elsewhere", "--organisation", "nowhere")):
        with pytest.raises(CommandError):
            call("duty", *words)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "words",
    [("oversight", "grant", "nobody"), ("oversight", "revoke", "nobody"), ("organisation", "join", "nobody", "nowhere", "operator")],
)
def test_somebody_unknown_is_said_to_be_unknown(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call(*words)


def test_another_organisation_is_added_with_its_first_administrator_and_a_person_joins_it(city: Organisation) -> None:
    user = person(city, Role.OPERATOR, sign_in_name="liaison")
    said = call("organisation", "add", "Police of Tulcea", "--kind", "police").split()
    assert "/sign-in/" in said[1]
    police = Organisation.objects.get(pk=said[0])
    assert OrganisationKind(police.kind) is OrganisationKind.POLICE
    call("organisation", "join", "liaison", police.pk, "supervisor")
    assert {one.pk for one in User.objects.get(pk=user.pk).organisations()} == {city.pk, police.pk}
    assert "Police of Tulcea" in call("organisation", "list")
