"""Passwords of cameras: sealed wherever they rest, opened for who connects, said nowhere."""

from __future__ import annotations

import importlib
import io
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from citysquare.apps.devices import credentials, queries, services
from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.models import Camera
from citysquare.engine.errors import CannotUnseal
from citysquare.engine.local import read_node_file
from citysquare.engine.sealing import KEY_FILE, open_keyring
from citysquare.engine.sources import AddressRule
from citysquare.platform.models import AuditEntry, OutboxEvent
from citysquare.site.wiring import write_node
from tests.factories import NOW, CameraFactory, SpaceFactory

SECRET = "s3cret-of-the-bridge"
MAIN = f"rtsp://viewer:{SECRET}@192.168.1.20/main"
IN_PATH = f"rtsp://192.168.1.20/user=viewer_password={SECRET}_channel=1.sdp"

pytestmark = pytest.mark.django_db


def add(main: str = MAIN, sub: str = IN_PATH) -> Camera:
    space = SpaceFactory.create()
    return services.add_camera(
        organisation_id=space.organisation_id,
        space_id=space.pk,
        names={"en": "Bridge"},
        streams=Streams(main, sub),
        rule=AddressRule(),
        at=NOW,
    )


def key_file() -> Path:
    return Path(settings.CITYSQUARE.keys_dir) / KEY_FILE


def test_nothing_in_the_database_holds_a_password_and_who_connects_gets_it() -> None:
    camera = add()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own tables' names
            assert SECRET not in str(cursor.fetchall()), table
    assert (camera.main_url, camera.sub_url) == ("rtsp://192.168.1.20/main", "rtsp://192.168.1.20/user=..._password=..._channel=1.sdp")
    assert queries.streams_of(Camera.objects.get()) == Streams(MAIN, IN_PATH)
    assert SECRET not in f"{camera!r} {camera} {queries.streams_of(camera)!r}"


def test_a_camera_without_a_password_needs_no_key() -> None:
    camera = add("rtsp://192.168.1.20/main", "")
    assert camera.credentials == ""
    assert queries.streams_of(camera) == Streams("rtsp://192.168.1.20/main")
    assert not key_file().exists()


def test_a_row_changed_by_hand_sends_no_password_to_another_host() -> None:
    camera, other = add(), CameraFactory.create()
    Camera.objects.filter(pk=camera.pk).update(main_url="rtsp://10.66.66.66/main")
    assert "192.168.1.20" in queries.streams_of(Camera.objects.get(pk=camera.pk)).main_url
    Camera.objects.filter(pk=other.pk).update(credentials=camera.credentials)
    with pytest.raises(CannotUnseal):
        queries.streams_of(Camera.objects.get(pk=other.pk))


def test_the_same_stream_with_another_user_is_still_the_same_stream() -> None:
    camera = add()
    with pytest.raises(services.CameraExists):
        services.add_camera(
            organisation_id=camera.organisation_id,
            space_id=camera.space_id,
            names={"en": "Again"},
            streams=Streams("rtsp://other:person-2@192.168.1.20/main"),
            rule=AddressRule(),
            at=NOW,
        )


def test_a_new_password_alone_is_a_change() -> None:
    camera = add()
    before = OutboxEvent.objects.count()
    for _ in range(2):
        services.readdress_camera(camera_id=camera.pk, streams=Streams(MAIN.replace(SECRET, "n3w-one"), ""), rule=AddressRule(), at=NOW)
    assert "n3w-one" in queries.streams_of(Camera.objects.get()).main_url
    assert OutboxEvent.objects.count() == before + 1, "the same once more changes nothing"


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:admin@192.168.1.20/",
        "rtsp://admin:12345@192.168.1.20/",
        "rtsp://Admin:ADMIN@192.168.1.20/",
        "rtsp://root:pass@192.168.1.20/",
        "rtsp://admin:@192.168.1.20/",
        "rtsp://admin@192.168.1.20/",
        "rtsp://888888:888888@192.168.1.20/",
        "rtsp://viewer:viewer@192.168.1.20/",
        "rtsp://admin:%61dmin@192.168.1.20/",
        "rtsp://192.168.1.20/user=admin_password=_channel=1.sdp",
        "rtsp://192.168.1.20/live?user=admin&password=123456",
        "rtsp://192.168.1.20/live?loginuse=admin&loginpas=888888",
    ],
)
def test_a_makers_password_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(services.FactoryPassword, match="set one of your own") as refused:
        add(url, "")
    assert refused.value.code == "devices.factory_password"
    with pytest.raises(services.FactoryPassword):
        add("rtsp://192.168.1.20/main", url)


