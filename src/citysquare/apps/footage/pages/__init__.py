"""Pages of looking: `looking` is the wall, one camera and its state; `city_map` is the map of all of them."""
