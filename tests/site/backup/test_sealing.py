"""The backup's file: what is put in comes out, and whatever is changed, moved or cut off is found."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citysquare.site.backup import sealing
from citysquare.site.backup.errors import Altered, BackupError, BadPassphraseFile, Newer, NoBackup, NoPassphrase, Truncated, WrongPassphrase
from citysquare.site.backup.sealing import Reader, Writer, passphrase_from

PHRASE = b"the river is wide here"
OPERATION_N = sealing.SCRYPT_N


@pytest.fixture(autouse=True, scope="module")
def _quick() -> object:
    """Small pieces, and a key that is made quickly: nothing here depends on how hard it is to guess."""
    patch = pytest.MonkeyPatch()
    patch.setattr(sealing, "SCRYPT_N", 2)
    patch.setattr(sealing, "PIECE_BYTES", 50)
    yield patch
    patch.undo()


def sealed(data: bytes, passphrase: bytes | None = PHRASE) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, version="0.1.0", made_at="2026-05-01T12:00:00Z", passphrase=passphrase)
    writer.write(data)
    writer.close()
    return file.getvalue()


def opened(text: bytes, passphrase: bytes | None = PHRASE) -> bytes:
    reader = Reader(io.BytesIO(text), passphrase)
    data = b"".join(iter(lambda: reader.read(33), b""))
    reader.finish()
    return data


@given(data=st.binary(max_size=400), plain=st.booleans())
def test_what_goes_in_comes_out(data: bytes, plain: bool) -> None:
    phrase = None if plain else PHRASE
    assert opened(sealed(data, phrase), phrase) == data


@given(data=st.binary(min_size=1, max_size=300), plain=st.booleans(), where=st.floats(0, 0.999), flip=st.integers(1, 255))
@settings(max_examples=300)
def test_no_byte_can_be_changed(data: bytes, plain: bool, where: float, flip: int) -> None:
    phrase = None if plain else PHRASE
    text = bytearray(sealed(data, phrase))
    text[int(where * len(text))] ^= flip
    with pytest.raises(BackupError):
        opened(bytes(text), phrase)


@given(data=st.binary(max_size=300), plain=st.booleans(), where=st.floats(0, 0.999))
@settings(max_examples=300)
def test_nothing_can_be_cut_off(data: bytes, plain: bool, where: float) -> None:
    phrase = None if plain else PHRASE
    text = sealed(data, phrase)
    with pytest.raises((Truncated, NoBackup, Newer)):
        opened(text[: int(where * len(text))], phrase)


def test_pieces_cannot_be_swapped_added_or_taken_from_another_backup() -> None:
    data = bytes(range(150))
    text = sealed(data)
    size = 4 + 50 + 16
    start = len(text) - 3 * size
    pieces = [text[start + n * size : start + (n + 1) * size] for n in range(3)]
    other = sealed(data)
    for wrong in (
        text[:start] + pieces[1] + pieces[0] + pieces[2],
        text[:start] + pieces[0] + pieces[2],
        text + pieces[2],
        text + b"x",
        text[:start] + other[start : start + size] + pieces[1] + pieces[2],
    ):
        with pytest.raises((Altered, Truncated)):
            opened(wrong)
    with pytest.raises(Truncated):
        opened(text[:-size])


@given(text=st.binary(max_size=200))
@settings(max_examples=200)
def test_any_other_file_is_refused(text: bytes) -> None:
    for start in (b"", b"citysquare-backup 1\n", b"citysquare-backup 1\n\x00\x00\x00\x40"):
        with pytest.raises(BackupError):
            opened(start + text)


def test_a_later_form_a_wrong_passphrase_and_none_are_told_apart() -> None:
    text = sealed(b"x")
    with pytest.raises(WrongPassphrase):
        opened(text, b"another passphrase")
    with pytest.raises(NoPassphrase):
        opened(text, None)
    with pytest.raises(Newer):
        opened(text.replace(b"backup 1", b"backup 2", 1))
    assert PHRASE not in text


def test_in_operation_a_passphrase_is_slow_to_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OPERATION_N >= 2**17
    monkeypatch.setattr(sealing, "SCRYPT_N", OPERATION_N)
    assert opened(sealed(b"x")) == b"x"


def test_a_passphrase_is_for_its_owner_only_and_long(tmp_path: Path) -> None:
    path = tmp_path / "phrase"
    with pytest.raises(BadPassphraseFile, match="cannot be read"):
        passphrase_from(path)
    path.write_bytes(PHRASE + b"\nsecond line\n")
    path.chmod(0o640)
    with pytest.raises(BadPassphraseFile, match="0600"):
        passphrase_from(path)
    path.chmod(0o600)
    assert passphrase_from(path) == PHRASE
    path.write_bytes(b"short\n")
    with pytest.raises(BadPassphraseFile, match="12"):
        passphrase_from(path)
