"""People: how they are invented, how their bodies move, and how they are drawn, on foot and on two wheels."""

from citysquare.simulator.drawing.people.body import Person, head_box, joints, reach_of, shadow_limbs
from citysquare.simulator.drawing.people.figure import draw_person, umbrella_hides
from citysquare.simulator.drawing.people.riders import draw_ride, ride_joints
from citysquare.simulator.drawing.people.wardrobe import Companion, companions, invent

__all__ = [
    "Companion",
    "Person",
    "companions",
    "draw_person",
    "draw_ride",
    "head_box",
    "invent",
    "joints",
    "reach_of",
    "ride_joints",
    "shadow_limbs",
    "umbrella_hides",
]
