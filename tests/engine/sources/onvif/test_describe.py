"""A device says what it is and streams."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.clock import ManualClock, SystemClock
from citysquare.engine.errors import BadAddress, ClockOff, NoVideo, Refused, WrongPassword
from citysquare.engine.model import datetime_from_ticks
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import Credentials, Profile, SignIn, clock_error, describe
from citysquare.engine.sources.onvif.choosing import main_and_sub
from citysquare.engine.sources.onvif.signin import spoken
from tests.engine.sources.onvif.devices import (
    MAIN,
    PASSWORD,
    RIGHT,
    RULE,
    SUB,
    SignInWanted,
    Stream,
    body_of,
    described,
    device,
    misfits,
    running,
)

NOW = datetime_from_ticks(ManualClock().wall())


@pytest.mark.parametrize("media2", [True, False])
@pytest.mark.parametrize(
    ("wants", "used"), [(SignInWanted.DIGEST, SignIn.DIGEST), (SignInWanted.TOKEN, SignIn.TOKEN), (SignInWanted.NONE, SignIn.NONE)]
)
async def test_a_device_is_described_whatever_sign_in_and_media_service_it_knows(wants: SignInWanted, used: SignIn, media2: bool) -> None:
    one = device(wants=wants, media2=media2)
    found = await described(one)
    assert (found.manufacturer, found.model, found.firmware, found.serial) == ("Citysquare", "Simulated camera", "1.0", "0001")
    assert found.sign_in is used
    assert [(p.token, p.codec, p.width, p.height, p.fps, p.bitrate, p.ptz) for p in found.profiles] == [
        ("main", "h264", 1920, 1080, 25, 4096, True),
        ("sub", "h264", 640, 360, 12, 512, False),
    ]
    assert (found.main.rtsp_url, found.main.token) == (MAIN.rtsp_url, "main")
    assert found.sub is not None
    assert found.sub.rtsp_url == SUB.rtsp_url
    assert found.ptz
    assert found.left_out == found.notes == ()


@pytest.mark.parametrize("media2", [True, False])
async def test_every_question_and_every_simulated_answer_fits_the_schema(media2: bool) -> None:
    one = device(media2=media2)
    await described(one)
    asked = {exchange.operation for exchange in one.seen}
    assert asked == {"GetSystemDateAndTime", "GetDeviceInformation", "GetServices", "GetProfiles", "GetStreamUri"}
    for exchange in one.seen:
        assert misfits(exchange.service, exchange.question) == []
        assert misfits(exchange.service, exchange.answer) == []


async def test_h265_is_found_where_the_newer_media_service_offers_it() -> None:
    found = await described(device(Stream("big", 3840, 2160, "rtsp://127.0.0.1:8554/big", "H265"), SUB))
    assert (found.main.token, found.main.codec) == ("big", "h265")
    older = await described(device(Stream("big", 3840, 2160, "rtsp://127.0.0.1:8554/big", "H265"), SUB, media2=False))
    assert [profile.token for profile in older.profiles] == ["sub"]
    assert older.sub is None


async def test_profiles_that_cannot_be_recorded_are_named() -> None:
    found = await described(device(MAIN, Stream("snap", 640, 480, "rtsp://127.0.0.1:8554/snap", "JPEG")))
    assert [profile.token for profile in found.profiles] == ["main"]
    assert "snap" in found.left_out[0]
    assert "JPEG" in found.left_out[0]


@pytest.mark.parametrize("streams", [[], [Stream("snap", 640, 480, "rtsp://127.0.0.1:8554/snap", "JPEG")]])
async def test_a_device_without_a_stream_for_us_is_refused_with_a_sentence(streams: list[Stream]) -> None:
    one = device()
    one.streams = streams
    with pytest.raises(NoVideo, match=r"offers no stream that can be recorded.*H\.264"):
        await described(one)


@pytest.mark.parametrize("wants", [SignInWanted.DIGEST, SignInWanted.TOKEN])
async def test_a_wrong_password_is_said_once_and_never_shown(wants: SignInWanted) -> None:
    one = device(wants=wants)
    with pytest.raises(WrongPassword, match="refused user or password") as caught:
        await described(one, Credentials("operator", "guessed-wrong"))
    assert caught.value.code == "source.wrong_password"
    assert "guessed" not in caught.value.message
    with pytest.raises(WrongPassword, match="wants a user and a password"):
        await described(one, None)


async def test_a_password_is_never_sent_in_clear() -> None:
    with pytest.raises(Refused, match="in clear"):
        await described(device(wants=SignInWanted.BASIC))


@pytest.mark.parametrize("ahead", [-7200.0, 0.0, 45.0, 86_400.0 * 3])
async def test_the_clock_error_is_told_and_a_wrong_clock_does_not_hinder_the_sign_in(ahead: float) -> None:
    one = device(wants=SignInWanted.TOKEN, clock_ahead=ahead, tells=lambda: NOW)
    found = await described(one, clock=ManualClock())
    assert found.clock_error == pytest.approx(ahead, abs=1)
    async with running(one) as address:
        assert await clock_error(address, rule=RULE, clock=ManualClock()) == pytest.approx(ahead, abs=1)


async def test_a_token_is_dated_in_whole_seconds_of_zulu_time_as_picky_devices_want_it() -> None:
    one = device(wants=SignInWanted.TOKEN, tells=lambda: NOW)
    await described(one, clock=ManualClock())
    dated = re.findall(rb"Created[^>]*>([^<]+)<", b"".join(exchange.question for exchange in one.seen))
    assert len(dated) >= 3
    assert all(re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each) for each in dated)


async def test_a_refused_token_of_a_device_whose_clock_is_far_off_speaks_of_the_clock() -> None:
    one = device(wants=SignInWanted.TOKEN, clock_ahead=3700, tells=lambda: NOW)
    with pytest.raises(ClockOff, match="1 h 1 min ahead") as caught:
        await described(one, Credentials("operator", "wrong"), clock=ManualClock())
    assert caught.value.code == "source.clock_off"


async def test_a_device_that_tells_no_time_is_still_described() -> None:
    one = device(tells=lambda: datetime(2000, 1, 1, tzinfo=UTC), only="GetSystemDateAndTime")
    one.twist = lambda honest: body_of(honest.partition(b"\r\n\r\n")[2].replace(b"Month>1<", b"Month>13<"))
    found = await described(one)
    assert found.clock_error is None


async def test_the_address_is_a_host_a_port_or_a_whole_address() -> None:
    one = device()
    async with running(one) as address:
        for spelt in (address, f"http://{address}", f"http://{address}/onvif/device_service", f"http://{address}/"):
            found = await describe(spelt, RIGHT, rule=RULE, clock=SystemClock())
            assert found.address == f"http://{address}/onvif/device_service"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]:80", "::1", "http://169.254.169.254/latest/meta-data/"),
        *("2852039166", "[::ffff:a9fe:a9fe]", "0.0.0.0", "224.0.0.251", "[ff02::1]", "[fd00:ec2::254]", "http://[64:ff9b::7f00:1]/"),
        *("file:///etc/passwd", "gopher://10.0.0.1/", "rtsp://10.0.0.1/", "http://", "http://user:pass@10.0.0.1/", "http://10.0.0.1:0/"),
        *("10.0.0.1 80", "10.0.0.1/\r\nX: y", "http://[::1", "10.0.0.1:99999", ""),
    ],
)
async def test_addresses_no_camera_has_are_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(BadAddress) as caught:
        await describe(address, RIGHT, rule=AddressRule(), clock=SystemClock())
    assert "pass" not in caught.value.message.replace("password", "")


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s ahead"), (-61, "1 min 1 s behind"), (3720, "1 h 2 min ahead"), (-5 * 86400, "5 days behind")]
)
def test_a_clock_error_is_said_in_words(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


PROFILE = Profile("t", "n", "h264", 1920, 1080, 25, 4096, "rtsp://h/", ptz=False)
profiles = st.builds(
    dataclasses.replace,
    st.just(PROFILE),
    codec=st.sampled_from(["h264", "h265"]),
    width=st.integers(0, 8000),
    height=st.integers(0, 8000),
    fps=st.floats(0, 120),
    source=st.sampled_from(["a", "b"]),
)


@given(st.lists(profiles, min_size=1, max_size=8))
def test_sub_is_smaller_than_main_and_shows_the_same(offered: list[Profile]) -> None:
    main, sub = main_and_sub(offered)
    assert main.width * main.height == max(one.width * one.height for one in offered)
    if sub is not None:
        assert sub.source == main.source
        assert 0 < sub.width * sub.height <= 0.6 * main.width * main.height


def test_the_sub_stream_nearest_to_what_detectors_like_is_taken() -> None:
    sizes = [(3840, 2160), (1280, 720), (640, 360), (320, 180)]
    main, sub = main_and_sub([dataclasses.replace(PROFILE, width=width, height=height) for width, height in sizes])
    assert (main.width, sub and sub.width) == (3840, 640)


def test_nothing_a_person_may_see_holds_the_password() -> None:
    assert PASSWORD not in repr(RIGHT)
