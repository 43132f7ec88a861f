"""Shifts: who is on duty, by the city's clock, and what that opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.accounts import queries
from citysquare.apps.accounts.duty import WEEK, Span, latest_begin, runs_at
from citysquare.apps.accounts.models import Organisation, Shift, User
from citysquare.apps.accounts.services import groups, members, rights, shifts
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

SOFIA = ZoneInfo("Europe/Sofia")
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EIGHT = timedelta(hours=8)
moments = st.timedeltas(timedelta(0), timedelta(days=4 * 365)).map(lambda since: datetime(2024, 1, 1, tzinfo=UTC) + since)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(hours=24))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CITYSQUARE", settings.CITYSQUARE.model_copy(update={"shifts": "kept"}))


@pytest.fixture
def city(db: None) -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def chief(city: Organisation) -> User:
    return person(city, Role.SUPERVISOR, display_name="Chief")


@pytest.fixture
def guard(city: Organisation) -> User:
    return person(city, Role.OPERATOR, display_name="Guard")


def plan(chief: User, guard: User, begins: datetime = NOW, ends: datetime | None = None, **more: object) -> Shift:
    entry = shifts.ShiftEntry(begins, ends or begins + EIGHT, person_id=guard.pk, **more)  # type: ignore[arg-type]
    return shifts.plan_shift(entry=entry, by=chief.actor(), at=NOW)


# --- the reckoning -----------------------------------------------------------------------------------------------------------


@given(moments, lengths, moments)
def test_a_shift_runs_from_its_beginning_up_to_its_end_and_not_at_it(begins: datetime, length: timedelta, at: datetime) -> None:
    span = Span(begins, begins + length)
    assert runs_at(span, at, SOFIA) == (begins <= at < begins + length)
    assert runs_at(span, begins, SOFIA)
    assert not runs_at(span, begins + length, SOFIA)


@given(moments, lengths, st.integers(0, 150), st.timedeltas(timedelta(0), timedelta(hours=24)))
def test_a_weekly_shift_comes_at_the_same_hour_of_the_city_s_clock(
    begins: datetime, length: timedelta, weeks: int, later: timedelta
) -> None:
    local = begins.astimezone(SOFIA).replace(tzinfo=None)
    again = (local + weeks * WEEK).replace(tzinfo=SOFIA).astimezone(UTC)
    span = Span(begins, begins + length, weekly=True)
    expected = again <= again + later < again + length
    assert runs_at(span, again + later, SOFIA) == expected or later >= WEEK - length
    assert not runs_at(span, begins - timedelta(microseconds=1), SOFIA)


@given(moments, lengths, st.timedeltas(timedelta(0), timedelta(days=800)), st.timedeltas(timedelta(0), timedelta(days=800)))
def test_after_its_last_day_no_weekly_shift_begins(begins: datetime, length: timedelta, until: timedelta, at: timedelta) -> None:
    found = latest_begin(Span(begins, begins + length, weekly=True, until=begins + until), begins + at, SOFIA)
    assert found is not None
    assert found == begins or found < begins + until
    assert found <= begins + at


def test_a_weekly_shift_keeps_its_hour_when_the_clocks_change() -> None:
    begins = datetime(2026, 10, 21, 8, 0, tzinfo=SOFIA)
    span = Span(begins, begins + EIGHT, weekly=True)
    after = datetime(2026, 10, 28, 8, 0, tzinfo=SOFIA)
    assert not runs_at(span, after.astimezone(UTC) - timedelta(minutes=1), SOFIA)
    assert runs_at(span, after, SOFIA)


# --- duty --------------------------------------------------------------------------------------------------------------------


def test_where_shifts_are_not_kept_whoever_has_the_role_is_on_duty(guard: User) -> None:
    assert queries.on_duty(guard, NOW)


@pytest.mark.usefixtures("kept")
def test_where_shifts_are_kept_nobody_is_on_duty_without_one(chief: User, guard: User) -> None:
    assert not queries.on_duty(guard, NOW)
    plan(chief, guard)
    assert queries.on_duty(guard, NOW)
    assert not queries.on_duty(guard, NOW + EIGHT)


@pytest.mark.usefixtures("kept")
def test_a_group_s_shift_is_everybody_s_in_it(city: Organisation, chief: User, guard: User) -> None:
    admin = person(city, Role.ADMINISTRATOR).actor()
    entry = groups.GroupEntry("night", frozenset({Role.OPERATOR}), everywhere=True)
    group = groups.make_group(entry=entry, by=admin, at=NOW)
    groups.add_to_group(group_id=group.pk, person_id=guard.pk, by=admin, at=NOW)
    shifts.plan_shift(entry=shifts.ShiftEntry(NOW, NOW + EIGHT, group_id=group.pk), by=chief.actor(), at=NOW)
    assert queries.on_duty(guard, NOW)
    groups.end_group(group_id=group.pk, by=admin, at=NOW)
    assert not queries.on_duty(guard, NOW)


@pytest.mark.usefixtures("kept")
def test_a_shift_in_one_organisation_is_none_in_another(chief: User, guard: User) -> None:
    plan(chief, guard)
    other = OrganisationFactory.create()
    members.join(sign_in_name=guard.sign_in_name, organisation=other, role=Role.OPERATOR, at=NOW)
    again = User.objects.get(pk=guard.pk)
    assert queries.on_duty(again, NOW)
    again.choose(other.pk)
    assert not queries.on_duty(again, NOW)


@pytest.mark.usefixtures("kept")
def test_off_duty_no_live_picture_is_shown(city: Organisation, chief: User, guard: User) -> None:
    camera = CameraFactory.create(organisation=city)
    browser = signed_in(guard)
    assert browser.get("/wall/").status_code == 403
    at = timezone.now()
    shifts.plan_shift(entry=shifts.ShiftEntry(at, at + EIGHT, person_id=guard.pk), by=chief.actor(), at=at)
    assert camera.names["en"] in browser.get("/wall/").content.decode()
    assert "You are on duty." in browser.get("/shifts/").content.decode()


# --- planning ----------------------------------------------------------------------------------------------------------------


def test_nobody_puts_themselves_on_duty(chief: User) -> None:
    with pytest.raises(rights.OwnRights):
        plan(chief, chief)


@pytest.mark.parametrize(
    ("begins", "ends", "more"),
    [
        (NOW, NOW, {}),
        (NOW, NOW + timedelta(hours=24, seconds=1), {}),
        (NOW - EIGHT, NOW, {}),
        (NOW + timedelta(days=401), NOW + timedelta(days=401, hours=1), {}),
        (NOW, NOW + EIGHT, {"weekly": True, "until": NOW}),
        (NOW, NOW + EIGHT, {"group_id": "both"}),
    ],
)
def test_a_shift_that_cannot_be_is_refused(chief: User, guard: User, begins: datetime, ends: datetime, more: dict[str, object]) -> None:
    with pytest.raises(shifts.BadShift):
        plan(chief, guard, begins, ends, **more)
    assert not Shift.objects.exists()


@pytest.mark.usefixtures("kept")
def test_a_running_shift_ends_at_once_and_stays_known(chief: User, guard: User) -> None:
    shift = plan(chief, guard)
    at = NOW + timedelta(hours=1)
    shifts.end_shift(shift_id=shift.pk, by=chief.actor(), at=at)
    assert not queries.on_duty(guard, at)
    assert queries.on_duty(guard, at - timedelta(seconds=1))


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("weeks", [0, 3])
def test_a_weekly_shift_that_ends_now_does_not_come_again_and_its_past_stays(chief: User, guard: User, weeks: int) -> None:
    shift = plan(chief, guard, weekly=True)
    at = NOW + weeks * WEEK + timedelta(hours=1)
    shifts.end_shift(shift_id=shift.pk, by=chief.actor(), at=at)
    assert not queries.on_duty(guard, at)
    assert not queries.on_duty(guard, at + WEEK)
    assert queries.on_duty(guard, at - timedelta(minutes=1))
    assert queries.on_duty(guard, NOW + timedelta(minutes=1))


def test_a_shift_of_another_organisation_is_not_there(chief: User, guard: User) -> None:
    shift = plan(chief, guard)
    stranger = person(OrganisationFactory.create(), Role.SUPERVISOR)
    with pytest.raises(shifts.NoSuchShift):
        shifts.end_shift(shift_id=shift.pk, by=stranger.actor(), at=NOW)


@pytest.mark.usefixtures("kept")
def test_a_supervisor_puts_somebody_on_duty_now_and_ends_it(chief: User, guard: User) -> None:
    browser = signed_in(chief)
    page = browser.post("/shifts/now/", {"who": f"p:{guard.pk}", "hours": "8"}, follow=True).content.decode()
    assert "Guard" in page
    assert queries.on_duty(guard, timezone.now())
    browser.post(f"/shifts/{Shift.objects.get().pk}/end/")
    assert not queries.on_duty(guard, timezone.now())


def test_a_weekly_shift_is_planned_on_the_page(chief: User, guard: User) -> None:
    begins = timezone.localtime() + timedelta(days=1)
    form = {
        "who": f"p:{guard.pk}",
        "begins": f"{begins:%Y-%m-%dT22:00}",
        "ends": f"{begins + timedelta(days=1):%Y-%m-%dT06:00}",
        "weekly": "on",
        "last_day": f"{begins + timedelta(days=60):%Y-%m-%d}",
    }
    page = signed_in(chief).post("/shifts/plan/", form, follow=True).content.decode()
    assert "each week, before" in page
    assert Shift.objects.get().weekly


@pytest.mark.parametrize("form", [{}, {"who": "p:nobody", "hours": "8"}, {"who": "x", "hours": "900"}])
def test_a_mistaken_form_says_what_is_wrong(chief: User, form: dict[str, str]) -> None:
    answer = signed_in(chief).post("/shifts/now/", form)
    assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_year_of_no_calendar_is_refused(chief: User, guard: User, year: str) -> None:
    form = {"who": f"p:{guard.pk}", "begins": f"{year}-01-01T00:00", "ends": f"{year}-01-01T08:00", "weekly": "on"}
    answer = signed_in(chief).post("/shifts/plan/", form)
    assert answer.status_code == 200
    assert not Shift.objects.exists()


def test_an_operator_sees_the_shifts_and_changes_none(guard: User) -> None:
    browser = signed_in(guard)
    assert browser.get("/shifts/").status_code == 200
    assert browser.post("/shifts/now/", {"who": f"p:{guard.pk}", "hours": "8"}).status_code == 403
