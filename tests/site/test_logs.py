"""Logs for machines: one object a line, what belongs together can be found, and no secret gets into them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine import logs
from citysquare.site import running
from citysquare.site.requests import RequestFilter


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter("json"))
    handler.addFilter(RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield logging.getLogger("citysquare.tests"), out
    root.removeHandler(handler)


def test_a_line_is_one_object_with_time_level_logger_code_and_camera(log: tuple[logging.Logger, io.StringIO]) -> None:
    log[0].warning("%s waits\nfor the index", "abc", extra={"camera": "abc", "code": "store.full"})
    line = json.loads(log[1].getvalue())
    assert line["message"] == "abc waits\nfor the index"
    assert log[1].getvalue().count("\n") == 1
    assert (line["level"], line["logger"], line["camera"], line["code"]) == ("warning", "citysquare.tests", "abc", "store.full")
    assert line["time"].endswith("Z")
    assert "request" not in line


def test_an_accident_has_its_code_and_trace(log: tuple[logging.Logger, io.StringIO]) -> None:
    try:
        dict[str, str]()["rtsp://me:secret@camera/"]
    except KeyError:
        log[0].exception("that was not foreseen")
    line = json.loads(log[1].getvalue())
    assert line["code"] == "KeyError"
    assert "Traceback" in line["trace"]
    assert "secret" not in line["trace"]


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://me:hush@10.0.0.1/x",
        "postgresql://me:hush@/db",
        "GET /sign-in/hushhushhushhushhushhushhushhush/ 500",
        "token cs_hushhushhushhush was refused",
        "Authorization: Bearer hush",
        "password=hush",
        "{'Cookie': 'hush'}",
    ],
)
@pytest.mark.parametrize("form", logs.FORMATS)
def test_no_secret_gets_into_a_line(text: str, form: str) -> None:
    record = logging.makeLogRecord({"msg": "said: %s", "args": (text,), "name": "x", "levelname": "INFO"})
    assert "hush" not in logs.formatter(form).format(record)


@given(text=st.text(max_size=300))
def test_whatever_is_said_stays_one_line(text: str) -> None:
    line = logs.formatter("json").format(logging.makeLogRecord({"msg": text.replace("%", ""), "name": "x", "levelname": "INFO"}))
    assert "\n" not in line
    assert isinstance(json.loads(line), dict)


@pytest.mark.django_db
def test_lines_of_one_request_carry_its_number(client: Client, log: tuple[logging.Logger, io.StringIO]) -> None:
    client.raise_request_exception = False
    answer = client.get("/cameras/nowhere/", headers={"x-request-id": "believe-me"})
    assert len(answer["X-Request-ID"]) == 16
    log[0].warning("after it")
    for line in map(json.loads, log[1].getvalue().splitlines()):
        assert line.get("request", answer["X-Request-ID"]) == answer["X-Request-ID"]
    assert "request" not in json.loads(log[1].getvalue().splitlines()[-1])


def test_the_recorder_and_the_supervisor_speak_the_same_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running.speaker("json")("Citysquare is up.")
    line = json.loads(capsys.readouterr().out)
    assert (line["logger"], line["message"]) == ("citysquare.supervisor", "Citysquare is up.")
    running.speaker("plain")("Citysquare is up.")
    assert capsys.readouterr().out == "Citysquare is up.\n"
    words = ["-m", "citysquare.engine", "node", str(tmp_path / "none.json"), "--log-format", "json"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
