"""Shifts: planned, begun now, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts import duty, queries
from citysquare.apps.accounts.models import Shift
from citysquare.apps.accounts.services import groups, members, rights
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Actor
from citysquare.platform.turns import take_turn

LONGEST_SHIFT = timedelta(hours=24)
FURTHEST = timedelta(days=400)
KEPT = timedelta(days=400)
"""How long a shift that is over is kept: who was on duty when is asked in proceedings about misuse."""
MOST_SHIFTS = 20_000


class NoSuchShift(DomainError):
    """There is no shift with this identifier in the organisation."""

    code = "accounts.no_such_shift"
    status = 404


class BadShift(DomainError):
    """A shift cannot be like this."""

    code = "accounts.bad_shift"


@dataclass(frozen=True, slots=True)
class ShiftEntry:
    """Whose shift, from when to when; either a person or a group."""

    begins: datetime
    ends: datetime
    person_id: str = ""
    group_id: str = ""
    weekly: bool = False
    until: datetime | None = None


@transaction.atomic
def plan_shift(*, entry: ShiftEntry, by: Actor, at: datetime) -> Shift:
    """Enter a shift, and forget those that were over long ago.

    Raises BadShift, NoSuchPerson, NoSuchGroup, OwnRights: nobody puts themselves on duty.
    """
    take_turn(rights.RIGHTS)
    Shift.objects.filter(organisation_id=by.organisation, weekly=False, ends__lt=at - KEPT).delete()
    _refuse_bad(entry, at)
    if Shift.objects.filter(organisation_id=by.organisation).count() >= MOST_SHIFTS:
        raise BadShift(_("There are as many shifts as can be kept. Use shifts that come each week."))
    user = rights.person_in(entry.person_id, by.organisation) if entry.person_id else None
    group = groups.required_group(entry.group_id, by.organisation) if entry.group_id else None
    if user is not None:
        rights.refuse_own(user, by)
    if group is not None and group.members.filter(user_id=by.id).exists():
        raise rights.OwnRights(_("You are in this group, and nobody puts themselves on duty: ask somebody else who may."))
    if user is not None and not user.is_active:
        raise BadShift(_("This person has left. Take them back first."))
    return Shift.objects.create(
        organisation_id=by.organisation,
        user=user,
        group=group,
        begins=entry.begins,
        ends=entry.ends,
        weekly=entry.weekly,
        until=entry.until if entry.weekly else None,
        made_by_id=by.id,
        made_at=at,
    )


@transaction.atomic
def begin_now(*, sign_in_name: str, organisation_id: str, length: timedelta, at: datetime) -> Shift:
    """Put somebody on duty now. Only from the console: for the one who could otherwise put everybody else on duty, but not themselves.

    Raises BadShift, NoSuchPerson.
    """
    take_turn(rights.RIGHTS)
    user = members.known(sign_in_name)
    rights.person_in(user.pk, organisation_id)
    entry = ShiftEntry(at, at + length, person_id=user.pk)
    _refuse_bad(entry, at)
    return Shift.objects.create(organisation_id=organisation_id, user=user, begins=entry.begins, ends=entry.ends, made_at=at)


@transaction.atomic
def end_shift(*, shift_id: str, by: Actor, at: datetime) -> Shift:
    """End a shift now: one that has not begun goes, one that runs stops, a weekly one stops and does not come again.

    Raises NoSuchShift. Everybody who may plan may also end their own: it only takes away.
    """
    take_turn(rights.RIGHTS)
    shift = Shift.objects.filter(pk=shift_id, organisation_id=by.organisation).select_related("user", "group").first()
    if shift is None:
        raise NoSuchShift(_("There is no such shift."))
    if shift.begins >= at:
        Shift.objects.filter(pk=shift.pk).delete()
        return shift
    if shift.weekly:
        _end_weekly(shift, at)
    elif shift.ends > at:
        shift.ends = at
        shift.save(update_fields=("ends",))
    return shift


def _end_weekly(shift: Shift, at: datetime) -> None:
    """Let no further time begin; the time that runs becomes a shift of its own that ends now, so that it stays known."""
    span = queries.span_of(shift)
    begin = duty.latest_begin(span, at, queries.city_zone())
    if begin is not None and begin < at < begin + (span.ends - span.begins):
        who = {"organisation_id": shift.organisation_id, "user_id": shift.user_id, "group_id": shift.group_id}
        Shift.objects.create(**who, begins=begin, ends=at, made_by_id=shift.made_by_id, made_at=shift.made_at)
        if begin == shift.begins:
            Shift.objects.filter(pk=shift.pk).delete()
            return
        at = begin
    shift.until = min(at, shift.until) if shift.until else at
    shift.save(update_fields=("until",))


def _refuse_bad(entry: ShiftEntry, at: datetime) -> None:
    if bool(entry.person_id) == bool(entry.group_id):
        raise BadShift(_("A shift is of one person or of one group."))
    if not timedelta(0) < entry.ends - entry.begins <= LONGEST_SHIFT:
        raise BadShift(_("A shift ends after it begins, and after a day at the latest."))
    if entry.ends <= at and not entry.weekly:
        raise BadShift(_("This shift would be over already."))
    if entry.begins > at + FURTHEST or entry.begins < at - KEPT:
        raise BadShift(_("A shift begins within about a year."))
    if entry.until is not None and entry.until <= entry.begins:
        raise BadShift(_("The last day comes before the first shift begins."))
