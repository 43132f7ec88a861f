"""Keys and detached signatures: RFC 8037's vectors, another library's word, and what must be refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as library
from joserfc.jwk import OKPKey

from citysquare.proof import jws
from citysquare.proof.canonical import canonical
from citysquare.proof.errors import BadKey, BadSignature
from citysquare.proof.fields import base64url, from_base64url
from citysquare.proof.keys import KeySet, KnownKey, PrivateKey, PublicKey
from tests.proof.made import CENTRE, OTHER, minute

# RFC 8037, Appendix A.2 and A.3
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
TYPE = "citysquare-head"
TOKEN = jws.sign(b"payload", CENTRE, typ=TYPE)
HEADER, _, SIGNATURE = TOKEN.split(".")


def test_a_key_has_the_published_thumbprint() -> None:
    assert PublicKey.from_jwk(JWK).kid == THUMBPRINT


def test_the_published_signature_holds() -> None:
    """RFC 8037, Appendix A.4."""
    message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    key = Ed25519PublicKey.from_public_bytes(PublicKey.from_jwk(JWK).value)
    key.verify(from_base64url(signature, most=64), message)  # raises where it does not hold


def test_another_reader_accepts_what_we_sign() -> None:
    whole = f"{HEADER}.{base64url(b'payload')}.{SIGNATURE}"
    key = OKPKey.import_key({**CENTRE.public.jwk()})
    assert library.deserialize_compact(whole, key, algorithms=["Ed25519"]).payload == b"payload"


def test_a_signature_tells_whose_it_is() -> None:
    keys = KeySet([CENTRE.public, OTHER.public])
    assert jws.verify(TOKEN, b"payload", keys, typ=TYPE) == CENTRE.kid
    assert jws.verify(jws.sign(b"payload", OTHER, typ=TYPE), b"payload", keys, typ=TYPE) == OTHER.kid


def test_a_large_payload_is_signed_too() -> None:
    payload = bytes(1 << 20)
    assert jws.verify(jws.sign(payload, CENTRE, typ=TYPE), payload, CENTRE.public, typ=TYPE)


def header(values: Mapping[str, object], *, raw: bytes | None = None) -> str:
    """Sign a header of one's own choice, as a forger with the key could."""
    head = base64url(raw or json.dumps(values, sort_keys=True, separators=(",", ":")).encode())
    signature = CENTRE.value.sign(head.encode() + b"." + base64url(b"payload").encode())
    return f"{head}..{base64url(signature)}"


GOOD = {"alg": "Ed25519", "kid": CENTRE.kid, "typ": TYPE}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b",
        TOKEN + ".",
        TOKEN.replace("..", f".{base64url(b'payload')}."),
        f"{HEADER}..",
        f"{HEADER}..{SIGNATURE[:-1]}",
        f"{HEADER}..{SIGNATURE}A",
        f"{HEADER}..{SIGNATURE[:-1]}é",
        f"{HEADER}..{base64url(bytes(64))}",
        "x" * 2000,
        header({**GOOD, "alg": "none"}),
        header({**GOOD, "alg": "EdDSA"}),
        header({**GOOD, "alg": "HS256"}),
        header({**GOOD, "crit": ["b64"], "b64": False}),
        header({**GOOD, "jwk": JWK}),
        header({**GOOD, "jku": "https://elsewhere.example/keys"}),
        header({**GOOD, "kid": OTHER.kid}),
        header({"alg": "Ed25519", "typ": TYPE}),
        header({"alg": "Ed25519", "kid": CENTRE.kid}),
        header({**GOOD, "typ": "citysquare-manifest"}),
        header({}, raw=b'{"typ":"citysquare-head","kid":"%s","alg":"Ed25519"}' % CENTRE.kid.encode()),
        header({}, raw=canonical(GOOD).replace(b":", b": ")),
        header({}, raw=canonical(GOOD)[:-1] + b',"alg":"Ed25519"}'),
        header({}, raw=b"[" * 300),
    ],
)
def test_any_other_token_is_refused(token: str) -> None:
    with pytest.raises(BadSignature) as refused:
        jws.verify(token, b"payload", KeySet([CENTRE.public, OTHER.public]), typ=TYPE)
    assert refused.value.code == "proof.bad_signature"


