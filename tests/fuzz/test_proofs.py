"""Whatever stands in a log, a head, a set of keys, a seal or a signature that strangers hand over: read, or refused with a sentence."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citysquare.proof import jws
from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.canonical import canonical, parse
from citysquare.proof.entries import Entry
from citysquare.proof.errors import ProofError
from citysquare.proof.fields import time_text
from citysquare.proof.heads import Head, SignedHead
from citysquare.proof.keys import KeySet, PrivateKey
from citysquare.proof.passkeys import Act, Seal, check_key
from tests.fuzz.mutating import damaged
from tests.proof import made

pytestmark = pytest.mark.slow

AT = time_text(datetime(2026, 5, 1, 12, 0, tzinfo=UTC))
KEY = PrivateKey.make()
KEYS = KeySet([KEY.public])
HEAD = Head(log="city", size=7, root=bytes(range(32)), at=AT, previous=bytes(32)).signed(KEY)
ACT = Act(kind="exhibit", nonce="abcdefghijklmnop", organisation="01HZZZZZZZZZZZZZ", asked_at=AT, body={"camera": "c1", "parts": [1, 2]})


def survives(seeds: Sequence[bytes], read: Callable[[bytes], object], *, count: int) -> None:
    """Read each seed and `count` damaged ones: only errors of our own tree may leave."""
    for seed in seeds:
        read(seed)
    for data in damaged(seeds, count, seed=1):
        try:
            read(data)
        except ProofError as error:
            assert error.message.endswith((".", "?"))  # noqa: PT017 -- no error is right too
            assert len(error.message) < 1000  # noqa: PT017 -- as above


def test_json_of_strangers_is_read_or_refused_and_has_one_form() -> None:
    seeds = [
        b'{"a":[1,2.5,-0.0,1e21,true,null],"b":{"c":"\\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"},"z":""}',
        b"[[[[[[[[]]]]]]]]",
        canonical(HEAD.json()),
    ]

    def read(data: bytes) -> None:
        value = parse(data)
        assert parse(canonical(value)) == value

    survives(seeds, read, count=12_000)


def test_heads_and_keys_are_read_or_refused() -> None:
    survives([HEAD.encoded()[:-1]], SignedHead.decoded, count=4000)
    survives([KEYS.encoded(), canonical(KEY.public.jwk())], KeySet.decoded, count=4000)
    survives([KEY.to_pem()], PrivateKey.from_pem, count=600)


def test_a_damaged_head_never_verifies() -> None:
    def read(data: bytes) -> None:
        found = SignedHead.decoded(data)
        if found != HEAD:
            with pytest.raises(ProofError):
                found.verify(KEYS)

    survives([HEAD.encoded()[:-1]], read, count=3000)


def test_a_damaged_signature_never_verifies() -> None:
    payload = b"what was signed"
    token = jws.sign(payload, KEY, typ="citysquare-head")

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        assert jws.verify(text, payload, KEYS, typ="citysquare-head") == KEY.kid
        assert text == token

    survives([token.encode()], read, count=6000)


def test_entries_of_the_log_are_read_or_refused() -> None:
    entry = Entry(
        sequence=1,
        at=AT,
        actor="h:abcdefghijklmnopqrstuvwxyz",
        organisation="o1",
        action="observations.list",
        subject_kind="organisation",
        subject_id="o1",
        outcome="allow",
        details={"rule": "observations.watchers", "results": 0},
        previous="0" * 64,
    ).sealed()

    def read(data: bytes) -> None:
        found = Entry.decoded(data)
        assert found.encoded()[:-1] == data

    survives([entry.encoded()[:-1]], read, count=6000)


def test_acts_and_seals_are_read_or_refused() -> None:
    survives([ACT.encoded()], Act.decoded, count=4000)
    chance = random.Random(3)
    for _ in range(2000):
        value = parse(ACT.encoded())
        assert isinstance(value, dict)
        value[chance.choice(list(value))] = chance.choice([None, [], {}, "", 1, -1, 2**53 - 1, "x" * 5000, True])
        with pytest.raises(ProofError):
            Seal.from_json(value)


def test_keys_of_passkeys_are_usable_or_refused() -> None:
    # COSE of an Ed25519 key (RFC 9053): {1: 1, 3: -8, -1: 6, -2: x}
    survives([bytes.fromhex("a4010103272006215820") + KEY.public.value], check_key, count=4000)


def test_bundles_damaged_anywhere_are_told_wrong_or_unreadable_and_nothing_else_leaves(tmp_path: Path) -> None:
    log = made.entries(6)
    whole = [made.making().write(tmp_path / "exhibit.zip"), made.audit_bundle(tmp_path / "audit.zip", log, made.heads(log, [6]))]
    seeds = [path.read_bytes() for path in whole]
    trust = Trust(keys=made.KEYS)
    assert all(check(path, trust).ok for path in whole)
    path = tmp_path / "damaged.zip"
    for data in damaged(seeds, 250, seed=9):
        if data in seeds:
            continue
        path.write_bytes(data)
        try:
            assert not check(path, trust).ok
        except ProofError as error:
            assert error.message  # noqa: PT017 -- a verdict is right too
