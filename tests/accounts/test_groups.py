"""A person whose rights hold at some places sees those places, and nothing of others, behind every door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.accounts import queries as accounts
from citysquare.apps.accounts.models import Group, GroupMember, Organisation, User
from citysquare.apps.accounts.services import groups, rights
from citysquare.apps.devices import queries as devices
from citysquare.apps.devices.models import Camera
from citysquare.apps.footage import queries as footage
from citysquare.apps.footage.models import Exhibit, Hold
from citysquare.apps.footage.services import orders
from citysquare.apps.observations import queries as observations
from citysquare.apps.observations.models import HealthEvent, Observation
from citysquare.apps.spaces import queries as spaces
from citysquare.platform.authorisations import Draft
from citysquare.platform.doors import Refused
from citysquare.platform.ids import new_id
from citysquare.platform.models import StoredAuthorisation
from citysquare.platform.policy import Action, Coverage, PersonRole, ReasonCode, Role
from tests.architecture.test_doors import ADDRESSES
from tests.factories import (
    CameraFactory,
    ObservationFactory,
    OrganisationFactory,
    SpaceFactory,
    person,
    recount,
    signed_in,
)

OPEN = "Open harbour"
CLOSED = "Hidden yard"


@dataclass(frozen=True)
class Town:
    city: Organisation
    open: Camera
    closed: Camera
    admin: User
    hold: Hold
    seen: Observation
    hidden: Observation
    exhibit: Exhibit
    order: StoredAuthorisation


@pytest.fixture
def town(db: None) -> Town:
    city = OrganisationFactory.create()
    here, there = (SpaceFactory.create(organisation=city, names={"en": f"{name} square"}) for name in (OPEN, CLOSED))
    shown, hidden = (
        CameraFactory.create(
            organisation=city,
            space=space,
            names={"en": f"{name} camera"},
            latitude=45.3,
            longitude=28.8,
            azimuth=1,
            view_angle=60,
            range_metres=30,
        )
        for space, name in ((here, OPEN), (there, CLOSED))
    )
    admin = person(city, Role.ADMINISTRATOR)
    now = timezone.now()
    holds = [
        Hold.objects.create(
            organisation=city, camera=camera, case=f"case of {camera.names['en']}", reason="theft", start=now - timedelta(hours=2),
            end=now - timedelta(hours=1), until=now + timedelta(days=3), placed_by=admin, placed_at=now,
        )
        for camera in (shown, hidden)
    ]  # fmt: skip
    for camera in (shown, hidden):
        HealthEvent.objects.create(
            organisation=city, camera=camera, kind="no_picture", at=now, cause="unreachable", began_at=now, recorded_at=now
        )
    seen = [
        ObservationFactory.create(camera=camera, first=now - timedelta(minutes=5), last=now - timedelta(minutes=4))
        for camera in (shown, hidden)
    ]
    recount()
    investigator = person(city, Role.INVESTIGATOR)
    exhibit = Exhibit.objects.create(
        organisation=city, cameras=[hidden.pk], start=now - timedelta(hours=2), end=now - timedelta(hours=1), case=f"{CLOSED} 1/26",
        reason=ReasonCode.CRIME, person_role=PersonRole.SUSPECT, text="theft", recipient="court", asked_by=investigator, asked_at=now,
        act=new_id(),
    )  # fmt: skip
    draft = Draft(city.pk, Action.REPLAY_VIEW, (hidden.pk,), (), now, now + timedelta(days=1), now, f"Court of {CLOSED}", "0" * 64, 0)
    order = orders.ask_to_enter(draft=draft, asker=investigator.actor(), at=now)
    return Town(city, shown, hidden, admin, holds[1], seen[0], seen[1], exhibit, order)


def limited(town: Town, *roles: Role, spaces: bool = True) -> User:
    """Somebody whose group holds at the open space alone, or at its camera alone."""
    found = person(town.city)
    places = {"spaces": frozenset({town.open.space_id})} if spaces else {"cameras": frozenset({town.open.pk})}
    by = town.admin.actor()
    made = groups.make_group(entry=groups.GroupEntry("harbour", frozenset(roles), everywhere=False, **places), by=by, at=timezone.now())
    GroupMember.objects.create(group=made, user=found, since=timezone.now())
    return found


ROLES = (Role.SUPERVISOR, Role.INVESTIGATOR, Role.APPROVER)
BOUND = ("camera_id", "space_id", "hold_id", "exhibit_id", "authorisation_id", "act_id")


@pytest.mark.parametrize("by_space", [True, False])
def test_no_page_shows_anything_of_a_place_outside_of_the_group(town: Town, by_space: bool) -> None:
    browser = signed_in(limited(town, *ROLES, spaces=by_space))
    leaks = {}
    for address, pattern in ADDRESSES.items():
        if pattern.name in {"sign-out", "exit"} or "<path:" in address or "<str:" in address:
            continue
        filled = _filled(address, town)
        answer = browser.get(filled, headers={"accept": "*/*"})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = body.decode(errors="replace")
        if CLOSED in text or town.hidden.pk in text or (town.closed.pk in text and answer.status_code == 200):
            leaks[filled] = answer.status_code
        if filled != address and answer.status_code == 200 and any(mark in address for mark in BOUND):
            leaks[filled] = answer.status_code
    assert leaks == {}


def _filled(address: str, town: Town) -> str:
    values = {
        "act_id": town.order.act,
        "exhibit_id": town.exhibit.pk,
        "authorisation_id": town.order.pk,
        "camera_id": town.closed.pk,
        "space_id": town.closed.space_id,
        "hold_id": town.hold.pk,
        "observation_id": town.hidden.pk,
    }
    for name, value in values.items():
        for kind in ("id", "slug", "str"):
            address = address.replace(f"<{kind}:{name}>", value)
    while "<" in address:
        before, _, rest = address.partition("<")
        name, _, after = rest.partition(">")
        address = before + ("1" if name.startswith("int:") else town.closed.pk) + after
    return address


@pytest.mark.parametrize("route", ["/wall/", "/map/", "/cameras/", "/observations/", "/holds/", "/continuity/", "/health/"])
def test_the_own_places_are_shown(town: Town, route: str) -> None:
    answer = signed_in(limited(town, *ROLES)).get(route, follow=True)
    assert answer.status_code == 200
    assert OPEN in answer.content.decode()


def test_a_camera_alone_is_shown_without_the_rest_of_its_space(town: Town) -> None:
    neighbour = CameraFactory.create(organisation=town.city, space=town.open.space, names={"en": "Neighbour"})
    actor = limited(town, *ROLES, spaces=False).actor()
    assert [camera.pk for camera in devices.cameras_seen(actor)] == [town.open.pk]
    assert list(spaces.spaces_seen(actor)) == []
    assert signed_in(User.objects.get(pk=actor.id)).get(f"/cameras/{neighbour.pk}/").status_code == 403


def test_a_live_look_is_refused_elsewhere_and_allowed_at_the_own_place(town: Town) -> None:
    actor = limited(town, Role.OPERATOR).actor()
    assert footage.look_live(actor=actor, page="p", camera_id=town.open.pk, at=timezone.now()).allowed
    with pytest.raises(Refused):
        footage.look_live(actor=actor, page="p", camera_id=town.closed.pk, at=timezone.now())
    assert not footage.may_look_live(actor=actor, camera_id=town.closed.pk, at=timezone.now()).allowed


def test_who_is_taken_out_of_a_group_sees_nothing_any_more_from_the_next_request(town: Town) -> None:
    user = limited(town, Role.OPERATOR)
    browser = signed_in(user)
    assert browser.get(f"/cameras/{town.open.pk}/").status_code == 200
    groups.take_from_group(group_id=Group.objects.get().pk, person_id=user.pk, by=town.admin.actor(), at=timezone.now())
    assert browser.get(f"/cameras/{town.open.pk}/").status_code == 403


def test_an_observation_counts_where_the_camera_stood_then(town: Town) -> None:
    """A camera that was moved into a covered space takes nothing of its past with it."""
    town.closed.space = town.open.space
    town.closed.save()
    actor = limited(town, Role.OPERATOR).actor()
    coverage = Coverage(everything=False, spaces=frozenset({town.open.space_id}))
    wanted = observations.Wanted(town.city.pk, coverage)
    assert [row.pk for row in observations.page(wanted, limit=9)] == [town.seen.pk]
    assert observations.observation(town.hidden.pk, organisation_id=actor.organisation, coverage=coverage) is None


places = st.sets(st.integers(0, 3))


@pytest.mark.django_db
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12), places, st.sets(st.integers(0, 2)))
def test_a_limited_list_holds_each_covered_row_once_in_order(rows: list[tuple[int, int]], cameras: set[int], inside: set[int]) -> None:
    Observation.objects.all().delete()
    city = OrganisationFactory.create()
    spots = SpaceFactory.create_batch(3, organisation=city)
    seeing = CameraFactory.create_batch(4, organisation=city, space=spots[0])
    made = [
        ObservationFactory.create(camera=seeing[camera], space=spots[space], first=timezone.now() - timedelta(minutes=number))
        for number, (camera, space) in enumerate(rows)
    ]
    coverage = Coverage(
        everything=False, spaces=frozenset(spots[one].pk for one in inside), cameras=frozenset(seeing[one].pk for one in cameras)
    )
    expected = [row.pk for row, (camera, space) in zip(made, rows, strict=True) if camera in cameras or space in inside]
    wanted = observations.Wanted(city.pk, coverage)
    assert [row.pk for row in observations.stream(wanted)] == expected
    assert [row.pk for row in observations.page(wanted, limit=5)] == expected[:5]
    recount()
    assert sum(one.number for one in observations.counted(wanted)) == len(expected)


def test_a_group_gives_no_administration_and_no_oversight(town: Town) -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER):
        with pytest.raises(groups.BadGroup):
            groups.make_group(entry=groups.GroupEntry("x", frozenset({role}), everywhere=True), by=town.admin.actor(), at=timezone.now())


def test_a_group_takes_no_place_of_another_organisation(town: Town) -> None:
    foreign = CameraFactory.create()
    entry = groups.GroupEntry("x", frozenset({Role.OPERATOR}), everywhere=False, cameras=frozenset({foreign.pk}))
    with pytest.raises(groups.BadGroup):
        groups.make_group(entry=entry, by=town.admin.actor(), at=timezone.now())


def test_nobody_widens_a_group_they_are_in(town: Town) -> None:
    user = limited(town, Role.OPERATOR)
    rights.give_role(person_id=user.pk, role=Role.ADMINISTRATOR, by=town.admin.actor(), at=timezone.now())
    user = User.objects.get(pk=user.pk)
    group = Group.objects.get()
    entry = groups.GroupEntry("harbour", frozenset({Role.OPERATOR}), everywhere=True)
    with pytest.raises(rights.OwnRights):
        groups.change_group(group_id=group.pk, entry=entry, by=user.actor())
    with pytest.raises(rights.OwnRights):
        groups.add_to_group(group_id=group.pk, person_id=user.pk, by=user.actor(), at=timezone.now())


def test_an_auditor_cannot_be_put_into_a_group(town: Town) -> None:
    auditor = person(town.city, Role.AUDITOR)
    limited(town, Role.OPERATOR)
    with pytest.raises(rights.RolesConflict):
        groups.add_to_group(group_id=Group.objects.get().pk, person_id=auditor.pk, by=town.admin.actor(), at=timezone.now())


def test_the_pages_of_groups_make_change_fill_and_end_one(town: Town) -> None:
    browser, guest = signed_in(town.admin), person(town.city, display_name="Guest")
    form = {"name": "Night shift", "roles": ["operator"], "everywhere": "no", "spaces": [town.open.space_id]}
    assert "Night shift" in browser.post("/groups/make/", form, follow=True).content.decode()
    group = Group.objects.get()
    accounts.people_of(town.city.pk)
    rights.belong(guest, town.city.pk, timezone.now())
    page = browser.post(f"/groups/{group.pk}/people/add/", {"person": guest.pk}, follow=True).content.decode()
    assert "Guest" in page
    assert User.objects.get(pk=guest.pk).actor().roles == {Role.OPERATOR}
    wider = {**form, "everywhere": "yes", "spaces": []}
    browser.post(f"/groups/{group.pk}/change/", wider)
    assert User.objects.get(pk=guest.pk).actor().grants[0].everywhere
    browser.post(f"/groups/{group.pk}/end/")
    assert not User.objects.get(pk=guest.pk).actor().roles


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": "x", "roles": ["auditor"], "everywhere": "yes"},
        {"name": "x", "roles": ["operator"], "everywhere": "no"},
        {"name": "x", "roles": ["operator"], "everywhere": "no", "cameras": ["of-nobody"]},
        {"name": "\x01 ", "roles": ["operator"], "everywhere": "yes"},
    ],
)
def test_a_mistaken_group_is_refused_with_a_sentence(town: Town, form: dict[str, object]) -> None:
    answer = signed_in(town.admin).post("/groups/make/", form)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode() or "note bad" in answer.content.decode()
    assert not Group.objects.exists()


def test_another_organisation_s_group_is_not_there(town: Town) -> None:
    limited(town, Role.OPERATOR)
    stranger: Client = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    assert stranger.get(f"/groups/{Group.objects.get().pk}/").status_code == 404
