"""The simulator's own cameras answer as ONVIF devices too."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import NotOnvif
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import SignIn, describe
from citysquare.engine.sources.onvif.discovery import discover
from citysquare.simulator.__main__ import main
from citysquare.simulator.errors import SimulatorError
from citysquare.simulator.onvif import OnvifTown, Responder


@dataclass
class Pictures:
    width: int
    height: int


@dataclass
class Camera:
    name: str
    ready: bool = True

    def stream(self, name: str) -> Pictures:
        return Pictures(1280, 720) if name == "main" else Pictures(640, 360)


async def test_each_camera_that_is_ready_is_described_with_its_streams() -> None:
    town = OnvifTown([Camera("cam1"), Camera("cam2", ready=False)], 8554)
    port = await town.start("127.0.0.1", 0)
    rule = AddressRule(loopback_ports=frozenset({port, 8554}))
    found = await describe(f"http://127.0.0.1:{port}/cam1/onvif/device_service", None, rule=rule, clock=SystemClock())
    assert (found.main.rtsp_url, found.main.width) == ("rtsp://127.0.0.1:8554/cam1/main", 1280)
    assert found.sub is not None
    assert found.sub.rtsp_url == "rtsp://127.0.0.1:8554/cam1/sub"
    assert (found.sign_in, found.serial, found.notes) == (SignIn.NONE, "cam1", ())
    for missing in ("cam2", "cam3", "../etc"):
        with pytest.raises(NotOnvif):
            await describe(f"http://127.0.0.1:{port}/{missing}/onvif/device_service", None, rule=rule, clock=SystemClock())
    await town.stop()


@pytest.mark.parametrize("group", [True, False])
async def test_a_town_is_found_with_the_address_on_the_askers_side(group: bool) -> None:
    responder = Responder([("cam1", "http://{host}:8089/cam1/onvif/device_service")])
    port = await responder.start(port=0, group=group)
    found = await discover([ip_network("127.0.0.1/32")], rule=AddressRule(allow_loopback=True), timeout=0.5, port=port)
    responder.stop()
    assert [one.address for one in found] == ["http://127.0.0.1:8089/cam1/onvif/device_service"]


async def test_a_camera_that_shows_nothing_yet_is_not_found() -> None:
    here = [("cam1", "http://{host}:8089/cam1"), ("cam2", "http://{host}:8089/cam2")]
    responder = Responder(here, present=lambda name: name == "cam2")
    port = await responder.start(port=0, group=False)
    found = await discover([ip_network("127.0.0.1/32")], rule=AddressRule(allow_loopback=True), timeout=0.5, port=port)
    responder.stop()
    assert [one.name for one in found] == ["cam2"]


async def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SimulatorError, match="--onvif-port"):
        await OnvifTown([], 8554).start("127.0.0.1", taken.getsockname()[1])


def test_a_port_that_cannot_be_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--onvif-port", "70000"]) == 2
    assert "between 0 and 65535" in capsys.readouterr().err
