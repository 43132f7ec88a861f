"""Further places of the same layouts: mirrored, in other colours, seen from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from citysquare.simulator.drawing.geometry import View
from citysquare.simulator.scenes.avenues import AVENUE, ROUNDABOUT
from citysquare.simulator.scenes.border import BORDER, border_ground
from citysquare.simulator.scenes.places import CAR_PARK, MARKET, PEDESTRIAN_STREET, RIVER
from citysquare.simulator.scenes.quarters import COURTYARD, PARK, QUAY
from citysquare.simulator.scenes.streets import BRIDGE, BUS_STOP, CROSSING, JUNCTION

_ROMANIAN_BORDER = replace(BORDER, furnish=partial(border_ground, flags=("RO", "EU"), words=("FRONTIERA",)), ukrainian_share=0.35)

FURTHER = (
    _ROMANIAN_BORDER.variant("border_ferry", 1, mirrored=True, view=View((-6.0, -6.0, 7.6), 9, 13.5, 58)),
    replace(JUNCTION, ukrainian_share=0.1).variant("junction_station", 2, mirrored=True, view=View((-8.6, 1.0, 8.2), 15, 16.5, 58)),
    replace(CROSSING, ukrainian_share=0.9).variant("crossing_hospital", 3, mirrored=True, view=View((6.8, -3.0, 7.2), -13, 15.0, 56)),
    replace(MARKET, ukrainian_share=0.1).variant("market_fish", 4, view=View((4.5, -5.5, 6.8), -7, 12.5, 56)),
    replace(RIVER, ukrainian_share=0.9).variant("river_fortress", 5, mirrored=True, view=View((-5.4, -8.5, 7.8), 25, 14.0, 56)),
    replace(BUS_STOP, ukrainian_share=0.1).variant("bus_stop_market", 6, mirrored=True, view=View((-6.0, -7.0, 7.6), 20, 15.0, 57)),
    replace(BRIDGE, ukrainian_share=0.85).variant("bridge_repida", 7, mirrored=True, view=View((5.2, -1.5, 7.4), -6, 13.0, 52)),
    replace(PEDESTRIAN_STREET, ukrainian_share=0.9).variant(
        "pedestrian_street_old", 8, mirrored=True, view=View((-0.8, -2.0, 6.8), 1, 15.5, 58)
    ),
    replace(CAR_PARK, ukrainian_share=0.1).variant("car_park_stadium", 9, mirrored=True, view=View((-1.0, -4.0, 8.0), -4, 15.0, 58)),
    replace(ROUNDABOUT, ukrainian_share=0.85).variant("roundabout_gate", 10, mirrored=True, view=View((-9.0, -4.0, 9.6), 12, 18.0, 58)),
    replace(AVENUE, ukrainian_share=0.1).variant("avenue_dobruja", 11, mirrored=True, view=View((-13.0, -5.0, 7.6), 12, 12.5, 58)),
    PARK.variant("park_cathedral", 12, mirrored=True, view=View((0.5, -7.5, 8.8), 0, 16.5, 58)),
    replace(COURTYARD, ukrainian_share=0.1).variant("courtyard_school", 13, mirrored=True, view=View((3.5, -7.0, 7.4), -6, 12.0, 56)),
    replace(QUAY, ukrainian_share=0.1).variant("quay_passengers", 14, mirrored=True, view=View((-5.0, -7.0, 8.2), 14, 14.0, 58)),
    CROSSING.variant("crossing_library", 15, view=View((6.2, -2.5, 5.2), -8, 11.5, 54)),
)
