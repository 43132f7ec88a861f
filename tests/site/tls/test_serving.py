"""A started web server speaks HTTPS: versions, cookies, headers, and a certificate that changes meanwhile."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from citysquare.config import Config
from citysquare.site.asking import web_answers
from citysquare.site.live.application import SIGNED_OUT
from citysquare.site.running import free_port
from citysquare.site.tls import own


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Config]]:
    """Start a web server with these settings and wait until it answers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**settings: object) -> Config:
        port = free_port(18443)
        assert port is not None
        config = Config(data_dir=tmp_path / "data", port=port).model_copy(update=settings)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYSQUARE_", "DJANGO_"))}
        given = {"data_dir": config.data_dir, "port": port, **settings}
        named = {f"CITYSQUARE_{name.upper()}": ",".join(value) if isinstance(value, tuple) else str(value) for name, value in given.items()}
        command = [sys.executable, "-m", "citysquare.site.console", "serve"]
        started.append(subprocess.Popen(command, env=clean | named, cwd=tmp_path))
        deadline = time.monotonic() + 60
        while not web_answers(config):
            assert started[-1].poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return config

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def trusting(path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(path))


def asked(config: Config, context: ssl.SSLContext | None, path: str = "/sign-in/") -> http.client.HTTPResponse:
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", config.port, timeout=20)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", config.port, timeout=20, context=context)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def served_certificate(config: Config) -> bytes:
    return ssl.get_server_certificate(("127.0.0.1", config.port)).encode()


def test_beyond_loopback_it_is_https_with_secure_cookies_and_no_hsts(serve: Callable[..., Config]) -> None:
    config = serve(bind="0.0.0.0")
    context = trusting(own.public_file(config))
    answer = asked(config, context)
    assert answer.status == 200
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert cookies
    assert all("; Secure" in cookie for cookie in cookies)
    assert answer.headers["Strict-Transport-Security"] is None
    old = trusting(own.public_file(config))
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        asked(config, old)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        asked(config, None)
    with (
        pytest.raises(InvalidStatus) as foreign,
        connect(f"wss://127.0.0.1:{config.port}/live/", ssl=context, origin=Origin("https://elsewhere.example")),
    ):
        pass
    assert foreign.value.response.status_code == 403
    with (
        connect(f"wss://127.0.0.1:{config.port}/live/", ssl=context, origin=Origin(f"https://127.0.0.1:{config.port}")) as page,
        pytest.raises(ConnectionClosedError) as unnamed,
    ):
        page.recv(timeout=20)
    assert page.response is not None
    assert page.response.status_code == 101
    assert unnamed.value.rcvd is not None
    assert unnamed.value.rcvd.code == SIGNED_OUT


def test_with_the_citys_certificate_hsts_is_sent_and_a_new_file_is_served_without_a_restart(
    serve: Callable[..., Config], tmp_path: Path
) -> None:
    certificate, key = tmp_path / "city.pem", tmp_path / "city.key"

    def lay() -> None:
        made = own.make(["127.0.0.1"], datetime.now(UTC))
        key.write_bytes(made.key)
        key.chmod(0o600)
        certificate.write_bytes(made.chain)

    lay()
    config = serve(tls_certificate=certificate, tls_key=key)
    assert asked(config, trusting(certificate)).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    first = served_certificate(config)
    lay()
    deadline = time.monotonic() + 60
    while served_certificate(config) == first:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert asked(config, trusting(certificate)).status == 200


def test_behind_a_proxy_a_socket_is_enough(serve: Callable[..., Config], tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    config = serve(bind=f"unix:{path}", behind_proxy=True)
    with socket.socket(socket.AF_UNIX) as proxy:
        proxy.settimeout(20)
        proxy.connect(str(path))
        proxy.sendall(b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: proxy.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Strict-Transport-Security" in answer.replace(b"strict-transport-security", b"Strict-Transport-Security")
    assert config.base_url.startswith("https://")
