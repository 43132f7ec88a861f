"""RTP packets become the access units that were sent, bit by bit, or are reported as damaged."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.model import Codec
from citysquare.engine.sources import ParameterSets, rtcp
from citysquare.engine.sources.rtp import AccessUnit, Damage, Depacketiser, Restart, Unit
from tests.engine.sources.clips import Clip, make_clip, packets_of, payloads, rtp_packet

CLIPS = [make_clip(codec, b_frames=b) for codec in ("h264", "h265") for b in (0, 2)]


def feed(clip: Clip, packets: list[bytes], *, trusted: bool = True) -> tuple[list[Unit], Depacketiser]:
    taker = Depacketiser(ParameterSets(Codec(clip.codec)), 96, marker_trusted=trusted)
    for packet in packets:
        frame = bytearray(b"$\0\0\0" + packet + b"behind")
        taker.packet(frame, memoryview(frame), 4, 4 + len(packet))
    return taker.units, taker


def feed_in_reads(clip: Clip, packets: list[bytes], cuts: list[int]) -> tuple[list[Unit], Depacketiser]:
    """As `feed`, but with frames as they lie in a connection's buffer, which is read up to each of the cuts."""
    taker = Depacketiser(ParameterSets(Codec(clip.codec)), 96)
    buffer = bytearray(b"".join(b"$\0" + len(packet).to_bytes(2, "big") + packet for packet in packets))
    view, position = memoryview(buffer), 0
    for filled in [*sorted(cuts), len(buffer)]:
        while position + 4 <= filled:
            end = position + 4 + int.from_bytes(buffer[position + 2 : position + 4], "big")
            if end > filled:
                break
            taker.packet(buffer, view, position + 4, end)
            position = taker.run(0, buffer, view, end, filled)
    return taker.units, taker


def flat(groups: list[list[bytes]]) -> list[bytes]:
    return [packet for group in groups for packet in group]


def without_marker(packet: bytes) -> bytes:
    return packet[:1] + bytes((packet[1] & 0x7F,)) + packet[2:]


def stored(units: list[Unit]) -> list[bytes]:
    return [unit.data for unit in units if isinstance(unit, AccessUnit)]


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
@pytest.mark.parametrize("aggregate", [False, True])
def test_every_picture_comes_back_bit_exact(clip: Clip, aggregate: bool) -> None:
    units, taker = feed(clip, flat(packets_of(clip, aggregate=aggregate)))
    assert stored(units) == clip.stored
    assert [unit.key for unit in units if isinstance(unit, AccessUnit)] == [picture.key for picture in clip.pictures]
    assert taker.counters.lost == 0


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
def test_a_camera_without_markers_is_read_by_its_times(clip: Clip) -> None:
    units, _ = feed(clip, [without_marker(packet) for packet in flat(packets_of(clip))])
    assert stored(units) == clip.stored[:-1]  # the last one waits for the next time


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
def test_parameter_sets_with_markers_of_their_own_stay_with_their_picture(clip: Clip) -> None:
    packets = []
    for group in packets_of(clip, aggregate=False):
        head = [p for p in group[:-1] if len(p) < 200]
        packets += [marked(p) if p in head else p for p in group]
    assert stored(feed(clip, packets)[0]) == clip.stored


def marked(packet: bytes) -> bytes:
    return packet[:1] + bytes((packet[1] | 0x80,)) + packet[2:]


def test_a_camera_that_marks_every_packet_is_found_out_without_loss() -> None:
    clip = make_clip("h264", width=640, height=360)
    units, taker = feed(clip, [marked(packet) for packet in flat(packets_of(clip, aggregate=False))])
    assert not taker.marker_trusted
    assert stored(units) == clip.stored[:-1]


def test_a_camera_that_marks_every_slice_is_found_out() -> None:
    clip = make_clip("h264", extra="slices=3")
    packets = [marked(p) if p[12] & 31 != 28 or p[13] & 0x40 else p for p in flat(packets_of(clip))]
    units, taker = feed(clip, packets)
    assert not taker.marker_trusted
    assert sum(isinstance(unit, Damage) for unit in units) == 1
    assert stored(units)[-40:] == clip.stored[-41:-1]
    again, _ = feed(clip, packets, trusted=False)
    assert stored(again) == clip.stored[:-1]


