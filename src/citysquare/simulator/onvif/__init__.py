"""Simulated ONVIF devices: a small HTTP server whose answers are built from ONVIF's own service descriptions, and one that is found.

What it cannot do: change settings, move a camera, send events. A device says what it is and where its streams are.
"""

from citysquare.simulator.onvif.device import OnvifDevice, SignInWanted
from citysquare.simulator.onvif.saying import Stream
from citysquare.simulator.onvif.searching import Responder
from citysquare.simulator.onvif.town import OnvifTown

__all__ = ["OnvifDevice", "OnvifTown", "Responder", "SignInWanted", "Stream"]
