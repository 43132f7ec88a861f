"""How each mood looks: the colour and strength of sky, sun and lamps, how far one sees, and what the sensor makes of it.

Colours are (blue, green, red). Gains multiply what an even sky (0.62) or a full sun (1.0) would light; they are set by eye.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot

from citysquare.simulator.drawing.layer import Colour
from citysquare.simulator.drawing.mesh import Light
from citysquare.simulator.moods import Mood

SKY = 0.62


@dataclass(frozen=True, slots=True)
class Tone:
    """One mood's figures.

    `sun_rise` is the sun's height above its distance; `lamps`, `heads` and `windows` are the gains of street lamps, vehicles' lamps and
    rooms; `noise` is the deviation of the sensor's noise, `quality` the coder's constant rate factor, `grey` the share of colour lost.
    """

    sky: Colour
    sun: Colour
    haze: Colour
    haze_metres: float
    zenith: Colour
    horizon: Colour
    sun_rise: float = 0.7
    lamps: float = 0.0
    windows: float = 0.0
    shadow: float = 0.3
    clouds: float = 0.5
    noise: float = 1.15
    quality: int = 28
    heads: float = 0.0
    grey: float = 0.0


_NO_SUN = (0.0, 0.0, 0.0)
_DAY_RAIN = Tone(
    sky=(1.36, 1.28, 1.20),
    sun=_NO_SUN,
    haze=(172, 168, 163),
    haze_metres=120,
    zenith=(150, 142, 134),
    horizon=(182, 177, 172),
    heads=0.3,
    windows=0.55,
    quality=29,
)
_DUSK = Tone(
    sky=(0.84, 0.66, 0.60),
    sun=(0.44, 0.80, 1.22),
    haze=(150, 168, 216),
    haze_metres=300,
    zenith=(132, 86, 58),
    horizon=(112, 166, 244),
    sun_rise=0.27,
    lamps=0.45,
    heads=0.6,
    windows=0.75,
    shadow=0.4,
    noise=1.5,
)
_DUSK_RAIN = replace(
    _DUSK,
    sky=(0.76, 0.64, 0.55),
    sun=_NO_SUN,
    haze=(108, 96, 86),
    haze_metres=130,
    zenith=(84, 72, 62),
    horizon=(122, 108, 98),
    lamps=0.8,
    heads=0.75,
    windows=0.85,
    shadow=0.3,
    noise=1.7,
    quality=29,
)
_NIGHT = Tone(
    sky=(0.40, 0.325, 0.285),
    sun=_NO_SUN,
    haze=(34, 26, 22),
    haze_metres=420,
    zenith=(26, 18, 13),
    horizon=(52, 44, 42),
    lamps=1.0,
    heads=1.0,
    windows=0.95,
    noise=2.6,
    quality=29,
    grey=0.22,
)
_TONES: dict[tuple[str, str], Tone] = {
    ("day", "rain"): _DAY_RAIN,
    ("day", "fog"): replace(
        _DAY_RAIN, sky=(1.46, 1.42, 1.38), haze=(206, 205, 203), haze_metres=34, zenith=(206, 205, 203), horizon=(206, 205, 203), heads=0.45
    ),
    ("day", "snow"): replace(
        _DAY_RAIN,
        sky=(1.62, 1.55, 1.48),
        haze=(214, 210, 206),
        haze_metres=105,
        zenith=(206, 201, 196),
        horizon=(218, 214, 210),
        windows=0.45,
    ),
    ("dusk", "clear"): _DUSK,
    ("dusk", "rain"): _DUSK_RAIN,
    ("dusk", "fog"): replace(
        _DUSK_RAIN,
        sky=(0.80, 0.69, 0.61),
        haze=(132, 122, 114),
        haze_metres=32,
        zenith=(132, 122, 114),
        horizon=(132, 122, 114),
        quality=28,
    ),
    ("dusk", "snow"): replace(
        _DUSK_RAIN, sky=(0.78, 0.66, 0.57), haze=(134, 122, 112), haze_metres=105, zenith=(112, 100, 90), horizon=(140, 126, 116), lamps=0.6
    ),
    ("night", "clear"): _NIGHT,
    ("night", "rain"): replace(
        _NIGHT, sky=(0.38, 0.32, 0.28), lamps=1.15, haze=(42, 37, 34), haze_metres=150, zenith=(28, 23, 20), horizon=(52, 46, 43)
    ),
    ("night", "fog"): replace(_NIGHT, haze=(70, 66, 64), haze_metres=34, zenith=(60, 56, 54), horizon=(70, 66, 64), lamps=1.1, noise=2.4),
    ("night", "snow"): replace(
        _NIGHT, haze=(64, 56, 52), haze_metres=110, zenith=(48, 41, 37), horizon=(74, 66, 62), lamps=0.75, noise=2.3
    ),
}
_CLEAR_DAY = Tone((1, 1, 1), (1, 1, 1), (225, 210, 195), 260, (214, 158, 102), (225, 210, 195))


def tone_of(mood: Mood) -> Tone:
    """Give a mood's figures."""
    return _TONES.get((mood.light, mood.weather), _CLEAR_DAY)


def light_in(mood: Mood, light: Light) -> Light:
    """Give the light by which things that move are seen, from the light of a scene's clear day."""
    tone = tone_of(mood)
    if mood.plain:
        return light
    gain = sum(tone.sun) / 3
    aside = hypot(light.sun[0], light.sun[1]) or 1.0
    sun = (light.sun[0], light.sun[1], tone.sun_rise * aside) if gain else (0.05, -0.05, 1.0)
    return Light(
        sun,
        sunshine=gain,
        sky=SKY * sum(tone.sky) / 3,
        sky_colour=tone.zenith if mood.weather == "clear" else tone.haze,
        haze=tone.haze,
        haze_metres=min(tone.haze_metres, light.haze_metres * tone.haze_metres / 260),
        sun_tint=_tint(tone.sun),
        sky_tint=_tint(tone.sky),
        shadow=tone.shadow,
        retro=0.25 + 0.45 * min(1.0, tone.heads) if mood.light != "day" else 0.25,
    )


def _tint(gains: Colour) -> Colour:
    middle = sum(gains) / 3 or 1.0
    return (gains[0] / middle, gains[1] / middle, gains[2] / middle) if sum(gains) else (1.0, 1.0, 1.0)


def even(light: Light) -> Light:
    """Give an even sky without sun and haze, by which the own colours of things are painted."""
    return replace(light, sunshine=0.0, sky=SKY, haze_metres=1e9)


def sunny(light: Light, sun: tuple[float, float, float]) -> Light:
    """Give a sun without sky and haze, so that what it adds can be painted apart."""
    return replace(light, sun=sun, sunshine=1.0, sky=0.0, sky_colour=(0.0, 0.0, 0.0), haze_metres=1e9)


def glowing(light: Light) -> Light:
    """Give the dark: nothing is seen but what shines by itself, and what hides it."""
    return replace(light, sunshine=0.0, sky=0.0, haze=(0.0, 0.0, 0.0), haze_metres=1e-6, glow_only=True)
