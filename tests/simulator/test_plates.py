"""Number plates: every country's syntax, written here on its own, and that they can be drawn and told apart."""

from __future__ import annotations

import re
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.drawing.glyphs import FACES, GLYPHS
from citysquare.simulator.drawing.plates import BORDER, IZMAIL, SERIES, TULCEA, Plate, draw_lots, picture_of

_UA = (
    "AA|KA|AB|KB|AC|KC|AE|KE|AH|KH|AI|KI|AK|KK|AM|KM|AO|KO|AP|KP|AT|KT|AX|KX|BA|HA|BB|HB|BC|HC|BE|HE|BH|HH|BI|HI|BK|HK|BM|HM|BO|HO|BT|HT|"
    "BX|HX|CA|IA|CB|IB|CE|IE|CH|IH"
)
_RO = "AB|AG|AR|BC|BH|BN|BR|BT|BV|BZ|CJ|CL|CS|CT|CV|DB|DJ|GJ|GL|GR|HD|HR|IF|IL|IS|MH|MM|MS|NT|OT|PH|SB|SJ|SM|SV|TL|TM|TR|VL|VN|VS"
_BG = "A|B|BH|BP|BT|C|CA|CB|CC|CH|CM|CO|CT|E|EB|EH|H|K|KH|M|OB|P|PA|PB|PK|PP|T|TX|X|Y"
SYNTAX = {
    "UA": rf"({_UA})\d{{4}}[ABCEHIKMOPTX]{{2}}|\d{{5}}[A-Z]{{2}}",
    "RO": rf"(B\d{{2,3}}|({_RO})\d{{2}})[A-HJ-NPR-Z][A-PR-Z]{{2}}",
    "BG": rf"({_BG})\d{{4}}[ABCEHKMOPTXY]{{2}}",
    "MD": r"[A-Z]{3}\d{3}|(C|K|[A-Z]{2})[A-Z]{2}\d{1,3}",
    "SK": r"[A-Z]{2}\d{3}[A-Z]{2}",
    "PL": r"[A-Z]{2,3}[A-Z0-9]{4,5}",
    "DE": r"(?=.{4,8}$)[A-ZÄÖÜ]{1,3}[A-Z]{1,2}[1-9]\d{0,3}[EH]?",
    "TR": r"(0[1-9]|[1-7]\d|8[01])([A-Z]\d{4}|[A-Z]{2}\d{3,4}|[A-Z]{3}\d{2,3})",
    "HU": r"[A-Z]{3}\d{3}|[A-Z]{4}\d{3}",
    "CZ": r"\d[A-Z]\d{5}|\d[A-Z]{2}\d{4}",
    "AT": r"[A-Z]{1,2}\d{1,5}[A-Z]{1,3}",
    "FR": r"[A-HJ-NP-TV-Z]{2}\d{3}[A-HJ-NP-TV-Z]{2}",
    "IT": r"[A-HJ-NP-TV-Z]{2}\d{3}[A-HJ-NP-TV-Z]{2}",
    "ES": r"\d{4}[BCDFGHJ-NPR-TV-Z]{3}",
    "GR": r"[ABEZHIKMNOPTYX]{3}\d{4}",
    "HR": r"[A-ZČŠŽ]{2}\d{3,4}[A-Z]{1,2}",
    "RS": r"[A-Z]{2}\d{3,5}[A-Z]{2}",
    "LT": r"[A-Z]{3}\d{3}",
    "LV": r"[A-Z]{2}\d{1,4}",
    "EE": r"\d{3}[A-Z]{3}",
    "BE": r"[1-9][A-Z]{3}\d{3}",
    "LU": r"[A-Z]{2}\d{4}",
    "GB": r"[A-Z]{2}\d{2}[A-Z]{3}",
}
KINDS = ("car", "van", "truck", "bus", "motorcycle")


def lots(seed: int, mix: dict[str, float] | float, kind: str = "car") -> Plate:
    plate = draw_lots(Random(seed), mix, kind)
    assert plate is not None
    return plate


