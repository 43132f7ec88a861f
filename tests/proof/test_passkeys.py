"""Seals by passkeys: what holds, and what must not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from fido2 import cbor
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.errors import BadValue, ProofError, SealBroken
from citysquare.proof.fields import base64url
from citysquare.proof.passkeys import Act, Seal, act_digest, check_key, verify_pair, verify_seal
from tests.proof.made import APPROVES, ASKS, ORIGIN, RP_ID, Passkey, minute

ACT = Act("exhibit", "0123456789abcdef", "org-1", minute(1), {"case": "2026/17", "asked_by": ASKS.person})
DIGEST = act_digest(ACT)
SEAL = ASKS.seal(DIGEST, "asks")


def check(seal: Seal, digest: bytes = DIGEST) -> None:
    verify_seal(seal, digest, rp_id=RP_ID, origins={ORIGIN})


def test_a_seal_holds_for_its_act_alone() -> None:
    check(SEAL)
    with pytest.raises(SealBroken) as refused:
        check(SEAL, act_digest(replace(ACT, nonce="0123456789abcdeg")))
    assert refused.value.code == "proof.seal_broken"


def test_an_act_has_one_form() -> None:
    assert Act.decoded(ACT.encoded()) == ACT
    with pytest.raises(BadValue):
        Act.decoded(json.dumps(ACT.json()).encode())
    with pytest.raises(ProofError):
        Act.decoded(ACT.encoded().replace(b'"version":1', b'"version":2'))


def test_a_seal_survives_its_json() -> None:
    assert Seal.from_json(SEAL.json()) == SEAL
    for name in SEAL.json():
        with pytest.raises(BadValue):
            Seal.from_json({**SEAL.json(), name: 5})


@pytest.mark.parametrize(
    "seal",
    [
        ASKS.seal(DIGEST, "asks", flags=1),
        ASKS.seal(DIGEST, "asks", flags=4),
        ASKS.seal(DIGEST, "asks", flags=0),
        ASKS.seal(DIGEST, "asks", kind="webauthn.create"),
        ASKS.seal(DIGEST, "asks", origin="https://elsewhere.example"),
        ASKS.seal(DIGEST, "asks", origin="http://centre.example"),
        replace(ASKS.seal(DIGEST, "asks", origin="https://elsewhere.example"), origin=ORIGIN),
        ASKS.seal(DIGEST, "asks", rp_id="elsewhere.example"),
        replace(ASKS.seal(DIGEST, "asks", rp_id="elsewhere.example"), rp_id=RP_ID),
        ASKS.seal(DIGEST, "asks", crossOrigin=True),
        ASKS.seal(DIGEST, "asks", topOrigin="https://elsewhere.example"),
        ASKS.seal(DIGEST, "asks", challenge=7),
        replace(SEAL, client_data=SEAL.client_data + b" "),
        replace(SEAL, client_data=b"[]"),
        replace(SEAL, client_data=b"\xff"),
        replace(SEAL, authenticator_data=SEAL.authenticator_data[:-1]),
        replace(SEAL, authenticator_data=SEAL.authenticator_data + b"\0"),
        replace(SEAL, authenticator_data=b""),
        replace(SEAL, signature=b""),
        replace(SEAL, signature=SEAL.signature[:-1]),
        replace(SEAL, public_key=APPROVES.public),
        replace(SEAL, public_key=b""),
        replace(SEAL, public_key=SEAL.public_key + b"\0"),
    ],
)
def test_a_seal_that_was_made_otherwise_is_broken(seal: Seal) -> None:
    with pytest.raises(SealBroken):
        check(seal)


@given(st.sampled_from(["public_key", "client_data", "authenticator_data", "signature"]), st.data())
def test_no_flipped_bit_of_a_seal_holds(name: str, data: st.DataObject) -> None:
    value = bytearray(getattr(SEAL, name))
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        check(replace(SEAL, **{name: bytes(value)}))  # type: ignore[arg-type]  # bytes for bytes


def test_the_three_kinds_of_keys_are_taken() -> None:
    message = SEAL.authenticator_data + hashlib.sha256(SEAL.client_data).digest()
    edwards = ed25519.Ed25519PrivateKey.generate()
    public = cbor.encode({1: 1, 3: -8, -1: 6, -2: edwards.public_key().public_bytes_raw()})
    check(replace(SEAL, public_key=public, signature=edwards.sign(message)))
    old = rsa.generate_private_key(65537, 2048)
    public = cbor.encode({1: 3, 3: -257, -1: old.public_key().public_numbers().n.to_bytes(256), -2: b"\1\0\1"})
    check(replace(SEAL, public_key=public, signature=old.sign(message, padding.PKCS1v15(), hashes.SHA256())))


X = bytes(31) + b"\5"


@pytest.mark.parametrize(
    "key",
    [
        {1: 2, 3: -47, -1: 8, -2: X, -3: X},
        {1: 2, 3: -35, -1: 2, -2: X, -3: X},
        {1: 2, 3: -7, -1: 1, -2: X, -3: X + b"\0"},
        {1: 2, 3: -7, -1: 1, -2: X},
        {1: 2, 3: -7, -1: 1, -2: X, -3: X, -4: X},
        {1: 1, 3: -8, -1: 7, -2: X},
        {1: 3, 3: -257, -1: bytes(64), -2: b"\1\0\1"},
        {1: 3, 3: -257, -1: bytes(256), -2: b"\1"},
        {1: 3, 3: -37, -1: bytes(256), -2: b"\1\0\1"},
        {1: 4, 3: 5},
        {},
    ],
)
def test_any_other_kind_of_key_is_refused(key: dict[int, object]) -> None:
    with pytest.raises(SealBroken):
        check_key(cbor.encode(key))


@given(st.binary(max_size=120) | st.just(b"\x81" * 1000) | st.just(b"\xbb" + b"\xff" * 8) | st.just(bytes(2000)))
def test_rubbish_is_no_key(data: bytes) -> None:
    with pytest.raises(SealBroken):
        check_key(data)


def test_a_point_that_is_not_on_the_curve_is_broken() -> None:
    with pytest.raises(SealBroken):
        check(replace(SEAL, public_key=cbor.encode({1: 2, 3: -7, -1: 1, -2: X, -3: X})))


PRIME = 2**255 - 19
OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


def edwards_key(y: int, sign: int = 0) -> bytes:
    return cbor.encode({1: 1, 3: -8, -1: 6, -2: (y | sign << 255).to_bytes(32, "little")})


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize(
    "y",
    [0, 1, PRIME - 1, PRIME, PRIME + 1, PRIME + 4, 2**255 - 1, OF_ORDER_8, PRIME - OF_ORDER_8],
    ids=["order 4", "neutral", "order 2", "order 4 again", "neutral again", "4 again", "18 again", "order 8", "another of order 8"],
)
def test_an_ed25519_key_of_small_order_or_in_a_second_spelling_is_refused(y: int, sign: int) -> None:
    with pytest.raises(SealBroken):
        check_key(edwards_key(y, sign))


def test_a_signature_that_holds_for_every_act_under_the_neutral_key_is_no_seal() -> None:
    everywhere = (1).to_bytes(32, "little") + bytes(32)
    ed25519.Ed25519PublicKey.from_public_bytes(everywhere[:32]).verify(everywhere, b"anything")  # the library takes it
    with pytest.raises(SealBroken):
        check(replace(SEAL, public_key=edwards_key(1), signature=everywhere))


def test_the_point_of_order_eight_is_one() -> None:
    squared = (OF_ORDER_8**2 - 1) * pow(-121665 * pow(121666, -1, PRIME) * OF_ORDER_8**2 + 1, -1, PRIME) % PRIME
    x = pow(squared, (PRIME + 3) // 8, PRIME)
    x = x if x * x % PRIME == squared else x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert x * x % PRIME == squared, "it is on the curve"
    point = (x, OF_ORDER_8)
    for _ in range(3):
        point = doubled(*point)
    assert point == (0, 1)


def doubled(x: int, y: int) -> tuple[int, int]:
    """A point of edwards25519 added to itself (RFC 8032, section 5.1.4)."""
    product = -121665 * pow(121666, -1, PRIME) * x * x * y * y % PRIME
    return 2 * x * y * pow(1 + product, -1, PRIME) % PRIME, (y * y + x * x) * pow(1 - product, -1, PRIME) % PRIME


def pair(*seals: Seal, act: Act = ACT) -> None:
    verify_pair(act, seals, rp_id=RP_ID, origins={ORIGIN})


def test_an_act_needs_two_persons() -> None:
    agreed = APPROVES.seal(DIGEST, "approves")
    pair(SEAL, agreed)
    pair(agreed, SEAL)
    third = Passkey.of("person-third")
    for seals in (
        (),
        (SEAL,),
        (SEAL, SEAL),
        (SEAL, agreed, third.seal(DIGEST, "approves")),
        (SEAL, APPROVES.seal(DIGEST, "asks")),
        (SEAL, ASKS.seal(DIGEST, "approves")),
        (SEAL, replace(ASKS.seal(DIGEST, "approves"), person=APPROVES.person, credential_id=b"1")),
        (SEAL, replace(agreed, person=ASKS.person)),
        (third.seal(DIGEST, "asks"), agreed),
        (SEAL, APPROVES.seal(hashlib.sha256(b"another").digest(), "approves")),
    ):
        with pytest.raises(SealBroken):
            pair(*seals)


def test_the_challenge_is_the_digest_of_the_act() -> None:
    assert json.loads(SEAL.client_data)["challenge"] == base64url(hashlib.sha256(ACT.encoded()).digest())


def test_one_key_in_two_spellings_is_not_the_keys_of_two_persons() -> None:
    point = ASKS.key.public_key().public_numbers()
    numbers = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
    for spelled in ({**numbers, -1: True}, {True: 2, **{name: value for name, value in numbers.items() if name != 1}}):
        again = replace(ASKS.seal(DIGEST, "approves"), person=APPROVES.person, credential_id=b"1", public_key=cbor.encode(spelled))
        with pytest.raises(SealBroken):
            pair(SEAL, again)
    old = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    with pytest.raises(SealBroken):
        check_key(cbor.encode({1: 3, 3: -257, -1: old.to_bytes(257), -2: b"\1\0\1"}))
