"""A town, a browser and somebody signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.town import Town

QUIET = (
    "--headless",
    "--use-angle=swiftshader",  # maps are drawn by WebGL: in software, on machines without a graphics card too
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SignIn = Callable[..., Page]

expect.set_options(timeout=30_000)  # how quick a busy machine is says nothing about the pages: the default of 5 s did


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's browser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
def town(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Sixteen cameras, a recorder and the pages."""
    town = Town(tmp_path_factory.mktemp("town"))
    try:
        town.start()
        yield town
    finally:
        town.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    flags = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # the sandbox refuses root
    browser = playwright.chromium.launch(executable_path=chromium, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about: errors of scripts, of the content security policy, of missing files."""
    return []


@pytest.fixture
def open_page(browser: Browser, town: Town, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """A function that opens a page in a fresh profile."""
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def open_page(*, width: int = 1440, height: int = 900, theme: str = "light", locale: str = "en-GB") -> Page:
        context = browser.new_context(
            base_url=town.address,
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(open_page: Callable[..., Page], town: Town) -> SignIn:
    """A function that signs somebody with a role in, by a one-time link, and leaves the password for later."""

    def sign_in(role: str = "operator", **options: object) -> Page:
        page = open_page(**options)
        page.goto(town.links[role].pop())
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/account/password/**")
        return page

    return sign_in


@pytest.fixture
def come_in(open_page: Callable[..., Page], town: Town) -> SignIn:
    """A function that does the same under the pages' name: passkeys are made for names, not for numbers."""

    def come_in(role: str, **options: object) -> Page:
        page = open_page(**options)
        page.goto(town.named + town.links[role].pop())
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/account/password/**")
        return page

    return come_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
