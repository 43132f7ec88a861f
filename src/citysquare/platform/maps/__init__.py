"""The ground of every map: a city's own tiles, a style of its own, the plan of the simulated town, or a plain sheet with a scale.

What lies on the ground (spaces, cameras) belongs to the rooms; what draws it is static/platform/map/map.js.
"""
