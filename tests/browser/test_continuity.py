"""A camera's day and a hold in a real browser: from the gap to its cause, and from the decision to the recorder's word."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import serious, widths_that_overflow
from tests.browser.town import Town

SOFIA = ZoneInfo("Europe/Sofia")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_somebody_walks_through_a_cameras_days_by_keyboard(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    page = sign_in("operator", theme=theme, width=width)
    page.goto("/continuity/")
    expect(page.locator("main tbody tr").first).to_be_visible()
    page.goto(f"/cameras/{town.cameras[0]}/day/")
    if page.get_by_role("link", name="Its first day").count():  # soon after midnight
        page.get_by_role("link", name="Its first day").click()
    expect(page.get_by_role("heading", name="How the day adds up")).to_be_visible()
    expect(page.locator(".sums tfoot")).to_contain_text("100.00")
    figure = page.locator("[data-day]")
    if figure.get_attribute("tabindex") == "0":
        figure.focus()
        page.keyboard.press("End")
        expect(page.locator("[data-day-told]")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    page.locator("#hours-table summary").click()
    expect(page.locator("#hours-table tbody tr").first).to_be_visible()
    assert serious(page) == []
    assert widths_that_overflow(page) <= 0
    page.get_by_role("link", name="The day before").click()
    yesterday = (datetime.now(SOFIA) - timedelta(days=1)).strftime("%Y-%m-%d")
    expect(page.get_by_label("Day", exact=True)).to_have_value(re.compile(r"\d{4}-\d\d-\d\d"))
    page.get_by_label("Day", exact=True).fill(yesterday)
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**date={yesterday}")
    assert complaints == []


def test_a_hold_is_placed_acknowledged_by_the_recorder_and_lifted(sign_in: Callable[..., Page], town: Town, complaints: list[str]) -> None:
    page = sign_in("supervisor")
    page.goto(f"/holds/place/?camera={town.cameras[1]}")
    now = datetime.now(SOFIA)
    page.get_by_label("Footage from").fill(f"{now - timedelta(minutes=2):%Y-%m-%dT%H:%M:%S}")
    page.get_by_label("Footage until").fill(f"{now:%Y-%m-%dT%H:%M:%S}")
    page.get_by_label("Case").fill("2026/117")
    page.get_by_label("Reason").fill("Collision at the crossing")
    page.get_by_role("button", name="Place the hold").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026/117")
    for _try in range(40):
        if page.locator("main .note .badge").inner_text() in {"acknowledged", "incomplete"}:
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("main .note .badge")).to_have_text(re.compile("acknowledged|incomplete"))
    assert serious(page) == []
    page.get_by_label("Why the footage is no longer needed").fill("The case is closed")
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.locator("main .note .badge")).to_have_text("lifted")
    assert complaints == []


def test_a_silent_camera_is_told_and_its_return_too(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in("operator")
    name = page.goto(f"/cameras/{town.lone_camera}/") and page.get_by_role("heading", level=1).inner_text()
    town.take_lone_camera_away()
    try:
        row = page.locator("main .note.bad", has_text=str(name))
        for _try in range(90):
            page.goto("/health/")
            if row.count():
                break
            page.wait_for_timeout(500)
        expect(row).to_have_count(1)
    finally:
        town.bring_lone_camera_back()
    for _try in range(90):
        page.goto(f"/health/?camera={town.lone_camera}")
        if page.get_by_text("Picture again").count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_text("Picture again").first).to_be_visible()
