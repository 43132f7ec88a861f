"""Whatever a camera, a file or a device sends: it is read, or refused with an error of ours. Nothing else leaves a parser."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from citysquare.engine.errors import EngineError, SourceError, StoreDamaged
from citysquare.engine.footage.boxes import init_length, moof_length, parse_head, parse_init, samples, write_fragment, write_init
from citysquare.engine.footage.packing import Span, pack_spans, unpack_spans
from citysquare.engine.footage.scan import scan_file
from citysquare.engine.model import Codec
from citysquare.engine.sources import ParameterSets, h264, h265, rtcp
from citysquare.engine.sources.bits import annexb_to_lengths, split_annexb, split_lengths
from citysquare.engine.sources.onvif import soap
from citysquare.engine.sources.rtp import AccessUnit, Depacketiser
from citysquare.engine.sources.rtsp import auth, messages, sdp
from citysquare.simulator.onvif.device import written
from citysquare.simulator.onvif.saying import profiles
from tests.engine.footage.scripted import PARAMETERS, STEP, pictures
from tests.engine.sources.clips import Clip, make_clip, packets_of
from tests.engine.sources.onvif.devices import MAIN, SUB
from tests.fuzz.mutating import damaged

pytestmark = pytest.mark.slow

CLIPS = [make_clip(codec, b_frames=b) for codec in ("h264", "h265") for b in (0, 2)]
LARGEST_PICTURE = 1 << 22


def survives(
    seeds: Sequence[bytes], read: Callable[[bytes], object], *, count: int, refusals: type[Exception] | tuple[type[Exception], ...]
) -> None:
    """Read each seed and `count` damaged ones; some must pass and some be refused, or the damage would show nothing."""
    outcomes = {True: 0, False: 0}
    for data in (*seeds, *damaged(seeds, count, seed=len(seeds[0]))):
        try:
            read(data)
        except refusals:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
    assert outcomes[True] >= len(seeds)


# --- RTSP --------------------------------------------------------------------------------------------------------------------

REPLIES = (
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Base: rtsp://10.0.0.1/stream/\r\nContent-Length: 460\r\n",
    (
        b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="cam", nonce="4f3a", algorithm=SHA-256, '
        b'qop="auth,auth-int", stale=TRUE\r\nWWW-Authenticate: Basic realm="cam"\r\n'
    ),
    b"RTSP/1.0 302 Moved\r\nCSeq: 3\r\nLocation: rtsp://10.0.0.2:8554/other\r\n folded: yes\r\n",
    b"GET_PARAMETER rtsp://10.0.0.1/stream RTSP/1.0\r\nCSeq: 9\r\nSession: 1234;timeout=60\r\n",
    b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1A2B\r\nSession: 7;timeout=60\r\n",
)


def test_heads_of_replies_are_read_or_refused() -> None:
    def read(head: bytes) -> None:
        message, length = messages.parse_head(head)
        assert 0 <= length <= messages.MAX_BODY
        found = auth.parse_challenges(message.every("www-authenticate"))
        assert all(challenge.strength >= 0 for challenge in found)
        login = auth.Login("viewer", "secret")
        if login.accept(found):
            line = login.header("DESCRIBE", "rtsp://10.0.0.1/stream") or ""
            request = messages.write_request("DESCRIBE", "rtsp://10.0.0.1/stream", [("Authorization", line)])
            assert request.count(b"\n") == request.count(b"\r") == 3

    survives(REPLIES, read, count=6000, refusals=SourceError)


def descriptions() -> tuple[bytes, ...]:
    found = []
    for clip in CLIPS[::2]:
        sets = [base64.b64encode(one).decode() for one in clip.sets]
        number = 96 if clip.codec == "h264" else 98
        names = {
            "h264": f"sprop-parameter-sets={','.join(sets)}",
            "h265": ";".join(f"sprop-{k}={v}" for k, v in zip(("vps", "sps", "pps"), sets, strict=False)),
        }
        found.append(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=range:npt=0-\r\n"
            f"m=video 0 RTP/AVP {number}\r\nb=AS:5000\r\na=framerate:25.0\r\na=rtpmap:{number} {clip.codec.upper()}/90000\r\n"
            f"a=fmtp:{number} packetization-mode=1;profile-level-id=640028;{names[clip.codec]}\r\na=control:trackID=1\r\n"
            "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\n"
        )
    return tuple(text.encode() for text in found)


def test_descriptions_of_streams_are_read_or_refused() -> None:
    def read(raw: bytes) -> None:
        found = sdp.parse(raw.decode("utf-8", "replace"), "rtsp://10.0.0.1:554/stream/", "Camera 1")
        sets = ParameterSets(found.codec)
        for one in found.parameter_sets:
            sets.offer(one)
        sets.parameters()

    survives(descriptions(), read, count=6000, refusals=SourceError)


# --- RTP and coded pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
@pytest.mark.parametrize("aggregate", [False, True], ids=["single", "aggregated"])
def test_packets_become_pictures_or_damage(clip: Clip, aggregate: bool) -> None:
    packets = [packet for group in packets_of(clip, aggregate=aggregate) for packet in group][:60]
    for round_ in range(60):
        taker = Depacketiser(ParameterSets(Codec(clip.codec)), 96, marker_trusted=bool(round_ % 2))
        broken = list(damaged(packets, 30, seed=round_))
        for number, packet in enumerate(packets):
            data = broken[number // 2] if number % 2 and number // 2 < len(broken) else packet
            frame = bytearray(b"$\0" + min(len(data), 65535).to_bytes(2, "big") + data[:65535] + b"behind")
            taker.packet(frame, memoryview(frame), 4, 4 + len(data[:65535]))
        assert all(len(unit.data) < LARGEST_PICTURE for unit in taker.units if isinstance(unit, AccessUnit))


def test_a_connection_full_of_anything_is_taken_apart_within_its_bounds() -> None:
    packets = [packet for group in packets_of(CLIPS[0]) for packet in group][:60]
    stream = b"".join(b"$\0" + len(packet).to_bytes(2, "big") + packet for packet in packets)
    for data in damaged([stream], 150, seed=7):
        taker = Depacketiser(ParameterSets(Codec.H264), 96)
        buffer = bytearray(data)
        view, position = memoryview(buffer), 0
        while position + 4 <= len(buffer):
            end = position + 4 + int.from_bytes(buffer[position + 2 : position + 4], "big")
            if end > len(buffer):
                break
            taker.packet(buffer, view, position + 4, end)
            after = taker.run(0, buffer, view, end, len(buffer))
            assert position < after <= len(buffer)
            position = after


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.codec)
def test_parameter_sets_are_read_or_garbled(clip: Clip) -> None:
    codec = Codec(clip.codec)

    def read(nal: bytes) -> None:
        sets = ParameterSets(codec)
        for one in (*clip.sets, nal):
            sets.offer(one)
        found = sets.parameters()
        assert found is not None
        assert 0 < found.width <= 65535
        assert 0 < found.height <= 65535

    survives(clip.sets, read, count=3000, refusals=SourceError)


def test_decoder_configurations_are_read_or_garbled() -> None:
    for clip, module in zip(CLIPS[::2], (h264, h265), strict=True):
        sets = ParameterSets(Codec(clip.codec))
        for one in clip.sets:
            sets.offer(one)
        known = sets.parameters()
        assert known is not None
        survives([known.configuration], module.parse_configuration, count=3000, refusals=SourceError)


def test_units_are_split_whatever_stands_between_them() -> None:
    annexb = b"".join(b"\0\0\0\1" + nal for nal in CLIPS[0].pictures[0].nals)
    for data in damaged([annexb[:4000]], 1500, seed=3):
        units = split_annexb(data)
        assert sum(map(len, units)) <= len(data)
        assert split_lengths(annexb_to_lengths(data)) == units
    survives([CLIPS[0].pictures[1].stored], split_lengths, count=1500, refusals=SourceError)


def test_reports_of_cameras_are_read_or_passed_over() -> None:
    report = bytes.fromhex("80c80006000000071234567890abcdef000004d20000000a000003e8") + bytes.fromhex("81cb000100000007")
    for data in damaged([report], 6000, seed=5):
        found, _goodbye = rtcp.parse(data)
        if found is not None:
            assert math.isfinite(found.unix)


# --- files of footage --------------------------------------------------------------------------------------------------------

INIT = write_init(PARAMETERS)
FRAGMENTS = tuple(write_fragment(number, pictures(12, size=30), STEP) for number in (1, 2))


def test_footage_files_are_read_or_damaged() -> None:
    for read in (parse_init, init_length):
        survives([INIT], read, count=4000, refusals=StoreDamaged)
    for read_at in (parse_head, moof_length):
        survives(FRAGMENTS, read_at, count=4000, refusals=StoreDamaged)
    survives(FRAGMENTS, lambda data: samples(INIT, data), count=4000, refusals=StoreDamaged)


def test_a_file_damaged_anywhere_is_scanned_up_to_there(tmp_path: Path) -> None:
    whole = INIT + b"".join(FRAGMENTS)
    path = tmp_path / "1.mp4"
    for data in damaged([whole], 400, seed=11):
        path.write_bytes(data)
        try:
            found = scan_file(path, whole=True)
        except StoreDamaged:
            continue
        if found is not None:
            assert sum(span.length for span in found.spans) <= len(data)


def test_the_index_s_packed_lists_are_read_or_damaged() -> None:
    spans = [Span(800 + n * 250, 250, 10**14 + n * 45_000, 10**14 + (n + 1) * 45_000, n % 4 == 0) for n in range(40)]
    survives([pack_spans(spans)], unpack_spans, count=4000, refusals=StoreDamaged)


# --- ONVIF -------------------------------------------------------------------------------------------------------------------


def test_answers_of_onvif_devices_are_read_or_refused() -> None:
    answer = written(soap.MEDIA2, "GetProfiles", profiles(soap.MEDIA2, [MAIN, SUB]))
    survives(
        [answer],
        lambda data: soap.read(soap.MEDIA2, "GetProfiles", 200, data, "The device at 10.0.0.1"),
        count=900,
        refusals=(EngineError, soap.NotSignedIn),
    )


@pytest.mark.parametrize(
    "bomb",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-',
        b"<a>" * 90_000,
    ],
    ids=["file", "entities", "utf-16", "utf-7", "tags"],
)
def test_no_entity_is_read_however_it_is_spelt(bomb: bytes) -> None:
    with pytest.raises(EngineError):
        soap.read(soap.MEDIA2, "GetProfiles", 200, bomb, "The device at 10.0.0.1")
