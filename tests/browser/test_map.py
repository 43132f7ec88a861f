"""The map in a real browser: seen, dragged, by keyboard, in the dark, on a phone, and where no map can be drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.conftest import QUIET
from tests.browser.town import Town

SETTLE = 400
SQUARE = [[28.84, 45.35], [28.842, 45.35], [28.842, 45.3514], [28.84, 45.3514], [28.84, 45.35]]
OPEN_DRAWING = """async ([kind, value]) => {
  const { openDrawing } = await import("/static/platform/map/map.js");
  document.querySelector(".map-page").remove();
  const frame = document.createElement("div");
  frame.id = "drawing";
  frame.className = "map-frame drawing";
  document.querySelector("main").append(frame);
  window.told = [];
  window.drawing = await openDrawing(frame, { kind, value, centre: [28.841, 45.3507], onChange: (now) => window.told.push(now) });
}"""


def ready(page: Page, address: str = "/map/") -> Page:
    """The page of the map, drawn."""
    page.goto(address)
    expect(page.locator("#map[data-map=ready]")).to_be_visible(timeout=30_000)
    return page


def drawing(page: Page, kind: str, value: object) -> Page:
    """A drawing on a page of its own."""
    ready(page)
    page.evaluate(OPEN_DRAWING, [kind, value])
    expect(page.locator("#drawing[data-map=ready]")).to_be_visible(timeout=30_000)
    return page


def told(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.evaluate("window.told")
    return found


def drag(page: Page, handle: str, right: int, down: int) -> None:
    """Drag a handle by the mouse."""
    box = page.locator(handle).first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_map_is_accessible(sign_in: Callable[..., Page], complaints: list[str], theme: str, width: int) -> None:
    page = ready(sign_in("operator", theme=theme, width=width))
    page.wait_for_timeout(SETTLE)
    found = Axe().run(page).response["violations"]
    serious = [f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in {"serious", "critical"} for node in one["nodes"]]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert complaints == []


def test_a_camera_on_the_map_opens_its_live_picture(sign_in: Callable[..., Page], town: Town) -> None:
    page = ready(sign_in("operator"))
    marker = page.locator(f'.map-camera[data-camera="{town.cameras[0]}"]')
    expect(marker).to_have_attribute("data-state", "recording", timeout=30_000)
    marker.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#map-panel")
    expect(panel).to_be_focused()
    expect(panel.locator("[data-map-tile]")).to_have_attribute("data-state", "live", timeout=30_000)
    assert f"camera={town.cameras[0]}" in page.url
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_list_opens_the_same_panel(sign_in: Callable[..., Page], town: Town) -> None:
    page = ready(sign_in("auditor"))
    page.locator(f'[data-row="{town.cameras[1]}"] a').first.click()
    panel = page.locator("#map-panel")
    expect(panel).to_contain_text("do not watch live pictures")
    panel.get_by_role("link", name="Open the camera's page").click()
    page.wait_for_url(f"**/cameras/{town.cameras[1]}/")


def test_arrow_keys_go_from_camera_to_camera(sign_in: Callable[..., Page]) -> None:
    page = ready(sign_in("operator"))
    assert page.locator('.map-camera[tabindex="0"]').count() == 1
    first = page.locator('.map-camera[tabindex="0"]')
    first.focus()
    before = page.evaluate("document.activeElement.dataset.camera")
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.dataset.camera") != before:
            break
    assert page.evaluate("document.activeElement.dataset.camera") not in {before, None}
    assert page.locator('.map-camera[tabindex="0"]').count() == 1


def test_typing_narrows_list_and_map_together(sign_in: Callable[..., Page]) -> None:
    page = ready(sign_in("operator"))
    page.locator("#map-q").fill("market")
    shown = page.locator("[data-row]:visible")
    assert 0 < shown.count() < page.locator("[data-row]").count()
    assert page.locator(".map-camera:visible").count() == shown.count()
    page.locator("#map-q").fill("no such place")
    expect(page.locator("[data-nothing]")).to_be_visible()


def test_the_address_remembers_what_was_looked_at(sign_in: Callable[..., Page]) -> None:
    page = ready(sign_in("operator"), "/map/#16/45.3512/28.8361")
    page.get_by_role("button", name="Nearer").click()
    expect(page).to_have_url(re.compile("#17/"))
    page.reload()
    expect(page.locator("#map[data-map=ready]")).to_be_visible(timeout=30_000)
    assert re.search(r"#17/45\.35\d*/28\.83\d*", page.url)


def test_corners_are_set_moved_removed_and_taken_back(sign_in: Callable[..., Page]) -> None:
    page = drawing(sign_in("administrator"), "polygon", None)
    frame = page.locator("#drawing")
    for x, y in ((200, 120), (420, 120), (420, 300), (200, 300)):
        frame.locator(".maplibregl-canvas").click(position={"x": x, "y": y})
    expect(frame.locator(".map-handle.corner")).to_have_count(4)
    assert len(told(page)[-1]["coordinates"][0]) == 5  # type: ignore[index]  # GeoJSON
    drag(page, "#drawing .map-handle.corner", -60, -20)
    moved = told(page)[-1]
    assert moved != told(page)[-2]
    frame.locator(".map-handle.corner").nth(1).focus()
    page.keyboard.press("Delete")
    expect(frame.locator(".map-handle.corner")).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(frame.locator(".map-handle.corner")).to_have_count(4)
    assert told(page)[-1] == moved


def test_a_boundary_is_drawn_by_keyboard_alone(sign_in: Callable[..., Page]) -> None:
    page = drawing(sign_in("administrator"), "polygon", {"type": "Polygon", "coordinates": [SQUARE]})
    frame = page.locator("#drawing")
    frame.locator(".map-handle.middle").first.focus()
    page.keyboard.press("Enter")
    expect(frame.locator(".map-handle.corner")).to_have_count(5)
    expect(frame.locator(".map-handle.corner").nth(1)).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    corner = told(page)[-1]["coordinates"][0][1]  # type: ignore[index]  # GeoJSON
    assert corner[1] < 45.35
    expect(frame.locator(".map-handle.corner").nth(1)).to_be_focused()
    page.keyboard.press("Delete")
    assert len(told(page)[-1]["coordinates"][0]) == 5  # type: ignore[index]  # GeoJSON


def test_a_camera_is_placed_turned_and_widened(sign_in: Callable[..., Page]) -> None:
    page = drawing(sign_in("administrator"), "point-and-direction", None)
    frame = page.locator("#drawing")
    frame.locator(".maplibregl-canvas").click(position={"x": 300, "y": 260})
    first = told(page)[-1]
    assert first["azimuth"] == 0
    frame.locator(".map-handle.ahead").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    assert (told(page)[-1]["azimuth"], told(page)[-1]["range_metres"]) == (10, 41)
    frame.locator(".map-handle.right").focus()
    page.keyboard.press("ArrowDown")
    assert told(page)[-1]["view_angle"] == 69
    drag(page, "#drawing .map-handle.stand", 40, 30)
    last = told(page)[-1]
    assert last["longitude"] > first["longitude"]  # type: ignore[operator]  # numbers
    assert last["latitude"] < first["latitude"]  # type: ignore[operator]  # numbers
    page.get_by_role("button", name="Undo").click()
    assert told(page)[-1]["longitude"] == first["longitude"]


@pytest.fixture
def without_webgl(playwright: Playwright, chromium: str, browser: Browser) -> Iterator[Browser]:
    """A browser that draws no WebGL."""
    del browser
    flags = [flag for flag in QUIET if "swiftshader" not in flag] + ["--no-sandbox", "--disable-3d-apis"]
    plain = playwright.chromium.launch(executable_path=chromium, args=flags)
    yield plain
    plain.close()


def test_without_webgl_the_page_says_so_and_the_list_works(without_webgl: Browser, town: Town) -> None:
    page = without_webgl.new_page(base_url=town.address)
    page.goto(town.links["operator"].pop())
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/account/password/**")
    page.goto("/map/")
    expect(page.locator("#map[data-map=missing]")).to_contain_text("cannot be drawn")
    page.locator(f'[data-row="{town.cameras[0]}"] a').first.click()
    expect(page.locator("#map-panel [data-map-tile]")).to_be_visible()
