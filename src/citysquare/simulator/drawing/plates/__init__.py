"""Number plates: texts by each country's syntax, and their pictures, drawn by own glyphs and emblems."""

from citysquare.simulator.drawing.plates.lots import BORDER, IZMAIL, SERIES, TULCEA, Mix, Series, draw_lots
from citysquare.simulator.drawing.plates.picture import picture_of
from citysquare.simulator.drawing.plates.plate import SIZE_METRES, Plate

__all__ = ["BORDER", "IZMAIL", "SERIES", "SIZE_METRES", "TULCEA", "Mix", "Plate", "Series", "draw_lots", "picture_of"]
