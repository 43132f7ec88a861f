"""Time-stamps of an authority: asked for, believed only when it is trusted, and in an exhibit."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rfc3161_client import decode_timestamp_response

from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check as check_bundle
from citysquare.proof.errors import BadTimestamp
from citysquare.proof.timestamps import Stamp, certificates, check, request
from tests.proof.made import KEYS, making
from tests.proof.tsa import NOON, Authority

AUTHORITY, ANOTHER = Authority(), Authority()
TRUSTED = certificates(AUTHORITY.pem())
ANSWER = AUTHORITY.answer(b"message")


def test_a_request_asks_for_the_digest_and_the_certificate() -> None:
    assert b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01" in request(b"message")
    assert request(b"message") != request(b"message"), "each has a number of its own"


def test_a_time_stamp_holds() -> None:
    assert check(ANSWER, b"message", TRUSTED) == Stamp("2026-05-01T12:00:00.000000Z", "1.3.6.1.4.1.99999.1", 7)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (ANSWER, b"another message"),
        (ANOTHER.answer(b"message"), b"message"),
        (Authority(stamps=False).answer(b"message"), b"message"),
        (AUTHORITY.answer(b"message", status=2), b"message"),
        (AUTHORITY.answer(b"message", at=NOON + timedelta(days=40)), b"message"),
        (ANSWER[:-1], b"message"),
        (ANSWER + b"\0", b"message"),
        (b"", b"message"),
        (bytes(100_000), b"message"),
    ],
)
def test_any_other_answer_is_refused(token: bytes, message: bytes) -> None:
    with pytest.raises(BadTimestamp):
        check(token, message, TRUSTED)


def test_without_a_trusted_authority_nothing_is_believed() -> None:
    with pytest.raises(BadTimestamp):
        check(ANSWER, b"message", ())
    for text in (b"", b"rubbish", ANSWER):
        with pytest.raises(BadTimestamp):
            certificates(text)


@given(st.integers(0, len(ANSWER) - 1), st.integers(0, 7))
def test_no_flipped_bit_changes_what_a_time_stamp_says(place: int, bit: int) -> None:
    """Some bytes of a token are in nobody's signature (a version, a second certificate): they may change, the time and the digest not."""
    changed = ANSWER[:place] + bytes([ANSWER[place] ^ 1 << bit]) + ANSWER[place + 1 :]
    try:
        found = check(changed, b"message", TRUSTED)
    except BadTimestamp:
        return
    assert found.at == "2026-05-01T12:00:00.000000Z"
    assert decode_timestamp_response(changed).tst_info.message_imprint.message == hashlib.sha256(b"message").digest()


@given(st.binary(max_size=200))
def test_rubbish_is_no_time_stamp(data: bytes) -> None:
    with pytest.raises(BadTimestamp):
        check(data, b"message", TRUSTED)


def test_an_exhibit_with_a_time_stamp(tmp_path: Path) -> None:
    made = making()
    made.stamp = AUTHORITY.answer
    path = made.write(tmp_path / "exhibit.zip")
    report = check_bundle(path, Trust(KEYS, authorities=TRUSTED))
    assert report.ok
    assert any("authority that you trust" in one.text for one in report.proven)
    assert any("There is a time-stamp" in one.text for one in check_bundle(path, Trust(KEYS)).unproven)
    foreign = check_bundle(path, Trust(KEYS, authorities=certificates(ANOTHER.pem())))
    assert {finding.code for finding in foreign.wrong} == {"stamp"}
