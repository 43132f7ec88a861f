"""Devices that mean harm, or are broken: one sentence, in bounded time and memory, and never a way to another host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citysquare.engine.clock import SystemClock
from citysquare.engine.errors import BadAddress, DeviceFailed, Garbled, NotOnvif, SourceError, Stalled, Unreachable
from citysquare.engine.sources import AddressRule
from citysquare.engine.sources.onvif import describe, soap
from citysquare.engine.sources.onvif.device import own_stream
from citysquare.engine.sources.onvif.wire import MAX_BODY, Answer, Wire, parse_place
from citysquare.simulator.onvif import OnvifDevice
from citysquare.simulator.onvif.device import fault, written
from citysquare.simulator.onvif.saying import profiles
from tests.engine.sources.onvif.devices import MAIN, RIGHT, RULE, SUB, Stream, body_of, described, device, running, silence

ENVELOPE = '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>{}</e:Body></e:Envelope>'
BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{n} "{"&a;" if n == 0 else f"&a{n - 1};" * 10}">' for n in range(12)
)


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (head("302 Found", "Location: http://169.254.169.254/", "Content-Length: 0"), NotOnvif, "not followed"),
        (head("307 Moved", "Location: http://127.0.0.1:1/", "Content-Length: 0"), NotOnvif, "not followed"),
        (head("500 Oops", "Content-Length: 4") + b"oops", NotOnvif, "HTTP status 500"),
        (head("404 Not Found", "Content-Length: 0"), NotOnvif, "HTTP status 404"),
        (body_of(b"<html><body>Welcome</body></html>"), NotOnvif, "does not answer as an ONVIF device"),
        (body_of(b"{}"), NotOnvif, "does not answer as an ONVIF device"),
        (body_of(b"\x00\xff\xfe"), NotOnvif, "does not answer as an ONVIF device"),
        (body_of(f"{BOMB}]>{ENVELOPE.format('&a11;')}".encode()), Garbled, "declarations"),
        (body_of(f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{ENVELOPE.format("")}'.encode()), Garbled, "declarations"),
        (body_of(f"{BOMB}]>{ENVELOPE.format('&a11;')}".encode("utf-16")), NotOnvif, "does not answer as an ONVIF device"),
        (body_of(b'<?xml version="1.0" encoding="UTF-7"?>' + ENVELOPE.format("").encode()), NotOnvif, "does not answer as"),
        (
            body_of(f'<?xml version="1.0"{" " * 300}encoding="UTF-7"?>+ADw-+ACE-DOCTYPE x+AD4-{ENVELOPE.format("")}'.encode()),
            NotOnvif,
            "does not answer as",
        ),
        (
            body_of(f"{BOMB}]>{ENVELOPE.format('&a11;')}".replace('<?xml version="1.0"?>', "").encode("utf-16-le")),
            NotOnvif,
            "does not answer as",
        ),
        (body_of(ENVELOPE.format("<a>" * 400 + "</a>" * 400).encode()), NotOnvif, "does not answer as an ONVIF device"),
        (body_of(ENVELOPE.format("<a/>" * 200_000).encode()), Garbled, "more than a description"),
        (
            body_of(ENVELOPE.format("<a " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>").encode()),
            Garbled,
            "more than a description",
        ),
        (body_of(fault("Receiver", "out of memory")), DeviceFailed, "out of memory"),
        (head("200 OK", f"Content-Length: {MAX_BODY * 50}") + b"<a>" * MAX_BODY, Garbled, "more than a description"),
        (head("200 OK", "Transfer-Encoding: chunked") + b"ffffff\r\n" + b"x" * (MAX_BODY + 1), Garbled, "more than a description"),
        (head("200 OK", "Content-Length: 9", "Content-Encoding: gzip") + b"123456789", Garbled, "packed"),
        (head("200 OK", *(f"X-{n}: {'y' * 100}" for n in range(2000))), NotOnvif, "does not speak HTTP"),
        (b"RTSP/1.0 400 Bad Request\r\n\r\n", NotOnvif, "does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NotOnvif, "does not speak HTTP"),
        (b"", (NotOnvif, Unreachable), "HTTP|closed"),
    ],
)
async def test_an_answer_that_is_none_gives_one_sentence(answer: bytes, error: type[SourceError], words: str) -> None:
    one = device(twist=lambda _: answer, only="GetDeviceInformation")
    with pytest.raises(error, match=words) as caught:
        await described(one)
    assert caught.value.message.startswith(("127.0.0.1:", "What answers at 127.0.0.1:"))
    assert "Größe" not in caught.value.message


class Dripping(OnvifDevice):
    """Sends a byte now and then, for ever."""

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not writer.is_closing():
            writer.write(b"y")
            await asyncio.sleep(0.02)


async def test_a_device_that_says_nothing_or_drips_is_left_in_time() -> None:
    with pytest.raises(Stalled, match="did not answer all questions"):
        await described(device(twist=silence), timeout=0.3)

    with pytest.raises(Stalled):
        await described(Dripping([MAIN]), timeout=0.3)


async def test_nobody_at_the_address_is_said() -> None:
    one = device()
    async with running(one) as address:
        pass
    with pytest.raises(Unreachable, match="Nothing listens"):
        await describe(address, RIGHT, rule=RULE, clock=SystemClock())


@pytest.mark.parametrize("elsewhere", ["http://169.254.169.254", "http://127.0.0.1:1", "http://10.9.8.7:80", "http://metadata.internal"])
async def test_services_named_at_other_hosts_are_asked_at_the_device_itself(elsewhere: str) -> None:
    found = await described(device(named_base=elsewhere))
    assert found.main.token == "main"


@pytest.mark.parametrize("named", ["gopher://10.0.0.1/x", "http://user:pw@10.0.0.1/x", "http://[::1", "x" * 5000])
async def test_a_service_at_no_address_is_refused(named: str) -> None:
    with pytest.raises(NotOnvif, match="cannot be read"):
        await described(device(named_base=named))


@pytest.mark.parametrize(
    "named",
    [
        *("rtsp://169.254.169.254/latest/meta-data", "rtsp://10.9.8.7:554/x", "rtsp://user:secret@evil.example/x", "rtsp://[::1]:22/x"),
        *("rtsp://2130706434/x", "rtsp://[::ffff:127.0.0.2]/x", "rtsp://127.0.0.1@10.0.0.1/x"),
    ],
)
async def test_streams_named_at_other_hosts_stay_at_the_device(named: str) -> None:
    found = await described(device(Stream("main", 1920, 1080, named)))
    assert found.main.rtsp_url.startswith("rtsp://127.0.0.1:")
    assert "secret" not in repr(found)
    assert "is used instead" in found.notes[0]


@pytest.mark.parametrize("named", ["http://127.0.0.1/x", "file:///etc/passwd", "rtsp://", "", "rtsp://host/a b", "rtsp://h:0/", "r" * 4000])
async def test_a_stream_at_no_address_is_left_out(named: str) -> None:
    found = await described(device(MAIN, Stream("odd", 640, 480, named)))
    assert [profile.token for profile in found.profiles] == ["main"]
    assert "odd" in found.left_out[0]


async def test_a_stream_may_not_lead_to_another_port_of_this_machine() -> None:
    one = device(Stream("main", 1920, 1080, "rtsp://127.0.0.1:6379/x"), SUB)
    port = await one.start()
    found = await describe(f"127.0.0.1:{port}", RIGHT, rule=AddressRule(loopback_ports=frozenset({port, 8554})), clock=SystemClock())
    await one.stop()
    assert [profile.token for profile in found.profiles] == ["sub"]
    assert "this machine itself" in found.left_out[0]


async def test_a_name_that_answers_differently_a_moment_later_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    one = device()
    port = await one.start()

    async def rebinding(host: str, *_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        await asyncio.sleep(0)
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "169.254.169.254", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    found = await describe(f"camera.example:{port}", RIGHT, rule=RULE, clock=SystemClock())
    assert asked == ["camera.example"]
    assert found.main.rtsp_url.startswith("rtsp://camera.example:8554/")
    with pytest.raises(BadAddress):  # the second answer, when a stream is opened later, is checked again
        await RULE.resolve_host("camera.example", 554)
    await one.stop()


async def test_a_name_that_also_stands_for_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        await asyncio.sleep(0)
        return [(2, 1, 6, "", (address, 80)) for address in ("10.0.0.4", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(BadAddress):
        await describe("camera.example", RIGHT, rule=AddressRule(), clock=SystemClock())


async def test_a_schema_named_inside_an_answer_is_not_fetched() -> None:
    hits = []

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0)
        hits.append(1)
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    async with server:
        at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.xsd"
        named = f'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:import namespace="a" schemaLocation="{at}"/></x:schema>'

        def inject(honest: bytes) -> bytes:
            _, body = honest.split(b"\r\n\r\n", 1)
            body = body.replace(b"</ns0:Profiles>", named.encode() + b"</ns0:Profiles>")
            body = body.replace(
                b"<ns0:Name>", f'<ns0:Name xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a {at}">'.encode()
            )
            return body_of(body)

        found = await described(device(twist=inject, only="GetProfiles"))
    assert found.main.token == "main"
    assert hits == []


async def test_endless_profiles_are_bounded() -> None:
    many = [Stream(f"p{number}", 640, 360, "rtsp://127.0.0.1:8554/x") for number in range(100)]
    found = await described(device(*many))
    assert len(found.profiles) == 64


async def test_texts_of_a_device_are_short_and_plain() -> None:
    found = await described(device(name="a\u202eb\tc" + "x" * 5000))
    assert found.model.startswith("a b c")
    assert len(found.model) == 200


class Unplugged(Wire):
    """A wire to a device in this process, whose answers may be damaged on the way."""

    damage: Callable[[bytes], bytes] = staticmethod(lambda answer: answer)

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        answer = await honest.reply(f"POST {path} HTTP/1.1\r\n{lines}\r\n", body)
        start, content = answer.split(b"\r\n\r\n", 1)
        return Answer(int(start.split()[1]), (), type(self).damage(content))


honest = device(wants="none")
COMPLETE = written(soap.MEDIA2, "GetProfiles", profiles(soap.MEDIA2, [MAIN, SUB]))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3000),
            st.integers(0, 40),
            st.sampled_from([b"", b"<", b"x", b"1e999", b"-7", b"</a>", b"NaN", b'" a="', b"\xff", b"9" * 30]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_answer_gives_a_description_or_one_of_our_errors(cuts: list[tuple[int, int, bytes]], inside: bool) -> None:
    def damage(content: bytes) -> bytes:
        for at, length, new in cuts:
            start = at % max(1, len(content))
            if inside:  # replace what stands between two tags, so that the XML stays whole
                start = content.find(b">", start) + 1
            end = max(start, content.find(b"<", start)) if inside else start + length
            content = content[:start] + new + content[end:]
        return content

    Unplugged.damage = staticmethod(damage)

    async def look() -> None:
        from citysquare.engine.sources.onvif import device as asking  # the module, whose wire is replaced
        from citysquare.engine.sources.onvif.signin import Session

        session = Session(Unplugged(parse_place("10.0.0.1"), ["10.0.0.1"]), RIGHT, SystemClock())
        session.clock_error = await asking._clock_error(session)  # noqa: SLF001 -- the steps of describe, without a network
        await asking._describe(session, AddressRule())  # noqa: SLF001 -- as above

    with contextlib.suppress(SourceError):
        asyncio.run(look())


@given(st.text(max_size=60))
def test_any_text_for_a_stream_stays_at_the_device_or_is_refused(text: str) -> None:
    wire = Wire(parse_place("10.0.0.1"), ["10.0.0.1"])
    for url in (text, f"rtsp://{text}", f"rtsp://10.0.0.2/{text}"):
        try:
            usable, _ = own_stream(url, wire, AddressRule())
        except BadAddress:
            continue
        assert usable.startswith("rtsp://10.0.0.1:")


@pytest.mark.parametrize(
    "content",
    [
        f"<!DOCTYPE e:Envelope [<!ENTITY a 'b'>]>{ENVELOPE.format('')}".encode("utf-16-le"),
        f'<?xml version="1.0"{" " * 300}encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-{ENVELOPE.format("")}'.encode(),
        b"\xef\xbb\xbf" + f'<?xml version="1.0" encoding="UTF-7"?>{ENVELOPE.format("")}'.encode(),
    ],
)
def test_what_a_parser_would_read_otherwise_than_we_search_it_is_not_parsed(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lxml.etree.fromstring", None)
    with pytest.raises(NotOnvif):
        soap.check_xml(content, "A device")
