"""One byte form for one value: RFC 8785's own vectors, and what must be refused."""

from __future__ import annotations

import json
import math
import shutil
import struct
import subprocess
from enum import StrEnum
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.canonical import LARGEST_WHOLE, MOST_BYTES, MOST_DEPTH, Json, canonical, number_text, parse
from citysquare.proof.errors import BadJson, NotCanonical

# RFC 8785, Appendix B: a double's bits and its text.
APPENDIX_B = (
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
)

doubles = st.floats(allow_nan=False, allow_infinity=False)
wholes = st.integers(-LARGEST_WHOLE, LARGEST_WHOLE)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | wholes | doubles.filter(lambda number: not LARGEST_WHOLE < abs(number) < 1e21) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


class Word(StrEnum):
    ONE = "one"


def double(bits: str) -> float:
    found: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return found


@pytest.mark.parametrize(("bits", "text"), APPENDIX_B)
def test_numbers_are_written_as_rfc_8785_prints_them(bits: str, text: str) -> None:
    assert number_text(double(bits)) == text


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_rfc_8785_refuses_what_is_no_number(bits: str) -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical([double(bits)])
    assert refused.value.code == "proof.not_canonical"


def test_the_sample_of_rfc_8785_has_its_bytes() -> None:
    # RFC 8785, sections 3.2.2 to 3.2.4
    text = rb"""{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }"""
    expected = (
        "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a 5b 33"
        "33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37 5d 2c 22 73"
        "74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d"
    )
    assert canonical(parse(text)) == bytes.fromhex(expected)


