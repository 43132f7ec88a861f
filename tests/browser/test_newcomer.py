"""Somebody who was never here comes from a link in a letter to a file of numbers, by keyboard, in the light and on a phone in the dark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import EXPECTED_COMPLAINTS, serious, widths_that_overflow
from tests.browser.town import Town

PASSWORD = "three herons by the old ferry"


@dataclass
class Visit:
    """A newcomer's page, and what was found wrong on the way."""

    page: Page
    found: list[str] = field(default_factory=list)

    def look(self) -> None:
        """Note what is wrong with the page as it stands."""
        page = self.page
        if page.locator(".map-frame").count():
            page.locator('.map-frame[data-map="ready"]').wait_for()
        page.wait_for_timeout(300)
        assert widths_that_overflow(page) <= 0, page.url
        self.found += serious(page)

    def press(self, button: str) -> None:
        """Press a button by keyboard."""
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).press("Enter")

    def come_in(self, link: str) -> None:
        """Follow the link and choose a password."""
        page = self.page
        page.goto(link)
        self.look()
        page.get_by_role("main").get_by_role("button").press("Enter")
        page.wait_for_url("**/account/password/**")
        self.look()
        for entry in page.locator('main input[type="password"]').all():
            entry.fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/welcome/")
        self.look()

    def tour(self, *addresses: str) -> None:
        """Take the tour through these pages, then end it."""
        page = self.page
        count = page.locator(".tour-stops li").count()
        self.press("Start the tour")
        panel = page.locator("section.tour")
        for number, address in enumerate(addresses, start=1):
            if number > 1:
                panel.get_by_role("button", name="Next").press("Enter")
            page.wait_for_url(f"**{address}")
            expect(panel).to_contain_text(f"Tour, {number} of {count}")
            expect(page.locator("#tour-title")).to_be_focused()
            self.look()
            if address == "/wall/":
                expect(page.locator('[data-state="live"]').first).to_be_visible(timeout=30_000)
        panel.get_by_role("button", name="End the tour").or_(panel.get_by_role("button", name="Finish")).press("Enter")
        page.wait_for_url("**/wall/")
        expect(panel).to_have_count(0)

    def filter(self, camera: str) -> list[tuple[datetime, str, str]]:
        """Ask for one camera's cars and a chart by direction; return when, where and of which class, as the page lists it."""
        page = self.page
        navigation = page.get_by_role("navigation", name="Main")
        navigation.locator("summary").filter(has_text=re.compile("Watch|Menu")).press("Enter")
        navigation.get_by_role("link", name="Observations").press("Enter")
        page.wait_for_url("**/observations/")
        page.get_by_label("Class").select_option("car")
        page.get_by_label("Camera", exact=True).select_option(camera)
        self.press("Show")
        page.wait_for_url("**/observations/?*object_class=car*")
        page.get_by_label("Divided by").select_option("direction")
        self.press("Draw")
        page.wait_for_url("**by=direction*")
        expect(page.get_by_label("Class")).to_have_value("car")
        self.look()
        rows = page.locator("main .table-frame.cards tbody tr").evaluate_all(
            """rows => rows.map((row) => [
              row.querySelector("time").dateTime,
              row.querySelector("a").textContent.trim(),
              row.querySelectorAll("td")[2].textContent.trim(),
            ])"""
        )
        return [(to_the_second(first), name, kind.lower()) for first, name, kind in rows]

    def download(self) -> list[dict[str, str]]:
        """Take the filter's file; return its rows."""
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="Download as CSV").press("Enter")
        return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"), newline="")))


def to_the_second(text: str) -> datetime:
    """The page lists whole seconds; the file holds parts of them too."""
    return datetime.fromisoformat(text).replace(microsecond=0)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_from_the_link_over_the_tour_to_a_file_that_holds_what_the_filter_shows(
    open_page: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    camera = town.cameras[0]
    visit = Visit(open_page(theme=theme, width=width))
    visit.come_in(town.links["newcomer"].pop())
    visit.tour("/wall/", f"/cameras/{camera}/", "/map/", "/observations/")
    listed = visit.filter(camera)
    assert len(listed) > 3
    assert {kind for _, _, kind in listed} == {"car"}
    rows = visit.download()
    assert [(to_the_second(row["first"]), row["camera_name"], row["class"]) for row in rows] == listed
    assert {row["camera"] for row in rows} == {camera}
    assert visit.found == []
    assert [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)] == []
