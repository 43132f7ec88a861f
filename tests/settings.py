"""The site's settings for tests and type checks: the same, in a folder of their own that goes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="citysquare-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("CITYSQUARE_")]:
    del os.environ[_name]
os.environ["CITYSQUARE_DATA_DIR"] = _folder
os.environ["CITYSQUARE_CONFIG"] = f"{_folder}/citysquare.toml"
with open(os.environ["CITYSQUARE_CONFIG"], "w", encoding="utf-8") as _file:  # noqa: PTH123 -- as plain as it gets
    _file.write("")

from citysquare.site.settings import *  # noqa: E402, F403 -- a settings module is made of its names; the environment comes first

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405 -- as above; a file, so that threads meet as in operation
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
