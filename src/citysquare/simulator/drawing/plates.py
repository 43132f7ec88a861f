"""Number plates: texts by the syntax of Ukraine (2004/2015) and Romania, and their pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.glyphs import draw_text

UKRAINIAN_REGIONS = ("BH", "HH", "BH", "BH", "AA", "BE", "BT", "AX")  # Odesa oblast first: that is where Izmail lies
UKRAINIAN_LETTERS = "ABCEHIKMOPTX"
ROMANIAN_COUNTIES = ("TL", "TL", "TL", "GL", "BR", "CT")  # Tulcea and its neighbours
ROMANIAN_FIRST = "ABCDEFGHJKLMNPRSTUVWXYZ"
ROMANIAN_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ".replace("I", "").replace("O", "")
SIZE_METRES = (0.52, 0.112)
_PIXELS = (416, 90)


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate: country, the text in groups as it is printed, and whether the rear one has one line or two."""

    country: str
    text: str
    lines: int = 1

    @property
    def plain(self) -> str:
        """The text without spaces, as a reader reports it."""
        return self.text.replace(" ", "")


Mix = Mapping[str, float]
IZMAIL: Mix = {"UA": 0.86, "MD": 0.07, "RO": 0.05, "BG": 0.02}
TULCEA: Mix = {"RO": 0.84, "BG": 0.06, "UA": 0.05, "MD": 0.05}
BORDER: Mix = {"UA": 0.36, "RO": 0.30, "MD": 0.16, "BG": 0.06, "PL": 0.04, "DE": 0.03, "TR": 0.02, "SK": 0.015, "HU": 0.015}


def draw_lots(random: Random, mix: float | Mix, kind: str = "car", split: str = "show") -> Plate | None:
    """Invent a plate for a vehicle of class `kind`; None for a bicycle, which has none.

    `mix` gives each country's share (they need not sum up to 1); a single number is the share of Ukraine, the rest is Romania's.
    """
    del split
    if kind == "bicycle":
        return None
    ukrainian_share = mix if isinstance(mix, float | int) else mix.get("UA", 0.0) / sum(mix.values())
    if random.random() < ukrainian_share:
        series = "".join(random.choice(UKRAINIAN_LETTERS) for _ in range(2))
        return Plate("UA", f"{random.choice(UKRAINIAN_REGIONS)} {random.randrange(1, 10000):04d} {series}")
    letters = random.choice(ROMANIAN_FIRST) + "".join(random.choice(ROMANIAN_LETTERS) for _ in range(2))
    return Plate("RO", f"{random.choice(ROMANIAN_COUNTIES)} {random.randrange(1, 100):02d} {letters}")


def picture_of(plate: Plate) -> Picture:
    """Draw a plate, 416 x 90 pixels."""
    wide, high = _PIXELS
    image: Picture = np.full((high, wide, 3), 236, np.uint8)
    band = 40
    image[:, :band] = (150, 60, 20)
    if plate.country == "UA":
        image[14:27, 8:32] = (190, 110, 30)
        image[27:40, 8:32] = (0, 205, 245)
    else:
        for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            cv2.circle(image, (round(20 + 10 * np.cos(turn)), round(26 + 10 * np.sin(turn))), 2, (40, 210, 240), -1)
    draw_text(image, plate.country, (8, 56, 24, 22), (240, 240, 240))
    draw_text(image, plate.text, (band + 16, 17, wide - band - 34, 56), (22, 20, 20))
    cv2.rectangle(image, (1, 1), (wide - 2, high - 2), (60, 60, 60), 2)
    return image
