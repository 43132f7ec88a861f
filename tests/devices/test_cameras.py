"""The register of cameras: what may be entered, what is shown of it, and how the recorder hears of it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import translation

from citysquare.apps.devices import queries, services
from citysquare.apps.devices.models import Camera
from citysquare.engine.local import read_node_file
from citysquare.engine.sources import AddressRule
from citysquare.platform.ids import new_id
from citysquare.platform.models import Delivery, OutboxEvent
from tests.factories import NOW, CameraFactory, OrganisationFactory, SpaceFactory

RULE = AddressRule(loopback_ports=frozenset({8554}))


def add(url: str = "rtsp://viewer:secret@192.168.1.20/main", sub: str = "") -> Camera:
    space = SpaceFactory.create()
    return services.add_camera(
        organisation_id=space.organisation_id,
        space_id=space.pk,
        names={"en": "Bridge"},
        streams=services.Streams(main_url=url, sub_url=sub),
        rule=RULE,
        at=NOW,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.20/",
        "file:///etc/passwd",
        "rtsp://",
        "rtsp://127.0.0.1/main",
        "rtsp://127.0.0.1:8555/main",
        "rtsp://localhost:22/main",
        "rtsp://[::1]/main",
        "rtsp://[::ffff:127.0.0.1]/main",
        "rtsp://2130706433/main",
        "rtsp://0x7f.1/main",
        "rtsp://0.0.0.0/main",
        "rtsp://169.254.169.254/latest/meta-data",
        "rtsp://[fe80::1]/main",
        "rtsp://224.0.0.1/main",
        "rtsp://255.255.255.255/main",
        "rtsp://host:99999/main",
        "rtsp://host/a b",
        "rtsp://host/\r\nTEARDOWN",
        "rtsp://" + "a" * 3000,
        "",
    ],
)
def test_an_address_no_camera_may_have_is_refused(url: str) -> None:
    with pytest.raises(services.BadCameraAddress) as main:
        add(url)
    with pytest.raises(services.BadCameraAddress):
        add(sub=url or "x")
    assert main.value.status == 400
    assert Camera.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "rtsp://10.1.2.3/main",
        "rtsps://camera.city.example/main",
        "rtsp://192.168.1.20:10554/x?channel=1",
        "rtsp://127.0.0.1:8554/cam1/main",
    ],
)
def test_cameras_live_in_private_networks_and_in_the_simulator(url: str) -> None:
    assert add(url).main_url == url


@pytest.mark.django_db
def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(services.BadCameraAddress) as refused:
        add("rtsp://viewer:hunter2@127.0.0.1/main")
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(services.Streams(main_url="rtsp://viewer:hunter2@host/"))


@pytest.mark.parametrize(
    ("address", "user", "password", "url"),
    [
        ("192.168.1.20", "", "", "rtsp://192.168.1.20"),
        (" 192.168.1.20:8554/live ", "", "", "rtsp://192.168.1.20:8554/live"),
        ("rtsp://host/a?b=1", "me", "p@ss/w:rd", "rtsp://me:p%40ss%2Fw%3Ard@host/a?b=1"),
        ("rtsp://old:one@host/a", "me", "new", "rtsp://me:new@host/a"),
        ("rtsp://me:kept@host/a", "", "", "rtsp://me:kept@host/a"),
        ("rtsp://[", "me", "x", "rtsp://["),
        ("", "me", "x", ""),
    ],
)
def test_an_address_is_built_from_what_a_person_types(address: str, user: str, password: str, url: str) -> None:
    built = services.stream_url(address=address, user=user, password=password)
    assert built == url or not address


@pytest.mark.django_db
def test_a_stream_is_entered_once() -> None:
    first = add()
    with pytest.raises(services.CameraExists):
        services.add_camera(
            organisation_id=first.organisation_id,
            space_id=first.space_id,
            names={"en": "Again"},
            streams=services.Streams(main_url=first.main_url),
            rule=RULE,
            at=NOW,
        )


@pytest.mark.django_db
def test_new_cameras_stand_last_on_the_wall() -> None:
    city = OrganisationFactory.create()
    CameraFactory.create(organisation=city, order=7)
    space = SpaceFactory.create(organisation=city)
    camera = services.add_camera(
        organisation_id=city.pk,
        space_id=space.pk,
        names={"en": "New"},
        streams=services.Streams(main_url="rtsp://10.0.0.9/"),
        rule=RULE,
        at=NOW,
    )
    assert list(queries.cameras_of(city.pk))[-1] == camera


@pytest.mark.django_db
def test_renaming_keeps_the_other_languages() -> None:
    camera = CameraFactory.create(names={"en": "Bridge", "ro": "Pod"})
    services.change_camera(camera_id=camera.pk, names={"en": "Old bridge"}, order=3, at=NOW)
    camera = queries.required_camera(camera.pk)
    assert camera.names == {"en": "Old bridge", "ro": "Pod"}
    with translation.override("ro"):
        assert camera.name == "Pod"


@pytest.mark.django_db
def test_what_is_not_there_cannot_be_changed() -> None:
    for act in (
        lambda: services.switch_camera(camera_id=new_id(), enabled=True, at=NOW),
        lambda: services.change_camera(camera_id=new_id(), names={"en": "X"}, order=0, at=NOW),
        lambda: queries.subject_of(new_id()),
        lambda: queries.required_camera("no such"),
    ):
        with pytest.raises(queries.NoSuchCamera):
            act()


@pytest.mark.django_db(transaction=True)
def test_the_recorder_hears_of_every_change() -> None:
    camera = add("rtsp://viewer:secret@192.168.1.20/main", "rtsp://viewer:secret@192.168.1.20/sub")
    node_file = settings.CITYSQUARE.node_file
    node = read_node_file(node_file)
    whole = ("rtsp://viewer:secret@192.168.1.20/main", "rtsp://viewer:secret@192.168.1.20/sub")
    assert [(row.id, row.main, row.sub, row.enabled) for row in node.cameras] == [(camera.pk, *whole, True)]
    assert "secret" not in node_file.read_text()
    assert node.store == settings.CITYSQUARE.store_dir
    assert node_file.stat().st_mode & 0o777 == 0o600
    services.switch_camera(camera_id=camera.pk, enabled=False, at=NOW)
    assert [row.enabled for row in read_node_file(node_file).cameras] == [False]
    services.switch_camera(camera_id=camera.pk, enabled=False, at=NOW)
    assert OutboxEvent.objects.count() == 2
    assert not Delivery.objects.filter(due_at__isnull=False).exists()
    assert "secret" not in str(list(OutboxEvent.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_an_unwritable_node_file_is_tried_again(tmp_path: object) -> None:
    folder = settings.CITYSQUARE.data_dir
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    add("rtsp://192.168.1.20/main")
    waiting = Delivery.objects.get(due_at__isnull=False)
    assert waiting.handler == "site.write_node"
    folder.unlink()
    from datetime import timedelta

    from citysquare.platform.events import deliver_due

    assert deliver_due(at=NOW + timedelta(minutes=1)) == 1
    assert len(read_node_file(settings.CITYSQUARE.node_file).cameras) == 1
