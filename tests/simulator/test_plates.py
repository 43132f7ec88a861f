"""Number plates: their syntax, and that they can be drawn."""

from __future__ import annotations

import re
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from citysquare.simulator.drawing.glyphs import GLYPHS
from citysquare.simulator.drawing.plates import Plate, draw_lots, picture_of

UKRAINE = re.compile(r"[A-Z]{2} \d{4} [ABCEHIKMOPTX]{2}")
ROMANIA = re.compile(r"(TL|GL|BR|CT) \d{2} [A-HJ-NPR-Z][A-PR-Z]{2}")


@given(st.integers(0, 10**9))
def test_plates_follow_the_syntax_of_their_country(seed: int) -> None:
    plate = draw_lots(Random(seed), 0.5)
    assert plate is not None
    assert (UKRAINE if plate.country == "UA" else ROMANIA).fullmatch(plate.text)
    assert plate.plain == plate.text.replace(" ", "")
    assert all(sign in GLYPHS for sign in plate.plain)


def test_each_sign_looks_different_from_every_other() -> None:
    seen: dict[bytes, str] = {}
    for sign in sorted(set(GLYPHS) - {"O"}):  # the letter O and the digit 0 are the same on many plates
        picture = picture_of(Plate("RO", sign * 3)).tobytes()
        assert picture not in seen, f"{sign} looks like {seen.get(picture)}"
        seen[picture] = sign


def test_a_plate_is_dark_on_light_with_a_blue_band() -> None:
    picture = picture_of(Plate("UA", "BH 1234 KM"))
    assert np.median(picture[:, 60:]) > 200
    assert picture[:, 60:].min() < 60
    assert picture[70, 4, 0] > picture[70, 4, 2] + 60
