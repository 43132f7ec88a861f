"""The site's settings for tests and type checks: the same, in a folder of their own that goes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests import postgresql as _postgresql

TEST_DATABASE = os.environ.get(_postgresql.VARIABLE) or "sqlite"
if TEST_DATABASE not in {"sqlite", "postgresql"}:
    raise ValueError(f"{_postgresql.VARIABLE} is sqlite or postgresql")

_folder = tempfile.mkdtemp(prefix="citysquare-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("CITYSQUARE_")]:
    del os.environ[_name]
os.environ["CITYSQUARE_DATA_DIR"] = _folder
os.environ["CITYSQUARE_CONFIG"] = f"{_folder}/citysquare.toml"
with open(os.environ["CITYSQUARE_CONFIG"], "w", encoding="utf-8") as _file:  # noqa: PTH123 -- as plain as it gets
    _file.write("")
POSTGRESQL_FOLDER = Path(tempfile.mkdtemp(prefix="citysquare-pg-")) if TEST_DATABASE == "postgresql" else None
if POSTGRESQL_FOLDER is not None:  # the server is started there when the first test needs it: tests/conftest.py
    atexit.register(shutil.rmtree, POSTGRESQL_FOLDER, ignore_errors=True)
    os.environ["CITYSQUARE_DATABASE_URL"] = _postgresql.url(POSTGRESQL_FOLDER, "citysquare")

from citysquare.site import settings as _operation  # noqa: E402 -- the environment comes first
from citysquare.site.settings import *  # noqa: E402, F403 -- a settings module is made of its names; the environment comes first

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
if POSTGRESQL_FOLDER is None:
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405 -- as above; a file, so that threads meet as in operation
OPERATION_HASHERS = _operation.PASSWORD_HASHERS
PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
AUDIT_STRICT = True  # a detail that an act does not declare is a mistake of the program: here it is an error
