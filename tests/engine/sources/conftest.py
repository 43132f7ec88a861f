"""Tests of sources run faster than real time; so does the beat on which connections are read."""

import pytest


@pytest.fixture(autouse=True)
def quick_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citysquare.engine.sources.rtsp.pacing.BEAT_SECONDS", 0.001)
