"""Takes the pictures of the pages that the README shows: `./do run python tools/pictures.py [--all DIR]`.

Starts a demo of its own with sixteen simulated cameras in a temporary folder, waits until things were seen, and photographs each page
with the system's Chromium. A day before the demo is written into its ledger, for the pictures of days. `--all DIR` also photographs
every page wide and narrow, light and dark, for a look at what the README does not show.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright

from citysquare.engine.footage import read_report
from citysquare.engine.footage.index import Index
from citysquare.engine.model import GapCause, Interval, StreamKey, ticks_from_datetime

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
CAMERAS = 16
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--use-angle=swiftshader",  # the map is drawn by WebGL, in software where there is no graphics card
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGEST_BYTES = 300_000
QUALITY = 80
LINK = re.compile(r"(operator|supervisor|auditor|administrator)\D*?\s(http://\S+/sign-in/\S+)")
COMPLETE = re.compile(r"All \d+ cameras are recording")
READY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: its name, whose it is, where it is, and what must be there before the picture is taken."""

    name: str
    role: str
    path: str
    wait_for: str = "main"


SHOTS = (
    Shot("wall", "operator", "/wall/", 'main:has(.tile):not(:has(.tile:not([data-state="live"])))'),
    Shot("camera", "operator", "/cameras/{camera}/", '.columns:has(.tile[data-state="live"]):has(.chart)'),
    Shot("observations", "operator", "/observations/", ".path"),
    Shot("map", "operator", "/map/#15.2/45.3478/28.8382", '[data-map="ready"]'),
    Shot("welcome", "operator", "/welcome/", "main h1"),
    Shot("space", "administrator", "{space}", '[data-map="ready"]'),
    Shot("spaces", "administrator", "/spaces/", "tbody tr"),
    Shot("system", "administrator", "/system/", "tbody tr"),
    Shot("tokens", "administrator", "/tokens/"),
    Shot("cameras", "administrator", "/cameras/"),
    Shot("camera-add", "administrator", "/cameras/add/"),
    Shot("people", "administrator", "/people/", "tbody tr"),
    Shot("audit-log", "auditor", "/audit/", "tbody tr"),
    Shot("retention", "auditor", "/retention/", "tbody tr"),
    Shot("day", "operator", "/cameras/{camera}/day/?date={yesterday}", ".continuity-bar"),
    Shot("continuity", "operator", "/continuity/?date={yesterday}", "tbody tr"),
)
VARIANTS = (
    ("wide-light", 1440, 900, "light"),
    ("wide-dark", 1440, 900, "dark"),
    ("narrow-light", 390, 844, "light"),
    ("narrow-dark", 390, 844, "dark"),
)


ZONE = ZoneInfo("Europe/Bucharest")
GAPS: tuple[tuple[tuple[float, float, GapCause], ...], ...] = (
    (
        (2.15, 2.62, GapCause.UNREACHABLE),
        (9.2, 9.212, GapCause.STALLED),
        (13.0, 13.004, GapCause.RESTART),
        (18.4, 18.9, GapCause.SWITCHED_OFF),
    ),
    ((13.0, 13.004, GapCause.RESTART),),
    ((6.5, 7.1, GapCause.GARBLED), (13.0, 13.004, GapCause.RESTART)),
    ((13.0, 13.004, GapCause.RESTART), (21.0, 21.8, GapCause.REFUSED)),
)
"""Hours of the day before in which the first cameras have gaps; the fifth has those of the first, and so on."""


def yesterday() -> date:
    """Return the day before, where the simulated town lies."""
    return datetime.now(ZONE).date() - timedelta(days=1)


def write_a_day(folder: Path) -> None:
    """Write the day before into the ledger of each camera, as the recorder would have."""
    begin = datetime.combine(yesterday(), datetime.min.time(), ZONE)
    index = Index(folder / "footage" / "index.sqlite3")
    report = read_report(folder / "footage")
    if report is None:
        raise SystemExit("The recorder did not report.")
    cameras = sorted({status.key.camera for status in report.streams})

    def at(hour: float) -> int:
        return ticks_from_datetime(begin + timedelta(hours=hour))

    for number, camera in enumerate(cameras):
        rows: list[Interval] = []
        reached = 0.0
        for start, end, cause in GAPS[number % len(GAPS)]:
            rows += [Interval(at(reached), at(start), None), Interval(at(start), at(end), cause)]
            reached = end
        rows.append(Interval(at(reached), at(24), None))
        index.write_captured([(StreamKey(camera), rows)])
    index.close()


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo."""

    address: str
    links: dict[str, str]
    folder: Path


@contextmanager
def demo(seconds: float) -> Iterator[Demo]:
    """Run a demo in a temporary folder, and hand it over when all cameras have run for `seconds`."""
    with tempfile.TemporaryDirectory(prefix="citysquare-pictures-") as folder:
        command = [sys.executable, "-m", "citysquare.site.console", "demo", "--cameras", str(CAMERAS), "--data", folder]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CITYSQUARE_TIME_ZONE": "Europe/Bucharest"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            links = wait_until_complete(process)
            time.sleep(seconds)
            yield Demo(next(iter(links.values())).partition("/sign-in/")[0], links, Path(folder))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_until_complete(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read what the demo says until all cameras record; returns the sign-in links by role."""
    links: dict[str, str] = {}
    deadline = time.monotonic() + READY_SECONDS
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if found := LINK.search(line):
            links[found[1]] = found[2]
        if COMPLETE.search(line) and links:
            return links
        if time.monotonic() > deadline:
            break
    raise SystemExit("The demo did not come up.")


