"""How a street is drawn: a pinhole camera over a ground plane, anti-aliased polygons, vehicles, people, houses, trees, plates."""
