"""Devices are found on the networks that were chosen, and only there."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import BadAddress
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import Found
from citysquare.engine.sources.onvif import discover as public_discover
from citysquare.engine.sources.onvif.discovery import _Search, discover
from citysquare.simulator.onvif import Responder
from tests.engine.sources.onvif.devices import RULE

HERE = ip_network("127.0.0.0/30")


async def search(responder: Responder, *, rule: AddressRule = RULE, within: str = "127.0.0.0/30") -> list[Found]:
    port = await responder.start(port=0)
    try:
        return await discover([ip_network(within)], rule=rule, timeout=0.5, port=port)
    finally:
        responder.stop()


async def test_devices_are_found_with_what_they_say_of_themselves() -> None:
    found = await search(Responder([("Main Square", "http://127.0.0.1:8081/onvif/device_service"), ("Quay", "http://127.0.0.1:8082/x")]))
    assert [(one.host, one.port, one.path, one.name, one.hardware) for one in found] == [
        ("127.0.0.1", 8081, "/onvif/device_service", "Main Square", "simulated"),
        ("127.0.0.1", 8082, "/x", "Quay", "simulated"),
    ]
    assert found[0].address == "http://127.0.0.1:8081/onvif/device_service"
    assert found[0].endpoint.startswith("urn:uuid:")


async def test_only_the_address_an_answer_came_from_is_believed() -> None:
    named = ["http://169.254.169.254/x", "http://10.0.0.9/onvif/device_service", "http://127.0.0.1@evil/", "ftp://127.0.0.1/", ""]
    found = await search(Responder([("evil", " ".join(named))]))
    assert [(one.host, one.port, one.path) for one in found] == [("127.0.0.1", 80, "/onvif/device_service")]


async def test_of_this_machine_only_the_simulators_ports_are_shown() -> None:
    devices = [("ours", "http://127.0.0.1:8081/x"), ("other", "http://127.0.0.1:6379/x")]
    found = await search(Responder(devices), rule=AddressRule(loopback_ports=frozenset({8081})))
    assert [one.name for one in found] == ["ours"]
    assert await search(Responder(devices), rule=AddressRule()) == []


async def test_answers_from_outside_the_chosen_networks_do_not_count() -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule())
    number = next(iter(searching.asked))
    responder = Responder([])
    searching.take(responder.answer(number, "in", "http://10.1.0.7/x"), "10.1.0.7")
    searching.take(responder.answer(number, "out", "http://10.2.0.7/x"), "10.2.0.7")
    searching.take(responder.answer("urn:uuid:of-somebody-else", "late", "http://10.1.0.8/x"), "10.1.0.8")
    assert [one.name for one in searching.found.values()] == ["in"]


async def test_camera_networks_bound_a_search() -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule(networks=(ip_network("10.1.0.0/28"),)))
    responder = Responder([])
    for last in (7, 99):
        searching.take(responder.answer(next(iter(searching.asked)), f"cam{last}", f"http://10.1.0.{last}/x"), f"10.1.0.{last}")
    assert [one.name for one in searching.found.values()] == ["cam7"]


async def test_a_flood_of_answers_is_bounded() -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule())
    number = next(iter(searching.asked))
    for port in range(1, 6000):
        searching.take(Responder([]).answer(number, "x", f"http://10.1.0.7:{port}/x"), "10.1.0.7")
    assert len(searching.found) == 64


@pytest.mark.parametrize("within", ["10.0.0.0/8", "10.0.0.0/21", "fd00::/64"])
async def test_a_search_of_too_many_addresses_is_refused(within: str) -> None:
    with pytest.raises(BadAddress, match="at most 1024"):
        await public_discover([ip_network(within)], rule=RULE, timeout=0.1)


async def test_a_search_where_nothing_leads_finds_nothing() -> None:
    async with asyncio.timeout(20):
        assert await discover([ip_network("fd12:3456::/126")], rule=RULE, timeout=0.1) == []
        assert await discover([], rule=RULE, timeout=0.1) == []


@given(st.binary(max_size=400), st.sampled_from(["10.1.0.7", "::1", "nonsense", "10.1.0.7%x"]))
def test_any_datagram_is_taken_calmly(data: bytes, sender: str) -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule())
    searching.take(data, sender)
    whole = Responder([]).answer(next(iter(searching.asked)), "x", "http://10.1.0.7/x")
    searching.take(whole[: len(data)] + data + whole[len(data) :], sender)


def test_a_datagram_with_entities_is_not_read() -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule())
    whole = Responder([]).answer(next(iter(searching.asked)), "&a;", "http://10.1.0.7/x")
    searching.take(whole.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1), "10.1.0.7")
    assert searching.found == {}


def test_a_datagram_in_another_encoding_is_not_read() -> None:
    searching = _Search([ip_network("10.1.0.0/24")], AddressRule())
    whole = Responder([]).answer(next(iter(searching.asked)), "x", "http://10.1.0.7/x")
    text = whole.decode().replace('encoding="UTF-8"', "").partition("?>")[2]
    searching.take(text.encode("utf-16-le"), "10.1.0.7")
    assert searching.found == {}
    searching.take(whole, "10.1.0.7")
    assert searching.found
