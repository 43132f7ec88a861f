"""Letters and digits of number plates, drawn by own strokes: no font file is brought along.

Each glyph is a list of strokes on a cell 4 wide and 6 high (x right, y down). A corner may carry a radius: there the stroke bends. Three
faces differ in widths, weight and single signs: `din` as on road signs, `fe` the hard-to-alter one, `narrow` for much text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.layer import Colour

Stroke = tuple[tuple[float, ...], ...]
_ROUND: Stroke = ((2, 0), (4, 0, 2), (4, 6, 2), (0, 6, 2), (0, 0, 2), (2, 0))
GLYPHS: dict[str, tuple[Stroke, ...]] = {
    "0": (_ROUND,),
    "1": (((0.7, 1.7), (2.5, 0), (2.5, 6)),),
    "2": (((0, 1.7), (0, 0, 1.9), (4, 0, 1.9), (4, 2.7, 1.5), (0, 6), (4, 6)),),
    "3": (
        ((0, 1.4), (0, 0, 1.7), (3.8, 0, 1.5), (3.8, 2.85, 1.4), (1.7, 2.85)),
        ((1.9, 2.85), (4, 2.85, 1.5), (4, 6, 1.8), (0, 6, 1.8), (0, 4.5)),
    ),
    "4": (((2.5, 0), (0, 4.4), (4, 4.4)), ((3, 2.7), (3, 6))),
    "5": (((3.7, 0), (0.5, 0), (0.2, 2.7), (0.9, 2.3, 0.6), (4, 2.3, 1.8), (4, 6, 1.9), (0, 6, 1.9), (0, 4.7)),),
    "6": (((2, 2.5), (4, 2.5, 1.7), (4, 6, 1.7), (0, 6, 1.7), (0, 2.5, 1.7), (2, 2.5)), ((2.9, 0), (0.1, 3.2, 1.6), (0, 4.4))),
    "7": (((0, 0), (4, 0), (1.4, 6)),),
    "8": (
        ((2, 0), (3.8, 0, 1.45), (3.8, 2.85, 1.45), (0.2, 2.85, 1.45), (0.2, 0, 1.45), (2, 0)),
        ((2, 2.85), (4, 2.85, 1.55), (4, 6, 1.55), (0, 6, 1.55), (0, 2.85, 1.55), (2, 2.85)),
    ),
    "9": (((2, 3.5), (0, 3.5, 1.7), (0, 0, 1.7), (4, 0, 1.7), (4, 3.5, 1.7), (2, 3.5)), ((1.1, 6), (3.9, 2.8, 1.6), (4, 1.6))),
    "A": (((0, 6), (2, 0), (4, 6)), ((0.75, 4.3), (3.25, 4.3))),
    "B": (((0, 0), (0, 6), (4, 6, 1.5), (4, 2.85, 1.5), (0, 2.85)), ((0, 0), (3.7, 0, 1.4), (3.7, 2.85, 1.4), (0, 2.85))),
    "C": (((4, 1.7), (4, 0, 2), (0, 0, 2), (0, 6, 2), (4, 6, 2), (4, 4.3)),),
    "D": (((0, 0), (0, 6), (4, 6, 2.1), (4, 0, 2.1), (0, 0)),),
    "E": (((4, 0), (0, 0), (0, 6), (4, 6)), ((0, 2.9), (3.3, 2.9))),
    "F": (((4, 0), (0, 0), (0, 6)), ((0, 2.9), (3.3, 2.9))),
    "G": (((4, 1.7), (4, 0, 2), (0, 0, 2), (0, 6, 2), (4, 6, 2), (4, 3.2), (2.3, 3.2)),),
    "H": (((0, 0), (0, 6)), ((4, 0), (4, 6)), ((0, 2.9), (4, 2.9))),
    "I": (((2, 0), (2, 6)),),
    "J": (((3.8, 0), (3.8, 6, 1.8), (0, 6, 1.8), (0, 4.6)),),
    "K": (((0, 0), (0, 6)), ((4, 0), (0, 3.9)), ((1.5, 2.5), (4, 6))),
    "L": (((0, 0), (0, 6), (4, 6)),),
    "M": (((0, 6), (0, 0), (2, 3.7), (4, 0), (4, 6)),),
    "N": (((0, 6), (0, 0), (4, 6), (4, 0)),),
    "O": (_ROUND,),
    "P": (((0, 6), (0, 0), (4, 0, 1.6), (4, 3.3, 1.6), (0, 3.3)),),
    "Q": (_ROUND, ((2.4, 4.3), (4, 6))),
    "R": (((0, 6), (0, 0), (4, 0, 1.6), (4, 3.2, 1.6), (0, 3.2)), ((2.1, 3.2), (4, 6))),
    "S": (((3.9, 1.5), (3.9, 0, 1.7), (0.1, 0, 1.5), (0.1, 2.9, 1.4), (4, 2.9, 1.5), (4, 6, 1.6), (0, 6, 1.8), (0, 4.5)),),
    "T": (((0, 0), (4, 0)), ((2, 0), (2, 6))),
    "U": (((0, 0), (0, 6, 2), (4, 6, 2), (4, 0)),),
    "V": (((0, 0), (2, 6), (4, 0)),),
    "W": (((0, 0), (0.95, 6), (2, 1.4), (3.05, 6), (4, 0)),),
    "X": (((0, 0), (4, 6)), ((4, 0), (0, 6))),
    "Y": (((0, 0), (2, 3), (4, 0)), ((2, 3), (2, 6))),
    "Z": (((0, 0), (4, 0), (0, 6), (4, 6)),),
    "-": (((0.6, 3), (3.4, 3)),),
    "Ä": (((0, 6), (2, 1.5), (4, 6)), ((0.85, 4.6), (3.15, 4.6)), ((0.75, 0.02), (0.8, 0.02)), ((3.2, 0.02), (3.25, 0.02))),
    "Ö": (
        ((2, 1.5), (4, 1.5, 2), (4, 6, 2), (0, 6, 2), (0, 1.5, 2), (2, 1.5)),
        ((0.75, 0.02), (0.8, 0.02)),
        ((3.2, 0.02), (3.25, 0.02)),
    ),
    "Ü": (((0, 1.5), (0, 6, 2), (4, 6, 2), (4, 1.5)), ((0.75, 0.02), (0.8, 0.02)), ((3.2, 0.02), (3.25, 0.02))),
}
_HARD_TO_ALTER: dict[str, tuple[Stroke, ...]] = {
    "0": (((2.7, 0), (0, 0, 2), (0, 6, 2), (4, 6, 2), (4, 1.5, 0.5), (3.5, 0.7)),),
    "1": (((0.6, 1.3), (2.3, 0), (2.3, 6)),),
    "3": (((0, 0), (4, 0), (1.8, 2.4), (4, 2.6, 1.5), (4, 6, 1.7), (0, 6, 1.7), (0, 4.7)),),
    "4": (((1.6, 0), (0, 4.2), (4, 4.2)), ((2.9, 2.6), (2.9, 6))),
    "6": (((2.1, 2.4), (4, 2.4, 1.6), (4, 6, 1.6), (0, 6, 1.8), (0, 4.0), (2.7, 0)), ((1.1, 2.5), (2.1, 2.4))),
    "9": (((1.9, 3.6), (0, 3.6, 1.6), (0, 0, 1.6), (4, 0, 1.8), (4, 2.0), (1.3, 6)), ((2.9, 3.5), (1.9, 3.6))),
    "M": (((0, 6), (0, 0), (2, 2.9), (4, 0), (4, 6)),),
    "W": (((0, 0), (0.7, 6), (2, 2.6), (3.3, 6), (4, 0)),),
}
_WIDTHS = {"1": 3.1, "I": 1.4, "M": 4.7, "W": 5.4, "J": 3.6, "L": 3.6, "E": 3.6, "F": 3.6, "-": 2.2, "A": 4.3, "V": 4.3, "Q": 4.2}
SPACE = 2.0


@dataclass(frozen=True, slots=True)
class Face:
    """How the glyphs of a country are cut: width of a cell 4 wide as a share, gap between signs, pen as a share of the height."""

    width: float = 0.78
    gap: float = 1.7
    pen: float = 0.135
    hard: bool = False
    even: bool = False

    def strokes(self, sign: str) -> tuple[Stroke, ...]:
        """Give the strokes of a sign; none for one that is not known."""
        return _HARD_TO_ALTER.get(sign, GLYPHS.get(sign, ())) if self.hard else GLYPHS.get(sign, ())

    def cell(self, sign: str) -> float:
        """Width of a sign in units of a sixth of its height, without the gap."""
        return (4.0 if self.even else _WIDTHS.get(sign, 4.0)) * self.width


FACES = {
    "din": Face(),
    "fe": Face(0.84, 1.55, 0.125, hard=True, even=True),
    "narrow": Face(0.70, 1.5, 0.13),
    "bold": Face(0.80, 1.6, 0.155),
    "even": Face(0.80, 1.6, 0.13, even=True),
}


def width_of(text: str, face: Face, space: float = SPACE) -> float:
    """Width of a text in sixths of its height."""
    return sum(space if sign == " " else face.cell(sign) + face.gap for sign in text) - face.gap


def _bent(stroke: Stroke) -> npt.NDArray[np.float64]:
    """Turn a stroke into a polyline; a corner with a radius becomes a curve, as far as its neighbours leave room."""
    corners = [np.array(corner[:2]) for corner in stroke]
    radii = [corner[2] if len(corner) > 2 else 0.0 for corner in stroke]
    line = [corners[0]]
    for k in range(1, len(stroke) - 1):
        back, ahead = corners[k - 1] - corners[k], corners[k + 1] - corners[k]
        if radii[k] <= 0:
            line.append(corners[k])
            continue
        before, after = float(np.hypot(*back)), float(np.hypot(*ahead))
        room = min(radii[k], before * (0.5 if radii[k - 1] else 1.0), after * (0.5 if radii[k + 1] else 1.0))
        start, end = corners[k] + back / before * room, corners[k] + ahead / after * room
        middle = corners[k] * 0.414 + (start + end) * 0.293  # where a quarter of a circle would pass
        control = 2 * middle - (start + end) / 2
        line.extend(start * (1 - t) ** 2 + control * 2 * t * (1 - t) + end * t**2 for t in np.linspace(0, 1, 7))
    line.append(corners[-1])
    return np.array(line)


@lru_cache(maxsize=1024)
def _glyph(sign: str, face: Face, wide: int, high: int) -> Picture:
    """Draw one sign as a mask that it fills to its edges."""
    mask = np.zeros((high, wide), np.uint8)
    pen = max(2.0, high * face.pen)
    narrow = sign == "I" and not face.even
    for stroke in face.strokes(sign):
        line = _bent(stroke)
        unit = np.array([0.0 if narrow else (wide - 1 - pen) / 4, (high - 1 - pen) / 6])
        offset = np.array([(wide - 1) / 2 if narrow else pen / 2, pen / 2])
        for end, inner in ((0, 1), (-1, -2)):
            x, y = line[end]
            if x in (0, 4) or y in (0, 6):  # strokes that reach the edge end flat there
                way = line[end] - line[inner]
                line[end] = line[end] + way / (np.hypot(*way) or 1.0) * 0.8
        points = ((line * unit + offset) * 16).round().astype(np.int32)
        cv2.polylines(mask, [points], isClosed=False, color=255.0, thickness=round(pen), lineType=cv2.LINE_AA, shift=4)
    return mask


def draw_text(
    picture: Picture, text: str, box: tuple[float, float, float, float], colour: Colour, face: str = "din", space: float = SPACE
) -> list[float]:
    """Write `text` into the middle of a box (left, top, width, height in pixels), narrower when it would not fit.

    Returns where the middles of its spaces are, in pixels from the left of the picture.
    """
    left, top, width, height = box
    cut = FACES[face]
    scale = 4  # drawn larger and shrunk, for smooth edges
    natural = width_of(text, cut, space) * height / 6
    squeeze = min(1.0, width / max(natural, 1e-6))
    step = height / 6 * squeeze
    at = left + (width - natural * squeeze) / 2
    first = (max(int(left) - 2, 0), max(int(top) - 2, 0))
    part = picture[first[1] : int(top + height) + 3, first[0] : int(left + width) + 3]
    rows, columns = part.shape[:2]
    mask = np.zeros((rows * scale, columns * scale), np.uint8)
    spaces = []
    high, y = round(height * scale), round((top - first[1]) * scale)
    for sign in text:
        if sign == " ":
            spaces.append(at + step * (space - cut.gap) / 2)
            at += step * space
            continue
        wide, x = max(2, round(cut.cell(sign) * step * scale)), round((at - first[0]) * scale)
        under = mask[y : y + high, x : x + wide]
        np.maximum(under, _glyph(sign, cut, wide, high)[: under.shape[0], : under.shape[1]], out=under)
        at += step * (cut.cell(sign) + cut.gap)
    share = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA)[:, :, None].astype(np.float32) / 255
    part[:, :, :3] = (part[:, :, :3] * (1 - share) + np.array(colour[:3], np.float32) * share).astype(np.uint8)
    return spaces
