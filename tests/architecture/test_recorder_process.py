"""The recorder's process holds no codec: pictures of strangers are never decoded where footage is written, and a restart is quick."""

from __future__ import annotations

import subprocess
import sys

ASK = """
import sys
from citysquare.engine.cli import main
main(["node", "/nonexistent.json"])
print(*sorted({"av", "cv2", "numpy", "onnxruntime", "scipy", "django"} & set(sys.modules)))
"""


def test_the_recorder_starts_without_codecs_and_without_the_site() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert "cannot be read" in done.stderr
    assert done.stdout.split() == []
