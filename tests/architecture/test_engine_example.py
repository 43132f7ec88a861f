"""The ten lines of Python in the engine's reference do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import av.video.stream
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "engine.md"
SAMPLE = ROOT.parent / "shared" / "samples" / "car-detection.mp4"


def example() -> str:
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def a_block_crosses_a_street(path: Path) -> Path:
    """A bright block that moves through a grey picture for five of eight seconds."""
    noise = np.random.default_rng(7)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"g": "24", "bf": "0"})
        assert isinstance(stream, av.video.stream.VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 180, "yuv420p", Fraction(1, 12)
        for number in range(96):
            picture = noise.normal(110, 2, (180, 320, 3)).clip(0, 255).astype(np.uint8)
            left = int((number - 24) / 60 * 400) - 40
            if left < 320 and left + 40 > 0 and number >= 24:
                picture[80:110, max(0, left) : left + 40] = 220
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def run(clip: Path) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", example(), str(clip)], capture_output=True, text=True, check=True, timeout=120)
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def test_it_reports_what_crosses_the_street(tmp_path: Path) -> None:
    tracks = run(a_block_crosses_a_street(tmp_path / "street.mp4"))
    assert tracks
    assert all(re.fullmatch(r"unknown \d+", track) for track in tracks)


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample clips are not beside the repository; the drawn clip stands in for them")
def test_it_reports_cars_of_a_real_clip() -> None:
    assert run(SAMPLE)