@given(st.integers(0, 10**9), st.sampled_from(sorted(SYNTAX)), st.sampled_from(KINDS))
def test_plates_follow_the_syntax_of_their_country(seed: int, country: str, kind: str) -> None:
    plate = lots(seed, {country: 1.0}, kind)
    assert plate.country == country
    assert re.fullmatch(SYNTAX[country], plate.plain), plate
    assert all(sign in GLYPHS for sign in plate.plain)
    assert "".join(plate.rows).replace(" ", "").replace("-", "") == plate.plain, "both lines together say the same"
    assert len(plate.rows) == plate.lines
    assert plate.lines == 2 or kind != "motorcycle"


def test_every_country_that_has_a_series_has_its_syntax_here() -> None:
    assert set(SERIES) == set(SYNTAX)
    for mix in (IZMAIL, TULCEA, BORDER):
        assert set(mix) <= set(SERIES)


@pytest.mark.parametrize(
    ("mix", "country", "low", "high"), [(IZMAIL, "UA", 0.75, 0.95), (TULCEA, "RO", 0.75, 0.95), (BORDER, "UA", 0.2, 0.5)]
)
def test_a_side_of_the_border_has_mostly_its_own_plates(mix: dict[str, float], country: str, low: float, high: float) -> None:
    random = Random(4)
    drawn = [draw_lots(random, mix) for _ in range(600)]
    share = sum(plate is not None and plate.country == country for plate in drawn) / 600
    assert low < share < high


def test_a_bicycle_has_no_plate() -> None:
    assert draw_lots(Random(1), IZMAIL, "bicycle") is None


@pytest.mark.parametrize("country", ["RO", "DE", "UA", "TR"])
def test_each_sign_looks_different_from_every_other(country: str) -> None:
    seen: dict[bytes, str] = {}
    for sign in sorted(set(GLYPHS) - {"O"}):  # the letter O and the digit 0 are the same on many plates
        picture = picture_of(Plate(country, sign * 3)).tobytes()
        assert picture not in seen, f"{sign} looks like {seen.get(picture)}"
        seen[picture] = sign


def test_in_every_face_every_sign_has_strokes() -> None:
    for face in FACES.values():
        for sign in GLYPHS:
            assert face.strokes(sign)


@given(st.integers(0, 10**6), st.sampled_from(sorted(SERIES)), st.sampled_from(KINDS), st.booleans())
def test_a_plate_is_readable_text_on_its_ground(seed: int, country: str, kind: str, front: bool) -> None:
    plate = lots(seed, {country: 1.0}, kind)
    picture = picture_of(plate, front=front)
    assert picture.shape[:2] == tuple(round(metres * 1000) for metres in plate.size(front=front))[::-1]
    inner = picture[picture.shape[0] // 6 : -picture.shape[0] // 6, picture.shape[1] // 8 : -picture.shape[1] // 8].astype(int)
    contrast = np.abs(inner - np.median(inner, axis=(0, 1))).max(axis=2) > 90
    assert 0.06 < contrast.mean() < 0.5, "strokes cover a part of it"


def test_the_band_of_a_plate_is_blue() -> None:
    picture = picture_of(Plate("UA", "BH 1234 KM"))
    assert np.median(picture[:, 70:]) > 200
    blue, _, red = np.median(picture[8:-8, 4:36], axis=(0, 1))
    assert blue > red + 60


def test_the_two_lines_of_a_plate_stand_below_each_other() -> None:
    plate = Plate("UA", "AI 5255 EI", 2)
    assert plate.rows == ("AI 5255", "EI")
    picture = picture_of(plate)
    dark = (picture.max(axis=2) < 70)[8:-8, 60:-12].any(axis=1)
    assert (np.diff(dark.astype(int)) == 1).sum() + dark[0] >= 2, "two bands of text with paper between them"


def test_each_split_wears_its_plates_in_its_own_way() -> None:
    pictures = {family: picture_of(Plate("RO", "TL 12 ABC", wear=f"{family}9")).tobytes() for family in ("show", "train", "test")}
    assert len(set(pictures.values())) == 3
