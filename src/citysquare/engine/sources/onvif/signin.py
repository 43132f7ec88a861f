"""Signing in to a device: nothing at first, then what it asks for: HTTP digest, else a dated WS-Security token.

The password is tried once each way and never sent in clear: a device that wants HTTP Basic is refused, since nobody can tell a camera
from somebody in its place. ONVIF core (5.9.1) wants both ways; many devices of one maker know only digest, old ones only the token.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from zeep.wsse.username import UsernameToken

from citysquare.engine.errors import ClockOff, Refused, SourceError, WrongPassword
from citysquare.engine.model import datetime_from_ticks
from citysquare.engine.ports import Clock
from citysquare.engine.sources.onvif import soap
from citysquare.engine.sources.onvif.model import Credentials, SignIn
from citysquare.engine.sources.onvif.wire import Answer, Wire
from citysquare.engine.sources.rtsp.auth import Challenge, Login, parse_challenges

_TOO_FAR = 30.0
"""Seconds of clock error from which a refused token may be the clock's fault. Devices allow some seconds to some minutes."""


@dataclass(slots=True)
class Session:
    """Questions to one device, with the sign-in it wants."""

    wire: Wire
    credentials: Credentials | None
    clock: Clock
    clock_error: float | None = None
    """Seconds the device's clock is ahead; tokens are dated by the device's own clock."""
    sign_in: SignIn = SignIn.NONE
    _login: Login | None = field(default=None, repr=False)

    @property
    def about(self) -> str:
        """The device, in a sentence."""
        return self.wire.place.shown

    async def ask(self, service: str, path: str, operation: str, **arguments: Any) -> Any:  # noqa: ANN401 -- zeep's values
        """Ask one question, signing in as the device wants. Raises SourceError."""
        for _ in range(3):  # as nobody, with what it asks for, and once more where its nonce had grown old
            answer = await self._send(service, path, operation, arguments)
            try:
                said = await asyncio.to_thread(soap.read, service, operation, answer.status, answer.body, self.about)
            except soap.NotSignedIn:
                self._escalate(answer)
            else:
                if self._login is not None:
                    self._login.passed()
                return said
        raise self._refused()

    async def _send(self, service: str, path: str, operation: str, arguments: dict[str, Any]) -> Answer:
        token = self._token() if self.sign_in is SignIn.TOKEN else None
        body, content_type = soap.write(service, operation, arguments, token)
        headers = {"Content-Type": content_type}
        if self._login is not None and (header := self._login.header("POST", path)):
            headers["Authorization"] = header
        return await self.wire.post(path, body, headers)

    def _token(self) -> UsernameToken | None:
        if self.credentials is None:
            return None
        at = datetime_from_ticks(self.clock.wall()) + timedelta(seconds=self.clock_error or 0.0)
        made: UsernameToken = UsernameToken(  # type: ignore[no-untyped-call] # zeep says it is typed, but this is not
            self.credentials.user, self.credentials.password, use_digest=True, created=at.replace(tzinfo=None), zulu_timestamp=True
        )
        return made

    def _escalate(self, answer: Answer) -> None:
        """Choose how to sign in next, or raise what the refusal means."""
        if self.credentials is None:
            raise WrongPassword(f"{self.about} wants a user and a password; many cameras keep ONVIF users apart from the others.")
        challenges = parse_challenges(answer.challenges)
        digests = [challenge for challenge in challenges if challenge.scheme == "digest"]
        if self.sign_in is SignIn.TOKEN:
            raise self._refused()
        if digests:
            self._digest(digests)
        elif challenges and self.sign_in is SignIn.NONE:
            raise Refused(f"{self.about} wants the password in clear (HTTP Basic), which is not sent; switch it to digest sign-in.")
        elif self.sign_in is SignIn.DIGEST:
            raise self._refused()
        else:
            self.sign_in = SignIn.TOKEN

    def _digest(self, digests: list[Challenge]) -> None:
        if self._login is None and self.credentials is not None:
            self._login = Login(self.credentials.user, self.credentials.password)
        self.sign_in = SignIn.DIGEST
        if self._login is None or not self._login.accept(digests):
            raise self._refused()

    def _refused(self) -> SourceError:
        if self.sign_in is SignIn.TOKEN and (self.clock_error is None or abs(self.clock_error) > _TOO_FAR):
            how = "does not tell its time" if self.clock_error is None else f"is {spoken(self.clock_error)}"
            return ClockOff(f"{self.about} refused the sign-in; its clock {how}: set its clock, then check user and password.")
        return WrongPassword(
            f"{self.about} refused user or password, or the user may not read its settings; many cameras keep ONVIF users apart."
        )


def spoken(seconds: float) -> str:
    """Return a clock's error in words, such as `1 h 2 min ahead`."""
    left = round(abs(seconds))
    direction = "ahead" if seconds > 0 else "behind"
    if left >= 2 * 86400:
        return f"{left // 86400} days {direction}"
    if left >= 3600:
        return f"{left // 3600} h {left % 3600 // 60} min {direction}"
    return f"{left // 60} min {left % 60} s {direction}" if left >= 60 else f"{left} s {direction}"
