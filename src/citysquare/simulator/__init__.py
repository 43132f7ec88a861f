"""A small city that can be filmed: rendered street scenes with ground truth, served as RTSP cameras.

`python -m citysquare.simulator --cameras 8 --port 8554` renders each scene once, keeps it for the user and serves
rtsp://127.0.0.1:8554/cam1/main and /cam1/sub up to camN. `catalogue` names the cameras without rendering anything.

Words: a *scene* is a place with a fixed camera; a *loop* is 20-30 s of that scene, empty where it begins and ends, so that any
loop may follow any other; a *variant* is a loop of the same scene with other traffic; a *thing* is whatever moves.
"""

from citysquare.simulator.catalogue import SimulatedCamera, catalogue

__all__ = ["SimulatedCamera", "catalogue"]
