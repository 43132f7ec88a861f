"""Setting up a camera that is found: the search, the question, the choice, the picture; the password in none of the pages."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.test import Client

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import forms, networks, queries
from citysquare.apps.devices.models import Camera, SetupDraft
from citysquare.apps.devices.pages import finding, testing
from citysquare.apps.devices.services import Streams, address_rule
from citysquare.engine.errors import NoVideo, Refused, Stalled, Unreachable, WrongPassword
from citysquare.engine.model import Codec, VideoParameters
from citysquare.engine.probe import Probe
from citysquare.engine.sources.onvif import Found
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Role
from citysquare.simulator.onvif import OnvifDevice, Stream
from tests.factories import CameraFactory, OrganisationFactory, person, signed_in

pytestmark = pytest.mark.django_db
SECRET = "s3cret-of-the-bridge"
RTSP_PORT = 8554


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def administrator(city: Organisation) -> Client:
    return signed_in(person(city, Role.ADMINISTRATOR))


def allow(**update: Any) -> None:  # noqa: ANN401 -- settings
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update=update)


@contextmanager
def device(**values: Any) -> Iterator[str]:  # noqa: ANN401 -- the device's fields
    """A simulated ONVIF device in a thread of its own; gives its address."""
    usual = [
        Stream("main", 1920, 1080, f"rtsp://127.0.0.1:{RTSP_PORT}/cam1/main", ptz=True),
        Stream("sub", 640, 360, f"rtsp://127.0.0.1:{RTSP_PORT}/cam1/sub", fps=12, bitrate=512),
    ]
    one = OnvifDevice(**{"streams": usual, "password": SECRET, **values})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(one.start(), loop).result(10)
    allow(simulator_ports=(port, RTSP_PORT))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(one.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def asked(client: Client, address: str, password: str = SECRET) -> str:
    """Ask a device; return the address of the page to choose its streams on."""
    answer = client.post("/cameras/find/device/", {"address": address, "user": "operator", "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_device_that_names_another_host_for_its_streams_is_told_of(administrator: Client) -> None:
    with device(streams=[Stream("main", 1920, 1080, f"rtsp://10.9.8.7:{RTSP_PORT}/cam1/main")]) as address:
        page = administrator.get(asked(administrator, address)).content.decode()
    assert "names 10.9.8.7 as the host of its streams; its own address" in page


def test_a_camera_is_found_asked_chosen_and_saved(city: Organisation, administrator: Client) -> None:
    with device() as address:
        place = asked(administrator, address)
    page = administrator.get(place)
    form = page.context["form"]
    assert (form["main"].value(), form["sub"].value(), form["ptz"].value()) == ("main", "sub", "main")
    assert "1920 \N{MULTIPLICATION SIGN} 1080" in page.content.decode()
    for text in (page.content.decode(), str(list(SetupDraft.objects.values())), str(administrator.cookies), place):
        assert SECRET not in text
    values = {"main": "main", "sub": "sub", "ptz": "main", "name": "Bridge", "new_space": "Harbour"}
    answer = administrator.post(place, values)
    camera = Camera.objects.get()
    assert answer["Location"] == f"/cameras/{camera.pk}/place/"
    assert queries.streams_of(camera) == Streams(
        f"rtsp://operator:{SECRET}@127.0.0.1:{RTSP_PORT}/cam1/main", f"rtsp://operator:{SECRET}@127.0.0.1:{RTSP_PORT}/cam1/sub"
    )
    assert camera.onvif_address.startswith(f"http://{address}")
    assert (camera.ptz_profile, camera.organisation) == ("main", city)
    assert not SetupDraft.objects.exists()
    assert administrator.get(place).status_code == 410
    log = str(list(AuditEntry.objects.values()))
    assert address in log
    assert SECRET not in log


@pytest.mark.parametrize(("sub", "ptz"), [("", ""), ("sub", "")])
def test_what_was_chosen_for_a_person_can_be_changed(administrator: Client, sub: str, ptz: str) -> None:
    with device() as address:
        place = asked(administrator, address)
    administrator.post(place, {"main": "main", "sub": sub, "ptz": ptz, "name": "B", "new_space": "H"})
    camera = Camera.objects.get()
    assert (bool(camera.sub_url), camera.ptz_profile) == (bool(sub), ptz)


@pytest.mark.parametrize("values", [{"main": "no such"}, {"main": "main", "sub": "main"}, {"main": "main", "new_space": ""}])
def test_a_choice_that_does_not_fit_is_explained(administrator: Client, values: dict[str, str]) -> None:
    with device() as address:
        place = asked(administrator, address)
    answer = administrator.post(place, {"name": "B", "new_space": "H"} | values)
    assert answer.context["form"].errors
    assert not Camera.objects.exists()


def test_a_wrong_password_is_one_sentence_and_what_to_do(administrator: Client) -> None:
    with device() as address:
        answer = administrator.post("/cameras/find/device/", {"address": address, "user": "operator", "password": "wr0ng-one"})
    assert answer.context["trouble"]["code"] == WrongPassword.code
    assert "ONVIF users" in answer.context["trouble"]["advice"]
    assert "wr0ng-one" not in answer.content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"address": "http://me:pw-1@192.168.1.20/", "user": "", "password": ""},
        {"address": "192.168.1.20", "user": "admin", "password": "admin"},
        {"address": "", "user": "", "password": ""},
    ],
)
def test_a_question_that_must_not_be_asked_is_not_asked(
    administrator: Client, values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "describe", None)
    answer = administrator.post("/cameras/find/device/", values)
    assert answer.context["form"].errors
    assert "pw-1" not in answer.content.decode() + str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "[::1]", "2130706433", "localhost"])
def test_this_machine_itself_is_not_asked(administrator: Client, address: str) -> None:
    answer = administrator.post("/cameras/find/device/", {"address": address})
    assert answer.context["trouble"]["code"] == "source.bad_address"


def test_a_search_lists_what_answered_and_what_is_known(city: Organisation, administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    CameraFactory.create(organisation=city, main_url="rtsp://192.168.7.2/main")
    searched: list[object] = []

    async def discover(chosen: Any, **_more: object) -> list[Found]:  # noqa: ANN401 -- networks
        searched.extend(chosen)
        return [
            Found("192.168.7.2", 80, "/onvif/device_service", "", "<b>Old</b>", "", "Bridge"),
            Found("192.168.7.3", 8080, "/onvif/device_service", "", "", "X1", ""),
        ]

    monkeypatch.setattr(finding, "discover", discover)
    answer = administrator.post("/cameras/find/", {"other": "192.168.7.0/24"})
    assert [str(each) for each in searched] == ["192.168.7.0/24"]
    assert [(row["name"], row["known"]) for row in answer.context["found"]] == [("<b>Old</b>", True), ("X1", False)]
    page = answer.content.decode()
    assert "<b>Old</b>" not in page
    assert "address=http%3A%2F%2F192.168.7.3%3A8080%2Fonvif%2Fdevice_service" in page
    entry = AuditEntry.objects.filter(action=str(Action.CAMERA_TEST)).latest("sequence")
    assert entry.details["networks"].endswith("192.168.7.0/24")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("everywhere", "is written as"),
        ("10.0.0.0/8", "too large"),
        ("8.8.8.0/24", "private networks only"),
        ("127.0.0.0/24", "private networks only"),
        ("169.254.0.0/24", "private networks only"),
        ("", "Choose a network"),
    ],
)
def test_only_chosen_private_networks_are_searched(administrator: Client, text: str, sentence: str) -> None:
    answer = administrator.post("/cameras/find/", {"other": text})
    assert sentence in str(answer.context["form"].errors)


def test_the_setting_names_the_networks(administrator: Client) -> None:
    allow(camera_networks=(networks.network_of("10.20.0.0/24"),))
    assert [str(each) for each in networks.offered_networks()] == ["10.20.0.0/24"]
    assert str(networks.network_of("10.20.0.0/26")) == "10.20.0.0/26"
    with pytest.raises(ValueError, match="camera_networks"):
        networks.network_of("10.30.0.0/24")
    assert address_rule().networks == settings.CITYSQUARE.camera_networks
    answer = administrator.post("/cameras/add/", {"name": "B", "new_space": "H", "address": "192.168.1.20/main"})
    assert "camera_networks" in str(answer.context["form"].errors)
    assert administrator.post("/cameras/add/", {"name": "B", "new_space": "H", "address": "10.20.0.7/main"}).status_code == 302


def test_without_the_setting_this_machines_private_networks_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def interface(address: str, mask: str, family: int = socket.AF_INET) -> Any:  # noqa: ANN401 -- what psutil gives
        return SimpleNamespace(family=family, address=address, netmask=mask)

    there = {
        "lo": [interface("127.0.0.1", "255.0.0.0")],
        "eth0": [interface("192.168.1.5", "255.255.255.0"), interface("fe80::1", "", socket.AF_INET6)],
        "eth1": [interface("10.1.2.3", "255.0.0.0")],
        "eth2": [interface("8.8.4.4", "255.255.255.0")],
        "eth3": [interface("169.254.3.3", "255.255.0.0")],
    }
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: there)
    assert [str(each) for each in networks.offered_networks()] == ["192.168.1.0/24", "10.1.2.0/24"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("No answer."), "firewall"),
        (Refused("The camera refused user or password."), "user, password and path"),
        (NoVideo("Only MJPEG."), "H.264 or H.265"),
        (Stalled("It was reached, but sent no picture at which decoding could start within 12 s."), "keyframe interval"),
        (Stalled("Nothing arrives."), "switched on"),
    ],
)
def test_each_trouble_says_what_to_do(administrator: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    async def probe(_url: str, **_more: object) -> Probe:
        raise error

    monkeypatch.setattr(testing, "probe", probe)
    page = administrator.post("/cameras/test/", {"address": "192.168.1.20/main"}, headers={"hx-request": "true"}).content.decode()
    assert words in page
    assert "None was given" in page, "a missing small stream is told too"


def test_swapped_streams_and_a_browsers_limits_are_told(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"main": (640, 360, Codec.H264), "sub": (1920, 1080, Codec.H264), "sub5": (320, 180, Codec.H265)}

    async def probe(url: str, **_more: object) -> Probe:
        width, height, codec = sizes[url.rsplit("/", 1)[1]]
        return Probe(VideoParameters(codec, width, height, b"", ""), b"\xff\xd8", 2.0)

    monkeypatch.setattr(testing, "probe", probe)
    swapped = administrator.post("/cameras/test/", {"address": "10.0.0.1/main", "sub_address": "10.0.0.1/sub"}).content.decode()
    assert "probably swapped" in swapped
    assert "Few pictures a second" in swapped
    other = administrator.post("/cameras/test/", {"address": "10.0.0.1/main", "sub_address": "10.0.0.1/sub5"}).content.decode()
    assert "Not every browser shows H.265" in other


def test_the_streams_of_a_found_camera_are_tested_with_its_password(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def probe(url: str, **_more: object) -> Probe:
        seen.append(url)
        raise Refused("no")

    monkeypatch.setattr(testing, "probe", probe)
    with device() as address:
        place = asked(administrator, address)
    page = administrator.post(f"{place}test/", {"main": "main", "sub": "sub"}).content.decode()
    assert len(seen) == 2
    assert all(SECRET in url for url in seen)
    assert SECRET not in page


@pytest.mark.parametrize(
    "address", [f"admin:{SECRET}@192.168.1.20", f"192.168.1.20/?user=a&password={SECRET}", f"http://a:{SECRET}@10.0.0.1/"]
)
def test_a_password_typed_into_a_device_s_address_is_neither_logged_nor_shown(administrator: Client, address: str) -> None:
    posted = administrator.post("/cameras/find/device/", {"address": address, "user": "", "password": ""})
    assert posted.context["form"].errors["address"]
    linked = administrator.get("/cameras/find/device/", {"address": address})
    assert SECRET not in posted.content.decode()
    assert SECRET not in str(linked.context["form"]), "a link may carry it; the field does not"
    log = str(list(AuditEntry.objects.values()))
    assert SECRET not in log
    assert "192.168.1.20" in log or "10.0.0.1" in log


def test_nobody_goes_through_a_network_address_by_address(
    city: Organisation, administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def nobody(address: str, *_more: object, **_named: object) -> Any:  # noqa: ANN401 -- never returns
        tried.append(address)
        raise Unreachable("Nobody answers.")

    monkeypatch.setattr(finding, "describe", nobody)
    monkeypatch.setattr(testing, "probe", nobody)
    monkeypatch.setattr(testing.tries, "per_second", 0.001)  # however slow the machine is
    for number in range(int(testing.tries.size)):
        administrator.post("/cameras/find/device/" if number % 2 else "/cameras/test/", {"address": f"192.168.1.{number + 1}"})
    assert len(tried) == testing.tries.size
    assert administrator.post("/cameras/test/", {"address": "192.168.1.200"}).status_code == 429
    refused = administrator.post("/cameras/find/device/", {"address": "192.168.1.201"})
    assert "in a short time" in str(refused.context["form"].errors)
    assert len(tried) == testing.tries.size
    colleague = signed_in(person(city, Role.ADMINISTRATOR))
    assert colleague.post("/cameras/test/", {"address": "192.168.1.202"}).status_code == 200


def test_searches_are_few_and_each_network_is_asked_once(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[list[str]] = []

    async def discover(chosen: Any, **_more: object) -> list[Found]:  # noqa: ANN401 -- networks
        searched.append([str(each) for each in chosen])
        return []

    monkeypatch.setattr(finding, "discover", discover)
    monkeypatch.setattr(forms, "offered_networks", lambda: [networks.network_of(f"10.0.{n}.0/29") for n in range(30)])
    many = [f"10.0.{n}.0/29" for n in range(30)] * 2
    for _time in range(int(testing.searches.size)):
        administrator.post("/cameras/find/", {"networks": many, "other": "192.168.7.0/24"})
    assert len(searched[0]) == len(set(searched[0])) == 31
    assert AuditEntry.objects.latest("sequence").details["networks"].startswith("192.168.7.0/24,")
    assert administrator.post("/cameras/find/", {"other": "192.168.7.0/24"}).status_code == 429
    assert len(searched) == testing.searches.size


def test_the_log_says_which_found_device_was_tried(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def probe(_url: str, **_more: object) -> Probe:
        raise Refused("no")

    monkeypatch.setattr(testing, "probe", probe)
    with device() as address:
        place = asked(administrator, address)
    administrator.post(f"{place}test/", {"main": "main", "sub": "sub"})
    entry = AuditEntry.objects.filter(action=str(Action.CAMERA_TEST)).latest("sequence")
    assert entry.details["what"] == "found camera"
    assert address in entry.details["address"]
    SetupDraft.objects.all().delete()
    assert administrator.post(f"{place}test/", {"main": "main"}).status_code == 410