class Photographer:
    """Opens pages as somebody with a role. Each role signs in once; its session is used in every size and theme."""

    def __init__(self, browser: Browser, running: Demo) -> None:
        """Begin with nobody signed in."""
        self._browser = browser
        self._demo = running
        self.folder = running.folder
        self._sessions: dict[str, Path] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="citysquare-sessions-"))
        self._camera = ""

    def close(self) -> None:
        """Forget the sessions."""
        shutil.rmtree(self._folder)

    def take(self, shot: Shot, path: Path, *, size: tuple[int, int], theme: str) -> None:
        """Photograph one page."""
        context = self._browser.new_context(
            base_url=self._demo.address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
            locale="en-GB",
            storage_state=self._session(shot.role),
        )
        page = context.new_page()
        page.goto(self._address(page, shot.path))
        if shot.name == "camera-add":
            self._test_a_camera(page)
        page.locator(shot.wait_for).first.wait_for(timeout=60_000)
        page.wait_for_timeout(6000 if "map" in shot.wait_for else 1500)
        if path.suffix == ".jpg":
            page.screenshot(path=path, type="jpeg", quality=QUALITY)
        else:
            page.screenshot(path=path)
        context.close()

    def _session(self, role: str) -> Path:
        """Return the role's stored session, signing in the first time."""
        if role not in self._sessions:
            context = self._browser.new_context(base_url=self._demo.address)
            page = context.new_page()
            page.goto(self._demo.links[role])
            page.get_by_role("main").get_by_role("button").click()
            page.wait_for_url("**/account/password/**")
            self._sessions[role] = self._folder / f"{role}.json"
            context.storage_state(path=self._sessions[role])
            context.close()
        return self._sessions[role]

    def _address(self, page: Page, path: str) -> str:
        """Return where a shot is taken, with the first camera or space of the lists filled in."""
        if path == "{space}":
            page.goto("/spaces/")
            return page.locator("tbody th a").first.get_attribute("href") or ""
        camera = self._first_camera(page) if "{camera}" in path else ""
        return path.format(camera=camera, yesterday=yesterday()) if "{" in path else path

    def _first_camera(self, page: Page) -> str:
        """Return the identifier of the first camera of the list."""
        if not self._camera:
            page.goto("/cameras/")
            address = page.locator("tbody th a").first.get_attribute("href") or ""
            self._camera = address.strip("/").rpartition("/")[2]
        return self._camera

    def _test_a_camera(self, page: Page) -> None:
        """Fill the form in with the address of the first simulated camera and press Test."""
        page.goto("/cameras/")
        address = page.locator("tbody code").first.inner_text()
        page.goto("/cameras/add/")
        page.locator('input[name="address"]').fill(address)
        page.locator('input[name="sub_address"]').fill(address.replace("/main", "/sub"))
        page.locator('input[name="name"]').fill("Town hall, east entrance")
        page.get_by_role("button", name="Test the camera").click()
        page.locator("#test-result img").first.wait_for(timeout=30_000)


def photograph(photographer: Photographer, everything: Path | None) -> list[str]:
    """Take all pictures; returns what is wrong with them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    too_large = []
    for shot in SHOTS:
        if shot.name == "day":
            write_a_day(photographer.folder)
        path = PICTURES / f"{shot.name}.jpg"
        photographer.take(shot, path, size=(1280, 800), theme="light")
        if path.stat().st_size > LARGEST_BYTES:
            too_large.append(f"{path.name} has {path.stat().st_size} bytes, at most {LARGEST_BYTES}.")
    photographer.take(SHOTS[0], PICTURES / "wall-dark.jpg", size=(1280, 800), theme="dark")
    for variant, width, height, theme in VARIANTS if everything else ():
        for shot in SHOTS:
            photographer.take(shot, (everything or PICTURES) / f"{shot.name}-{variant}.png", size=(width, height), theme=theme)
    return too_large


def main() -> int:
    """Take the pictures; 1 when one is too large, 2 when there is no browser."""
    parser = argparse.ArgumentParser(description="Take the pictures of the pages.")
    parser.add_argument(
        "--all", type=Path, default=None, metavar="DIR", help="also photograph every page in every size and theme, into DIR"
    )
    parser.add_argument("--seconds", type=float, default=90, help="how long the cameras run before the pictures are taken (default 90)")
    options = parser.parse_args()
    chromium = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if chromium is None:
        print("There is no Chromium on this machine; the pictures need one.", file=sys.stderr)
        return 2
    if options.all:
        options.all.mkdir(parents=True, exist_ok=True)
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # the sandbox refuses root
    with demo(options.seconds) as running, sync_playwright() as playwright:
        photographer = Photographer(playwright.chromium.launch(executable_path=chromium, args=flags), running)
        problems = photograph(photographer, options.all)
        photographer.close()
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
