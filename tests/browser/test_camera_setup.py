"""Setting cameras up in a browser: a file with a wrong line, a mended one, and a test with a picture; axe on what only shows on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import serious, widths_that_overflow
from tests.browser.town import Town

SECRET = "s3cret-of-the-bridge"
HEAD = "name;space;address;sub_address;user;password\n"


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_file_is_looked_at_before_it_counts(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], tmp_path: Path, theme: str, width: int
) -> None:
    page = sign_in("administrator", theme=theme, width=width)
    file = tmp_path / "cameras.csv"
    file.write_text(f"{HEAD}Gate {theme};North quay;192.168.77.{width % 250}/main;;viewer;{SECRET}\nBad;North quay;rtsp://127.0.0.1/;;;\n")
    page.goto("/cameras/import/")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Show what would happen").click()
    page.wait_for_url("**/cameras/import/*/")
    expect(page.get_by_role("main")).to_contain_text("this machine itself")
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    found = serious(page)
    assert widths_that_overflow(page) <= 0
    assert SECRET not in page.content()
    assert not found, "\n".join(found)
    assert not complaints
    assert town.address in page.url


def test_a_test_shows_a_picture_and_says_what_is_missing(sign_in: Callable[..., Page], town: Town, complaints: list[str]) -> None:
    page = sign_in("administrator")
    page.goto("/cameras/add/")
    page.get_by_label("Address", exact=True).fill(f"rtsp://127.0.0.1:{town.camera_port}/cam1/main")
    page.get_by_role("button", name="Test the camera").click()
    result = page.locator("#test-result")
    expect(result.get_by_role("img")).to_be_visible()
    expect(result).to_contain_text("None was given")
    found = serious(page)
    assert not found, "\n".join(found)
    assert not complaints


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_camera_that_answers_shows_its_streams_and_a_picture(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    page = sign_in("administrator", theme=theme, width=width)
    page.goto("/cameras/find/")
    page.get_by_label("Address", exact=True).fill(f"http://127.0.0.1:{town.onvif_port}/cam2/onvif/device_service")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Ask the camera").click()
    expect(page.get_by_role("heading", name="Choose its streams")).to_be_visible()
    found = serious(page)
    page.get_by_role("button", name="Test the camera").click()
    expect(page.locator("#test-result").get_by_role("img")).to_be_visible()
    found += serious(page)
    page.get_by_role("button", name="Save the camera").click()
    expect(page.get_by_text("Choose a public space or name a new one.")).to_be_visible()
    found += serious(page)
    assert widths_that_overflow(page) <= 0
    assert not found, "\n".join(found)
    assert not complaints
