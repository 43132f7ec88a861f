"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from django.conf import settings as django_settings
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests import postgresql

# A shared machine may be busy: how long one example takes says nothing about what is tested. What is red is red for everybody:
# the examples are the same ones each time; `--hypothesis-profile explore` looks for new ones.
hypothesis_settings.register_profile("citysquare", deadline=None, derandomize=True)
hypothesis_settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis_settings.load_profile("citysquare")


@pytest.fixture(autouse=True)
def _own_folders(request: pytest.FixtureRequest) -> None:
    """Whatever touches the database also has audit files, a node file and a store of its own."""
    if not _touches_database(request.node):
        return
    from citysquare.platform import doors, pace, tokens

    settings: Settings = request.getfixturevalue("settings")
    folder: Path = request.getfixturevalue("tmp_path") / "data"
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"data_dir": folder, "store_dir": folder / "footage"})
    doors.forget_looks()
    tokens.forget_limits()
    pace.forget_limits()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Start the database server before pytest-django makes its database, and stop it at the very end (its own hook for this)."""
    if django_settings.POSTGRESQL_FOLDER is None:
        yield
        return
    with postgresql.running(django_settings.POSTGRESQL_FOLDER):
        yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the database on PostgreSQL where it is: it goes with its server, and a thread may still be connected to it."""
    return django_settings.POSTGRESQL_FOLDER is not None


def _touches_database(item: pytest.Item) -> bool:
    fixtures: set[str] = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & {"db", "transactional_db", "live_server"}) or item.get_closest_marker("django_db") is not None


def _belongs(item: pytest.Item) -> bool:
    if django_settings.TEST_DATABASE == "sqlite":
        return item.get_closest_marker("postgresql") is None
    return _touches_database(item)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run on PostgreSQL only what touches the database, and on SQLite nothing that is about PostgreSQL.

    Browser tests come last: Playwright keeps an event loop running in this thread, beside which no other can be started. Where two
    processes share the tests out, they come before the faults, so that both end at about the same time.
    """
    foreign = [item for item in items if not _belongs(item)]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if _belongs(item)]
    browsers = [item for item in items if item.get_closest_marker("browser") is not None]
    others = [item for item in items if item.get_closest_marker("browser") is None]
    shared_out = hasattr(config, "workerinput")
    at = next((place for place, item in enumerate(others) if shared_out and item.path.parent.name == "faults"), len(others))
    items[:] = [*others[:at], *browsers, *others[at:]]


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist publishes no types
    """Hands one process all tests of a file, or of files that cannot run at the same time.

    Our own, as the groups of pytest-xdist 3.8 do not reach the names of tests any more in pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the group of a test.

        The soak runs beside the other tests of its folder, once; browsers share one town; whole platforms look for free ports.
        """
        place = PurePosixPath(nodeid.partition("::")[0])
        alone = {"faults", "browser"}.intersection(place.parts)
        if alone:
            return alone.pop()
        return "platforms" if place.stem in {"test_demo", "test_serving"} else str(place)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Hand the next group to a process; one that drives the browser ends with it (pytest_collection_modifyitems)."""
        super()._assign_work_unit(node)
        if "browser" in self.assigned_work[node]:
            node.shutdown()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Let `-n 2` share the tests out by file."""
    return _ByFile(config, log)
