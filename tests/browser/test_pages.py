"""Every page in a real browser: for people who use a keyboard, a screen reader, a phone, the dark, another language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.town import Town

PAGES = {
    "operator": [
        "/welcome/",
        "/wall/",
        "/cameras/",
        "/cameras/{camera}/",
        "/cameras/{camera}/day/",
        "/cameras/{camera}/day/?date=2026-01-01",
        "/continuity/",
        "/health/",
        "/holds/",
        "/holds/place/",
        "/map/",
        "/spaces/",
        "/spaces/{space}/",
        "/observations/",
        "/observations/?by=class",
        "/api/docs/",
        "/account/password/",
        "/nowhere/",
    ],
    "administrator": [
        "/cameras/",
        "/cameras/add/",
        "/cameras/find/",
        "/cameras/find/device/",
        "/cameras/import/",
        "/cameras/{camera}/",
        "/cameras/{camera}/edit/",
        "/cameras/{camera}/place/",
        "/cameras/{camera}/streams/",
        "/cameras/{camera}/switch/",
        "/spaces/",
        "/spaces/add/",
        "/spaces/import/",
        "/spaces/{space}/",
        "/spaces/{space}/edit/",
        "/spaces/{space}/remove/",
        "/spaces/{space}/zones/add/",
        "/system/",
        "/tokens/",
    ],
    "auditor": [
        "/welcome/",
        "/cameras/",
        "/cameras/{camera}/",
        "/cameras/{camera}/day/",
        "/continuity/",
        "/holds/",
        "/spaces/",
        "/map/",
        "/observations/",
        "/retention/",
        "/audit/",
    ],
    "supervisor": ["/welcome/", "/wall/", "/map/", "/spaces/{space}/", "/observations/"],
}
EXPECTED_COMPLAINTS = ("status of 404", "WebGL", "GPU stall")
"""A page that is not there says so; a map drawn without a graphics card complains of being slow."""


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or critical, one line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def widths_that_overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
@pytest.mark.parametrize("role", list(PAGES))
def test_pages_are_accessible(sign_in: Callable[..., Page], town: Town, complaints: list[str], role: str, theme: str, width: int) -> None:
    page = sign_in(role, theme=theme, width=width)
    found = serious(page)
    for address in PAGES[role]:
        answer = page.goto(address.format(camera=town.cameras[0], space=town.spaces[0]))
        assert answer is not None
        assert answer.status == (404 if address == "/nowhere/" else 200), address
        expect(page.get_by_role("main")).to_be_visible()
        if page.locator(".map-frame").count():
            page.locator('.map-frame[data-map="ready"]').wait_for()
        page.wait_for_timeout(300)
        assert widths_that_overflow(page) <= 0, page.url
        found += serious(page)
    assert found == []
    assert [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_is_accessible(open_page: Callable[..., Page], town: Town, complaints: list[str], theme: str) -> None:
    page = open_page(theme=theme)
    page.goto("/sign-in/")
    found = serious(page)
    page.goto(town.links["operator"][0])
    assert found + serious(page) == []
    assert complaints == []


def test_somebody_signs_in_by_link_and_then_by_password(sign_in: Callable[..., Page], open_page: Callable[..., Page]) -> None:
    page = sign_in("supervisor")
    for field in page.locator('main input[type="password"]').all():
        field.fill("seven quiet harbour lamps")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    page.wait_for_url("**/welcome/")
    assert serious(page) == []
    page.get_by_role("button", name="Skip it").click()
    page.wait_for_url("**/wall/**")
    page.get_by_text("Your account:").locator("..").click()
    name = page.locator(".menu-panel .who strong").inner_text()
    assert name
    again = open_page()
    again.goto("/observations/")
    again.wait_for_url("**/sign-in/**")
    again.locator('input[name="sign_in_name"]').fill("supervisor")
    again.locator('input[name="password"]').fill("seven quiet harbour lamps")
    again.get_by_role("main").get_by_role("button", name="Sign in").click()
    again.wait_for_url("**/observations/**")


def test_an_administrator_adds_a_camera_after_a_test_picture(sign_in: Callable[..., Page], town: Town, complaints: list[str]) -> None:
    page = sign_in("administrator")
    page.goto("/cameras/")
    page.get_by_role("link", name="Add by hand").click()
    page.locator('input[name="address"]').fill(f"rtsp://127.0.0.1:{town.camera_port}/cam2/sub")
    page.get_by_role("button", name="Test the camera").click()
    picture = page.locator("#test-result img")
    expect(picture).to_be_visible(timeout=20_000)
    assert picture.evaluate("image => image.naturalWidth") > 100
    page.locator('input[name="name"]').fill("By the old mill")
    page.locator('select[name="space"]').select_option(index=1)
    page.get_by_role("button", name="Save the camera").click()
    expect(page.get_by_role("link", name="By the old mill", exact=True)).to_be_visible()
    assert complaints == []
    page.get_by_role("link", name="Switch off By the old mill").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Switch By the old mill off?")
    page.get_by_role("button", name="Switch off", exact=True).click()
    expect(page.get_by_role("button", name="Switch on By the old mill")).to_be_visible()


def test_a_camera_that_cannot_be_reached_is_said_in_a_sentence(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in("administrator")
    page.goto("/cameras/add/")
    page.locator('input[name="address"]').fill(f"rtsp://127.0.0.1:{town.camera_port}/nowhere/sub")
    page.get_by_role("button", name="Test the camera").click()
    expect(page.locator("#test-result .note.bad")).to_be_visible(timeout=20_000)
    page.locator('input[name="address"]').fill("http://127.0.0.1/")
    page.get_by_role("button", name="Test the camera").click()
    expect(page.locator("#test-result .note.bad")).to_contain_text("rtsp")


@pytest.mark.parametrize(
    ("label", "language", "heading"), [("Български", "bg", "Камери"), ("Українська", "uk", "Камери"), ("Română", "ro", "Camere")]
)
def test_the_language_can_be_changed_on_every_page(sign_in: Callable[..., Page], label: str, language: str, heading: str) -> None:
    page = sign_in("administrator")
    page.goto("/cameras/")
    menu = page.locator("details[data-menu]").filter(has=page.locator('[name="language"]'))
    menu.locator("summary").click()
    menu.get_by_role("button", name=label).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert page.locator("html").get_attribute("lang") == language
    assert page.url.endswith("/cameras/")
    menu.locator("summary").click()
    menu.get_by_role("button", name="English").click()  # it is the person's own choice, and others use the person after us
    expect(page.get_by_role("heading", level=1)).to_have_text("Cameras")


def test_the_theme_can_be_chosen_and_stays(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    page.goto("/observations/")
    page.get_by_text("Colours").locator("..").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto("/cameras/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_text("Colours").locator("..").click()
    page.get_by_role("button", name="As this device").click()
    assert page.locator("html").get_attribute("data-theme") is None


def test_menus_close_on_escape_and_give_the_focus_back(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    summary = page.locator("details[data-menu] summary").filter(visible=True).first  # the narrow pages' menu is there, unseen
    summary.focus()
    page.keyboard.press("Enter")
    expect(summary.locator("..")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)
    expect(summary).to_be_focused()


def test_the_first_tab_stop_leads_to_the_content(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    page.goto("/observations/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_auditor_checks_the_log(sign_in: Callable[..., Page]) -> None:
    page = sign_in("auditor")
    page.goto("/audit/")
    page.get_by_role("button", name="Check the chain").click()
    expect(page.locator("#check .note.good")).to_be_visible(timeout=20_000)


def test_a_table_that_was_opened_stays_open_while_the_page_renews_itself(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in("auditor")
    page.goto(f"/cameras/{town.cameras[1]}/")
    page.locator("#day-table summary").click()
    with page.expect_response("**/status/", timeout=15_000):
        pass
    page.wait_for_timeout(300)
    expect(page.locator("#day-table")).to_have_attribute("open", "")
