"""What may be opened, and what is said of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import BadAddress, EngineError, Unreachable
from citysquare.engine.sources import AddressRule, redact, safe_name
from citysquare.engine.sources.addresses import parse_camera_url

STRICT = AddressRule()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "localhost", "a.localhost", "[::1]"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]"),
        *(
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "2852039166",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fd00:ec2::254]",
            "100.100.100.200",
        ),
        *("[64:ff9b:1::a9fe:a9fe]", "[::ffff:0:7f00:1]", "[fd20:ce::254]", "192.0.0.192", "168.63.129.16", "[::ffff:100.100.100.200]"),
        *("0.0.0.0", "0", "0.1.2.3", "[::]", "224.0.0.1", "239.1.2.3", "[ff02::1]", "255.255.255.255", "240.0.0.1"),
    ],
)
def test_addresses_no_camera_has_are_refused_however_they_are_spelt(host: str) -> None:
    with pytest.raises(BadAddress) as caught:
        STRICT.check_url(f"rtsp://user:secret@{host}:554/stream")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("host", ["192.168.1.10", "10.0.0.5", "172.16.3.4", "[fd12::5]", "8.8.8.8", "camera.example", "kamera-7"])
def test_private_and_public_addresses_pass(host: str) -> None:
    STRICT.check_url(f"rtsp://{host}/stream")
    STRICT.check_url(f"rtsps://{host}:322/stream?channel=1")


@pytest.mark.parametrize(
    "url",
    [
        *("http://camera/", "file:///etc/passwd", "/dev/video0", "", "rtsp://", "rtsp:///path", "rtsp://host:99999/", "rtsp://host:0/"),
        *(
            "rtsp://host/a b",
            "rtsp://host/\r\nX: y",
            "rtsp://host/\x7f",
            "rtsp://[::1",
            "rtsp://kámera/",
            "rtsp://host/" + "a" * 3000,
            "rtmp://host/x",
        ),
    ],
)
def test_what_is_no_camera_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(BadAddress) as caught:
        STRICT.check_url(url)
    assert caught.value.code == "source.bad_address"
    assert caught.value.message.endswith(".")


def test_loopback_passes_only_where_it_is_said() -> None:
    AddressRule(allow_loopback=True).check_url("rtsp://127.0.0.1:1/")
    some = AddressRule(loopback_ports=frozenset({8554}))
    some.check_url("rtsp://127.0.0.1:8554/")
    some.check_url("rtsp://localhost:8554/")
    with pytest.raises(BadAddress):
        some.check_url("rtsp://127.0.0.1:8555/")
    with pytest.raises(BadAddress):
        AddressRule(allow_loopback=True).check_url("rtsp://169.254.1.1/")


def answers(*addresses: str) -> Callable[..., Any]:
    async def getaddrinfo(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        await asyncio.sleep(0)
        if not addresses:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 554)) for address in addresses]

    return getaddrinfo


async def test_every_address_of_a_name_must_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    camera = parse_camera_url("rtsp://camera.example/")
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", answers("192.168.1.4", "127.0.0.1"))
    with pytest.raises(BadAddress):
        await STRICT.resolve(camera)
    monkeypatch.setattr(loop, "getaddrinfo", answers("192.168.1.4", "192.168.1.4", "fd12::4"))
    assert await STRICT.resolve(camera) == ["192.168.1.4", "fd12::4"]
    monkeypatch.setattr(loop, "getaddrinfo", answers())
    with pytest.raises(Unreachable, match=r"camera\.example"):
        await STRICT.resolve(camera)


def test_user_and_password_are_decoded_and_never_shown() -> None:
    camera = parse_camera_url("rtsp://us%40er:p%3Ass%2Fw@host:8554/a/b?c=d#e")
    assert (camera.user, camera.password) == ("us@er", "p:ss/w")
    assert camera.target == "rtsp://host:8554/a/b?c=d"
    assert "ss" not in repr(camera)
    assert "s3cret" not in repr(parse_camera_url("rtsp://host/user=a_password=s3cret_channel=1.sdp"))
    assert "s3cret" not in repr(parse_camera_url("rtsp://host/live?user=a&password=s3cret"))
    assert camera.shown == "host:8554"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://user:pass@host/x", "rtsp://host/x"),
        ("rtsp://user:p@ss/wo?rd@host/x", "rtsp://host/x"),
        ("rtsp://host/x?user=a&password=b&c=d", "rtsp://host/x?user=...&password=...&c=d"),
        ("rtsp://host/user=a_password=b_channel=1_stream=0.sdp?real", "rtsp://host/user=..._password=..._channel=1_stream=0.sdp?real"),
        ("rtsp://host/user=a&password=b&channel=1", "rtsp://host/user=...&password=...&channel=1"),
        ("rtsp://host/x?loginuse=a&loginpas=b", "rtsp://host/x?loginuse=...&loginpas=..."),
        ("rtsp://host/x?channel=1&authbasic=YTpi", "rtsp://host/x?channel=1&authbasic=..."),
        ("rtsp://host/x?psw=b&monkey=c", "rtsp://host/x?psw=...&monkey=c"),
        ("user:pass@host/x?y=rtsp://z", "host/x?y=rtsp://z"),
        ("film.mp4", "film.mp4"),
        ("rtsp://host/x", "rtsp://host/x"),
    ],
)
def test_addresses_are_shown_without_credentials(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_a_path_is_shown_without_credentials() -> None:
    assert parse_camera_url("rtsp://host/user=a_password=b_channel=1.sdp").shown_path == "/user=..._password=..._channel=1.sdp"
    assert parse_camera_url("rtsp://host").shown_path == "/"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rtsp://u:p@192.168.1.4:8554/Cam 1/Main?x=y", "192-168-1-4-8554-cam-1-main"),
        ("/films/Car Detection.mp4", "car-detection"),
        ("../x/../y_1.mkv", "y_1"),
        ("..", "camera"),
        ("видео.mp4", "camera"),
    ],
)
def test_cameras_get_plain_names(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(max_size=100))
def test_any_text_gets_a_safe_name_and_only_our_errors_leave(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name) <= 80
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    redact(text)
    for url in (text, f"rtsp://{text}"):
        with contextlib.suppress(EngineError):
            STRICT.check_url(url)


CAMERAS = AddressRule(networks=(ip_network("10.20.0.0/16"), ip_network("fd12::/64")), loopback_ports=frozenset({8554}))


@pytest.mark.parametrize(
    "host", ["10.20.0.1", "10.20.255.254", "[fd12::5]", "[::ffff:10.20.0.1]", "0x0a140001", "camera.example", "127.0.0.1"]
)
def test_cameras_in_the_networks_set_up_for_them_pass(host: str) -> None:
    CAMERAS.check_url(f"rtsp://{host}:8554/stream")


@pytest.mark.parametrize(
    "host", ["10.21.0.1", "192.168.1.4", "8.8.8.8", "[fd13::5]", "[::ffff:10.21.0.1]", "0x0a150001", "169.254.169.254"]
)
def test_cameras_outside_the_networks_set_up_for_them_are_refused(host: str) -> None:
    with pytest.raises(BadAddress):
        CAMERAS.check_url(f"rtsp://{host}/stream")


def test_a_network_that_was_set_up_opens_nothing_that_is_refused_anyway() -> None:
    wide = AddressRule(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    for host in ("127.0.0.1", "169.254.169.254", "224.0.0.1", "[fe80::1]", "[::ffff:127.0.0.1]", "100.100.100.200"):
        with pytest.raises(BadAddress):
            wide.check_url(f"rtsp://{host}/stream")
    wide.check_url("rtsp://10.0.0.1/stream")


async def test_a_name_must_stand_for_addresses_in_the_networks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", answers("10.20.0.4", "10.21.0.4"))
    with pytest.raises(BadAddress, match="camera_networks"):
        await CAMERAS.resolve_host("camera.example", 554)
    monkeypatch.setattr(loop, "getaddrinfo", answers("10.20.0.4"))
    assert await CAMERAS.resolve_host("camera.example", 554) == ["10.20.0.4"]


@given(st.ip_addresses(v=4), st.integers(1, 65535))
def test_however_an_address_is_spelt_the_verdict_is_the_same(address: IPv4Address, port: int) -> None:
    def verdict(host: str) -> bool:
        try:
            STRICT.check_url(f"rtsp://{host}:{port}/")
        except BadAddress:
            return False
        return True

    number = int(address)
    mapped, translated = IPv6Address(0xFFFF << 32 | number), IPv6Address(int(IPv6Address("64:ff9b::")) | number)
    spellings = [
        str(number),
        hex(number),
        f"[{mapped}]",
        f"[{translated}]",
        ".".join(oct(part).replace("0o", "0") for part in address.packed),
    ]
    assert {verdict(spelt) for spelt in spellings} == {verdict(str(address))}


@pytest.mark.parametrize("host", ["10.0.0.1%.attacker.example", "10.0.0.1%25x", "[fd12::5%25eth0]"])
async def test_an_address_with_a_zone_is_refused_and_no_resolver_is_asked_for_it(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    asked: list[str] = []

    async def getaddrinfo(host: str, *_more: object, **_named: object) -> list[object]:
        asked.append(host)
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    with pytest.raises(BadAddress):
        STRICT.check_url(f"rtsp://{host}/stream")
    with pytest.raises(BadAddress):
        await STRICT.resolve(parse_camera_url(f"rtsp://{host}/stream"))
    assert asked == []
