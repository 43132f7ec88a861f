"""`python -m citysquare.engine onvif ...`"""

from __future__ import annotations

import asyncio
import io
import json
import sys

import pytest

from citysquare.engine.cli import main
from citysquare.engine.cli.main import parser
from citysquare.simulator.onvif import OnvifDevice
from tests.engine.sources.onvif.devices import PASSWORD, RIGHT, device


async def run(one: OnvifDevice, *arguments: str) -> int:
    """Run the command in a thread, beside the device."""
    port = await one.start()
    try:
        return await asyncio.to_thread(main, ["onvif", "describe", f"127.0.0.1:{port}", *arguments])
    finally:
        await one.stop()


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nmore\n"))


async def test_a_device_is_described_with_the_password_of_standard_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(device(), "--user", RIGHT.user) == 0
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert (said["type"], said["model"], said["main"], said["sub"]) == ("description", "Simulated camera", "main", "sub")
    assert said["profiles"][0]["rtsp_url"] == "rtsp://127.0.0.1:8554/cam1/main"
    assert PASSWORD not in out + err


async def test_the_password_may_stand_in_a_variable(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", PASSWORD)
    assert await run(device(), "--user", RIGHT.user, "--password-variable", "CAMERA_PASSWORD") == 0
    monkeypatch.setenv("CAMERA_PASSWORD", "wrong")
    assert await run(device(), "--user", RIGHT.user, "--password-variable", "CAMERA_PASSWORD") == 2
    assert await run(device(), "--user", RIGHT.user, "--password-variable", "NO_SUCH_NAME") == 2
    err = capsys.readouterr().err
    assert "source.wrong_password" in err
    assert "is not set" in err
    assert "NO_SUCH_NAME" not in err  # somebody may have typed the password itself there


def test_no_option_takes_a_password() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["onvif", "describe", "h", "--password", "x"])
    with pytest.raises(SystemExit):
        parser().parse_args(["onvif", "discover", "no-network"])


def test_a_search_where_nobody_answers_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["onvif", "discover", "127.77.0.0/31", "--for", "0.2"]) == 0
    assert capsys.readouterr().out == ""
