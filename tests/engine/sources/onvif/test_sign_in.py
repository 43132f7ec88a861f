"""How cameras of many makers want to be signed in to."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from citysquare.engine.clock import ManualClock, SystemClock
from citysquare.engine.errors import ClockOff, Refused, WrongPassword
from citysquare.engine.sources.onvif import Credentials, SignIn, clock_error, describe
from tests.engine.sources.onvif.devices import MAIN, PASSWORD, RIGHT, RULE, Hostile, SignInWanted, described, device, running
from tests.engine.sources.test_encrypted import certificate


class Shut(Hostile):
    """Answers nobody without a sign-in, not even what its time is, as some makers have it."""

    def _signed_in_to(self, operation: str) -> bool:
        return True


class Forgetful(Hostile):
    """Makes a new nonce for each request, without calling the old one stale."""

    async def reply(self, head: str, body: bytes) -> bytes:
        answer = await super().reply(head, body)
        self._nonce += "0"
        return answer if answer.startswith(b"HTTP/1.1 200") else answer.replace(self._nonce[:-1].encode(), self._nonce.encode())


class Generous(Hostile):
    """Offers Basic before digest."""

    async def reply(self, head: str, body: bytes) -> bytes:
        assert "Basic" not in head
        return (await super().reply(head, body)).replace(
            b"WWW-Authenticate: Digest", b'WWW-Authenticate: Basic realm="x"\r\nWWW-Authenticate: Digest'
        )


@pytest.mark.parametrize(("wants", "used"), [(SignInWanted.DIGEST, SignIn.DIGEST), (SignInWanted.TOKEN, SignIn.TOKEN)])
async def test_a_device_that_answers_nobody_is_described(wants: SignInWanted, used: SignIn) -> None:
    one = Shut([MAIN], password=PASSWORD, wants=wants)
    assert (await described(one)).sign_in is used
    async with running(one) as address:
        assert await clock_error(address, rule=RULE, clock=SystemClock()) is None


async def test_a_token_for_a_device_whose_time_nobody_knows_speaks_of_the_clock() -> None:
    one = Shut([MAIN], password=PASSWORD, wants=SignInWanted.TOKEN, clock_ahead=600)
    with pytest.raises(ClockOff, match="does not tell its time"):
        await described(one)


async def test_a_nonce_that_changes_with_each_request_is_followed() -> None:
    assert (await described(Forgetful([MAIN], password=PASSWORD))).main.token == "main"
    with pytest.raises(WrongPassword):
        await described(Forgetful([MAIN], password="another"))


async def test_basic_is_not_taken_where_digest_is_offered_too() -> None:
    assert (await described(Generous([MAIN], password=PASSWORD))).sign_in is SignIn.DIGEST


@pytest.mark.parametrize("wants", [SignInWanted.DIGEST, SignInWanted.TOKEN])
async def test_a_wrong_password_is_offered_once_so_that_no_account_is_locked(wants: SignInWanted) -> None:
    offers = []

    class Counting(Hostile):
        async def reply(self, head: str, body: bytes) -> bytes:
            offers.append("Authorization:" in head or b"UsernameToken" in body)
            return await super().reply(head, body)

    with pytest.raises(WrongPassword):
        await described(Counting([MAIN], password=PASSWORD, wants=wants), Credentials("operator", "wrong"))
    assert sum(offers) == 1


@pytest.mark.parametrize("wants", [SignInWanted.DIGEST, SignInWanted.TOKEN])
async def test_names_in_every_script_sign_in(wants: SignInWanted) -> None:
    one = device(wants=wants, user="оператор", password="пароль 1")
    assert (await described(one, Credentials("оператор", "пароль 1"))).main.token == "main"


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\x00", "a" * 129, "a\x1b["])
async def test_control_characters_are_not_sent(text: str) -> None:
    for credentials in (Credentials(text, "x"), Credentials("x", text)):
        with pytest.raises(WrongPassword, match="no control characters"):
            await described(device(), credentials)


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_encrypted_device_is_asked_only_when_its_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    one = device(encrypted=context)
    async with running(one) as address:
        if trusted:
            assert (await describe(f"https://{address}", RIGHT, rule=RULE, clock=SystemClock())).main.token == "main"
        else:
            with pytest.raises(Refused, match="certificate"):
                await describe(f"https://{address}", RIGHT, rule=RULE, clock=SystemClock())


async def test_our_own_clock_may_be_any() -> None:
    one = device(wants=SignInWanted.TOKEN)
    found = await described(one, clock=ManualClock())
    assert found.clock_error is not None
    assert abs(found.clock_error) > 86_400
