"""Observations in a real browser: from the list to the chart to the file, and a token for another program."""

from __future__ import annotations

import csv
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import serious, widths_that_overflow
from tests.browser.town import Town

SOFIA = ZoneInfo("Europe/Sofia")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_from_the_list_to_the_chart_to_the_file(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    page = sign_in("operator", theme=theme, width=width)
    page.goto("/observations/")
    page.get_by_label("Class").select_option("car")
    page.get_by_label("Camera", exact=True).select_option(town.cameras[0])
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/observations/?*object_class=car*")
    listed = page.locator("main .table-frame.cards tbody tr")
    shown = listed.count()
    assert shown > 3
    expect(page.locator("main .table-frame.cards")).not_to_contain_text("Person")

    yesterday = (datetime.now(SOFIA) - timedelta(days=1)).strftime("%Y-%m-%d")
    page.get_by_role("link", name="The day before").click()
    expect(page.locator("#day time")).to_have_attribute("datetime", yesterday)
    page.get_by_label("Divided by").select_option("class")
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_label("Divided by")).to_have_value("class")
    expect(page.get_by_label("Class")).to_have_value("car")
    page.get_by_role("link", name="The day after").click()
    page.wait_for_url(lambda url: yesterday not in url)
    assert widths_that_overflow(page) <= 0
    assert serious(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    header, *rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8"), newline="")))
    assert header[:2] == ["id", "first"]
    assert {row[8] for row in rows} == {"car"}
    assert len(rows) == shown
    assert complaints == []


def test_the_hours_of_a_day_lead_to_their_lists(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    page.goto("/observations/")
    if page.get_by_text("Nothing seen on this day.").count():  # soon after midnight
        page.get_by_role("link", name="The day before").click()
    page.locator("#day-table summary").click()
    row = page.locator("#day-table tbody tr").filter(has=page.locator("th a")).first
    total = int(row.locator("td").last.inner_text())
    row.get_by_role("link").click()
    page.wait_for_url("**since=*until=*")
    expect(page.locator("main .table-frame.cards tbody tr")).to_have_count(total)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_an_administrator_gives_a_program_a_token_and_takes_it_back(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    name = f"Dashboard {theme}"
    page = sign_in("administrator", theme=theme, width=width)
    page.goto("/tokens/")
    page.get_by_label("Program").fill(name)
    page.get_by_label("Purpose").fill("Shows how many cars cross the bridge")
    page.get_by_label("Read counts").check()
    page.get_by_role("button", name="Make the token").click()
    secret = page.get_by_label("Token", exact=True).input_value()
    assert widths_that_overflow(page) <= 0
    assert serious(page) == []
    asked = urllib.request.Request(f"{town.address}/api/v1/counts", headers={"Authorization": f"Bearer {secret}"})  # noqa: S310 -- our own
    with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 -- as above
        assert answer.status == 200
    page.goto("/tokens/")
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).not_to_contain_text("never")
    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("revoked")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(asked, timeout=20)  # noqa: S310 -- as above
    assert complaints == []
