"""Where people are signed in: begun with a new session, listed, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts import sitting_rules
from citysquare.apps.accounts.models import Sitting, User
from citysquare.apps.accounts.sitting_rules import STRONG, By, Kept
from citysquare.platform.errors import DomainError
from citysquare.platform.ids import new_id

_PROGRAMS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""Signs in the order in which they are looked for: most browsers claim to be others too."""


class NoSuchSitting(DomainError):
    """The person is not signed in there (any more)."""

    code = "accounts.no_such_sitting"
    status = 404


def begin(*, session: SessionBase, user: User, by: By, browser: str, at: datetime, strong: bool | None = None) -> Kept:
    """Note a sign-in in its session, which Django has just given a new key, and in the list of the person's sittings.

    `strong` is for a demonstration, where a link is worth two factors.
    """
    kept = Kept(new_id(), by, at, at, at, by in STRONG if strong is None else strong)
    session[sitting_rules.KEY] = kept.saved()
    session.save()
    Sitting.objects.create(
        id=kept.id,
        user=user,
        session_key=session.session_key or "",
        begun_at=at,
        seen_at=at,
        by=str(by),
        browser=named_browser(browser),
    )
    return kept


def named_browser(agent: str) -> str:
    """Return what a browser calls itself (`User-Agent`) as people call it: enough to know one's own again, and no fingerprint."""
    program = next((name for sign, name in _PROGRAMS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return ", ".join(part for part in (program, system) if part)


def prove(*, session: SessionBase, by: By, at: datetime) -> None:
    """Note that the person has just proved who they are; the session gets a new key, since it is worth more now (ASVS 7.2.4)."""
    session.cycle_key()
    kept = sitting_rules.read(session)
    if kept is None:
        return
    session[sitting_rules.KEY] = replace(kept, by=by, fresh=at, seen=at, strong=kept.strong or by in STRONG).saved()
    session.save()
    moved(session=session)


def moved(*, session: SessionBase) -> None:
    """Follow a session to its new key."""
    kept = sitting_rules.read(session)
    if kept is not None and session.session_key:
        Sitting.objects.filter(pk=kept.id).update(session_key=session.session_key)


def touch(*, session: SessionBase, kept: Kept, at: datetime) -> None:
    """Note, to the minute, that the person does something. Raises DatabaseError, and has then changed nothing."""
    if at - kept.seen >= sitting_rules.NOTED_EVERY:
        Sitting.objects.filter(pk=kept.id).update(seen_at=at)  # first: a session that was not changed is not saved either
        session[sitting_rules.KEY] = kept.touched(at).saved()


@transaction.atomic
def end_sitting(*, user: User, sitting_id: str) -> Sitting:
    """Sign a person out in one of their browsers, with its next request. Raises NoSuchSitting."""
    sitting = user.sittings.filter(pk=sitting_id).first()
    if sitting is None:
        raise NoSuchSitting(_("You are not signed in there any more."))
    _forget(sitting)
    return sitting


@transaction.atomic
def end_all_sittings(*, user: User, but: str = "") -> int:
    """Sign a person out everywhere, or everywhere but in the session with this key; return in how many browsers."""
    sittings = list(user.sittings.exclude(session_key=but))
    for sitting in sittings:
        _forget(sitting)
    return len(sittings)


def note_end(*, session: SessionBase) -> None:
    """Take a sitting off the list whose session is about to end."""
    kept = sitting_rules.read(session)
    if kept is not None:
        Sitting.objects.filter(pk=kept.id).delete()


@transaction.atomic
def forget_sittings(*, at: datetime) -> int:
    """Forget the sittings and the sessions that are over by age; return how many sittings."""
    engine = import_module(settings.SESSION_ENGINE)
    engine.SessionStore.clear_expired()
    limit = at - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return Sitting.objects.filter(begun_at__lt=limit).delete()[0]


def _forget(sitting: Sitting) -> None:
    engine = import_module(settings.SESSION_ENGINE)
    engine.SessionStore(sitting.session_key).delete()
    sitting.delete()
