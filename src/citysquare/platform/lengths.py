"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import ngettext

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def in_words(time: timedelta) -> str:
    """Say a length of time in the largest unit that it is whole in: days, hours or minutes."""
    if time % _DAY == timedelta(0):
        return ngettext("%(count)d day", "%(count)d days", time // _DAY) % {"count": time // _DAY}
    if time % _HOUR == timedelta(0):
        return ngettext("%(count)d hour", "%(count)d hours", time // _HOUR) % {"count": time // _HOUR}
    minutes = time // timedelta(minutes=1)
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
