"""The places of the twin town: what stands there, where one drives and walks, and where the camera hangs."""

from citysquare.simulator.scenes.base import Scene
from citysquare.simulator.scenes.town import scene_named

__all__ = ["Scene", "scene_named"]
