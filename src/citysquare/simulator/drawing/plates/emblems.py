"""Bands, flags, seals and stickers on number plates."""

from __future__ import annotations

import cv2
import numpy as np

from citysquare.simulator.drawing.geometry import Picture
from citysquare.simulator.drawing.glyphs import draw_text
from citysquare.simulator.drawing.layer import Colour

EUROPE: Colour = (152, 56, 14)
GOLD: Colour = (30, 200, 250)
WHITE: Colour = (242, 242, 242)


def european(part: Picture, country: str) -> None:
    """Paint the blue band with twelve stars and the country's sign."""
    part[:] = EUROPE
    high, wide = part.shape[:2]
    radius = min(wide * 0.33, high * 0.2)
    centre = (wide / 2, high * 0.34)
    for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        at = round((centre[0] + radius * float(np.cos(turn))) * 16), round((centre[1] + radius * float(np.sin(turn))) * 16)
        cv2.circle(part, at, round(radius * 0.17 * 16), GOLD, -1, cv2.LINE_AA, 4)
    _sign(part, country)


def _sign(part: Picture, country: str) -> None:
    high, wide = part.shape[:2]
    tall = min(high * 0.25, wide * 0.62)
    draw_text(part, country, (wide * 0.1, high * 0.93 - tall, wide * 0.8, tall), WHITE, "narrow")


def _flag(part: Picture, colours: tuple[Colour, ...], *, upright: bool) -> None:
    high, wide = part.shape[:2]
    left, right, top, bottom = round(wide * 0.16), round(wide * 0.84), round(high * 0.14), round(high * 0.44)
    for k, colour in enumerate(colours):
        low, up = k / len(colours), (k + 1) / len(colours)
        if upright:
            part[top:bottom, round(left + (right - left) * low) : round(left + (right - left) * up)] = colour
        else:
            part[round(top + (bottom - top) * low) : round(top + (bottom - top) * up), left:right] = colour


def ukrainian(part: Picture, country: str, *, old: bool = False) -> None:
    """Paint the flag and the sign: on blue since 2015, on white before."""
    part[:] = WHITE if old else EUROPE
    _flag(part, ((190, 104, 20), (0, 212, 252)), upright=False)
    if old:
        high, wide = part.shape[:2]
        draw_text(part, country, (wide * 0.12, high * 0.6, wide * 0.76, high * 0.26), (26, 24, 24), "narrow")
    else:
        _sign(part, country)


def moldovan(part: Picture, country: str) -> None:
    """Paint the blue band with the three upright stripes."""
    part[:] = EUROPE
    _flag(part, ((140, 60, 10), (0, 205, 248), (40, 20, 200)), upright=True)
    high, wide = part.shape[:2]
    cv2.circle(part, (round(wide / 2), round(high * 0.29)), max(2, round(high * 0.05)), (40, 90, 140), -1, cv2.LINE_AA)
    _sign(part, country)


def plain_band(part: Picture, country: str) -> None:
    """Paint a blue band that has only the sign."""
    part[:] = EUROPE
    _sign(part, country)


def seals(image: Picture, x: float, top: float, height: float) -> None:
    """Stick the two German seals: the inspection's above, the district's below."""
    radius = round(height * 0.19)
    for share, ring, heart in ((0.24, (60, 140, 60), (90, 190, 230)), (0.76, (200, 200, 205), (60, 120, 200))):
        at = (round(x), round(top + height * share))
        cv2.circle(image, at, radius, ring, -1, cv2.LINE_AA)
        cv2.circle(image, at, round(radius * 0.62), heart, -1, cv2.LINE_AA)
        cv2.circle(image, at, radius, (110, 110, 110), 1, cv2.LINE_AA)


def arms(image: Picture, x: float, top: float, height: float) -> None:
    """Paint a small shield: red with a white double cross."""
    half, up, low = height * 0.16, top + height * 0.28, top + height * 0.78
    shield = np.array([[x - half, up], [x + half, up], [x + half, low - half], [x, low], [x - half, low - half]])
    cv2.fillPoly(image, [(shield * 16).astype(np.int32)], (40, 30, 190), cv2.LINE_AA, 4)
    for a, b in (((x, up + 3), (x, low - half)), ((x - half * 0.5, up + half), (x + half * 0.5, up + half))):
        cv2.line(image, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), WHITE, 2, cv2.LINE_AA)
    y = round(up + half * 1.9)
    cv2.line(image, (round(x - half * 0.7), y), (round(x + half * 0.7), y), WHITE, 2, cv2.LINE_AA)
    blue = np.array([[x - half, low - half], [x + half, low - half], [x, low]])
    cv2.fillPoly(image, [(blue * 16).astype(np.int32)], (140, 60, 20), cv2.LINE_AA, 4)


def sticker(image: Picture, x: float, top: float, height: float) -> None:
    """Stick a small holographic label, as in Poland and Hungary."""
    half = height * 0.11
    low, high = (round(x - half), round(top + height * 0.38)), (round(x + half), round(top + height * 0.62))
    cv2.rectangle(image, low, high, (190, 170, 150), -1)
    cv2.rectangle(image, low, high, (150, 140, 130), 1)


def discs(image: Picture, x: float, top: float, height: float) -> None:
    """Stick two plain round labels, as in Czechia."""
    for share in (0.28, 0.74):
        cv2.circle(image, (round(x), round(top + height * share)), round(height * 0.16), (170, 190, 150), -1, cv2.LINE_AA)
        cv2.circle(image, (round(x), round(top + height * share)), round(height * 0.16), (120, 130, 120), 1, cv2.LINE_AA)


def oval(image: Picture, x: float, top: float, height: float) -> None:
    """Paint a small coat of arms in an oval."""
    at, axes = (round(x), round(top + height * 0.5)), (round(height * 0.13), round(height * 0.2))
    cv2.ellipse(image, at, axes, 0, 0, 360, (60, 60, 180), -1, cv2.LINE_AA)
    cv2.ellipse(image, at, (axes[0] // 2, axes[1] // 2), 0, 0, 360, (190, 200, 215), -1, cv2.LINE_AA)
