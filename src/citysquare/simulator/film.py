"""Rendering a loop: background once, then only what moves, with sensor noise, coded, and the truth beside it."""

from __future__ import annotations

import cv2

from citysquare.simulator.drawing.tones import tone_of
from citysquare.simulator.encoder import Encoder
from citysquare.simulator.loops import FPS, Loop, LoopSpec
from citysquare.simulator.moods import mood_of
from citysquare.simulator.parked import parked
from citysquare.simulator.plans import plan_loop
from citysquare.simulator.scenes import Scene, scene_named
from citysquare.simulator.staging import staged
from citysquare.simulator.strip import Strip
from citysquare.simulator.traffic import Mover
from citysquare.simulator.truth import Truth

SUB_WIDTH = 640
MAIN_KILOBITS, SUB_KILOBITS = 1900, 280


def film(spec: LoopSpec) -> Loop:
    """Render a loop. The same spec gives the same bytes."""
    scene = scene_named(spec.scene, spec.split)
    scene = scene.sized(spec.width, spec.height)
    mood = mood_of(spec.hour, spec.weather)
    scene, stage, air = staged(scene, mood)
    loop = plan_loop(scene, spec)
    strip = Strip(stage, spec, mood, air)
    main = Encoder(spec.width, spec.height, group=2 * FPS, kilobits=MAIN_KILOBITS, quality=tone_of(mood).quality)
    sub_width = min(SUB_WIDTH, spec.width)
    sub_size = (sub_width, sub_width * spec.height // spec.width & ~1)
    sub = Encoder(*sub_size, group=FPS, kilobits=SUB_KILOBITS, quality=27)
    truth = Truth(spec, loop, parked(stage, scene.view))
    for number in range(spec.frames):
        drawn = strip.draw(scene, loop.movers, number)
        truth.note(number, drawn)
        planes = strip.planes()
        main.add(*planes)
        sub.add(*(cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane, size in zip(planes, _sizes(*sub_size), strict=True)))
    return Loop(spec, main.finish(), sub.finish(), truth.lines())


def plan_of(scene: Scene, spec: LoopSpec) -> list[Mover]:
    """Plan who moves through a loop."""
    return plan_loop(scene, spec).movers


def _sizes(width: int, height: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    half = (width // 2, height // 2)
    return (width, height), half, half
