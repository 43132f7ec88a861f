"""The picture of a number plate, a pixel to the millimetre: ground, band, emblem, text, frame, dirt and wear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.glyphs import draw_text
from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.plates import emblems
from citysquare.simulator.drawing.plates.plate import Plate

BLACK: Colour = (24, 22, 22)
GREEN: Colour = (60, 120, 20)
RED: Colour = (40, 30, 170)
YELLOW: Colour = (30, 190, 245)
PAPER: Colour = (236, 238, 238)


@dataclass(frozen=True, slots=True)
class Design:
    """How a country's plates look: band on the left, mark in the first gap, face of the glyphs, colours."""

    band: Callable[[Picture, str], None] | None = emblems.european
    mark: Callable[[Picture, float, float, float], None] | None = None
    face: str = "din"
    ink: Colour = BLACK
    paper: Colour = PAPER
    space: float = 2.4
    band_share: float = 0.085
    both: bool = False
    lines: Colour | None = None


DESIGNS: dict[str, Design] = {
    "UA": Design(emblems.ukrainian, face="even", space=2.6),
    "UA/electric": Design(emblems.ukrainian, face="even", ink=GREEN, space=2.6),
    "UA/taxi": Design(emblems.ukrainian, face="even", paper=YELLOW, space=2.6),
    "UA/old": Design(lambda part, country: emblems.ukrainian(part, country, old=True), face="narrow"),
    "RO": Design(face="din"),
    "BG": Design(face="narrow", space=2.8),
    "MD": Design(emblems.moldovan, face="fe", band_share=0.1, space=2.8),
    "MD/old": Design(emblems.moldovan, face="din", band_share=0.1),
    "SK": Design(mark=emblems.arms, face="din", space=3.8),
    "PL": Design(mark=emblems.sticker, face="even", space=3.2),
    "DE": Design(mark=emblems.seals, face="fe", space=4.2),
    "TR": Design(emblems.plain_band, face="bold"),
    "HU": Design(mark=emblems.oval, face="din", space=3.2),
    "HU/old": Design(face="din"),
    "CZ": Design(mark=emblems.discs, face="din", space=3.8),
    "AT": Design(mark=emblems.oval, face="narrow", space=3.6, lines=RED),
    "FR": Design(face="narrow", both=True),
    "IT": Design(face="narrow", both=True),
    "ES": Design(face="din"),
    "BE": Design(face="narrow", ink=RED),
    "HR": Design(mark=emblems.arms, face="narrow", space=3.4),
    "RS": Design(emblems.plain_band, mark=emblems.arms, face="narrow", space=3.4),
    "LU": Design(face="din", paper=YELLOW),
    "GB": Design(emblems.plain_band, face="bold", paper=YELLOW),
}


def design_of(plate: Plate) -> Design:
    """Give the design of a plate's country and series; one without its own is black on white with the European band."""
    return DESIGNS.get(f"{plate.country}/{plate.style}") or DESIGNS.get(plate.country) or Design()


def picture_of(plate: Plate, *, front: bool = False) -> Picture:
    """Draw a plate, 520 x 112 pixels; the rear one of a plate with two lines is smaller and higher."""
    wide, high = (round(metres * 1000) for metres in plate.size(front=front))
    design = design_of(plate)
    image: Picture = np.empty((high, wide, 3), np.uint8)
    image[:] = design.paper
    rows = (plate.text,) if front else plate.rows
    if len(rows) == 1:
        _one_line(image, plate, design)
    else:
        _two_lines(image, plate, design)
    edge = max(2, high // 45)
    cv2.rectangle(image, (edge, edge), (wide - 1 - edge, high - 1 - edge), BLACK, max(2, high // 50), cv2.LINE_AA)
    if plate.wear:
        _age(image, plate)
    return image


def _one_line(image: Picture, plate: Plate, design: Design) -> None:
    high, wide = image.shape[:2]
    band = round(wide * design.band_share) if design.band else 0
    if design.band:
        design.band(image[:, :band], plate.country)
    right = band if design.both else 0
    if right:
        image[:, wide - right :] = emblems.EUROPE
    if design.lines:
        for y in (0.09, 0.13, 0.87, 0.91):
            cv2.line(image, (band, round(high * y)), (wide, round(high * y)), design.lines, 2)
    tall = high * 0.68
    top = (high - tall) / 2
    box = (band + 12.0, top, wide - band - right - 24.0, tall)
    spaces = draw_text(image, plate.text, box, design.ink, design.face, design.space)
    if design.mark and spaces:
        design.mark(image, spaces[0], top, tall)


def _two_lines(image: Picture, plate: Plate, design: Design) -> None:
    high, wide = image.shape[:2]
    band = round(wide * 0.15)
    if design.band:
        design.band(image[: high // 2, :band], plate.country)
    tall = high * 0.37
    above, below = plate.rows
    spaces = draw_text(image, above, (band + 8.0, high * 0.09, wide - band - 18.0, tall), design.ink, design.face, 1.6)
    draw_text(image, below, (12.0, high * 0.54, wide - 24.0, tall), design.ink, design.face, 1.8)
    if design.mark and not spaces:
        design.mark(image, wide * 0.91, high * 0.09, tall * 0.8)


def _age(image: Picture, plate: Plate) -> None:
    """Let a plate get old, each split in its own way: `train` dusty and screwed on, `test` splashed and scratched, `show` a little grey."""
    random = Random(f"{plate.wear}{plate.text}")  # noqa: S311  # dirt must repeat with the plate
    family = plate.wear.rstrip("0123456789")
    much = int(plate.wear[len(family) :] or 0) / 12
    high, wide = image.shape[:2]
    if family == "train":
        dust = np.linspace(0.02, 0.1 + 0.4 * much, high)[:, None, None]
        _over(image, dust, (104, 122, 138))
        for x in (0.2, 0.8):
            cv2.circle(image, (round(wide * x), round(high * random.uniform(0.1, 0.2))), high // 22, (120, 120, 120), -1, cv2.LINE_AA)
    elif family == "test":
        for _ in range(round(26 * much)):
            at = (random.randrange(wide), random.randrange(high // 3, high))
            cv2.circle(image, at, random.randrange(1, max(3, high // 14)), (66, 82, 96), -1, cv2.LINE_AA)
        for _ in range(round(4 * much)):
            x, y = random.randrange(wide), random.randrange(high)
            cv2.line(image, (x, y), (x + random.randrange(-40, 40), y + random.randrange(-14, 14)), (170, 176, 180), 1, cv2.LINE_AA)
        _over(image, np.full((1, 1, 1), 0.12 * much), (90, 96, 100))
    else:
        _over(image, np.linspace(0.0, 0.16 * much, high)[:, None, None], (120, 124, 128))


def _over(image: Picture, share: Picture, colour: Colour) -> None:
    image[:] = (image * (1 - share) + np.array(colour) * share).astype(np.uint8)
