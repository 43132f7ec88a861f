"""Sealed secrets: what opens them, and what does not."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.engine.errors import BadKeyFile, CannotUnseal
from citysquare.engine.sealing import KEY_FILE, Key, Keyring, changing, open_keyring, write_keyring

KEYS = Keyring((Key.new(),))


@given(st.text(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_for_its_purpose_only(text: str, purpose: str) -> None:
    sealed = KEYS.seal(text, purpose=purpose)
    assert sealed.isascii()
    assert KEYS.unseal(sealed, purpose=purpose) == text
    with pytest.raises(CannotUnseal):
        KEYS.unseal(sealed, purpose=purpose + "x")


def test_the_same_text_is_never_sealed_alike() -> None:
    assert KEYS.seal("hunter2", purpose="p") != KEYS.seal("hunter2", purpose="p")


@given(st.text(max_size=200))
def test_any_text_is_taken_and_refused_with_a_sentence(text: str) -> None:
    for rubbish in (text, f"v1.{KEYS.keys[0].name}.{text}"):
        with pytest.raises(CannotUnseal, match=r"\.$"):
            KEYS.unseal(rubbish, purpose="p")


@given(st.data())
def test_a_changed_character_is_noticed(data: st.DataObject) -> None:
    sealed = KEYS.seal("hunter2", purpose="p")
    at = data.draw(st.integers(0, len(sealed) - 2))
    other = data.draw(st.characters(codec="ascii").filter(lambda char: char != sealed[at]))
    with pytest.raises(CannotUnseal):
        KEYS.unseal(sealed[:at] + other + sealed[at + 1 :], purpose="p")


def test_a_new_key_seals_and_the_old_one_still_opens_until_it_goes() -> None:
    old = KEYS.seal("hunter2", purpose="p")
    both = KEYS.with_new_key()
    assert both.unseal(old, purpose="p") == "hunter2"
    new = both.seal("hunter2", purpose="p")
    with pytest.raises(CannotUnseal, match="key file back"):
        both.newest_only().unseal(old, purpose="p")
    assert both.newest_only().unseal(new, purpose="p") == "hunter2"


def test_the_keys_are_made_once_also_by_many_at_the_same_moment(tmp_path: Path) -> None:
    found: list[Keyring] = []
    threads = [threading.Thread(target=lambda: found.append(open_keyring(tmp_path / "keys"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [KEY_FILE]


def test_written_keys_come_back(tmp_path: Path) -> None:
    ring = open_keyring(tmp_path).with_new_key()
    write_keyring(tmp_path, ring)
    assert open_keyring(tmp_path) == ring
    assert str(ring.keys[0].value) not in repr(ring)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 1, "keys": []}', '{"version": 1, "keys": [{"name": "a", "key": "AAAA"}]}', "[" * 60_000, "x" * 70_000],
)
def test_a_damaged_key_file_is_never_replaced_by_a_new_one(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(BadKeyFile, match="sealed backup"):
        open_keyring(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadKeyFile, match="cannot be read or made"):
        open_keyring(tmp_path / "file" / "keys")


def test_two_rotations_at_once_never_lose_a_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with changing(folder):
        with pytest.raises(BadKeyFile, match="already"), changing(folder):
            pass
        assert open_keyring(folder).keys
    with changing(folder):
        pass
