"""Live pictures in a real browser, from real streams through the real recorder."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.town import CAMERAS, Town

PIXELS = """tile => {
  const canvas = document.createElement('canvas'); canvas.width = 160; canvas.height = 90;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(tile.querySelector('video'), 0, 0, 160, 90);
  return [...context.getImageData(0, 0, 160, 90).data].join();
}"""
TIME = "tile => tile.querySelector('video').currentTime"


def open_wall(page: Page, count: int = CAMERAS) -> list[Locator]:
    """Open the wall and wait until all its pictures are live."""
    page.goto("/wall/")
    expect(page.locator(".tile")).to_have_count(count)
    expect(page.locator('.tile[data-state="live"]')).to_have_count(count, timeout=40_000)
    return page.locator(".tile").all()


def test_sixteen_pictures_move_at_once(sign_in: Callable[..., Page], complaints: list[str]) -> None:
    page = sign_in()
    tiles = open_wall(page)
    times = [tile.evaluate(TIME) for tile in tiles]
    still = {index: tile.evaluate(PIXELS) for index, tile in enumerate(tiles)}
    for _ in range(20):
        page.wait_for_timeout(500)
        still = {index: before for index, before in still.items() if tiles[index].evaluate(PIXELS) == before}
        if not still:
            break
    assert not still, "these pictures stand still"
    assert all(tile.evaluate(TIME) > before for tile, before in zip(tiles, times, strict=True))
    assert complaints == []


def test_pictures_are_close_to_now(sign_in: Callable[..., Page]) -> None:
    page = sign_in()
    tiles = open_wall(page)
    page.wait_for_timeout(1000)
    now = page.evaluate("Date.now() / 1000")
    behind = sorted(now - tile.evaluate(TIME) for tile in tiles)
    assert behind[len(behind) // 2] < 10, "the media time is the time the pictures were taken"


def test_a_camera_that_stops_says_so_and_comes_back(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in()
    page.goto(f"/cameras/{town.lone_camera}/")
    tile = page.locator(".tile")
    expect(tile).to_have_attribute("data-state", "live", timeout=40_000)
    town.take_lone_camera_away()
    expect(tile).to_have_attribute("data-state", "no_picture", timeout=30_000)
    expect(tile.get_by_text("No picture since")).to_be_visible()
    town.bring_lone_camera_back()
    expect(tile).to_have_attribute("data-state", "live", timeout=60_000)
    shown = tile.evaluate(TIME)
    page.wait_for_timeout(1500)
    assert tile.evaluate(TIME) > shown


def test_the_keyboard_walks_over_the_wall_and_opens_a_camera(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in()
    open_wall(page)
    links = page.locator(".tile a")
    links.first.focus()
    page.keyboard.press("ArrowRight")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cameras/{town.cameras[0]}/")
    expect(page.locator('.tile[data-state="live"]')).to_have_count(1, timeout=20_000)
    expect(page.locator(".tile")).to_have_attribute("data-stream", "main")


def test_tiles_that_nobody_sees_are_not_asked_for(sign_in: Callable[..., Page]) -> None:
    page = sign_in(width=600, height=500)
    wishes: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: wishes.append(str(frame))))
    page.goto("/wall/")
    expect(page.locator('.tile[data-state="live"]').first).to_be_visible(timeout=30_000)
    assert 0 < wishes[-1].count('"camera"') < CAMERAS
    page.locator(".tile").last.scroll_into_view_if_needed()
    expect(page.locator(".tile").last).to_have_attribute("data-state", "live", timeout=20_000)
    assert wishes[-1].count('"camera"') < CAMERAS


def offer(page: Page, streams: list[tuple[str, str]]) -> None:
    """Let pages offer these streams, as (kind, codec string), instead of the camera's own.

    Done inside the page: an answer changed on its way would no longer count as local, and the browser would keep it from a local socket.
    """
    offered = json.dumps([{"stream": kind, "codec": codec, "width": 1, "height": 1} for kind, codec in streams])
    page.add_init_script(
        f"""const parse = JSON.parse;
        JSON.parse = (text) => {{
          const value = parse(text);
          for (const tile of value?.tiles ?? []) tile.streams = {offered};
          return value;
        }};"""
    )


def test_what_this_browser_cannot_play_falls_back_to_the_small_stream(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in()
    offer(page, [("main", "nosuch.1.2.3"), ("sub", "")])
    page.goto(f"/cameras/{town.cameras[0]}/")
    expect(page.locator('.tile[data-state="live"]')).to_have_count(1, timeout=20_000)
    expect(page.locator(".tile")).to_have_attribute("data-stream", "sub")


def test_where_no_stream_can_be_played_the_cameras_setting_is_named(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in()
    offer(page, [("main", "hvc1.1.6.L93.nosuch"), ("sub", "hvc1.1.6.L93.nosuch")])
    page.goto(f"/cameras/{town.cameras[0]}/")
    expect(page.locator(".tile")).to_have_attribute("data-state", "unsupported")
    expect(page.get_by_text("This browser cannot show H.265")).to_be_visible()
    expect(page.get_by_text("small stream to H.264")).to_be_visible()


def test_a_lost_connection_is_said_and_made_again(sign_in: Callable[..., Page], town: Town) -> None:
    page = sign_in()
    page.goto(f"/cameras/{town.cameras[0]}/")
    tile = page.locator(".tile")
    expect(tile).to_have_attribute("data-state", "live", timeout=20_000)
    town.end("web")
    expect(tile).to_have_attribute("data-state", "lost", timeout=20_000)
    town.start_web()
    expect(tile).to_have_attribute("data-state", "live", timeout=40_000)
