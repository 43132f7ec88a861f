"""Packs of jurisdictions: signed, read strictly, newer than before, and the strictest of two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from citysquare.platform import packs
from citysquare.platform.models import InstalledPack
from citysquare.platform.policy import FLOOR, BadPack, Demand, Keeping, Pack, ReasonCode, delivered, strict, strictest
from citysquare.platform.policy.pack_files import (
    DELIVERED,
    FOLDER,
    MOST_PACK_BYTES,
    SIGNATURE_TYPE,
    decode,
    read_signed,
    release_key,
)
from citysquare.proof import jws
from citysquare.proof.canonical import Json, canonical
from citysquare.proof.keys import KeySet, PrivateKey
from tests.factories import NOW
from tests.platform.policy_cases import PACKS

LANGUAGES = {"en", "bg", "uk", "ro"}
KEY, OTHER_KEY = PrivateKey.make(), PrivateKey.make()
TEXT = (FOLDER / "bg.json").read_bytes()
TOKEN = (FOLDER / "bg.jws").read_text("ascii")


def changed(**fields: Json) -> bytes:
    return canonical({**json.loads(TEXT), **fields})


def signed(text: bytes, key: PrivateKey = KEY, typ: str = SIGNATURE_TYPE) -> str:
    return jws.sign(text, key, typ=typ)


# --- what is delivered -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DELIVERED)
def test_a_delivered_pack_is_signed_whole_and_named_in_four_languages(name: str) -> None:
    found = delivered(name)
    assert found.pack.id == name
    assert set(found.names) == LANGUAGES
    assert set(found.pack.purposes) == set(ReasonCode)
    assert all(source.articles for source in found.sources)
    assert all(grounds for grounds in (keeping.grounds for keeping in found.pack.data.values()))


@pytest.mark.parametrize("name", DELIVERED)
def test_every_pack_knows_the_same_data_classes_and_keeps_the_log_longest(name: str) -> None:
    data = delivered(name).pack.data
    assert set(data) == set(strict().data)
    assert data["audit_log"].least_hours >= 183 * 24
    assert data["footage"].hours == 72


def test_the_strict_pack_is_at_least_as_strict_as_each_other() -> None:
    for name in DELIVERED:
        for data_class, keeping in delivered(name).pack.data.items():
            ours = strict().data[data_class]
            assert ours.hours <= keeping.hours
            assert ours.most_hours <= keeping.most_hours


def test_one_changed_byte_of_a_delivered_pack_is_found() -> None:
    for place in range(0, len(TEXT), 97):
        altered = bytearray(TEXT)
        altered[place] ^= 1
        with pytest.raises(BadPack) as refused:
            read_signed(bytes(altered), TOKEN, release_key())
        assert refused.value.code == "pack.bad_signature"


def test_an_unknown_jurisdiction_has_no_pack() -> None:
    with pytest.raises(BadPack) as refused:
        delivered("atlantis")
    assert refused.value.code == "pack.unknown"


# --- what may be read --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "  \n", "a.b.c", "a..c", "x" * 5000, "é"])
def test_an_unsigned_pack_is_refused_before_it_is_read(token: str) -> None:
    with pytest.raises(BadPack, match=r"signature|signed"):
        read_signed(b"not even JSON", token, release_key())


def test_a_signature_for_something_else_or_by_another_key_does_not_count() -> None:
    for token in (signed(TEXT, OTHER_KEY), signed(TEXT, KEY, "citysquare-head")):
        with pytest.raises(BadPack) as refused:
            read_signed(TEXT, token, KEY.public)
        assert refused.value.code == "pack.bad_signature"
    with pytest.raises(BadPack):
        read_signed(TEXT, signed(TEXT), KeySet())


FOOTAGE = {"ground": "LED Art. 5", "hours": 72, "least_hours": 0, "most_hours": 720}
NEEDS = {"authorisation": False, "justification": True, "two_persons": False}


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "other"},
        {"format_version": 2},
        {"version": 0},
        {"version": "1"},
        {"id": "../bg"},
        {"id": ""},
        {"data": {}},
        {"data": {"footage": {**FOOTAGE, "hours": 721}}},
        {"data": {"footage": {**FOOTAGE, "least_hours": 73}}},
        {"data": {"footage": {**FOOTAGE, "hours": -1}}},
        {"data": {"footage": {**FOOTAGE, "ground": ""}}},
        {"data": {f"d{number}": FOOTAGE for number in range(65)}},
        {"purposes": {"curiosity": "none"}},
        {"purposes": {"crime": 3}},
        {"acts": {"routine": NEEDS}},
        {"acts": {"consult": {**NEEDS, "more": True}}},
        {"acts": {"consult": {**NEEDS, "justification": 1}}},
        {"review_months": 0},
        {"sources": [{"name": "x", "title": "y"}]},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_pack_that_says_something_else_than_packs_say_is_refused(fields: dict[str, Json]) -> None:
    with pytest.raises(BadPack) as refused:
        decode(changed(**fields))
    assert refused.value.code == "pack.unreadable"


def test_a_pack_has_one_form_and_a_bounded_size() -> None:
    with pytest.raises(BadPack):
        decode(json.dumps(json.loads(TEXT)).encode())
    with pytest.raises(BadPack) as refused:
        read_signed(b"x" * (MOST_PACK_BYTES + 1), TOKEN, release_key())
    assert refused.value.code == "pack.too_large"


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_but_a_sentence(text: bytes) -> None:
    with pytest.raises(BadPack):
        decode(text)


def test_a_pack_that_demands_less_than_the_floor_demands_the_floor() -> None:
    nothing = {"authorisation": False, "justification": False, "two_persons": False}
    pack = decode(changed(acts=dict.fromkeys(FLOOR, nothing))).pack
    assert all(pack.demands(act_class) == demand for act_class, demand in FLOOR.items())


# --- the strictest of two ----------------------------------------------------------------------------------------------------


@given(one=PACKS, other=PACKS)
def test_the_strictest_is_the_same_from_both_sides(one: Pack, other: Pack) -> None:
    assert strictest(one, other) == strictest(other, one)


@given(one=PACKS, other=PACKS, third=PACKS)
def test_the_strictest_of_three_does_not_depend_on_the_order(one: Pack, other: Pack, third: Pack) -> None:
    assert strictest(strictest(one, other), third) == strictest(one, strictest(other, third))


@given(one=PACKS)
def test_a_pack_with_itself_governs_as_it_does_alone(one: Pack) -> None:
    joined = strictest(one, one)
    assert (joined.parts, joined.data, joined.purposes, joined.review_months) == (one.parts, one.data, one.purposes, one.review_months)
    assert all(joined.demands(act_class) == one.demands(act_class) for act_class in FLOOR)
    assert strictest(joined, joined) == joined


@given(one=PACKS, other=PACKS)
def test_the_strictest_keeps_no_longer_demands_no_less_and_knows_no_more_purposes(one: Pack, other: Pack) -> None:
    joined = strictest(one, other)
    assert set(joined.purposes) == set(one.purposes) & set(other.purposes)
    assert joined.review_months == min(one.review_months, other.review_months)
    for data_class, keeping in joined.data.items():
        assert keeping.most_hours <= one.data[data_class].most_hours
        assert keeping.hours <= one.data[data_class].hours
        assert keeping.kept(10**9) <= one.data[data_class].kept(10**9)
    for act_class in FLOOR:
        assert joined.demands(act_class) == one.demands(act_class).joined(other.demands(act_class))
    assert joined.acts.keys() == FLOOR.keys()


def test_a_city_sets_less_but_never_more_than_the_pack_and_never_less_than_logs_need() -> None:
    keeping = Keeping(hours=72, most_hours=720, least_hours=24, grounds=frozenset({"LED Art. 5"}))
    assert [keeping.kept(wanted) for wanted in (None, 1, 100, 10_000)] == [72, 24, 100, 720]


def test_what_no_side_gives_a_ground_for_is_not_shared() -> None:
    pack = Pack(parts=frozenset({("x", 1)}))
    assert strictest(strict(), pack).keeping("footage") is None
    assert not strictest(strict(), pack).purposes
    assert pack.demands(next(iter(FLOOR))) != Demand()


# --- installing --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def trusting(tmp_path: Path, settings: Settings) -> None:
    """A city that trusts the holder of KEY, under Bulgarian rules."""
    (tmp_path / "keys.json").write_bytes(KeySet([KEY.public]).encoded())
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"pack_keys": tmp_path / "keys.json", "jurisdiction": "bg"})


@pytest.mark.django_db
@pytest.mark.usefixtures("trusting")
def test_a_newer_pack_by_a_trusted_key_holds_once_it_is_installed() -> None:
    text = changed(version=2, review_months=6)
    assert packs.in_force() == delivered("bg").pack
    packs.install(text=text, signature=signed(text), at=NOW)
    assert (packs.in_force().version, packs.in_force().review_months) == (2, 6)


@pytest.mark.django_db
@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("version", [1, 2])
def test_an_older_pack_or_the_same_again_is_refused(version: int) -> None:
    new, old = changed(version=2), changed(version=version)
    packs.install(text=new, signature=signed(new), at=NOW)
    with pytest.raises(packs.PackRefused, match="newer"):
        packs.install(text=old, signature=signed(old), at=NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("trusting")
def test_an_unsigned_altered_or_foreign_pack_is_not_installed() -> None:
    text = changed(version=2)
    for given_, token in ((text, ""), (changed(version=3), signed(text)), (text, signed(text, OTHER_KEY))):
        with pytest.raises(packs.PackRefused):
            packs.install(text=given_, signature=token, at=NOW)
    assert not InstalledPack.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("trusting")
def test_a_pack_that_was_altered_in_the_database_is_found_and_nothing_is_done_by_it() -> None:
    text = changed(version=2)
    packs.install(text=text, signature=signed(text), at=NOW)
    InstalledPack.objects.update(text=changed(version=2, review_months=24).decode())
    with pytest.raises(packs.PackBroken):
        packs.in_force()


@pytest.mark.django_db
def test_a_jurisdiction_without_a_pack_is_a_refusal_and_no_fault(settings: Settings) -> None:
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"jurisdiction": "atlantis"})
    with pytest.raises(packs.PackBroken):
        packs.in_force()


def test_without_trusted_keys_no_other_pack_is_taken() -> None:
    assert len(packs.trusted_keys()) == 0
