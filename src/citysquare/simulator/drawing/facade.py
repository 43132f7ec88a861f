"""Fronts of houses as flat pictures: plaster, windows, shops, balconies, with some wear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.glyphs import draw_text
from citysquare.simulator.drawing.ground import noise_tile
from citysquare.simulator.drawing.layer import Colour, lit

PIXELS_PER_METRE = 48
_TILE = 512
WORDS: dict[str, tuple[str, ...]] = {
    "show": ("CAFE", "BANK", "APTEKA", "PAINE", "FOTO", "OPTIKA", "HOTEL", "MARKET", "DUNAREA", "KVITY"),
    "train": ("MODA", "RADIO", "BARBER", "SALON", "DELTA", "KNYHY", "PESTE", "TEXTIL", "SPORT"),
    "test": ("PIZZA", "AUTO", "BIJOU", "LIBRA", "MEBLI", "NOTAR", "PORTUL", "VELO", "CHAI"),
}
SIGNS: tuple[Colour, ...] = ((50, 50, 150), (120, 70, 30), (50, 100, 50), (40, 40, 40), (30, 110, 180), (110, 50, 90))

# How a room of a given strength shines, in blue, green and red: weak ones are screens, the others warm lamps.
_ROOMS: tuple[Picture, ...] = tuple(
    np.array([level * (cold if level < 90 else warm) for level in range(256)], np.uint8)
    for cold, warm in ((1.0, 0.46), (0.85, 0.76), (0.72, 1.0))
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a front looks. `bay` is the distance of windows, `window` their width and height, metres; `order` is old, plain or panel."""

    plaster: Colour
    trim: Colour
    storeys: int
    storey: float = 3.3
    bay: float = 2.9
    window: tuple[float, float] = (1.25, 1.75)
    shops: bool = False
    order: str = "old"
    split: str = "show"


def _px(metres: float) -> int:
    return round(metres * PIXELS_PER_METRE)


