"""The way of the law in a real browser: from a look that is refused to an exhibit that anybody can check, and the log that tells of it all.

An operator, an investigator, an approver and an auditor, each in a browser of their own; `citysquare-verify` in a process of its own,
without Django's settings and without the server; and somebody with the database who thinks that nobody sees it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import serious, widths_that_overflow
from tests.browser.test_passkeys import device_of, register
from tests.browser.town import ROOT, Town

CASE = "2026/417"
TEXT = "The robbery at the kiosk, seen from the bridge."
SECONDS = "%Y-%m-%dT%H:%M:%S"
COME_IN = Callable[..., Page]


def looked_at(page: Page) -> None:
    """Nobody is kept out by how a page of the way is made."""
    assert serious(page) == []
    assert widths_that_overflow(page) <= 0, page.url


def say_why(page: Page) -> None:
    """Fill in a justification."""
    page.locator('input[name="case"]').fill(CASE)
    page.locator('select[name="reason"]').select_option("crime")
    page.locator('select[name="person_role"]').select_option("suspect")
    page.locator('[name="text"]').fill(TEXT)


def moment(town: Town, seconds: int) -> str:
    """A moment of the stored footage, as forms take it."""
    return f"{datetime.fromisoformat(town.filmed_at) + timedelta(seconds=seconds):{SECONDS}}"


def watches_and_looks_back(page: Page, town: Town) -> None:
    """Somebody sees what is now at once, and what was only once they have said why."""
    page.goto(f"{town.named}/cameras/{town.filmed_camera}/")
    expect(page.locator(".tile")).to_have_attribute("data-state", "live", timeout=40_000)
    looked_at(page)
    answer = page.goto(f"{town.named}/cameras/{town.filmed_camera}/replay/?at={moment(town, 2)}&minutes=1")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("main .note.care")).to_contain_text("LED Art. 25")
    expect(page.locator("video")).to_have_count(0)
    looked_at(page)
    say_why(page)
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("figcaption")).to_contain_text(f"Case {CASE}")
    expect(page.locator("video")).to_have_js_property("readyState", 4)  # it has what it needs to play
    looked_at(page)


def asks_and_seals(page: Page, town: Town) -> str:
    """Somebody asks for an exhibit and seals it; returns the address of the act."""
    page.goto(f"{town.named}/exhibits/ask/?camera={town.filmed_camera}&start={moment(town, 2)}&end={moment(town, 14)}")
    expect(page.locator(f'input[name="cameras"][value="{town.filmed_camera}"]')).to_be_checked()
    looked_at(page)
    say_why(page)
    page.locator('[name="recipient"]').fill("The public prosecutor")
    page.get_by_role("button", name="Ask for it").click()
    page.wait_for_url("**/acts/*/")
    act = page.url
    page.get_by_role("button", name="Seal with my passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("Your seal is under it")
    expect(page.get_by_text("It waits for another person")).to_be_visible()
    looked_at(page)
    return act


def approves(page: Page, town: Town, act: str) -> None:
    """Another person reads the words and seals them."""
    page.goto(f"{town.named}/acts/")
    looked_at(page)
    page.goto(act)
    expect(page.get_by_role("main")).to_contain_text(TEXT)
    page.get_by_role("button", name="Seal with my passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("Both seals are there")
    looked_at(page)


def fetches(page: Page, act: str, folder: Path) -> Path:
    """Who asked waits for the exhibit and takes it."""
    page.goto(act)
    page.get_by_role("link", name="What it is about").click()
    taking = page.get_by_role("button", name="Download it")
    for _try in range(60):
        if taking.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(taking).to_be_visible()
    looked_at(page)
    page.locator('[name="why"]').fill("Asked for by the prosecutor")
    page.locator('[name="recipient"]').fill("Inspector at the desk")
    with page.expect_download() as taken:
        taking.click()
    path = folder / taken.value.suggested_filename
    taken.value.save_as(path)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Inspector at the desk: Asked for by the prosecutor")
    return path


def sees_who_looked(page: Page, town: Town) -> None:
    """The auditor finds the refused look and the allowed one, and opens who it was."""
    page.goto(f"{town.named}/audit/?action=replay.view&camera={town.filmed_camera}")
    rows = page.locator("main tbody tr")
    expect(rows.first).to_be_visible()
    expect(page.get_by_role("region", name="Entries")).not_to_contain_text("Operator")
    looked_at(page)
    page.get_by_role("link", name="Open names").click()
    expect(rows.filter(has_text="Operator").filter(has_text="refused")).to_have_count(1)
    expect(rows.filter(has_text="Operator").filter(has_text="allowed").first).to_be_visible()
    expect(page.get_by_role("region", name="Entries")).not_to_contain_text(CASE)
    looked_at(page)


def exports_the_log(page: Page, folder: Path) -> Path:
    """The auditor takes the last hour of the log away."""
    now = datetime.fromisoformat(page.evaluate("new Date().toLocaleString('sv', {timeZone: 'Europe/Sofia'})"))
    for name, hours in (("since", -1), ("until", 1)):
        page.locator(f"#export_{name}").fill(f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export").click()
    path = folder / taken.value.suggested_filename
    taken.value.save_as(path)
    return path


def verified(path: Path, keys: Path) -> tuple[int, str]:
    """How `citysquare-verify` ends on another computer, and what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "citysquare.proof", str(path), "--keys", str(keys), "--language", "en"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
        cwd=path.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def keys_of(town: Town, folder: Path) -> Path:
    """The centre's public keys, as anybody may have them."""
    path = folder / "citysquare-keys.json"
    with urllib.request.urlopen(f"{town.address}/.well-known/citysquare-keys.json", timeout=10) as answer:  # noqa: S310 -- our own address
        path.write_bytes(answer.read())
    return path


