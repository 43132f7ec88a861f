"""The places of the twin town: what stands there, where one drives and walks, and where the camera hangs."""

from citysquare.simulator.scenes.base import Scene
from citysquare.simulator.scenes.places import PLACES_OF_PEOPLE
from citysquare.simulator.scenes.streets import STREETS

SCENES = {scene.name: scene for scene in (*STREETS, *PLACES_OF_PEOPLE)}

__all__ = ["SCENES", "Scene", "scene_named"]


def scene_named(name: str) -> Scene:
    """Give a scene; raises KeyError for a name that is none."""
    return SCENES[name]
