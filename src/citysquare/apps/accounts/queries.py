"""What others may ask about organisations, people, their rights and their duty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from citysquare.apps.accounts import duty, sitting_rules
from citysquare.apps.accounts.models import ApiToken, Group, Organisation, Shift, User
from citysquare.platform.directory import Acting
from citysquare.platform.personal_data import Record
from citysquare.platform.policy import Actor, Role

ORGANISATION_KEY = "organisation"
"""Where a session keeps for which organisation the person acts."""


@dataclass(frozen=True, slots=True)
class Place:
    """A space or a camera to which a group's roles can be limited, as a room above names it."""

    id: str
    name: str
    within: str = ""
    """Where it is, in words."""


Places = Callable[[str], Sequence[Place]]

_places: dict[str, Places] = {}


def register_places(kind: str, places: Places) -> None:
    """Make known which "spaces" or "cameras" an organisation has; the same kind again replaces it. Called by the rooms above."""
    _places[kind] = places


def places_of(organisation_id: str, kind: str) -> Sequence[Place]:
    """Return an organisation's spaces or cameras, in the order in which its pages show them."""
    known = _places.get(kind)
    return known(organisation_id) if known else ()


def actor_of(user: User | AnonymousUser) -> Actor:
    """Return the user as the policy sees them."""
    return user.actor() if isinstance(user, User) else Actor.anonymous()


def user_of_session(session_key: str) -> User | AnonymousUser:
    """Return who is signed in under a session key: for the WebSocket, which has cookies but no request."""
    engine = import_module(settings.SESSION_ENGINE)
    session = engine.SessionStore(session_key or None)
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return AnonymousUser()
    user = User.objects.filter(pk=session.get(SESSION_KEY, ""), is_active=True).first()
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return AnonymousUser()
    user.choose(str(session.get(ORGANISATION_KEY, "")))
    return user if _holds(session, user) else AnonymousUser()


def _holds(session: SessionBase, user: User) -> bool:
    """Whether the session is not over, and worth the factors that the person's roles need."""
    kept, roles = sitting_rules.read(session), user.actor().roles
    if sitting_rules.lacks_second_factor(kept, roles, required=settings.CITYSQUARE.second_factor == "required"):
        return False
    longest = timedelta(hours=settings.CITYSQUARE.session_hours)
    return kept is None or not sitting_rules.over(kept, roles, timezone.now(), longest)


def organisation(organisation_id: str) -> Organisation | None:
    """Return an organisation."""
    return Organisation.objects.filter(pk=organisation_id).first()


def operator_id() -> str:
    """Return the identifier of the organisation that runs this machine, the first one; empty while there is none."""
    found = first_organisation()
    return found.pk if found is not None else ""


def first_organisation() -> Organisation | None:
    """Return the oldest organisation: on a machine with one, that one."""
    return organisations().first()


def people_with(role: Role, organisation_id: str) -> QuerySet[User]:
    """Return the people with a role in an organisation, by name."""
    return User.objects.filter(memberships__role=role, memberships__organisation_id=organisation_id, is_active=True).order_by(
        "display_name"
    )


# --- people and their rights -------------------------------------------------------------------------------------------------


def organisations() -> QuerySet[Organisation]:
    """Return every organisation of this machine, oldest first."""
    return Organisation.objects.order_by("created_at", "pk")


def people_of(organisation_id: str) -> QuerySet[User]:
    """Return who works, or worked, for an organisation, with memberships and groups, by name."""
    here = (
        Q(belongings__organisation_id=organisation_id)
        | Q(memberships__organisation_id=organisation_id)
        | Q(rights_groups__organisation_id=organisation_id)
    )
    found = User.objects.filter(pk__in=User.objects.filter(here).values("pk"))
    return found.prefetch_related("memberships", "rights_groups", "belongings").order_by("display_name", "pk")


def person(person_id: str, *, organisation_id: str) -> User | None:
    """Return somebody who works, or worked, for an organisation."""
    return people_of(organisation_id).filter(pk=person_id).first()


def roles_of(user: User, organisation_id: str) -> frozenset[Role]:
    """Return every role a person has in an organisation, by name or through a group, wherever it holds."""
    named = user.memberships.filter(organisation_id=organisation_id).values_list("role", flat=True)
    groups = user.rights_groups.filter(organisation_id=organisation_id, ended_at__isnull=True)
    return frozenset(Role(role) for role in named) | frozenset(role for group in groups for role in group.known_roles())


