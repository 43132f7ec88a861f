"""What this room keeps for a time, for the platform's retention: failed attempts, one-time links, sessions and acts that ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from citysquare.apps.accounts.models import ActSeal, Attempt, SealedAct, SignInLink, Sitting
from citysquare.platform.retention import Held, expired_rows, held_rows, present_rows, register


def register_all() -> None:
    """Tell the platform what is kept here."""
    for held in (_attempts(), _links(), _sessions(), _acts()):
        register(held)


def _attempts() -> Held:
    return held_rows(
        "sign_in_attempts",
        "at",
        title=_("Failed attempts to sign in, without names"),
        purpose=_("Slowing down who guesses"),
        every=Attempt.objects.all(),
    )


def _links() -> Held:
    return held_rows(
        "links",
        "expires_at",
        title=_("One-time links to sign in, by their hashes"),
        purpose=_("Saying that a link was used or has expired"),
        every=SignInLink.objects.all(),
    )


def _sessions() -> Held:
    return Held(
        data_class="sessions",
        title=_("Sessions of people who signed in"),
        purpose=_("Staying signed in"),
        find_expired=lambda before, _now, limit: expired_rows(Session.objects.all(), "expire_date", before, limit),
        delete=_delete_sessions,
        remaining=lambda ids: present_rows(Session.objects.all(), ids),
        count=Session.objects.count,
    )


def _acts() -> Held:
    ended = SealedAct.objects.filter(ended_at__isnull=False)
    return Held(
        data_class="acts",
        title=_("Acts of two persons with their words and seals"),
        purpose=_("Proof of who decided what together with whom; exhibits carry their own copy"),
        find_expired=lambda before, _now, limit: expired_rows(ended, "ended_at", before, limit),
        delete=_delete_acts,
        remaining=lambda ids: present_rows(SealedAct.objects.all(), ids),
        count=SealedAct.objects.count,
    )


def _delete_acts(ids: Sequence[str]) -> int:
    """Delete acts and the seals under them."""
    ActSeal.objects.filter(act__in=ids).delete()
    return SealedAct.objects.filter(pk__in=ids).delete()[0]


def _delete_sessions(ids: Sequence[str]) -> int:
    """Delete sessions, and with them what is told of the browsers they were in."""
    Sitting.objects.filter(session_key__in=ids).delete()
    return Session.objects.filter(pk__in=ids).delete()[0]
