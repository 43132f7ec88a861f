"""The register's pages: list, add with a test, change, switch; never a password on any of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import queries
from citysquare.apps.devices.credentials import Streams
from citysquare.apps.devices.models import Camera
from citysquare.apps.devices.pages import testing
from citysquare.apps.spaces.models import Space
from citysquare.engine.errors import Refused
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.probe import Probe
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from tests.factories import CameraFactory, OrganisationFactory, SpaceFactory, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def administrator(city: Organisation) -> Client:
    return signed_in(person(city, Role.ADMINISTRATOR))


def filled(**values: str) -> dict[str, str]:
    return {"name": "Bridge", "new_space": "Harbour", "address": "192.168.1.20/main", "user": "viewer", "password": "hunter2"} | values


def test_the_list_shows_own_cameras_without_credentials(city: Organisation, administrator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    CameraFactory.create(names={"en": "Foreign"})
    page = administrator.get("/cameras/").content.decode()
    assert camera.names["en"] in page
    assert "Foreign" not in page
    assert "secret" not in page
    assert "viewer" not in page


def test_the_list_costs_the_same_for_many_cameras(
    city: Organisation, administrator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    CameraFactory.create_batch(40, organisation=city)
    with django_assert_max_num_queries(14):
        assert administrator.get("/cameras/").status_code == 200


def test_a_camera_is_added_with_its_space(city: Organisation, administrator: Client) -> None:
    answer = administrator.post("/cameras/add/", filled(latitude="45.35", longitude="28.83", sub_address="192.168.1.20/sub"))
    assert answer.status_code == 302, answer.context["form"].errors
    camera = Camera.objects.get()
    assert (camera.organisation, camera.names, camera.space.names) == (city, {"en": "Bridge"}, {"en": "Harbour"})
    assert (camera.main_url, camera.sub_url) == ("rtsp://192.168.1.20/main", "rtsp://192.168.1.20/sub")
    streams = queries.streams_of(camera)
    assert streams == Streams("rtsp://viewer:hunter2@192.168.1.20/main", "rtsp://viewer:hunter2@192.168.1.20/sub")
    assert (camera.space.latitude, camera.space.longitude) == (45.35, 28.83)
    done = AuditEntry.objects.get(action=str(Action.CAMERA_ADD), outcome="done")
    assert done.subject_id == camera.pk


def test_a_camera_is_added_to_a_space_that_is_there(city: Organisation, administrator: Client) -> None:
    space = SpaceFactory.create(organisation=city)
    administrator.post("/cameras/add/", filled(space=space.pk, new_space=""))
    assert Camera.objects.get().space == space


def test_a_space_of_another_city_cannot_be_chosen(administrator: Client) -> None:
    answer = administrator.post("/cameras/add/", filled(space=SpaceFactory.create().pk, new_space=""))
    assert "space" in answer.context["form"].errors


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": "rtsp://127.0.0.1/main"}, "address"),
        ({"address": "rtsp://169.254.169.254/"}, "address"),
        ({"sub_address": "rtsp://[::1]/"}, "sub_address"),
        ({"address": "ftp://192.168.1.20/"}, "address"),
        ({"name": ""}, "name"),
        ({"new_space": ""}, "space"),
        ({"latitude": "45"}, "latitude"),
        ({"latitude": "nan", "longitude": "1"}, "latitude"),
        ({"latitude": "91", "longitude": "1"}, "latitude"),
    ],
)
def test_a_form_that_does_not_fit_says_where(administrator: Client, values: dict[str, str], field: str) -> None:
    answer = administrator.post("/cameras/add/", filled(**values))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert "hunter2" not in answer.content.decode()
    assert (Camera.objects.count(), Space.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "address",
    ["rtsp://me:hunter2@192.168.1.20/main", "me:hunter2@192.168.1.20/main", "192.168.1.20/user=me_password=hunter2_channel=1.sdp"],
)
def test_a_password_within_an_address_does_not_come_back_after_a_mistake(administrator: Client, address: str) -> None:
    answer = administrator.post("/cameras/add/", filled(name="", address=address, sub_address=address, user="", password=""))
    page = answer.content.decode()
    assert "192.168.1.20" in page
    assert "hunter2" not in page
    shown = answer.context["form"]["address"].value()
    assert "hunter2" in shown, "the browser's own copy is what is redacted"
    again = administrator.post("/cameras/add/", filled(address="rtsp://192.168.1.20/user=..._password=..._channel=1.sdp"))
    assert "fill them in" in str(again.context["form"].errors)


def test_a_camera_that_is_there_leaves_no_empty_space_behind(city: Organisation, administrator: Client) -> None:
    CameraFactory.create(organisation=city, main_url="rtsp://viewer:hunter2@192.168.1.20/main")
    answer = administrator.post("/cameras/add/", filled())
    assert "address" in answer.context["form"].errors
    assert Space.objects.count() == 1


def test_the_log_names_the_address_and_keeps_the_password_out(administrator: Client) -> None:
    administrator.post("/cameras/add/", filled(address="rtsp://me:hunter3@192.168.1.20/main?password=hunter4"))
    log = str(list(AuditEntry.objects.values()))
    assert "192.168.1.20" in log
    assert "hunter" not in log


def test_the_log_names_both_addresses_that_are_tried(administrator: Client) -> None:
    administrator.post("/cameras/add/", filled(name="", sub_address="me:hunter3@192.168.1.21/user=a_password=hunter4_channel=1.sdp"))
    details = AuditEntry.objects.get(action=str(Action.CAMERA_ADD)).details
    assert details["address"] == "rtsp://192.168.1.20/main"
    assert details["sub_address"] == "rtsp://192.168.1.21/user=..._password=..._channel=1.sdp"


@pytest.mark.parametrize(("language", "sentence"), [("bg", "Камера не може"), ("uk", "Камера не може мати"), ("ro", "O cameră nu poate")])
def test_what_is_wrong_is_said_in_the_language_of_the_moment(administrator: Client, language: str, sentence: str) -> None:
    administrator.post("/i18n/setlang/", {"language": language})
    page = administrator.post("/cameras/test/", {"address": "http://192.168.1.20/"}).content.decode()
    assert sentence in page
    assert "http:// cannot be opened" in page, "the engine's own sentence tells more"


def test_a_test_shows_picture_size_and_rate(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def probe(url: str, **_more: Any) -> Probe:  # noqa: ANN401 -- whatever the page hands over
        asked.append(url)
        if url.endswith("/sub"):
            raise Refused("The camera refused user or password.")
        return Probe(VideoParameters(Codec.H264, 1920, 1080, b"", "avc1.64001f"), b"\xff\xd8picture", 25.0)

    monkeypatch.setattr(testing, "probe", probe)
    answer = administrator.post("/cameras/test/", filled(sub_address="192.168.1.20/sub"), headers={"hx-request": "true"})
    main, sub = answer.context["results"]
    assert (main.ok, main.size, main.codec_label) == (True, "1920 \N{MULTIPLICATION SIGN} 1080", "H.264")
    assert main.picture.startswith("data:image/jpeg;base64,")
    assert "25" in main.rate
    assert (sub.ok, sub.code, sub.message) == (False, "source.refused", "The camera refused user or password.")
    assert asked == ["rtsp://viewer:hunter2@192.168.1.20/main", "rtsp://viewer:hunter2@192.168.1.20/sub"]
    assert "hunter2" not in answer.content.decode()
    assert AuditEntry.objects.filter(action=str(Action.CAMERA_TEST), details__address="rtsp://192.168.1.20/main").exists()


def test_a_forbidden_address_is_not_even_tried(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def probe(url: str, **_more: Any) -> Probe:  # noqa: ANN401 -- as above
        raise AssertionError(url)

    monkeypatch.setattr(testing, "probe", probe)
    answer = administrator.post("/cameras/test/", filled(address="rtsp://127.0.0.1:22/"), headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.context["results"] == []


def test_a_camera_is_switched_off_and_on(city: Organisation, administrator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    for value in ("0", "1"):
        assert administrator.post(f"/cameras/{camera.pk}/switch/", {"enabled": value}).status_code == 302
        assert Camera.objects.get().enabled is (value == "1")


def test_switching_off_asks_first(city: Organisation, administrator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    page = administrator.get(f"/cameras/{camera.pk}/switch/").content.decode()
    assert "Switch off" in page
    assert "Leave it as it is" in page
    assert Camera.objects.get().enabled


def test_a_camera_is_renamed_in_each_language(city: Organisation, administrator: Client) -> None:
    camera = CameraFactory.create(organisation=city, names={"en": "Bridge"})
    administrator.post("/i18n/setlang/", {"language": "ro"})
    assert administrator.get(f"/cameras/{camera.pk}/edit/").status_code == 200
    administrator.post(f"/cameras/{camera.pk}/edit/", {"name_en": "Bridge", "name_ro": "Pod", "space": camera.space_id, "order": "2"})
    assert Camera.objects.get().names == {"en": "Bridge", "ro": "Pod"}
    administrator.post(f"/cameras/{camera.pk}/edit/", {"name_en": "", "name_ro": "Pod", "space": camera.space_id, "order": "2"})
    assert Camera.objects.get().names == {"ro": "Pod"}, "an emptied field takes the name away"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_only_administrators_change_the_register(city: Organisation, role: Role) -> None:
    camera = CameraFactory.create(organisation=city)
    client = signed_in(person(city, role))
    assert client.get("/cameras/").status_code == 200
    assert client.get("/cameras/add/").status_code == 403
    assert client.post("/cameras/add/", filled()).status_code == 403
    assert client.post("/cameras/test/", filled()).status_code == 403
    assert client.get(f"/cameras/{camera.pk}/edit/").status_code == 403
    assert client.post(f"/cameras/{camera.pk}/switch/", {"enabled": "0"}).status_code == 403


def test_an_administrator_of_another_city_changes_nothing(administrator: Client) -> None:
    camera = CameraFactory.create()
    assert administrator.post(f"/cameras/{camera.pk}/switch/", {"enabled": "0"}).status_code == 403
    assert administrator.post(f"/cameras/{camera.pk}/edit/", {"name_en": "X", "order": "0"}).status_code == 403
    assert Camera.objects.get().enabled


def test_only_the_simulators_ports_of_this_machine_may_be_added(administrator: Client) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"simulator_ports": (8554,)})
    assert administrator.post("/cameras/add/", filled(address="rtsp://127.0.0.1:8554/cam1/main")).status_code == 302
    assert administrator.post("/cameras/add/", filled(address="rtsp://127.0.0.1:8555/cam1/main")).status_code == 200
