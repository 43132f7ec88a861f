"""The places of the twin town: what stands there, where one drives and walks, and where the camera hangs."""

from citysquare.simulator.scenes.avenues import AVENUES
from citysquare.simulator.scenes.base import SPLITS, Scene
from citysquare.simulator.scenes.border import BORDERS
from citysquare.simulator.scenes.further import FURTHER
from citysquare.simulator.scenes.line import Line
from citysquare.simulator.scenes.places import PLACES_OF_PEOPLE
from citysquare.simulator.scenes.quarters import QUARTERS
from citysquare.simulator.scenes.streets import STREETS

LAID_OUT = {scene.name: scene for scene in (*STREETS, *PLACES_OF_PEOPLE, *BORDERS, *AVENUES, *QUARTERS, *FURTHER)}
SCENES = {name: scene.dressed() for name, scene in LAID_OUT.items()}

__all__ = ["LAID_OUT", "SCENES", "SPLITS", "Line", "Scene", "scene_named"]


def scene_named(name: str, split: str = "show") -> Scene:
    """Give a scene in the looks of a split; raises KeyError for a name, and ValueError for a split, that is none."""
    return LAID_OUT[name].dressed(split)
