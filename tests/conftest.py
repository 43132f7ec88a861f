"""What holds for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

# A shared machine may be busy: how long one example takes says nothing about what is tested.
hypothesis_settings.register_profile("citysquare", deadline=None)
hypothesis_settings.load_profile("citysquare")


@pytest.fixture(autouse=True)
def _own_folders(request: pytest.FixtureRequest) -> None:
    """Whatever touches the database also has audit files, a node file and a store of its own."""
    touches = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if not touches and request.node.get_closest_marker("django_db") is None:
        return
    from citysquare.platform import doors

    settings: Settings = request.getfixturevalue("settings")
    folder: Path = request.getfixturevalue("tmp_path") / "data"
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"data_dir": folder, "store_dir": folder / "footage"})
    doors.forget_looks()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright keeps an event loop running in this thread, beside which no other can be started."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