@given(st.sampled_from(CLIPS), st.data())
def test_loss_is_told_and_only_whole_pictures_are_kept(clip: Clip, data: st.DataObject) -> None:
    packets = flat(packets_of(clip))
    gone = data.draw(st.sets(st.integers(1, len(packets) - 2), min_size=1, max_size=4))
    units, taker = feed(clip, [packet for n, packet in enumerate(packets) if n not in gone])
    assert set(stored(units)) <= set(clip.stored)
    assert taker.counters.lost == len(gone)
    assert any(isinstance(unit, Damage) for unit in units)
    assert stored(units)[-1] == clip.stored[-1] or max(gone) > len(packets) - 12


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
@pytest.mark.parametrize("aggregate", [False, True])
def test_a_key_picture_right_behind_a_hole_is_kept(clip: Clip, aggregate: bool) -> None:
    groups = packets_of(clip, aggregate=aggregate)
    keys = [number for number, picture in enumerate(clip.pictures) if picture.key]
    for first in range(keys[2] + 1, keys[3]):
        units, _ = feed(clip, flat(groups[:first] + groups[keys[3] :]))
        assert stored(units) == clip.stored[:first] + clip.stored[keys[3] :]
        assert sum(isinstance(unit, Damage) for unit in units) == 1
    cut = flat(groups[: keys[2] + 2])[:-1] + flat(groups[keys[3] :])
    assert stored(feed(clip, cut)[0]) == clip.stored[: keys[2] + 1] + clip.stored[keys[3] :]


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
def test_a_key_picture_that_lost_its_beginning_is_not_kept(clip: Clip) -> None:
    groups = packets_of(clip, aggregate=False)
    key = [number for number, picture in enumerate(clip.pictures) if picture.key][3]
    for cut in range(1, len(groups[key])):
        units, _ = feed(clip, flat(groups[: key - 3]) + groups[key][cut:] + flat(groups[key + 1 :]))
        assert stored(units) == clip.stored[: key - 3] + clip.stored[key + 1 :]


@given(st.sampled_from(CLIPS), st.data())
def test_packets_taken_in_runs_give_what_packets_one_by_one_give(clip: Clip, data: st.DataObject) -> None:
    packets = flat(packets_of(clip))
    places = st.integers(1, len(packets) - 1)
    for place in data.draw(st.sets(places, max_size=3)):
        byte = data.draw(st.integers(0, 15))
        packets[place] = packets[place][:byte] + bytes((data.draw(st.integers(0, 255)),)) + packets[place][byte + 1 :]
    for place in data.draw(st.sets(places, max_size=2)):
        packets[place] = packets[place][: data.draw(st.integers(0, 20))]
    gone = data.draw(st.sets(places, max_size=2))
    packets = [packet for number, packet in enumerate(packets) if number not in gone]
    cuts = data.draw(st.lists(st.integers(0, sum(map(len, packets))), max_size=40))
    alone, one = feed(clip, packets)
    together, other = feed_in_reads(clip, packets, cuts)
    assert together == alone
    assert vars(other.counters) == vars(one.counters)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_a_run_ends_before_the_last_piece_of_a_unit(codec: str) -> None:
    clip = make_clip(codec, width=640, height=360)
    key = packets_of(clip, sequence=100)[0]
    buffer = bytearray(b"".join(b"$\0" + len(packet).to_bytes(2, "big") + packet for packet in key))
    view, taker, position = memoryview(buffer), Depacketiser(ParameterSets(Codec(codec)), 96), 0
    for packet in key:
        end = position + 4 + len(packet)
        taker.packet(buffer, view, position + 4, end)
        position = taker.run(0, buffer, view, end, len(buffer))
        if position > end:
            break
    assert position == len(buffer) - 4 - len(key[-1])
    assert taker.counters.received == len(key) - 1


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
def test_packets_out_of_order_are_loss(clip: Clip) -> None:
    packets = flat(packets_of(clip))
    packets[20], packets[21] = packets[21], packets[20]
    units, _ = feed(clip, packets)
    assert any(isinstance(unit, Damage) for unit in units)
    assert set(stored(units)) < set(clip.stored)


