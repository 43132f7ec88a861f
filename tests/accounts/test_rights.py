"""Who may give whom which role: rules that hold whoever asks, on the pages and in the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.accounts import policies
from citysquare.apps.accounts.models import Membership, Organisation, User
from citysquare.apps.accounts.services import members, rights
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import OVERSIGHT, OrganisationKind, Role
from tests.factories import OrganisationFactory, person, signed_in

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create(kind=OrganisationKind.POLICE)


@pytest.fixture
def admin(city: Organisation) -> User:
    return person(city, Role.ADMINISTRATOR)


@pytest.fixture
def auditor(city: Organisation) -> User:
    return person(city, Role.AUDITOR, display_name="Auditor")


def roles(user: User) -> set[str]:
    return set(Membership.objects.filter(user=user).values_list("role", flat=True))


def test_an_administrator_gives_and_takes_the_working_roles(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    browser = signed_in(admin)
    for role in sorted(frozenset(Role) - OVERSIGHT):
        browser.post(f"/people/{user.pk}/roles/give/", {"role": str(role)})
    assert roles(user) == {str(role) for role in frozenset(Role) - OVERSIGHT}
    browser.post(f"/people/{user.pk}/roles/take/", {"role": "operator"})
    assert "operator" not in roles(user)


@pytest.mark.parametrize("role", sorted(OVERSIGHT))
def test_an_administrator_neither_makes_nor_unmakes_an_auditor(city: Organisation, admin: User, auditor: User, role: Role) -> None:
    user, browser = person(city), signed_in(admin)
    rights.belong(user, city.pk, NOW)
    assert browser.post(f"/people/{user.pk}/oversight/give/", {"role": str(role)}).status_code == 403
    assert browser.post(f"/people/{auditor.pk}/oversight/take/", {"role": "auditor"}).status_code == 403
    browser.post(f"/people/{user.pk}/roles/give/", {"role": str(role)})
    browser.post(f"/people/{auditor.pk}/roles/take/", {"role": "auditor"})
    assert roles(user) == set()
    assert roles(auditor) == {"auditor"}
    with pytest.raises(rights.OversightApart):
        rights.give_role(person_id=user.pk, role=role, by=admin.actor(), at=NOW)
    with pytest.raises(rights.OversightApart):
        rights.take_role(person_id=auditor.pk, role=Role.AUDITOR, by=admin.actor(), at=NOW)


@pytest.mark.parametrize(
    "act",
    [
        lambda user, by: members.end(person_id=user.pk, by=by, at=NOW),
        lambda user, by: members.new_link(person_id=user.pk, by=by, at=NOW, valid_for=HOUR),
        lambda user, by: members.rename(person_id=user.pk, display_name="Nobody", by=by),
    ],
)
def test_an_administrator_does_not_reach_into_the_oversight_by_another_way(
    admin: User, auditor: User, act: Callable[[User, object], object]
) -> None:
    with pytest.raises(rights.OversightApart):
        act(auditor, admin.actor())
    auditor.refresh_from_db()
    assert auditor.is_active
    assert auditor.display_name == "Auditor"


def test_an_auditor_names_a_second_one_who_has_no_other_role(city: Organisation, auditor: User) -> None:
    user = person(city)
    rights.belong(user, city.pk, NOW)
    signed_in(auditor).post(f"/people/{user.pk}/oversight/give/", {"role": "data_protection_officer"})
    assert roles(user) == {"data_protection_officer"}


def test_who_oversees_gives_no_other_roles(city: Organisation, auditor: User) -> None:
    user, browser = person(city, Role.OPERATOR), signed_in(auditor)
    assert browser.post(f"/people/{user.pk}/roles/give/", {"role": "administrator"}).status_code == 403
    with pytest.raises(rights.OversightApart):
        rights.give_role(person_id=user.pk, role=Role.ADMINISTRATOR, by=auditor.actor(), at=NOW)


@pytest.mark.parametrize("role", sorted(frozenset(Role) - OVERSIGHT))
def test_nobody_oversees_and_is_overseen(city: Organisation, auditor: User, admin: User, role: Role) -> None:
    with pytest.raises(rights.RolesConflict):
        rights.give_role(person_id=auditor.pk, role=role, by=admin.actor(), at=NOW)
    worker = person(city, role)
    with pytest.raises(rights.RolesConflict):
        rights.give_role(person_id=worker.pk, role=Role.AUDITOR, by=auditor.actor(), at=NOW)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_changes_their_own_rights(admin: User, auditor: User, role: Role) -> None:
    for user in (admin, auditor):
        for change in (rights.give_role, rights.take_role):
            with pytest.raises(rights.OwnRights):
                change(person_id=user.pk, role=role, by=user.actor(), at=NOW)
    with pytest.raises(rights.OwnRights):
        members.end(person_id=admin.pk, by=admin.actor(), at=NOW)


def test_the_last_administrator_stays(city: Organisation, admin: User) -> None:
    second = person(city, Role.ADMINISTRATOR)
    rights.take_role(person_id=admin.pk, role=Role.ADMINISTRATOR, by=second.actor(), at=NOW)
    outsider = person(city, Role.ADMINISTRATOR).actor()
    Membership.objects.filter(user_id=outsider.id).delete()  # who acts lost the role a moment ago
    acts: tuple[Callable[[], object], ...] = (
        lambda: rights.take_role(person_id=second.pk, role=Role.ADMINISTRATOR, by=outsider, at=NOW),
        lambda: members.end(person_id=second.pk, by=outsider, at=NOW),
    )
    for act in acts:
        with pytest.raises(rights.LastAdministrator):
            act()


def test_one_person_who_investigates_and_approves_is_warned_of(city: Organisation, admin: User) -> None:
    user = person(city, Role.INVESTIGATOR)
    page = signed_in(admin).post(f"/people/{user.pk}/roles/give/", {"role": "approver"}, follow=True).content.decode()
    assert "better with different people" in page


def test_somebody_of_another_organisation_is_not_there(admin: User) -> None:
    stranger = person(OrganisationFactory.create(), Role.OPERATOR)
    assert signed_in(admin).get(f"/people/{stranger.pk}/").status_code == 404
    with pytest.raises(rights.NoSuchPerson):
        rights.give_role(person_id=stranger.pk, role=Role.OPERATOR, by=admin.actor(), at=NOW)


def test_a_change_of_rights_stands_in_the_log_before_and_after(city: Organisation, admin: User) -> None:
    user = person(city, Role.OPERATOR)
    signed_in(admin).post(f"/people/{user.pk}/roles/give/", {"role": "planner"})
    entries = list(AuditEntry.objects.filter(action="role.grant").order_by("sequence").values_list("outcome", "details__role"))
    assert entries == [("allow", None), ("done", "planner")]


def test_a_right_that_is_taken_ends_with_the_next_request(city: Organisation, admin: User) -> None:
    user = person(city, Role.SUPERVISOR)
    browser = signed_in(user)
    assert browser.get("/people/").status_code == 200
    rights.take_role(person_id=user.pk, role=Role.SUPERVISOR, by=admin.actor(), at=NOW)
    assert browser.get("/people/").status_code == 403


@given(st.sets(st.sampled_from(list(Role))))
def test_conflicts_and_warnings_never_speak_of_the_same_set(held: set[Role]) -> None:
    assert policies.conflict(held) == (bool(held & OVERSIGHT) and bool(held - OVERSIGHT))
    assert policies.unwise(held) <= held
    assert not policies.unwise(held) & OVERSIGHT


def test_the_actor_carries_a_grant_for_each_role_and_the_kind_of_the_organisation(city: Organisation) -> None:
    actor = person(city, Role.OPERATOR, Role.PLANNER).actor()
    assert {grant.role for grant in actor.grants} == {Role.OPERATOR, Role.PLANNER}
    assert all(grant.everywhere for grant in actor.grants)
    assert actor.kind is OrganisationKind.POLICE
