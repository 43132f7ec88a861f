"""Every page and every form with what nobody would type: an answer of ours, never a fault."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from citysquare.platform import pace
from citysquare.platform.ids import new_id
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, ObservationFactory, OrganisationFactory, person, recount, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FIELDS = (
    *("q", "page", "before", "after", "cursor", "limit", "day", "since", "until", "from", "to", "at", "camera", "space", "class", "group"),
    *("direction", "action", "actor", "next", "theme", "language", "way", "name", "name_en", "purpose", "scopes", "days", "case", "reason"),
    *(
        "sign_in_name",
        "password",
        "old_password",
        "new_password",
        "again",
        "address",
        "sub_address",
        "user",
        "file",
        "geometry",
        "boundary",
    ),
    *("latitude", "longitude", "azimuth", "seen", "encoding", "format", "bom", "id", "camera_id", "begins", "ends", "person_role", "text"),
)
VALUES = (
    *("", " ", "0", "-1", "1e400", "NaN", "9" * 40, "9" * 5000, "2026-13-45", "0001-01-01", "9999-12-31T23:59:59.999999+14:00"),
    *("2026-05-01T12:00:00Z", "\0", "\ud7ff\uffff", "\u202e", "x" * 9000, "' OR 1=1 --", "%00", "{{7*7}}", "<script>", "../../etc/passwd"),
    *(
        "//evil.example",
        "javascript:alert(1)",
        "[[[[[[",
        '{"type":"Polygon","coordinates":[[[1e308,1e308]]]}',
        "=cmd|' /C calc'!A0",
        "\r\nX: y",
    ),
)
PLACES = (*("a" * 16, "0", "-", "x" * 300, "\u0661", "..", "%2e%2e", "2026-02-30", "1" * 30),)


def patterns(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Yield each address of the site, as it is written in the list of addresses."""
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield path, entry


def filled(route: str, chance: random.Random, known: str) -> str:
    """Put something into each place of an address."""
    parts = (chance.choice((known, new_id(), *PLACES)) if part.startswith("<") else part for part in route.split("/"))
    return "/".join(parts)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.APPROVER])
def test_no_page_fails_whatever_is_asked_of_it(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LIMITS", {kind: pace.Limit(1e9, 1e9) for kind in pace.LIMITS})
    city = OrganisationFactory.create()
    camera = CameraFactory.create(organisation=city)
    ObservationFactory.create(camera=camera)
    recount()
    client = signed_in(person(city, role))
    chance = random.Random(str(role))
    asked = 0
    for route, _pattern in patterns(get_resolver()):
        if "sign-out" in route:
            continue
        fields = {chance.choice(FIELDS): chance.choice(VALUES) for _ in range(chance.randrange(1, 6))}
        path = filled(route, chance, camera.pk)
        for answer in (client.get(path, fields), client.post(path, {**fields, "file": upload(chance)})):
            assert answer.status_code < 500 or answer.status_code == 503, (path, fields)
            asked += 1
            assert list(answer) is not None  # files are made while they are sent
    assert asked > 100


def upload(chance: random.Random) -> SimpleUploadedFile:
    """Return a file that is none, under a name nobody should use."""
    content = chance.choice(
        (b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"PK\x03\x04" + bytes(100), b"[" * 10_000, b"\xff\xfe\0", b"name;space\n\0;=")
    )
    return SimpleUploadedFile(chance.choice(("x.csv", "../../x.json", "a" * 300, "con", "x.html", "\u202excod.exe")), content)


def test_a_stranger_gets_no_fault_either(client: Client) -> None:
    chance = random.Random(1)
    for route, _pattern in patterns(get_resolver()):
        answer = client.get(filled(route, chance, "x"), {chance.choice(FIELDS): chance.choice(VALUES)})
        assert answer.status_code < 500