def test_the_helper_that_forges_makes_a_good_token_from_a_good_header() -> None:
    assert header(GOOD) == TOKEN


@given(st.binary(max_size=64), st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_neither_another_payload_nor_another_letter_passes(payload: bytes, place: int, letter: str) -> None:
    if payload != b"payload":
        with pytest.raises(BadSignature):
            jws.verify(TOKEN, payload, CENTRE.public, typ=TYPE)
    if TOKEN[place] != letter:
        with pytest.raises(BadSignature):
            jws.verify(TOKEN[:place] + letter + TOKEN[place + 1 :], b"payload", CENTRE.public, typ=TYPE)


@given(st.text(max_size=300))
def test_rubbish_is_no_signature(text: str) -> None:
    with pytest.raises(BadSignature):
        jws.verify(text, b"payload", CENTRE.public, typ=TYPE)


def test_a_key_survives_its_file_and_its_json() -> None:
    assert PrivateKey.from_pem(CENTRE.to_pem()).kid == CENTRE.kid
    known = KnownKey(CENTRE.public, minute(1), minute(9), minute(7))
    keys = KeySet([known, OTHER.public])
    assert KeySet.decoded(keys.encoded()).encoded() == keys.encoded()
    assert list(KeySet.decoded(canonical(CENTRE.public.jwk()))) == [KnownKey(CENTRE.public)]
    assert "PRIVATE" not in repr(CENTRE)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[1]}',
        json.dumps({"keys": [JWK, JWK]}).encode(),
        json.dumps({"keys": [{**JWK, "kid": "another"}]}).encode(),
        json.dumps({"keys": [{**JWK, "alg": "HS256"}]}).encode(),
        json.dumps({"keys": [{**JWK, "use": "enc"}]}).encode(),
        json.dumps({"keys": [{**JWK, "valid_from": "yesterday"}]}).encode(),
        json.dumps({"keys": [{**JWK, "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}).encode(),
        json.dumps({"keys": [{**JWK, "crv": "X25519"}]}).encode(),
        json.dumps({"keys": [{**JWK, "kty": "EC"}]}).encode(),
        json.dumps({"keys": [{**JWK, "x": JWK["x"][:-1]}]}).encode(),
        json.dumps({"keys": [{**JWK, "x": base64.b64encode(bytes(32)).decode()}]}).encode(),
        json.dumps({"keys": [{**CENTRE.public.jwk(), "x5u": "https://elsewhere.example"}]}).encode(),
    ],
)
def test_what_is_no_set_of_our_keys_is_refused(text: bytes) -> None:
    with pytest.raises(BadKey):
        KeySet.decoded(text)


@pytest.mark.parametrize("text", [b"", b"x" * 5000, CENTRE.to_pem()[:-40], CENTRE.to_pem().replace(b"PRIVATE", b"PUBLIC")])
def test_what_is_no_key_file_is_refused(text: bytes) -> None:
    with pytest.raises(BadKey):
        PrivateKey.from_pem(text)


def test_a_key_file_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadKey):
        PrivateKey.from_pem(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(("at", "counts"), [(0, False), (1, True), (6, True), (7, False), (8, False), (9, False)])
def test_a_key_counts_from_to_and_until_it_is_revoked(at: int, counts: bool) -> None:
    keys = KeySet([KnownKey(CENTRE.public, minute(1), minute(9), minute(7))])
    token = jws.sign(b"payload", CENTRE, typ=TYPE)
    if counts:
        assert jws.verify(token, b"payload", keys, typ=TYPE, at=minute(at))
    else:
        with pytest.raises(BadSignature):
            jws.verify(token, b"payload", keys, typ=TYPE, at=minute(at))


def test_a_key_that_follows_is_known_by_the_one_before() -> None:
    third = PrivateKey.make()
    old = KnownKey(CENTRE.public, valid_to=minute(11))
    new = KnownKey(OTHER.public, minute(10), endorsement=jws.endorse(OTHER.public, valid_from=minute(10), by=CENTRE))
    newest = KnownKey(third.public, minute(20), endorsement=jws.endorse(third.public, valid_from=minute(20), by=OTHER))
    trusted = KeySet([CENTRE.public])
    assert {one.key.kid for one in jws.follow(KeySet([newest, new, old]), trusted)} == {CENTRE.kid, OTHER.kid, third.kid}
    assert jws.follow(KeySet([old, newest]), trusted).json() == KeySet([KnownKey(CENTRE.public, valid_to=minute(11))]).json()


def test_a_key_that_nobody_signed_or_a_revoked_one_signed_does_not_follow() -> None:
    trusted = KeySet([CENTRE.public])
    forged = KnownKey(OTHER.public, minute(10), endorsement=jws.endorse(OTHER.public, valid_from=minute(10), by=OTHER))
    redated = KnownKey(OTHER.public, minute(5), endorsement=jws.endorse(OTHER.public, valid_from=minute(10), by=CENTRE))
    late = KnownKey(OTHER.public, minute(10), endorsement=jws.endorse(OTHER.public, valid_from=minute(10), by=CENTRE))
    for keys in (
        KeySet([CENTRE.public, OTHER.public]),
        KeySet([CENTRE.public, forged]),
        KeySet([CENTRE.public, redated]),
        KeySet([KnownKey(CENTRE.public, revoked_at=minute(9)), late]),
    ):
        assert OTHER.kid not in jws.follow(keys, trusted)


# --- keys that follow each other -----------------------------------------------------------------------------------------------

MAY, JUNE, JULY = (f"2026-{month:02}-01T12:00:00.000000Z" for month in (5, 6, 7))


def rotated(**first: str) -> tuple[list[PrivateKey], KeySet]:
    """Three keys, each signed by the one before at the moment at which that one ends: as a centre's rotation makes them."""
    keys = [PrivateKey.make() for _ in range(3)]
    known = [KnownKey(keys[0].public, **{"valid_to": MAY, **first})]
    for number, (begins, ends) in enumerate(((MAY, JUNE), (JUNE, "")), 1):
        token = jws.endorse(keys[number].public, valid_from=begins, by=keys[number - 1])
        known.append(KnownKey(keys[number].public, valid_from=begins, valid_to=ends, endorsement=token))
    return keys, KeySet(known)


def test_who_knows_the_first_key_follows_the_rotations() -> None:
    keys, known = rotated()
    for trusted in (KeySet([keys[0].public]), KeySet([KnownKey(keys[0].public, valid_to=MAY)])):
        followed = jws.follow(known, trusted)
        assert [one.key for one in followed] == [one.public for one in keys]
        assert jws.verify(jws.sign(b"x", keys[2], typ="t"), b"x", followed, typ="t", at=JULY) == keys[2].kid
        with pytest.raises(BadSignature):
            jws.verify(jws.sign(b"x", keys[0], typ="t"), b"x", followed, typ="t", at=MAY)


def test_a_key_that_was_revoked_hands_over_to_nobody() -> None:
    keys, known = rotated(revoked_at=MAY)
    assert len(jws.follow(known, KeySet([keys[0].public]))) == 1


def test_a_key_that_nobody_known_signed_in_its_time_is_not_followed() -> None:
    keys, known = rotated()
    stranger = PrivateKey.make()
    late = KnownKey(stranger.public, valid_from=JUNE, endorsement=jws.endorse(stranger.public, valid_from=JUNE, by=keys[0]))
    moved = KnownKey(stranger.public, valid_from=MAY, endorsement=jws.endorse(stranger.public, valid_from=JUNE, by=keys[0]))
    own = KnownKey(stranger.public, valid_from=MAY, endorsement=jws.endorse(stranger.public, valid_from=MAY, by=stranger))
    for one in (late, moved, own, KnownKey(stranger.public, valid_from=MAY), KnownKey(stranger.public)):
        assert stranger.kid not in jws.follow(KeySet([*known, one]), KeySet([keys[0].public]))
