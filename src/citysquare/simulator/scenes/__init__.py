"""The places of the twin town: what stands there, where one drives and walks, and where the camera hangs."""

from dataclasses import replace

from citysquare.simulator.scenes.base import SPLITS, Line, Scene
from citysquare.simulator.scenes.places import PLACES_OF_PEOPLE
from citysquare.simulator.scenes.streets import STREETS

SCENES = {scene.name: scene for scene in (*STREETS, *PLACES_OF_PEOPLE)}

__all__ = ["SCENES", "SPLITS", "Line", "Scene", "scene_named"]


def scene_named(name: str, split: str = "show") -> Scene:
    """Give a scene in the looks of a split; raises KeyError for a name that is none."""
    return replace(SCENES[name], split=split)