def _box(image: Picture, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Fill a box given as left, top, right, bottom in metres."""
    left, top, right, bottom = (_px(value) for value in box)
    cv2.rectangle(image, (left, top), (right - 1, bottom - 1), colour, -1)


def front(width: float, style: Style, seed: int) -> Picture:
    """Paint a front `width` metres wide; its height follows from the storeys."""
    return np.ascontiguousarray(_painted(width, style, seed)[:, :, :3])


def lit_windows(width: float, style: Style, seed: int) -> Picture:
    """Give what shines of the same front when it is dark: warm rooms, a few cold ones, and shop windows."""
    strength = _painted(width, style, seed)[:, :, 3]
    return cv2.merge([cv2.LUT(strength, table) for table in _ROOMS])


def forget_fronts() -> None:
    """Let go of the fronts kept from one painting of a place for the next."""
    _painted.cache_clear()


@lru_cache(maxsize=64)  # a place is painted several times in some moods, each time with the same fronts
def _painted(width: float, style: Style, seed: int) -> Picture:
    """Paint blue, green, red, and how strongly each part shines in the dark."""
    random = Random(seed)  # noqa: S311  # looks
    height = style.storeys * style.storey + 0.7
    image: Picture = np.full((_px(height), _px(width), 4), (*style.plaster, 0), np.uint8)
    if style.order == "panel":
        _panels(image, width, style)
    count = max(1, int((width - 0.6) / style.bay))
    margin = (width - count * style.bay) / 2
    for floor in range(style.storeys):
        bottom = height - floor * style.storey
        if floor == 0 and style.shops:
            _shops(image, width, bottom, style, random)
            continue
        for bay in range(count):
            middle = margin + (bay + 0.5) * style.bay
            _window(image, (middle, bottom - 0.95), style, random)
            if style.order == "panel" and floor > 0 and bay % 3 == 1:
                _balcony(image, (middle, bottom - 0.95), style, random)
        if style.order == "old":
            _box(image, (0, bottom - style.storey - 0.05, width, bottom - style.storey + 0.13), style.trim)
            _box(image, (0, bottom - style.storey + 0.13, width, bottom - style.storey + 0.19), lit(style.plaster, 0.72))
    _edges(image, width, height, style)
    return _worn(image, seed)


def _edges(image: Picture, width: float, height: float, style: Style) -> None:
    _box(image, (0, 0, width, 0.32), style.trim)
    _box(image, (0, 0.32, width, 0.44), lit(style.trim, 0.66))
    if not style.shops:
        _box(image, (0, height - 0.6, width, height), lit(style.plaster, 0.68))
    if style.order == "old":
        for x in (0.0, width - 0.35):
            for course in range(int(height / 0.45)):
                wide = 0.35 if course % 2 else 0.24
                left = x if x == 0 else width - wide
                _box(image, (left, 0.45 + course * 0.45, left + wide, 0.45 + course * 0.45 + 0.40), style.trim)


def _window(image: Picture, sill: tuple[float, float], style: Style, random: Random) -> None:
    x, bottom = sill
    w, h = style.window
    left, right, top = x - w / 2, x + w / 2, bottom - h
    if style.order == "old":
        _box(image, (left - 0.16, top - 0.2, right + 0.16, bottom + 0.06), style.trim)
        _box(image, (left - 0.22, top - 0.3, right + 0.22, top - 0.18), lit(style.trim, 0.9))
    _box(image, (left, top, right, bottom), (225, 228, 230))
    _glass(image, (left + 0.07, top + 0.07, right - 0.07, bottom - 0.07), random)
    _box(image, (x - 0.035, top, x + 0.035, bottom), (222, 225, 228))
    _box(image, (left, top + h * 0.3, right, top + h * 0.3 + 0.05), (222, 225, 228))
    _box(image, (left - 0.1, bottom, right + 0.1, bottom + 0.08), lit(style.trim, 0.95))
    _box(image, (left - 0.1, bottom + 0.08, right + 0.1, bottom + 0.15), lit(style.plaster, 0.7))


def _glass(image: Picture, box: tuple[float, float, float, float], random: Random, *, shop: bool = False) -> None:
    left, top, right, bottom = (_px(value) for value in box)
    rows, columns = bottom - top, right - left
    if rows < 2 or columns < 2:
        return
    fade = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
    upper = np.array((150, 128, 106), np.float32) * random.uniform(0.6, 1.15)
    pane = upper * (1 - fade) + np.array((62, 52, 46), np.float32) * fade + np.zeros((1, columns, 1), np.float32)
    slant = (np.arange(columns)[None, :] + np.arange(rows)[:, None] * 0.6 + random.randrange(300)) % 170 < 46
    pane[slant] *= 1.16
    choice = random.random()
    wide = max(1, columns // 4)
    if choice < 0.35:
        pane[:, :wide] = pane[:, -wide:] = (176, 186, 190)
    elif choice < 0.5:
        pane[: int(rows * random.uniform(0.2, 0.7))] = (196, 204, 208)
    image[top:bottom, left:right, :3] = pane.clip(0, 255).astype(np.uint8)
    lottery = (left * 7919 + top * 104729 + int(float(upper[0]) * 977)) % 1000 / 1000
    if shop:
        image[top:bottom, left:right, 3] = 190 + 60 * lottery if lottery < 0.8 else 30
    elif lottery < 0.36:
        image[top:bottom, left:right, 3] = (70 + 470 * lottery) * (1 - 0.35 * fade[:, :, 0])
        if choice < 0.35:
            image[top:bottom, left + wide : right - wide, 3] = 240 * (1 - 0.3 * fade[:, :, 0])


def _shops(image: Picture, width: float, bottom: float, style: Style, random: Random) -> None:
    top = bottom - style.storey
    _box(image, (0, top, width, bottom), lit(style.plaster, 0.8))
    count = max(1, int(width / 4.4))
    each = width / count
    for index in range(count):
        left = index * each + 0.3
        right = (index + 1) * each - 0.3
        sign = random.choice(SIGNS)
        _box(image, (left, top + 0.15, right, top + 0.75), sign)
        word = random.choice(WORDS[style.split])
        tall = 0.34
        wide = min(len(word) * 0.30, right - left - 0.4)
        middle = (left + right) / 2
        place = (_px(middle - wide / 2), _px(top + 0.28), _px(wide), _px(tall))
        draw_text(image[:, :, :3], word, (place[0], place[1], place[2], place[3]), (235, 238, 240))
        _box(image, (left, top + 0.85, right, bottom - 0.35), (70, 66, 62))
        door = left + (right - left) * 0.68
        _glass(image, (left + 0.08, top + 0.95, door - 0.08, bottom - 0.45), random, shop=True)
        _glass(image, (door, top + 0.95, right - 0.08, bottom - 0.1), random, shop=True)
        _box(image, (left, bottom - 0.35, door - 0.06, bottom), lit(sign, 0.8))
        _awning(image, (left - 0.1, top + 0.78, right + 0.1, top + 1.25), random)


def _awning(image: Picture, box: tuple[float, float, float, float], random: Random) -> None:
    if random.random() < 0.4:
        return
    left, top, right, bottom = box
    colours: tuple[Colour, Colour] = (random.choice(SIGNS), (226, 230, 232))
    stripes = max(4, round((right - left) / 0.3))
    for stripe in range(stripes):
        a, b = (left + (right - left) * (stripe + k) / stripes for k in (0, 1))
        _box(image, (a, top, b, bottom), lit(colours[stripe % 2], 1.15))
        _box(image, (a, bottom - 0.1, b, bottom), lit(colours[stripe % 2], 0.85))
    _box(image, (left, bottom, right, bottom + 0.3), (48, 44, 42))


def _balcony(image: Picture, sill: tuple[float, float], style: Style, random: Random) -> None:
    x, bottom = sill
    tone = random.choice((lit(style.plaster, 1.08), lit(style.plaster, 0.85), (176, 150, 120), (150, 170, 150)))
    _box(image, (x - 1.35, bottom - 0.25, x + 1.35, bottom + 0.85), tone)
    _box(image, (x - 1.35, bottom + 0.85, x + 1.35, bottom + 1.0), lit(tone, 0.6))
    if random.random() < 0.5:
        _box(image, (x - 1.3, bottom - 1.75, x + 1.3, bottom - 0.25), (210, 214, 216))
        for k in range(4):
            left = x - 1.24 + k * 0.63
            _glass(image, (left, bottom - 1.68, left + 0.56, bottom - 0.3), random)


def _panels(image: Picture, width: float, style: Style) -> None:
    joint = lit(style.plaster, 0.8)
    for floor in range(1, style.storeys + 1):
        y = image.shape[0] / PIXELS_PER_METRE - floor * style.storey
        _box(image, (0, y - 0.03, width, y + 0.03), joint)
    x = style.bay
    while x < width:
        _box(image, (x - 0.03, 0, x + 0.03, image.shape[0] / PIXELS_PER_METRE), joint)
        x += style.bay


def _worn(image: Picture, seed: int) -> Picture:
    rows, columns = image.shape[:2]
    across = (np.arange(columns) * 0.6 + seed * 37) % _TILE
    down = (np.arange(rows) * 0.35) % _TILE
    stains = _read(noise_tile(7), down, across) * np.float32(0.035)
    grain = _read(noise_tile(8, 1.8), down * 3 % _TILE, across * 2 % _TILE) * np.float32(0.015)
    foot = 1 - 0.12 * np.exp(-(rows - 1 - np.arange(rows, dtype=np.float32))[:, None] / PIXELS_PER_METRE / 1.2)
    worn = image.copy()
    worn[:, :, :3] = np.clip(image[:, :, :3] * ((1 + stains + grain) * foot)[:, :, None], 0, 255)
    return worn


def _read(tile: Picture, down: Picture, across: Picture) -> Picture:
    taken: Picture = tile.take(down.astype(int), axis=0).take(across.astype(int), axis=1)
    return taken
