"""The door between a page's socket and the rooms: whose session it is, what the person may look at, and the log line of each look.

Everything here that touches the database runs in Django's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import translation
from django.utils.translation import get_supported_language_variant, gettext
from django.utils.translation.trans_real import parse_accept_lang_header

from citysquare.apps.accounts import queries as accounts
from citysquare.apps.footage import queries as footage
from citysquare.platform.errors import DomainError
from citysquare.platform.policy import Actor, Decision
from citysquare.site.live.viewer import Verdict

_MAX_COOKIE_BYTES = 8 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionGate:
    """One person's session at the door of the live pictures."""

    session_key: str
    language: str
    looking: dict[str, Actor] = field(default_factory=dict)
    """Who began to look at which camera: the end of a look is theirs, also when they have signed out meanwhile."""

    async def still_signed_in(self) -> bool:
        """Say whether the session and the person behind it still hold."""
        return await sync_to_async(self._still_signed_in)()

    async def open(self, camera: str) -> Verdict:
        """Decide on a look at a camera and record it, once."""
        return await sync_to_async(self._open)(camera)

    async def check(self, camera: str) -> Verdict:
        """Decide again, without a further log line."""
        return await sync_to_async(self._check)(camera)

    async def ended(self, camera: str, seconds: int) -> None:
        """Record the end of a look."""
        await sync_to_async(self._ended)(camera, seconds)

    def _still_signed_in(self) -> bool:
        return accounts.actor_of(accounts.user_of_session(self.session_key)).is_known

    def _open(self, camera: str) -> Verdict:
        actor = accounts.actor_of(accounts.user_of_session(self.session_key))
        try:
            decision = footage.look_live(actor=actor, camera_id=camera, at=datetime.now(UTC))
        except DomainError as error:
            return self._refusal(error)
        self.looking[camera] = actor
        return self._verdict(decision)

    def _check(self, camera: str) -> Verdict:
        actor = accounts.actor_of(accounts.user_of_session(self.session_key))
        try:
            return self._verdict(footage.may_look_live(actor=actor, camera_id=camera))
        except DomainError as error:
            return self._refusal(error)

    def _ended(self, camera: str, seconds: int) -> None:
        actor = self.looking.pop(camera, None) or accounts.actor_of(accounts.user_of_session(self.session_key))
        try:
            footage.end_look_live(actor=actor, camera_id=camera, at=datetime.now(UTC), seconds=seconds)
        except DomainError as error:  # the camera is gone, or the log takes no entry: the look has ended all the same
            _log.warning("live: the end of a look at %s was not logged: %s", camera, error)

    def _verdict(self, decision: Decision) -> Verdict:
        with translation.override(self.language):
            return Verdict(decision.allowed, "" if decision.allowed else decision.rule, gettext(decision.reason))

    def _refusal(self, error: DomainError) -> Verdict:
        with translation.override(self.language):
            return Verdict(allowed=False, code=error.code, message=str(error))


def headers_of(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return ASGI headers by lower-case name; of a repeated one the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


def gate_of(headers: dict[str, str]) -> SessionGate:
    """Return the gate for the session named in the cookies; without one it lets nobody in."""
    cookies: SimpleCookie = SimpleCookie()
    text = headers.get("cookie", "")
    if len(text) <= _MAX_COOKIE_BYTES:
        try:
            cookies.load(text)
        except CookieError:
            cookies.clear()
    session = cookies[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in cookies else ""
    wanted = cookies[settings.LANGUAGE_COOKIE_NAME].value if settings.LANGUAGE_COOKIE_NAME in cookies else ""
    language = wanted if wanted in dict(settings.LANGUAGES) else _accepted(headers.get("accept-language", ""))
    return SessionGate("" if "\0" in session else session, language)  # PostgreSQL cannot be asked for a text with NUL


def _accepted(header: str) -> str:
    """Return the language of a person who chose none: the one their pages have, by what the browser asks for."""
    for code, _weight in parse_accept_lang_header(header):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