@pytest.mark.parametrize("url", [MAIN, IN_PATH, "rtsp://192.168.1.20/", "rtsp://admin:Tulcea-7-bridges@192.168.1.20/", "rtsp://[", ""])
def test_a_password_of_ones_own_is_none_of_a_maker(url: str) -> None:
    assert not credentials.is_factory_login(url)


def test_a_lost_key_leaves_the_camera_listed_and_its_password_to_be_entered_again() -> None:
    camera = add()
    key_file().unlink()
    assert credentials.is_locked(camera, credentials.keyring())
    write_node()
    row = read_node_file(settings.CITYSQUARE.node_file).cameras[0]
    assert (row.main, row.locked) == ("rtsp://192.168.1.20/main", True)
    services.readdress_camera(camera_id=camera.pk, streams=Streams(MAIN), rule=AddressRule(), at=NOW)
    write_node()
    row = read_node_file(settings.CITYSQUARE.node_file).cameras[0]
    assert (row.main, row.locked) == (MAIN, False)


def test_a_key_file_others_may_read_is_told_in_a_sentence() -> None:
    add()
    key_file().chmod(0o644)
    with pytest.raises(services.KeysUnusable, match="mode must be 0600"):
        add("rtsp://viewer:secret@192.168.1.21/main")


def test_the_key_is_changed_while_everything_opens_before_and_after() -> None:
    camera = add()
    write_node()
    before, old = key_file().read_text(), Camera.objects.get().credentials
    out = io.StringIO()
    call_command("rotate_camera_keys", stdout=out)
    assert "1 cameras" in out.getvalue()
    assert list(AuditEntry.objects.filter(action="centre_key.rotated").values_list("outcome", "subject_kind").order_by("sequence")) == [
        ("allow", "keys"),
        ("done", "keys"),
    ]
    assert len(open_keyring(settings.CITYSQUARE.keys_dir).keys) == 1
    assert key_file().read_text() != before
    assert Camera.objects.get().credentials != old
    assert queries.streams_of(Camera.objects.get()) == Streams(MAIN, IN_PATH)
    assert read_node_file(settings.CITYSQUARE.node_file).cameras[0].main == MAIN
    assert Camera.objects.get().main_url == camera.main_url
    with pytest.raises(CannotUnseal):
        open_keyring(settings.CITYSQUARE.keys_dir).unseal(old, purpose=f"camera:{camera.pk}")


def test_a_rotation_that_cannot_open_everything_keeps_the_old_keys() -> None:
    add()
    CameraFactory.create()
    Camera.objects.exclude(names__en="Bridge").update(credentials="v1.00000000.AAAA")
    with pytest.raises(CommandError, match="1 of 2 cameras"):
        call_command("rotate_camera_keys")
    assert len(open_keyring(settings.CITYSQUARE.keys_dir).keys) == 2


def test_an_upgrade_seals_what_stood_in_clear_and_a_downgrade_opens_it() -> None:
    first, again, plain = CameraFactory.create(), CameraFactory.create(), CameraFactory.create()
    Camera.objects.filter(pk=first.pk).update(main_url=MAIN, sub_url=IN_PATH, credentials="")
    twin = MAIN.replace("viewer", "other")
    Camera.objects.filter(pk=again.pk).update(organisation=first.organisation, main_url=twin, sub_url="", credentials="")
    Camera.objects.filter(pk=plain.pk).update(main_url="rtsp://192.168.1.9/", sub_url="", credentials="")
    before = list(Camera.objects.order_by("pk").values("pk", "main_url", "sub_url", "credentials"))
    migration = importlib.import_module("citysquare.apps.devices.migrations.0004_seal_credentials")
    migration.seal(apps, SimpleNamespace(connection=connection))
    assert SECRET not in str(list(Camera.objects.values()))
    assert queries.streams_of(Camera.objects.get(pk=first.pk)) == Streams(MAIN, IN_PATH)
    assert queries.streams_of(Camera.objects.get(pk=again.pk)) == Streams(twin)
    assert {camera.main_url for camera in Camera.objects.exclude(pk=plain.pk)} == {"rtsp://192.168.1.20/main", "rtsp://192.168.1.20/main#2"}
    call_command("rotate_camera_keys", stdout=io.StringIO())
    assert Camera.objects.filter(main_url__endswith="#2").exists()
    migration.unseal(apps, SimpleNamespace(connection=connection))
    assert list(Camera.objects.order_by("pk").values("pk", "main_url", "sub_url", "credentials")) == before


def test_no_password_in_log_lines_and_audit_entries_of_a_camera_s_life(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        camera = add()
        services.switch_camera(camera_id=camera.pk, enabled=False, at=NOW)
        write_node()
        key_file().unlink()
        read_node_file(settings.CITYSQUARE.node_file)
    assert SECRET not in caplog.text
    assert SECRET not in str(list(AuditEntry.objects.values())) + str(list(OutboxEvent.objects.values()))
