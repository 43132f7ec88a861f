"""Codes of an app and recovery codes: each counts once, guesses are slowed down, and the secret is nowhere to read."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from citysquare.apps.accounts import services
from citysquare.apps.accounts.models import RecoveryCode, TotpSecret, User
from citysquare.apps.accounts.services import codes
from citysquare.platform.policy import Role
from tests.factories import NOW, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "tulip-under-nine-bridges"
STEP = timedelta(seconds=codes.STEP_SECONDS)

Drawing = np.ndarray[Any, np.dtype[np.uint8]]


def code(secret: str, at: datetime) -> str:
    """What the app shows."""
    return TOTP(base64.b32decode(secret), codes.DIGITS, SHA1(), codes.STEP_SECONDS).generate(int(at.timestamp())).decode()  # noqa: S303 -- as apps do


def with_app(role: Role = Role.SUPERVISOR, at: datetime = NOW) -> tuple[User, str, list[str]]:
    """Somebody with a password and an app."""
    user = person(OrganisationFactory.create(), role, sign_in_name="olena")
    services.set_password(user=user, new_password=PASSWORD)
    secret = codes.begin_totp(user=user, at=at).secret
    return user, secret, codes.confirm_totp(user=user, code=code(secret, at), at=at)


def browser() -> Client:
    return Client(headers={"accept": "text/html"})


def test_the_codes_are_those_of_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [code(secret, datetime.fromisoformat(at)) for at in ("1970-01-01T00:00:59+00:00", "2005-03-18T01:58:29+00:00")] == [
        "287082",
        "081804",
    ]


def test_an_app_counts_from_its_first_code_on() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR)
    secret = codes.begin_totp(user=user, at=NOW).secret
    assert not codes.has_totp(user)
    with pytest.raises(codes.BadCode):
        codes.confirm_totp(user=user, code="000000", at=NOW)
    assert len(codes.confirm_totp(user=user, code=code(secret, NOW), at=NOW)) == codes.RECOVERY_CODES
    assert codes.has_totp(user)
    with pytest.raises(codes.NoTotp):
        codes.begin_totp(user=user, at=NOW)


def test_a_code_counts_once_and_none_before_it() -> None:
    user, secret, _recovery = with_app()
    with pytest.raises(codes.BadCode):
        codes.check_code(user=user, code=code(secret, NOW), at=NOW)
    later = NOW + STEP
    codes.check_code(user=user, code=code(secret, later), at=later)
    for again in (code(secret, later), code(secret, NOW)):
        with pytest.raises(codes.BadCode):
            codes.check_code(user=user, code=again, at=later)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(steps: int, taken: bool) -> None:
    user, secret, _recovery = with_app()
    now = NOW + 10 * STEP
    if taken:
        codes.check_code(user=user, code=code(secret, now + steps * STEP), at=now)
    else:
        with pytest.raises(codes.BadCode):
            codes.check_code(user=user, code=code(secret, now + steps * STEP), at=now)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5", "-12345", "\x00"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    user, _secret, _recovery = with_app()
    with pytest.raises(codes.BadCode):
        codes.check_code(user=user, code=typed, at=NOW + STEP)


def test_guessing_codes_is_slowed_down() -> None:
    user, secret, _recovery = with_app()
    now = NOW + 5 * STEP
    for _guess in range(services.ATTEMPTS_PER_NAME):
        with pytest.raises(codes.BadCode):
            codes.check_code(user=user, code="000000", at=now)
    with pytest.raises(services.TooManyAttempts):
        codes.check_code(user=user, code=code(secret, now), at=now)


def test_neither_secret_nor_recovery_codes_stand_in_the_database() -> None:
    user, secret, recovery = with_app()
    tables = str([*TotpSecret.objects.values(), *RecoveryCode.objects.values()])
    assert secret not in tables
    assert base64.b32decode(secret).hex() not in tables
    assert not any(one in tables or one.replace("-", "") in tables for one in recovery)
    other = person(OrganisationFactory.create(), Role.OPERATOR)
    TotpSecret.objects.filter(user=user).update(user=other)
    with pytest.raises(codes.CodesLocked):
        codes.check_code(user=other, code=code(secret, NOW), at=NOW)


def test_without_the_key_file_nobody_is_let_past(settings: Settings) -> None:
    user, secret, _recovery = with_app()
    (settings.CITYSQUARE.keys_dir / "people" / "cameras.json").unlink()
    with pytest.raises(codes.CodesLocked):
        codes.check_code(user=user, code=code(secret, NOW + STEP), at=NOW + STEP)


def test_a_recovery_code_counts_once_and_new_ones_end_the_old() -> None:
    user, _secret, recovery = with_app()
    codes.check_recovery_code(user=user, code=f" {recovery[0].upper()} ", at=NOW)
    with pytest.raises(codes.BadCode):
        codes.check_recovery_code(user=user, code=recovery[0], at=NOW)
    assert codes.recovery_codes_left(user) == codes.RECOVERY_CODES - 1
    codes.new_recovery_codes(user=user, at=NOW)
    with pytest.raises(codes.BadCode):
        codes.check_recovery_code(user=user, code=recovery[1], at=NOW)


def test_after_the_password_the_code_is_asked_for() -> None:
    _user, secret, recovery = with_app(at=timezone.now() - timedelta(hours=1))
    client = browser()
    answer = client.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD, "next": "/holds/"})
    assert answer.headers["Location"] == "/sign-in/second-factor/"
    assert client.get("/wall/").headers["Location"].startswith("/sign-in/"), "half signed in opens nothing"
    assert client.post("/sign-in/second-factor/", {"code": "000000"}).status_code == 403
    answer = client.post("/sign-in/second-factor/", {"code": code(secret, timezone.now())})
    assert answer.headers["Location"] == "/holds/"
    assert client.get("/wall/").status_code == 200
    other = browser()
    other.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD})
    assert other.post("/sign-in/second-factor/", {"code": recovery[0]}).status_code == 302
    assert other.get("/wall/").status_code == 200


def test_nobody_reaches_the_second_step_without_the_first() -> None:
    with_app()
    assert browser().get("/sign-in/second-factor/").headers["Location"] == "/sign-in/"


def test_a_role_that_decides_sets_up_a_second_factor_before_anything_else() -> None:
    user = person(OrganisationFactory.create(), Role.SUPERVISOR, sign_in_name="olena")
    services.set_password(user=user, new_password=PASSWORD)
    client = browser()
    assert client.post("/sign-in/", {"sign_in_name": "olena", "password": PASSWORD}).headers["Location"] == "/account/keys/"
    for path in ("/wall/", "/observations/", "/holds/"):
        assert client.get(path).headers["Location"] == "/account/keys/"
    assert client.get("/api/v1/cameras", headers={"accept": "application/json"}).status_code == 403
    page = client.get("/account/keys/app/")
    secret = page.context["shown"].secret
    answer = client.post("/account/keys/app/", {"code": code(secret, timezone.now())})
    assert len(answer.context["codes"]) == codes.RECOVERY_CODES
    assert client.get("/wall/").status_code == 200


def drawn(svg: str) -> Drawing:
    """What a phone's camera sees of the drawing: rows of squares in steps of `M x y h length m gap 0`."""
    size = int(re.findall(r'<svg width="(\d+)"[^>]*class="segno"', svg)[0])
    picture = np.full((size // 5, size // 5), 255, np.uint8)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.findall(r'class="qrline"[^>]* d="([^"]+)"', svg)[0]):
        steps = [float(number) for number in numbers.split()]
        if command == "h":
            picture[int(y), int(x) : int(x + steps[0])] = 0
            x += steps[0]
        else:
            x, y = (steps[0], steps[1]) if command == "M" else (x + steps[0], y + steps[1])
    return picture.repeat(8, axis=0).repeat(8, axis=1)


def test_a_phone_reads_the_key_from_the_picture() -> None:
    user = person(OrganisationFactory.create(), Role.OPERATOR, sign_in_name="olena")
    page = signed_in(user).get("/account/keys/app/")
    read, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(drawn(page.content.decode()))
    assert read == page.context["shown"].uri
    assert page.context["shown"].secret in read


def test_a_removed_app_and_its_recovery_codes_open_nothing() -> None:
    user, _secret, recovery = with_app(Role.OPERATOR)
    assert signed_in(user).post("/account/keys/app/remove/").status_code == 302
    assert not codes.has_totp(user)
    with pytest.raises(codes.BadCode):
        codes.check_recovery_code(user=user, code=recovery[0], at=NOW)
