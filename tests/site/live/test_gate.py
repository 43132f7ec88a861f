"""A look at a live picture is somebody's from its beginning to its end."""

import json
from typing import NoReturn

import pytest
from django.conf import settings
from django.db import connection

from citysquare.platform import audit
from citysquare.platform.looks import Why
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Role
from citysquare.site.live.gate import SessionGate, gate_of
from tests import factories


@pytest.mark.django_db(transaction=True)
async def test_the_end_of_a_look_is_logged_for_who_began_it_even_after_signing_out() -> None:
    from asgiref.sync import sync_to_async

    def prepare() -> tuple[str, str, SessionGate]:
        camera = factories.CameraFactory.create()
        user = factories.person(camera.organisation, Role.OPERATOR)
        client = factories.signed_in(user)
        return camera.pk, audit.actor_name(user.pk), SessionGate(client.session.session_key or "", "en")

    camera, user, gate = await sync_to_async(prepare)()
    assert (await gate.open(camera)).allowed
    gate = SessionGate("", "en", gate.page, gate.looking)
    assert not await gate.still_signed_in()
    await gate.ended(camera, 0, Why.SIGNED_OUT)
    entries = await sync_to_async(lambda: list(AuditEntry.objects.order_by("sequence").values_list("actor", "outcome", "details")))()
    assert [(actor, outcome) for actor, outcome, _details in entries[-2:]] == [(user, "allow"), (user, "ended")]
    assert entries[-1][2] == {"seconds": 0, "why": "signed_out"}


@pytest.mark.django_db(transaction=True)
async def test_without_the_log_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    from asgiref.sync import sync_to_async

    def unavailable(**_entry: object) -> NoReturn:
        raise audit.AuditUnavailable("The log takes no entry.")

    def prepare() -> tuple[str, SessionGate]:
        camera = factories.CameraFactory.create()
        client = factories.signed_in(factories.person(camera.organisation, Role.OPERATOR))
        return camera.pk, SessionGate(client.session.session_key or "", "en")

    camera, gate = await sync_to_async(prepare)()
    monkeypatch.setattr(audit, "record", unavailable)
    verdict = await gate.open(camera)
    assert (verdict.allowed, verdict.code) == (False, "audit.unavailable")


@pytest.mark.django_db(transaction=True)
async def test_led_25_pictures_go_on_while_the_database_takes_nothing_and_the_log_has_the_look_in_its_files() -> None:
    from asgiref.sync import sync_to_async

    def prepare() -> tuple[str, SessionGate]:
        camera = factories.CameraFactory.create()
        client = factories.signed_in(factories.person(camera.organisation, Role.OPERATOR))
        return camera.pk, SessionGate(client.session.session_key or "", "en")

    def takes(count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA query_only = {1 - count}")

    def told() -> list[tuple[str, str]]:
        lines = [json.loads(line) for path in settings.CITYSQUARE.audit_dir.glob("2*.jsonl") for line in path.read_text().splitlines()]
        return [(line["subject_id"], line["outcome"]) for line in lines if line["action"] == "live.view"]

    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone is told so in one word")
    camera, gate = await sync_to_async(prepare)()
    await sync_to_async(takes)(0)
    try:
        assert (await gate.open(camera)).allowed
        await gate.beat()
        assert (await gate.check(camera)).allowed
    finally:
        await sync_to_async(takes)(1)
    assert told() == [(camera, "allow")]
    await gate.beat()
    await gate.ended(camera, 0, Why.LEFT)
    assert told() == [(camera, "allow"), (camera, "allow"), (camera, "ended")], "begun anew once it can be kept, and ended"


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({"accept-language": "ro-RO,ro;q=0.9,en;q=0.8"}, "ro"),
        ({"accept-language": "ro", "cookie": "citysquare_language=bg"}, "bg"),
        ({"accept-language": "uk", "cookie": "citysquare_language=../x"}, "uk"),
        ({"accept-language": "tlh,<script>" + "x" * 9000}, "en"),
        ({}, "en"),
    ],
)
def test_the_socket_speaks_the_language_of_the_page(headers: dict[str, str], language: str) -> None:
    assert gate_of(headers).language == language
