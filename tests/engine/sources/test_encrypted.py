"""Encrypted cameras (rtsps): read when their certificate is trusted, refused with a sentence when not."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from contextlib import aclosing
from pathlib import Path

import pytest

from citysquare.engine.clock import SystemClock
from citysquare.engine.model import Break, CodedPicture, GapCause
from citysquare.engine.sources import RtspSource
from tests.engine.sources.camera import Camera
from tests.engine.sources.clips import make_clip
from tests.engine.sources.watching import PATIENCE, RULE

OPENSSL = shutil.which("openssl")
REQUEST = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=camera -addext subjectAltName=IP:127.0.0.1"


def certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that signs itself; return a file with it and its key."""
    if OPENSSL is None:
        pytest.skip("there is no openssl command to make a certificate with")
    key, made, both = folder / "key.pem", folder / "made.pem", folder / "camera.pem"
    subprocess.run([OPENSSL, *REQUEST.split(), "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    both.write_bytes(made.read_bytes() + key.read_bytes())
    return both


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_encrypted_camera_is_read_only_when_its_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    clip = make_clip("h264")
    async with Camera(clip, encrypted=context).running() as camera:
        source = RtspSource(camera.url().replace("rtsp:", "rtsps:"), clock=SystemClock(), rule=RULE)
        got = []
        async with asyncio.timeout(PATIENCE), aclosing(source.events()) as events:
            async for event in events:
                got.append(event)
                if isinstance(event, Break) or len(got) == 50:
                    break
    if trusted:
        assert [picture.data for picture in got if isinstance(picture, CodedPicture)] == clip.stored
    else:
        assert isinstance(got[0], Break)
        assert got[0].cause is GapCause.REFUSED
        assert "certificate" in got[0].detail


async def test_a_camera_that_does_not_speak_tls_is_unreachable_that_way() -> None:
    async with Camera(make_clip("h264"), noise=b"RTSP/1.0 400 Bad Request\r\n\r\n").running() as camera:
        source = RtspSource(camera.url().replace("rtsp:", "rtsps:"), clock=SystemClock(), rule=RULE)
        async with asyncio.timeout(PATIENCE), aclosing(source.events()) as events:
            event = await anext(events)
    assert isinstance(event, Break)
    assert event.cause is GapCause.UNREACHABLE
