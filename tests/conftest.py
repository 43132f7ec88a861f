"""What holds for all tests."""

from hypothesis import settings

# A shared machine may be busy: how long one example takes says nothing about what is tested.
settings.register_profile("citysquare", deadline=None)
settings.load_profile("citysquare")
