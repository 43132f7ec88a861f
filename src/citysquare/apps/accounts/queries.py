"""What others may ask about organisations and people."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from citysquare.apps.accounts.models import ApiToken, Organisation, User
from citysquare.platform.personal_data import Record
from citysquare.platform.policy import Actor, Role


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
    return user


def organisation(organisation_id: str) -> Organisation | None:
    """Return an organisation."""
    return Organisation.objects.filter(pk=organisation_id).first()


def first_organisation() -> Organisation | None:
    """Return the oldest organisation: on a machine with one, that one."""
    return Organisation.objects.order_by("created_at", "pk").first()


def people_with(role: Role, organisation_id: str) -> QuerySet[User]:
    """Return the people with a role in an organisation, by name."""
    return User.objects.filter(memberships__role=role, memberships__organisation_id=organisation_id, is_active=True).order_by(
        "display_name"
    )


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
    return records
