"""Entries, heads, manifests and their fields: read strictly, written in one form."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.bundles.audit import AuditStretch
from citysquare.proof.bundles.exhibit import LogExtract, SealedAct
from citysquare.proof.bundles.footage_check import ticks
from citysquare.proof.bundles.manifest import Manifest
from citysquare.proof.canonical import LARGEST_WHOLE, Json, canonical
from citysquare.proof.entries import LONGEST, LONGEST_DETAIL, MOST_DETAILS, Entry
from citysquare.proof.errors import BadValue, ProofError
from citysquare.proof.fields import Fields, base64url, from_base64url, from_digest_text, from_time_text, time_text
from citysquare.proof.heads import SignedHead
from tests.proof.made import entries, entry, heads, making, minute

ENTRY = entry(1, "0" * 64)


def test_an_entry_is_hashed_without_its_hash() -> None:
    values = json.loads(ENTRY.encoded())
    assert values.pop("hash") == hashlib.sha256(canonical(values)).hexdigest() == ENTRY.hash
    assert values["v"] == 2


def test_a_line_of_version_1_is_read_and_checked_as_it_was_written() -> None:
    """As the log wrote it before entries had a version."""
    line = (
        b'{"action":"camera.live","actor":"1","at":"2026-05-01T12:00:00.000000Z","details":{"name":"Pia\xc8\x9ba"},'
        b'"hash":"%s","organisation":"o","outcome":"done","previous":"'
        + b"0" * 64
        + b'","sequence":1,"subject_id":"c","subject_kind":"camera"}'
    )
    bare = line.replace(b'"hash":"%s",', b"")
    whole = line % hashlib.sha256(bare).hexdigest().encode()
    found = Entry.decoded(whole)
    assert (found.version, found.hash) == (1, found.expected_hash())
    assert found.encoded() == whole + b"\n"


details = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.integers(-LARGEST_WHOLE, LARGEST_WHOLE),
    max_size=5,
)


@given(st.integers(1, LARGEST_WHOLE), st.text(st.characters(exclude_categories=["Cs"]), max_size=32), details)
def test_an_entry_survives_its_line(sequence: int, text: str, values: dict[str, str | int]) -> None:
    made = Entry(sequence, minute(1), text, text, text, text, text, text, values).sealed()
    assert Entry.decoded(made.encoded()[:-1]) == made


@pytest.mark.parametrize(
    "change",
    [
        {"v": 1},
        {"v": 3},
        {"v": "2"},
        {"sequence": 0},
        {"sequence": True},
        {"sequence": "1"},
        {"sequence": 1.5},
        {"at": "2026-05-01T12:00:00Z"},
        {"at": "2026-02-30T12:00:00.000000Z"},
        {"at": "2026-05-01T12:00:00.000000+00:00"},
        {"previous": "0" * 63},
        {"previous": "A" * 64},
        {"hash": ""},
        {"details": []},
        {"details": {"name": None}},
        {"details": {"name": 1.5}},
        {"details": {"name": ["list"]}},
        {"details": {"name": "x" * (LONGEST_DETAIL + 1)}},
        {"details": {str(number): 1 for number in range(MOST_DETAILS + 1)}},
        {"more": 1},
        *({name: "x" * (most + 1)} for name, most in LONGEST.items()),
        *({name: 7} for name in LONGEST),
    ],
)
def test_a_line_that_is_no_entry_is_refused(change: dict[str, Json]) -> None:
    with pytest.raises(BadValue):
        Entry.decoded(canonical({**ENTRY.json(), **change}))


@pytest.mark.parametrize("name", ENTRY.json())
def test_a_line_without_one_of_its_fields_is_refused_or_of_version_1(name: str) -> None:
    line = canonical({key: value for key, value in ENTRY.json().items() if key != name})
    if name == "v":
        assert Entry.decoded(line).hash != Entry.decoded(line).expected_hash()
    else:
        with pytest.raises(BadValue):
            Entry.decoded(line)


def test_a_second_spelling_of_a_line_is_refused() -> None:
    for text in (json.dumps(ENTRY.json()).encode(), b" " + ENTRY.encoded()[:-1], ENTRY.encoded()):
        with pytest.raises(ProofError):
            Entry.decoded(text)


def test_a_head_survives_its_line_and_nothing_else_is_one() -> None:
    signed = heads(entries(2), [2])[0]
    line = signed.encoded()[:-1]
    assert SignedHead.decoded(line) == signed
    for bad in (line + b"\n", line.replace(b'"v":1', b'"v":2'), line.replace(b'"size":2', b'"size":-2'), line[:-1], b"{}", b"[]"):
        with pytest.raises(ProofError):
            SignedHead.decoded(bad)


MADE = making()
SEALED = canonical({"act": MADE.act.json(), "origins": [], "rp_id": "x", "seals": [one.json() for one in MADE.seals]})
MANIFEST = Manifest("org-1", MADE.purpose, bytes(32), minute(1), "test", (MADE.camera,)).encoded()
STRETCH = AuditStretch("log", 1, 2, minute(1)).encoded()
READERS = [
    (Manifest.decoded, MANIFEST),
    (SealedAct.decoded, SEALED),
    (LogExtract.decoded, MADE.extract().encoded()),
    (AuditStretch.decoded, STRETCH),
]


@given(st.sampled_from(range(len(READERS))), st.data())
def test_a_reader_of_hostile_json_reads_it_whole_or_refuses_it(number: int, data: st.DataObject) -> None:
    """Any member of any depth is dropped, doubled or exchanged for something else: no reader ends with anything but its own errors."""
    read, good = READERS[number]
    value = json.loads(good)
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    if data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=5)
            | st.just("x" * 5000)
            | st.lists(st.none(), max_size=2)
            | st.just({})
        )
    bad = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    with suppress(ProofError):
        read(bad)


@given(st.binary(max_size=60))
def test_bytes_have_one_text(data: bytes) -> None:
    assert from_base64url(base64url(data), most=60) == data


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A A", "AA\n", "é", "A" * 100, "+/8"])
def test_a_second_text_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        from_base64url(text, most=60)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_has_one_text_and_texts_sort_as_times_do(at: datetime) -> None:
    text = time_text(at)
    assert from_time_text(text) == at
    assert time_text(at.astimezone(timezone(timedelta(hours=3)))) == text if at.year < 9999 else True
    assert (text < minute(1)) == (at < from_time_text(minute(1)))


def test_a_time_needs_a_zone_and_a_digest_its_length() -> None:
    with pytest.raises(ValueError, match="zone"):
        time_text(datetime(2026, 5, 1))  # noqa: DTZ001 -- what is refused
    for text in ("", "0" * 63, "0" * 65, "G" * 64, "0" * 64 + "\n"):
        with pytest.raises(BadValue):
            from_digest_text(text)


def test_ticks_are_the_engines() -> None:
    assert ticks("1970-01-01T00:00:01.000000Z") == 90_000
    assert ticks("2026-05-01T12:00:00.000011Z") == 1_777_636_800 * 90_000 + 1


def test_a_field_is_of_its_kind_or_refused() -> None:
    fields = Fields({"a": True, "b": {"c": 1}, "d": [1, 2]}, ("a", "b"), ("d",))
    assert (fields.truth("a"), fields.mapping("b"), fields.has("d")) == (True, {"c": 1}, True)
    with pytest.raises(BadValue):
        fields.each("d", str, most=1)
    with pytest.raises(BadValue):
        fields.truth("b")
    with pytest.raises(BadValue):
        fields.each("a", str, most=1)
    others: list[object] = [None, [], "text", {"a": 1}, {"a": 1, "b": 1, "x": 1}]
    for value in others:
        with pytest.raises(BadValue):
            Fields(value, ("a", "b"), ("d",))