def altered(path: Path) -> Path:
    """A copy in which one byte in the middle is another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    copy = path.with_name(f"altered-{path.name}")
    copy.write_bytes(data)
    return copy


def check_audit(town: Town) -> tuple[int, str]:
    """How the command at the console ends, and what it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "citysquare.site.console", "check_audit"],
        env=town.environment(),
        cwd=town.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


@contextmanager
def tampered_with(town: Town) -> Iterator[int]:
    """Somebody with the database lets another person have looked. Yields the entry's number, and puts it right at the end."""
    with closing(sqlite3.connect(town.folder / "citysquare.sqlite3", timeout=20, isolation_level=None)) as database:
        chosen = (
            "SELECT sequence, actor FROM platform_auditentry WHERE action = 'replay.view' AND outcome = 'refuse' ORDER BY sequence DESC"
        )
        sequence, actor = database.execute(chosen).fetchone()
        change = "UPDATE platform_auditentry SET actor = ? WHERE sequence = ?"
        database.execute(change, ("h:" + "a" * 26, sequence))
        try:
            yield int(sequence)
        finally:
            database.execute(change, (actor, sequence))


def the_check_says(page: Page, *words: str) -> None:
    """The auditor has the chain checked."""
    page.get_by_role("button", name="Check the chain").click()
    for text in words:
        expect(page.locator("#check")).to_contain_text(text)
    expect(page.get_by_role("button", name="Check the chain")).to_be_enabled()
    looked_at(page)


@pytest.fixture
def people(come_in: COME_IN) -> dict[str, Page]:
    """Four people, each at a browser of their own; two carry a device with a passkey."""
    return {
        "operator": come_in("operator"),
        "investigator": come_in("investigator"),
        "approver": come_in("approver", theme="dark", width=390),
        "auditor": come_in("auditor"),
    }


def test_led_25_from_a_refused_look_to_an_exhibit_and_a_log_that_are_proven_without_us(
    people: dict[str, Page], town: Town, complaints: list[str], tmp_path: Path
) -> None:
    watches_and_looks_back(people["operator"], town)
    for role in ("investigator", "approver"):
        device_of(people[role])
        register(people[role], town, f"{role}'s device")
    act = asks_and_seals(people["investigator"], town)
    approves(people["approver"], town, act)
    exhibit = fetches(people["investigator"], act, tmp_path)
    auditor = people["auditor"]
    sees_who_looked(auditor, town)
    log = exports_the_log(auditor, tmp_path)
    keys = keys_of(town, tmp_path)
    for path in (exhibit, log):
        status, said = verified(path, keys)
        assert status == 0, said
        assert verified(altered(path), keys)[0] in {1, 2}

    the_check_says(auditor, "as they were written, complete and in order")
    with tampered_with(town) as sequence:
        the_check_says(auditor, "tampered with", f"Entry {sequence}")
        status, said = check_audit(town)
        assert status == 1
        assert f"entry {sequence} (table)" in said
    the_check_says(auditor, "as they were written, complete and in order")
    assert check_audit(town)[0] == 0
    assert [text for text in complaints if "status of 403" not in text] == []
