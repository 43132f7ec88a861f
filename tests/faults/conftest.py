"""What runs beside the tests of faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.soaking import Soaking


@pytest.fixture(scope="session", autouse=True)
def soaking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soaking | None]:
    """The soak of five minutes, begun with the first test of this folder, so that its own test need not wait for all of it."""
    if not any("soaking" in getattr(item, "fixturenames", ()) and item.get_closest_marker("soak") for item in request.session.items):
        yield None
        return
    begun = Soaking(tmp_path_factory.mktemp("soak") / "run")
    yield begun
    begun.end()
