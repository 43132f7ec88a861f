"""Citysquare: the open platform for a city's public spaces."""

__version__ = "0.1.0"
