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
from citysquare.proof.errors import BadTimestamp, ProofError
from citysquare.proof.timestamps import Stamp, StampedHead, certificates, check, request
from tests.proof.made import KEYS, audit_bundle, entries, heads, making
from tests.proof.tsa import NOON, Authority

AUTHORITY, ANOTHER = Authority(), Authority()
TRUSTED = certificates(AUTHORITY.pem())
ANSWER = AUTHORITY.answer(b"message")


def test_a_request_asks_for_the_digest_and_the_certificate() -> None:
    assert b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01" in request(b"message").der
    assert request(b"message") != request(b"message"), "each has a number of its own"


def test_an_answer_to_another_request_is_refused() -> None:
    asked, other = request(b"message"), request(b"message")
    answer = AUTHORITY.answer_request(asked.der)
    assert check(answer, b"message", TRUSTED, nonce=asked.nonce) == check(answer, b"message", TRUSTED)
    for token in (AUTHORITY.answer_request(other.der), AUTHORITY.answer_request(asked.der, other_nonce=True), ANSWER):
        with pytest.raises(BadTimestamp):
            check(token, b"message", TRUSTED, nonce=asked.nonce)


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
    made.stamp = lambda message: AUTHORITY.answer(message, at=NOON + timedelta(hours=1))
    path = made.write(tmp_path / "exhibit.zip")
    report = check_bundle(path, Trust(KEYS, authorities=TRUSTED))
    assert report.ok
    assert any("authority that you trust" in one.text for one in report.proven)
    assert any("There is a time-stamp" in one.text for one in check_bundle(path, Trust(KEYS)).unproven)
    foreign = check_bundle(path, Trust(KEYS, authorities=certificates(ANOTHER.pem())))
    assert {finding.code for finding in foreign.wrong} == {"stamp"}


def test_an_exhibit_that_says_it_is_younger_than_its_time_stamp_was_re_dated(tmp_path: Path) -> None:
    made = making()
    made.stamp = AUTHORITY.answer
    report = check_bundle(made.write(tmp_path / "exhibit.zip"), Trust(KEYS, authorities=TRUSTED))
    assert {finding.code for finding in report.wrong} == {"stamp_time"}


# --- time-stamps of a log's heads ----------------------------------------------------------------------------------------------


def stamped_log(path: Path, stamps: list[StampedHead]) -> Path:
    return audit_bundle(path, LOG_ENTRIES, SIGNED, stamps=stamps)


LOG_ENTRIES = entries(9)
SIGNED = heads(LOG_ENTRIES, [4, 9])
OF_FOUR = StampedHead(4, AUTHORITY.answer(SIGNED[0].encoded()))


def test_a_log_with_a_time_stamp_existed_then(tmp_path: Path) -> None:
    path = stamped_log(tmp_path / "log.zip", [OF_FOUR])
    report = check_bundle(path, Trust(KEYS, authorities=TRUSTED))
    assert report.ok
    (said,) = [one for one in report.proven if "authority that you trust" in one.text]
    assert said.values == {"number": 4, "at": "2026-05-01T12:00:00.000000Z", "count": 1}
    without = check_bundle(path, Trust(KEYS))
    assert without.ok
    assert any("There are time-stamps" in one.text for one in without.unproven)


@pytest.mark.parametrize(
    ("stamp", "code"),
    [
        (StampedHead(9, OF_FOUR.token), "stamp"),
        (StampedHead(4, ANOTHER.answer(SIGNED[0].encoded())), "stamp"),
        (StampedHead(4, b"rubbish"), "stamp"),
        (StampedHead(5, OF_FOUR.token), "stamps"),
    ],
    ids=["of another head", "another authority's", "no time-stamp", "of no head"],
)
def test_a_wrong_time_stamp_of_a_log_is_found(tmp_path: Path, stamp: StampedHead, code: str) -> None:
    report = check_bundle(stamped_log(tmp_path / "log.zip", [stamp]), Trust(KEYS, authorities=TRUSTED))
    assert {finding.code for finding in report.wrong} == {code}


@given(st.binary(max_size=200) | st.sampled_from([b'{"size":0,"token":""}', b'{"size":1,"token":"AA"} ', b'{"token":"AA","size":1}']))
def test_rubbish_is_no_stamped_head(line: bytes) -> None:
    with pytest.raises(ProofError):
        StampedHead.decoded(line)


def test_a_stamped_head_reads_as_it_was_written() -> None:
    assert StampedHead.decoded(OF_FOUR.encoded()[:-1]) == OF_FOUR