def test_keys_stand_in_the_order_of_rfc_8785() -> None:
    # RFC 8785, section 3.2.3: by UTF-16 code units, so that a character beyond the first plane stands before U+FB33
    text = rb"""{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }"""
    found = parse(canonical(parse(text)))
    assert isinstance(found, dict)
    assert list(found.values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_only_what_must_be_escaped_is() -> None:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    for number in range(0x20):
        escaped = short.get(number, f"\\u{number:04x}")
        assert canonical(chr(number)).decode() == f'"{escaped}"'
    for plain in ("\x7f", "/", "\u2028", "é", "\u200d", "\U0010ffff"):
        assert canonical(plain) == f'"{plain}"'.encode()


def test_text_is_not_normalised() -> None:
    assert canonical(["\u00e9"]) != canonical(["e\u0301"])


def test_an_enumeration_is_written_as_its_value() -> None:
    assert canonical([HTTPStatus.OK, Word.ONE, True]) == b'[200,"one",true]'


@given(doubles)
def test_a_number_leads_back_to_itself(number: float) -> None:
    assert float(number_text(number)) == number


@given(values)
def test_what_is_written_can_be_read_and_is_written_the_same(value: Json) -> None:
    written = canonical(value)
    assert canonical(parse(written)) == written
    assert json.loads(written) == value


@given(st.dictionaries(texts, wholes))
def test_the_order_of_writing_does_not_matter(members: dict[str, int]) -> None:
    turned = dict(reversed(members.items()))
    assert canonical(turned) == canonical(members)


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0123456789eE+-.ntrfalse ', max_size=60).map(str.encode))
def test_rubbish_is_read_or_refused_and_what_is_read_is_json(text: bytes) -> None:
    try:
        found = parse(text)
    except BadJson:
        return
    assert found == json.loads(text)
    assert canonical(parse(canonical(found))) == canonical(found)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xef\xbb\xbf{}",  # byte order mark
        b'"\xff"',  # no UTF-8
        b'"\xed\xa0\x80"',  # a surrogate in UTF-8
        '{"a":1}'.encode("utf-16"),
        b"[1,]",
        b"{'a':1}",
        b"[1] 2",
        b"[01]",
        b"[+1]",
        b"[.5]",
        b"[1.]",
        b'"\n"',
        rb'"\x41"',
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b"[-1e400]",
        b"[9007199254740992]",
        b"[-9007199254740992]",
        b"[9007199254740993.0]",
        b"[1e20]",
        b"[" + b"1" * 5000 + b"]",
        b"[0." + b"1" * 5000 + b"]",
        b'{"a":1,"a":1}',
        rb'{"a":1,"\u0061":2}',
        b'[{"b":{"a":1,"a":2}}]',
        rb'"\ud800"',
        rb'"\ude00\ud83d"',
        rb'{"\udfff":1}',
        b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
        b'{"a":' * (MOST_DEPTH + 1) + b"1" + b"}" * (MOST_DEPTH + 1),
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
    ],
    ids=lambda text: repr(text[:24]),
)
def test_json_that_readers_understand_differently_is_refused(text: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        parse(text)
    assert refused.value.code == "proof.bad_json"
    assert len(refused.value.message) < 100


@pytest.mark.parametrize(
    "value",
    [
        LARGEST_WHOLE + 1,
        -LARGEST_WHOLE - 1,
        2.0**53,
        1e20,
        math.nan,
        math.inf,
        "\ud800",
        {"\udc00": 1},
        {1: 1},
        {None: 1},
        b"bytes",
        {1, 2},
        [1j],
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_without_a_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_large_numbers_can_be_kept_as_text_and_doubles_with_an_exponent() -> None:
    assert canonical([str(2**64), LARGEST_WHOLE, -LARGEST_WHOLE, float(LARGEST_WHOLE), 1e21, -0.0]) == (
        b'["18446744073709551616",9007199254740991,-9007199254740991,9007199254740991,1e+21,0]'
    )
    assert parse(b"[9007199254740991,1e21]") == [LARGEST_WHOLE, 1e21]


def test_depth_is_bounded_to_the_level() -> None:
    deepest = b"[" * MOST_DEPTH + b"]" * MOST_DEPTH
    assert canonical(parse(deepest)) == deepest
    assert parse(b"[" * (MOST_DEPTH - 1) + b'{"a":1}' + b"]" * (MOST_DEPTH - 1)) is not None
    value: Json = []
    for _ in range(MOST_DEPTH):
        value = {"a": value}
    with pytest.raises(NotCanonical):
        canonical(value)


def test_a_list_in_itself_is_refused() -> None:
    circle: list[Json] = []
    circle.append(circle)
    with pytest.raises(NotCanonical):
        canonical(circle)


def test_size_is_bounded_to_the_byte() -> None:
    assert parse(b'"12345"', most_bytes=7) == "12345"
    with pytest.raises(BadJson):
        parse(b'"123456"', most_bytes=7)
    assert canonical("éé", most_bytes=6) == '"éé"'.encode()
    with pytest.raises(NotCanonical):
        canonical("ééé", most_bytes=7)


def test_a_small_value_that_unfolds_without_end_is_refused_early() -> None:
    value: Json = ["x"]
    for _ in range(MOST_DEPTH - 1):
        value = [value] * 10
    with pytest.raises(NotCanonical):
        canonical(value)


def test_numbers_are_those_of_a_real_ecmascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here; Appendix B and the properties above hold without it")
    bits = [(number * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF for number in range(1, 20_001)]
    numbers = [number for (number,) in struct.iter_unpack(">d", b"".join(one.to_bytes(8) for one in bits)) if math.isfinite(number)]
    numbers += [10.0**power * digit for power in range(-12, 25) for digit in (1, 3, 9.5, 123456789)]
    program = "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0,'utf8')).map(String)))"
    answer = subprocess.run([node, "-e", program], input=json.dumps(numbers), capture_output=True, text=True, check=True, timeout=60)
    assert [number_text(number) for number in numbers] == json.loads(answer.stdout)


@pytest.mark.parametrize("one", [b"[],", b'"",', b"1,", b'{"a":0},'])
def test_a_large_text_of_next_to_nothing_does_not_fill_the_memory(one: bytes) -> None:
    text = b"[" + one * (2 * MOST_BYTES // len(one)) + b"0]"
    with pytest.raises(BadJson, match="empty values"):
        parse(text, most_bytes=len(text))
    fair = canonical(["a text of some length" * 2] * 40_000, most_bytes=2 * MOST_BYTES)
    assert len(fair) > MOST_BYTES
    assert parse(fair, most_bytes=len(fair))