def test_a_new_sender_is_a_restart_and_not_loss() -> None:
    clip = CLIPS[0]
    second = [p[:8] + struct.pack(">I", 8) + p[12:] for p in flat(packets_of(clip, sequence=5, rtp_time=77))]
    units, taker = feed(clip, flat(packets_of(clip)) + second)
    assert stored(units) == clip.stored * 2
    assert sum(isinstance(unit, Restart) for unit in units) == 1
    assert taker.counters.lost == 0


def test_padding_extensions_and_other_payload_types_are_read_over() -> None:
    clip = CLIPS[0]
    packets = []
    for packet in flat(packets_of(clip)):
        packets.append(
            bytes((0x80 | 0x20 | 0x10 | 1,)) + packet[1:12] + b"CSRC" + b"\xbe\xde\0\1ABCD" + packet[12:] + b"\0\0\3",
        )
        packets.append(bytes((0x80, 0)) + packet[2:])
    assert stored(feed(clip, packets)[0]) == clip.stored


def test_a_picture_or_nal_unit_without_end_is_cut_off_in_memory() -> None:
    clip = CLIPS[0]
    packets = [rtp_packet(b"\x7c\x85" + b"\xff" * 60_000, sequence=0, rtp_time=1, marker=False)]
    packets += [rtp_packet(b"\x7c\x05" + b"\xff" * 60_000, sequence=n, rtp_time=1, marker=False) for n in range(1, 201)]
    units, taker = feed(clip, packets)
    assert [type(unit) for unit in units] == [Damage]
    assert len(taker._unit) == 0  # noqa: SLF001 - the bound on memory is what is shown


@given(st.sampled_from(["h264", "h265"]), st.integers(0, 2**32), st.lists(st.binary(max_size=40), max_size=6))
def test_garbage_harms_nothing(codec: str, seed: int, extra: list[bytes]) -> None:
    clip = make_clip(codec)
    chance = random.Random(seed)
    packets = [bytearray(packet) for packet in flat(packets_of(clip))[:80]]
    for _ in range(10):
        packet = chance.choice([packet for packet in packets if packet])
        packet[chance.randrange(len(packet))] = chance.randrange(256)
        if chance.random() < 0.3:
            del packet[chance.randrange(len(packet)) :]
    for n, payload in enumerate(extra):
        packets.append(bytearray(rtp_packet(payload, sequence=n, rtp_time=n, marker=True)))
    for unit in feed(clip, [bytes(packet) for packet in packets])[0]:
        if isinstance(unit, AccessUnit):
            assert len(unit.data) < 1 << 20


@given(st.binary(max_size=200))
def test_any_bytes_as_rtcp_harm_nothing(data: bytes) -> None:
    rtcp.parse(data)


def test_sender_reports_tell_the_cameras_time() -> None:
    ntp = (1_767_225_600 + 2_208_988_800) << 32 | 1 << 31
    packet = struct.pack(">BBHIQIII", 0x80, 200, 6, 7, ntp, 1234, 0, 0) + struct.pack(">BBHI", 0x81, 203, 1, 7)
    report, goodbye = rtcp.parse(packet)
    assert goodbye
    assert report is not None
    assert report.unix == 1_767_225_600.5
    assert rtcp.parse(packet[:28])[1] is False


def test_receiver_reports_tell_what_was_lost() -> None:
    clip = CLIPS[0]
    packets = flat(packets_of(clip))
    _, taker = feed(clip, packets[:10] + packets[12:])
    report = rtcp.Reporter(99).report(taker.counters, 10.0)
    first, kind, words, ours, theirs, lost, highest = struct.unpack_from(">BBHIIII", report)
    assert (first, kind, words, ours, theirs) == (0x81, 201, 7, 99, 7)
    assert lost & 0xFFFFFF == 2
    assert highest & 0xFFFF == struct.unpack_from(">H", packets[-1], 2)[0]
    assert highest >> 16 == 1
    assert len(report) % 4 == 0
    assert report[33] == 202


def test_packets_in_a_mode_not_asked_for_are_damage() -> None:
    for codec, payload in (("h264", b"\x7d\x80aaaa"), ("h265", b"\x64\x01aaaa")):
        clip = make_clip(codec)
        units, _ = feed(clip, [rtp_packet(payload, sequence=1, rtp_time=1, marker=True)])
        assert [type(unit) for unit in units] == [Damage]


def test_small_units_travel_together_in_these_tests() -> None:
    assert any(part[0] & 31 == 24 for part in payloads("h264", CLIPS[0].pictures[0].nals))
