"""Somebody draws a space, a zone in it, and places a camera: on the map, and without it; for everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.town import Town

EXPECTED_COMPLAINTS = ("WebGL", "GPU stall")
CORNERS = ((0.35, 0.45), (0.65, 0.45), (0.65, 0.75), (0.35, 0.75))
"""Of a drawing, in parts of the map: clear of its buttons."""


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or critical, one line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {violation['id']}: {node['html'][:160]}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def look(page: Page, found: list[str]) -> None:
    """Note what is wrong with the page as it stands."""
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    found += serious(page)


def click_at(page: Page, frame: str, x: float, y: float) -> None:
    """Click on a map."""
    box = page.locator(f"{frame} canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def outline(page: Page) -> dict[str, object]:
    """What the form would send as boundary."""
    read: dict[str, object] = json.loads(page.locator("[data-boundary]").input_value() or "{}")
    return read


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_space_is_drawn_and_a_camera_placed(
    sign_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    page = sign_in("administrator", theme=theme, width=width)
    name = f"Harbour square {theme}"
    found: list[str] = []
    page.goto("/spaces/")
    look(page, found)
    page.get_by_role("link", name="Add a space").click()
    page.locator('[data-map="ready"]').wait_for()
    look(page, found)
    page.locator('input[name="name_en"]').fill(name)
    page.locator("[data-outline-map]").scroll_into_view_if_needed()
    for x, y in CORNERS:
        click_at(page, "[data-outline-map]", x, y)
    assert outline(page)["type"] == "Polygon"
    drawn = outline(page)
    page.get_by_role("button", name="Save the space").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator(".facts")).to_contain_text("m²")
    look(page, found)
    camera = town.cameras[3 if theme == "light" else 4]
    page.goto(f"/cameras/{camera}/edit/")
    look(page, found)
    page.locator('select[name="space"]').select_option(label=name)
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.goto(f"/cameras/{camera}/place/")
    page.locator('[data-map="ready"]').wait_for()
    page.locator("[data-place-map]").scroll_into_view_if_needed()
    click_at(page, "[data-place-map]", 0.5, 0.6)
    expect(page.locator('input[name="latitude"]')).to_have_value(re.compile(r"^\d+\.\d+$"))
    page.locator('input[name="azimuth"]').fill("120")
    look(page, found)
    page.get_by_role("button", name="Save the place").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("status").filter(has_text="stands on the map")).to_be_visible()
    assert page.get_by_text("not on the map").count() == 0
    assert drawn["type"] == "Polygon"
    assert found == []
    assert [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)] == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_file_is_imported_and_zones_are_written_by_hand(
    sign_in: Callable[..., Page], complaints: list[str], theme: str, width: int
) -> None:
    page = sign_in("administrator", theme=theme, width=width)
    x, y = (28.86, 45.36) if theme == "light" else (28.88, 45.36)
    ring = [[x, y], [x + 0.002, y], [x + 0.002, y + 0.002], [x, y + 0.002], [x, y]]
    file = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": theme, "name": f"Import {theme}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            },
            {
                "type": "Feature",
                "properties": {"name": "Swapped"},
                "geometry": {"type": "Polygon", "coordinates": [[[b, a] for a, b in ring]]},
            },
        ],
    }
    found: list[str] = []
    page.goto("/spaces/import/")
    look(page, found)
    page.locator('input[type="file"]').set_input_files(
        {"name": "a.geojson", "mimeType": "application/json", "buffer": json.dumps(file).encode()}
    )
    page.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview of the import")
    expect(page.get_by_role("main")).to_contain_text("seem swapped")
    look(page, found)
    page.get_by_role("button", name="Import all but the refused").click()
    page.get_by_role("link", name=f"Import {theme}", exact=True).click()
    page.get_by_role("link", name="Add a zone").click()
    page.locator('input[name="name_en"]').fill("Stage")
    page.get_by_text("The boundary as text").click()
    zone = [[x + 0.0005, y + 0.0005], [x + 0.001, y + 0.0005], [x + 0.001, y + 0.001], [x + 0.0005, y + 0.0005]]
    page.locator("[data-boundary]").fill(json.dumps({"type": "Polygon", "coordinates": [zone]}))
    look(page, found)
    page.get_by_role("button", name="Save the zone").click()
    page.get_by_role("button", name="Remove Stage").click()
    page.get_by_text("Removed zones").click()
    look(page, found)
    page.get_by_role("button", name="Put back Stage").click()
    expect(page.get_by_role("rowheader", name="Stage")).to_be_visible()
    assert found == []
    assert [text for text in complaints if not any(known in text for known in EXPECTED_COMPLAINTS)] == []
