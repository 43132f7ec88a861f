"""RTP packets and reports, taken apart again."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.rtp import PACKET_BYTES, Sent, packetise, sender_report, split_nal_units


def packets(run: bytes | bytearray) -> list[bytes]:
    """Interleaved frames without their four-byte heads."""
    found, at = [], 0
    while at < len(run):
        assert run[at] == 0x24
        length = int.from_bytes(run[at + 2 : at + 4], "big")
        found.append(bytes(run[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def nal_units(received: list[bytes]) -> list[bytes]:
    """Undo FU-A."""
    whole: list[bytearray] = []
    for packet in received:
        payload = packet[12:]
        if payload[0] & 31 != 28:
            whole.append(bytearray(payload))
        elif payload[1] & 0x80:
            whole.append(bytearray([payload[0] & 0xE0 | payload[1] & 31]) + payload[2:])
        else:
            whole[-1] += payload[2:]
    return [bytes(nal) for nal in whole]


@given(st.lists(st.integers(1, 6000), min_size=1, max_size=5), st.integers(0, 65535), st.integers(0, 2**32 - 1))
def test_what_was_packed_comes_out_again(sizes: list[int], sequence: int, time: int) -> None:
    units = [bytes([0x65]) + bytes(k % 251 for k in range(size)) for size in sizes]
    received = packets(packetise(units, key=True).addressed(4, sequence, time, 77))
    assert nal_units(received) == units
    heads = [struct.unpack(">BBHII", packet[:12]) for packet in received]
    assert [head[2] for head in heads] == [(sequence + k) & 0xFFFF for k in range(len(heads))]
    assert {head[3] for head in heads} == {time}
    assert {head[4] for head in heads} == {77}
    assert [head[1] >> 7 for head in heads] == [0] * (len(heads) - 1) + [1]
    assert all(len(packet) <= PACKET_BYTES + 12 for packet in received)


def test_addressing_one_client_leaves_the_template_as_it_is() -> None:
    run = packetise([b"\x65abc"], key=True)
    before = run.template
    assert run.addressed(0, 1, 2, 3) != run.addressed(2, 5, 6, 7)
    assert run.template == before


def test_supplemental_units_are_left_out() -> None:
    unit = b"\0\0\0\1\x09\x10" + b"\0\0\0\1\x06sei" + b"\0\0\1\x67sps" + b"\0\0\0\1\x65slice"
    assert split_nal_units(unit) == [b"\x67sps", b"\x65slice"]


def test_a_sender_report_says_when_its_rtp_time_was() -> None:
    report = sender_report(1, 0xABCD, 1_700_000_000.5, 90_000, Sent(3, 400))
    assert report[:2] == b"$\x01"
    assert int.from_bytes(report[2:4], "big") == len(report) - 4
    version, kind, words, source, seconds, fraction, time, count, octets = struct.unpack(">BBHIIIIII", report[4:32])
    assert (version, kind, words, source, time, count, octets) == (0x80, 200, 6, 0xABCD, 90_000, 3, 400)
    assert seconds - 2_208_988_800 == 1_700_000_000
    assert abs(fraction / 2**32 - 0.5) < 1e-6
    assert report[32:34] == b"\x81\xca"
    assert (len(report) - 32) % 4 == 0
