"""People of an organisation: invited, renamed, ended, taken back; and those who work for several."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from citysquare.apps.accounts import queries, services
from citysquare.apps.accounts.models import Membership, Organisation, SignInLink, User
from citysquare.apps.accounts.services import members, rights
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import OrganisationKind, Role
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def admin(city: Organisation) -> User:
    return person(city, Role.ADMINISTRATOR)


def test_an_invited_person_comes_in_once_by_the_link_that_is_shown_once(admin: User) -> None:
    browser = signed_in(admin)
    form = {"display_name": "Sergeant 12", "sign_in_name": "sergeant12", "roles": ["operator"]}
    page = browser.post("/people/invite/", form).content.decode()
    (path,) = re.findall(r'value="[^"]*(/sign-in/[^"]+/)"', page)
    guest = Client(headers={"accept": "text/html"})
    assert "Sergeant 12" in guest.get(path).content.decode()
    assert guest.post(path).status_code == 302
    assert guest.post(path).status_code == 410
    assert path not in browser.get("/people/").content.decode()
    assert User.objects.get(sign_in_name="sergeant12").actor().roles == {Role.OPERATOR}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"display_name": " ", "sign_in_name": "x"},
        {"display_name": "x", "sign_in_name": "y" * 151},
        {"display_name": "x", "sign_in_name": "y", "roles": ["auditor"]},
        {"display_name": "x", "sign_in_name": "TAKEN"},
    ],
)
def test_a_mistaken_invitation_is_refused_with_a_sentence(city: Organisation, admin: User, form: dict[str, object]) -> None:
    person(city, sign_in_name="taken")
    before = User.objects.count()
    answer = signed_in(admin).post("/people/invite/", form)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode() or "note bad" in answer.content.decode()
    assert User.objects.count() == before


def test_the_link_and_the_name_never_enter_the_log(admin: User) -> None:
    form = {"display_name": "Sergeant 12", "sign_in_name": "sergeant12", "roles": ["operator"]}
    page = signed_in(admin).post("/people/invite/", form).content.decode()
    (token,) = re.findall(r"/sign-in/([^/\"]+)/", page)
    log = str(list(AuditEntry.objects.values()))
    assert token not in log
    assert "sergeant12" not in log.lower()


def test_who_is_ended_loses_every_right_link_and_session_at_once(city: Organisation, admin: User) -> None:
    user = person(city, Role.SUPERVISOR, display_name="Gone")
    link = services.make_link(user=user, at=NOW, valid_for=HOUR)
    theirs = signed_in(user)
    assert theirs.get("/people/").status_code == 200
    signed_in(admin).post(f"/people/{user.pk}/end/")
    assert theirs.get("/people/").status_code == 302
    with pytest.raises(services.LinkGone):
        services.use_link(token=link.token, address="1.2.3.4", at=NOW)
    assert not Membership.objects.filter(user=user).exists()
    page = signed_in(admin).get("/people/").content.decode()
    assert "Gone" in page
    assert "has left" in page


def test_who_comes_back_begins_without_any_role(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    browser = signed_in(admin)
    browser.post(f"/people/{user.pk}/end/")
    browser.post(f"/people/{user.pk}/back/")
    again = User.objects.get(pk=user.pk)
    assert again.is_active
    assert not again.actor().roles


def test_a_new_link_ends_the_older_ones(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    old = services.make_link(user=user, at=NOW, valid_for=HOUR)
    page = signed_in(admin).post(f"/people/{user.pk}/link/").content.decode()
    assert "/sign-in/" in page
    with pytest.raises(services.LinkGone):
        services.use_link(token=old.token, address="1.2.3.4", at=timezone.now())
    assert SignInLink.objects.filter(user=user, expires_at__gt=timezone.now()).count() == 1


def test_a_supervisor_sees_the_people_and_changes_none(city: Organisation) -> None:
    user, browser = person(city, Role.OPERATOR, display_name="Guard"), signed_in(person(city, Role.SUPERVISOR))
    assert "Guard" in browser.get("/people/").content.decode()
    assert browser.get("/people/invite/").status_code == 403
    assert browser.post(f"/people/{user.pk}/end/").status_code == 403
    assert browser.post(f"/people/{user.pk}/roles/give/", {"role": "administrator"}).status_code == 403


def test_a_person_renamed_is_called_so_without_control_characters(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    signed_in(admin).post(f"/people/{user.pk}/rename/", {"display_name": "New\u202ename  two"})
    user.refresh_from_db()
    assert user.display_name == "Newname two"


# --- several organisations ---------------------------------------------------------------------------------------------------


@pytest.fixture
def both(city: Organisation) -> User:
    user = person(city, Role.OPERATOR)
    police = OrganisationFactory.create(kind=OrganisationKind.POLICE, names={"en": "Police"})
    members.join(sign_in_name=user.sign_in_name, organisation=police, role=Role.SUPERVISOR, at=NOW)
    return user


def test_a_person_of_two_organisations_chooses_and_acts_for_one_at_a_time(city: Organisation, both: User) -> None:
    police = Organisation.objects.get(kind="police")
    CameraFactory.create(organisation=city, names={"en": "City camera"})
    CameraFactory.create(organisation=police, names={"en": "Police camera"})
    browser = signed_in(both)
    assert "City camera" in browser.get("/wall/").content.decode()
    page = browser.post("/account/organisation/", {"organisation": police.pk}, follow=True).content.decode()
    assert "You now act for Police" in page
    wall = browser.get("/wall/").content.decode()
    assert "Police camera" in wall
    assert "City camera" not in wall
    assert queries.user_of_session(str(browser.session.session_key)).actor().organisation == police.pk  # type: ignore[union-attr]
    assert AuditEntry.objects.filter(action="account.organisation", outcome="done").exists()


def test_a_choice_gives_the_session_a_new_key(both: User) -> None:
    browser = signed_in(both)
    before = browser.session.session_key
    browser.post("/account/organisation/", {"organisation": Organisation.objects.get(kind="police").pk})
    assert browser.session.session_key != before


@pytest.mark.parametrize("wanted", ["", "nothing-there", "x" * 5000])
def test_nobody_chooses_an_organisation_they_have_no_duty_in(city: Organisation, both: User, wanted: str) -> None:
    foreign = OrganisationFactory.create()
    browser = signed_in(both)
    for choice in (wanted, foreign.pk):
        assert browser.post("/account/organisation/", {"organisation": choice}).status_code == 404
    assert User.objects.get(pk=both.pk).actor().organisation == city.pk


def test_a_choice_whose_duty_has_ended_falls_back(city: Organisation, both: User) -> None:
    police = Organisation.objects.get(kind="police")
    both.choose(police.pk)
    assert both.actor().roles == {Role.SUPERVISOR}
    Membership.objects.filter(user=both, organisation=police).delete()
    again = User.objects.get(pk=both.pk)
    again.choose(police.pk)
    assert again.actor().organisation == city.pk


def test_an_administrator_of_one_organisation_does_not_reach_into_another_through_a_person_of_both(admin: User, both: User) -> None:
    with pytest.raises(members.WorksElsewhere):
        members.new_link(person_id=both.pk, by=admin.actor(), at=NOW, valid_for=HOUR)
    with pytest.raises(members.WorksElsewhere):
        members.rename(person_id=both.pk, display_name="x", by=admin.actor())
    members.end(person_id=both.pk, by=admin.actor(), at=NOW)
    again = User.objects.get(pk=both.pk)
    assert again.is_active
    assert again.actor().roles == {Role.SUPERVISOR}


def test_the_own_organisation_gets_another_name_and_kind(city: Organisation, admin: User) -> None:
    signed_in(admin).post("/organisations/own/", {"name_en": "Harbour rescue", "kind": "rescue"})
    city.refresh_from_db()
    assert (city.names, city.kind) == ({"en": "Harbour rescue"}, "rescue")
    assert "Harbour rescue" in signed_in(admin).get("/organisations/").content.decode()


def test_what_is_held_on_a_person_names_groups_and_shifts(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    rights.belong(user, city.pk, NOW)
    assert {"role": "operator"}.items() <= queries.personal_records(user.pk)[1].items()
    services.erase_person(person_id=user.pk, at=NOW)
    assert not user.belongings.exists()
    assert admin.is_active
