"""The door between a page's socket and the rooms: whose session it is, what the person may look at, and the log line of each look.

Everything here that touches the database runs in Django's thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import get_supported_language_variant, gettext
from django.utils.translation.trans_real import parse_accept_lang_header

from citysquare.apps.accounts import queries as accounts
from citysquare.apps.footage import queries as footage
from citysquare.platform import looks
from citysquare.platform.errors import DomainError
from citysquare.platform.ids import new_id
from citysquare.platform.policy import Decision
from citysquare.site.live.viewer import Verdict

_MAX_COOKIE_BYTES = 8 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionGate:
    """One person's session at the door of the live pictures."""

    session_key: str
    language: str
    page: str = field(default_factory=new_id)
    """This page among the person's: its looks are kept under it, and are theirs also when they have signed out meanwhile."""
    looking: dict[str, datetime] = field(default_factory=dict)
    """Since when the page shows which camera."""

    async def still_signed_in(self) -> bool:
        """Say whether the session and the person behind it still hold."""
        return await sync_to_async(self._still_signed_in)()

    async def open(self, camera: str) -> Verdict:
        """Decide on a look at a camera and record it, once."""
        return await sync_to_async(self._open)(camera)

    async def check(self, camera: str) -> Verdict:
        """Decide again, without a further log line."""
        return await sync_to_async(self._check)(camera)

    async def beat(self) -> None:
        """Say that the page is there and still looks."""
        await sync_to_async(self._beat)()

    async def ended(self, camera: str, seconds: int, why: looks.Why) -> None:
        """Record the end of a look."""
        await sync_to_async(self._ended)(camera, seconds, why)

    def _still_signed_in(self) -> bool:
        return accounts.actor_of(accounts.user_of_session(self.session_key)).is_known

    def _open(self, camera: str) -> Verdict:
        actor = accounts.actor_of(accounts.user_of_session(self.session_key))
        at = datetime.now(UTC)
        try:
            decision = footage.look_live(actor=actor, camera_id=camera, page=self.page, at=at)
        except DomainError as error:
            return self._refusal(error)
        self.looking[camera] = at
        return self._verdict(decision)

    def _check(self, camera: str) -> Verdict:
        actor = accounts.actor_of(accounts.user_of_session(self.session_key))
        try:
            return self._verdict(footage.may_look_live(actor=actor, camera_id=camera, at=datetime.now(UTC)))
        except DomainError as error:
            return self._refusal(error)

    def _beat(self) -> None:
        """Let what was closed while nothing was heard of the page begin anew: it is shown again, so it stands in the log again.

        A heartbeat that the database does not take ends no picture: whether the person may look was just asked.
        """
        try:
            gone = looks.beat(page=self.page, cameras=self.looking, at=datetime.now(UTC))
        except DatabaseError as error:
            _log.warning("live: a heartbeat was not kept: %s", error)
            return
        for camera in gone:
            self._open(camera)

    def _ended(self, camera: str, seconds: int, why: looks.Why) -> None:
        at = datetime.now(UTC)
        until = self.looking.pop(camera, at) + timedelta(seconds=seconds)
        try:
            looks.end(page=self.page, camera=camera, at=at, until=min(at, until), why=why)
        except (
            DomainError,
            DatabaseError,
        ) as error:  # it has ended all the same, and the next round tries again
            _log.warning("live: the end of a look at %s was not logged yet: %s", camera, error)

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
