"""A person's device in a real browser: Chromium's virtual authenticator registers a passkey, signs in with it and seals with it.

Passkeys are made for names, not for numbers, so the pages are opened as `localhost` here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.test_pages import serious, widths_that_overflow
from tests.browser.town import Town


def device_of(page: Page, *, recognises: bool = True) -> tuple[CDPSession, str]:
    """Give the page's browser a device that holds passkeys and recognises its owner, or does not."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": recognises,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def register(page: Page, town: Town, name: str) -> None:
    """Register the device as a passkey."""
    page.goto(f"{town.named}/account/keys/")
    page.get_by_label("Name of this passkey").fill(name)
    page.get_by_role("button", name="Register a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("is registered")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_person_registers_a_device_and_signs_in_with_it_alone(
    come_in: Callable[..., Page], town: Town, complaints: list[str], theme: str, width: int
) -> None:
    page = come_in("planner" if width > 1000 else "operator", theme=theme, width=width)
    session, device = device_of(page)
    register(page, town, f"Phone {width}")
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    assert serious(page) == []
    assert widths_that_overflow(page) <= 0
    page.locator("header details.menu").last.locator("summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in/")
    assert serious(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    page.goto(f"{town.named}/account/keys/")
    expect(page.get_by_role("main")).to_contain_text("by passkey")
    page.get_by_role("button", name="Remove Phone").click()
    expect(page.get_by_role("main")).to_contain_text("opens nothing any more")
    assert complaints == []


def test_a_device_that_recognises_nobody_is_told_so(come_in: Callable[..., Page], town: Town) -> None:
    page = come_in("operator")
    device_of(page, recognises=False)
    page.goto(f"{town.named}/account/keys/")
    page.get_by_label("Name of this passkey").fill("Nobody's")
    page.get_by_role("button", name="Register a passkey").click()
    expect(page.locator("[data-passkey-status]")).to_contain_text("No passkey was made")
    assert page.url.endswith("/account/keys/")


def test_under_a_bare_number_the_page_says_what_to_do(sign_in: Callable[..., Page]) -> None:
    page = sign_in("operator")
    page.goto("/account/keys/")
    expect(page.locator("[data-passkey-missing]")).to_contain_text("http://localhost")
    assert serious(page) == []


def ask_for_an_exhibit(page: Page, town: Town, begin: datetime) -> None:
    """Fill the form and send it; the browser is then at the act, to be sealed."""
    page.goto(f"{town.named}/exhibits/ask/")
    page.locator('input[name="cameras"]').first.check()
    page.locator('input[name="start"]').fill(f"{begin:%Y-%m-%dT%H:%M:%S}")
    page.locator('input[name="end"]').fill(f"{begin + timedelta(seconds=20):%Y-%m-%dT%H:%M:%S}")
    page.locator('input[name="case"]').fill("2026/17")
    page.locator('select[name="reason"]').select_option("crime")
    page.locator('select[name="person_role"]').select_option("suspect")
    page.locator('[name="text"]').fill("A bicycle was stolen at the ferry at noon.")
    page.locator('[name="offence"]').fill("Theft")
    page.locator('[name="recipient"]').fill("The public prosecutor")
    page.get_by_role("main").locator('button[type="submit"].primary').click()


def test_two_people_seal_an_act_each_with_their_own_device(come_in: Callable[..., Page], town: Town, complaints: list[str]) -> None:
    asker, approver = come_in("investigator"), come_in("approver", theme="dark", width=390)
    for page, name in ((asker, "Asker's phone"), (approver, "Approver's key")):
        device_of(page)
        register(page, town, name)
    ask_for_an_exhibit(asker, town, datetime.now(ZoneInfo("Europe/Sofia")) - timedelta(minutes=1))
    asker.wait_for_url("**/acts/*/")
    act = asker.url
    expect(asker.get_by_role("main")).to_contain_text("Case 2026/17")
    assert serious(asker) == []
    asker.get_by_role("button", name="Seal with my passkey").click()
    expect(asker.get_by_role("status").first).to_contain_text("Your seal is under it")
    expect(asker.get_by_role("button", name="Seal with my passkey")).to_have_count(0)
    approver.goto(f"{town.named}/acts/")
    expect(approver.get_by_text("waits for your seal").first).to_be_visible()
    assert serious(approver) == []
    approver.goto(act)
    expect(approver.get_by_role("main")).to_contain_text("A bicycle was stolen at the ferry")
    assert serious(approver) == []
    assert widths_that_overflow(approver) <= 0
    approver.get_by_role("button", name="Seal with my passkey").click()
    expect(approver.get_by_role("status").first).to_contain_text("Both seals are there")
    assert complaints == []