def works_elsewhere(user: User, organisation_id: str) -> bool:
    """Whether a person has a duty in another organisation."""
    named = user.memberships.exclude(organisation_id=organisation_id)
    return named.exists() or user.rights_groups.filter(ended_at__isnull=True).exclude(organisation_id=organisation_id).exists()


def groups_of(organisation_id: str) -> QuerySet[Group]:
    """Return an organisation's groups that exist still, with their people, by name."""
    return Group.objects.filter(organisation_id=organisation_id, ended_at__isnull=True).prefetch_related("people").order_by("name", "pk")


# --- shifts ------------------------------------------------------------------------------------------------------------------


def on_duty(user: User | AnonymousUser, at: datetime) -> bool:
    """Whether a person's own shift or one of their groups' runs, in the organisation they act for.

    Where shifts are not kept (setting `shifts`), whoever has a role counts as on duty.
    """
    if settings.CITYSQUARE.shifts == "off":
        return True
    organisation_ = user.acts_for() if isinstance(user, User) else None
    return organisation_ is not None and _has_shift(str(user.pk), organisation_.pk, at)


def actor_on_duty(actor: Actor, at: datetime) -> bool:
    """Whether somebody is on duty in the organisation they act for, as the policy's facts ask."""
    return settings.CITYSQUARE.shifts == "off" or _has_shift(actor.id, actor.organisation, at)


def _has_shift(person_id: str, organisation_id: str, at: datetime) -> bool:
    mine = Q(user_id=person_id) | Q(group__members__user_id=person_id, group__ended_at__isnull=True)
    shifts = Shift.objects.filter(mine, organisation_id=organisation_id, begins__lte=at).filter(Q(weekly=True) | Q(ends__gt=at))
    return any(runs_at(shift, at) for shift in shifts)


def runs_at(shift: Shift, at: datetime) -> bool:
    """Whether a shift runs at a moment."""
    return duty.runs_at(span_of(shift), at, city_zone())


def shifts_of(organisation_id: str, *, at: datetime, within: timedelta) -> list[Shift]:
    """Return the shifts that run at `at`, come each week, or begin or ended within a time of it, the earliest first."""
    near = Q(weekly=True) & (Q(until__isnull=True) | Q(until__gt=at - within)) | Q(ends__gt=at - within, begins__lt=at + within)
    found = Shift.objects.filter(near, organisation_id=organisation_id).select_related("user", "group", "made_by")
    return list(found.order_by("begins", "pk"))


def span_of(shift: Shift) -> duty.Span:
    """Return a shift as the reckoning takes it."""
    return duty.Span(shift.begins, shift.ends, shift.weekly, shift.until)


def city_zone() -> ZoneInfo:
    """Return the zone of the city's clock."""
    return ZoneInfo(settings.TIME_ZONE)


def tokens_of(organisation_id: str) -> QuerySet[ApiToken]:
    """Return an organisation's tokens of the API with who made them, newest first."""
    return ApiToken.objects.filter(organisation_id=organisation_id).select_related("made_by").order_by("-made_at", "pk")


def personal_records(person: str) -> list[Record]:
    """Return what is held on a person."""
    user = User.objects.filter(pk=person).first()
    if user is None:
        return []
    last = user.last_login.isoformat() if user.last_login else None
    records: list[Record] = [
        {
            "sign_in_name": user.sign_in_name,
            "display_name": user.display_name,
            "created_at": user.created_at.isoformat(),
            "last_sign_in": last,
        }
    ]
    records += [{"role": membership.role, "since": membership.since.isoformat()} for membership in user.memberships.order_by("pk")]
    records += [
        {"group": entry.group.name, "since": entry.since.isoformat()} for entry in user.in_groups.select_related("group").order_by("pk")
    ]
    records += [
        {"on_duty_from": shift.begins.isoformat(), "until": shift.ends.isoformat()} for shift in user.shifts.order_by("begins", "pk")
    ]
    return records


def acting_in(organisation_id: str) -> list[Acting]:
    """Return the people and tokens that can act for an organisation, or could once, for the auditor who opens names."""
    people = [Acting("person", user.pk, user.display_name or user.sign_in_name) for user in people_of(organisation_id)]
    tokens = ApiToken.objects.filter(organisation_id=organisation_id).values_list("pk", "name")
    return people + [Acting("token", token, name) for token, name in tokens]
